"""Hidden Markov chains: the log normaliser, draws and the best path, in O(T K^2).

Every function takes log potentials over K states and T steps, whose leading (batch) axes
broadcast:

- `initial` [..., K], of the first state;
- `transition` [..., T - 1 or 1, K, K], from state (row) to state (column); 1 where it is the same
  at every step;
- `emission` [..., T, K], of what is seen at each step.

Rabiner (1989), "A tutorial on hidden Markov models"; draws by forward filtering, backward sampling
(Fruehwirth-Schnatter 1994).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import torch
from torch import Size, Tensor

from pplc.runtime.chain_layout import batch_of
from pplc.runtime.contraction import draw, finite, log_sum
from pplc.runtime.filtering import Chain, Filtered

#: Numbers in the tables of pairs of states that a backward pass holds at once.
_BLOCK = 2**22


def chain_sum(initial: Tensor, transition: Tensor, emission: Tensor) -> Tensor:
    """Log of the sum over all paths, `[...]`; gradients by one backward pass.

    Where no path is possible it is -inf, with zero gradient.
    """
    return _ChainSum.apply(initial, transition, emission)  # type: ignore[no-any-return,no-untyped-call]


def chain_draw(initial: Tensor, transition: Tensor, emission: Tensor) -> Tensor:
    """One path drawn from its probability, int64 `[..., T]`, from torch's global generator."""
    with torch.no_grad():
        filtered = _filter(initial, transition, emission)
        pointers = [
            draw(_joint(filtered, transition, begin, end).mT)  # the earlier state, for each later
            for begin, end in _blocks(filtered)
        ]
        return _follow(pointers, draw(filtered[..., -1, :]))


def chain_best(initial: Tensor, transition: Tensor, emission: Tensor) -> Tensor:
    """The most probable path, int64 `[..., T]` (Viterbi 1967)."""
    with torch.no_grad():
        first, *later = _along(emission, batch_of(initial, transition, emission))
        message, pointers = initial + first, []
        for step, seen in zip(_each(transition, len(later)), later, strict=True):
            best, pointer = (message[..., :, None] + step).max(-2)
            message = best + seen
            pointers.append(pointer.expand(message.shape))
        blocks = [torch.stack(pointers, -2)] if pointers else []
        return _follow(blocks, message.argmax(-1))


def chain_max(initial: Tensor, transition: Tensor, emission: Tensor) -> Tensor:
    """Log potential of the most probable path, `[...]`."""
    first, *later = _along(emission, batch_of(initial, transition, emission))
    message = initial + first
    for step, now in zip(_each(transition, len(later)), later, strict=True):
        message = (message[..., :, None] + step).amax(-2) + now
    return message.amax(-1)


class _ChainSum(torch.autograd.Function):
    """The derivatives of the log normaliser are the marginals of states and of pairs of states."""

    @staticmethod
    def forward(ctx: Any, initial: Tensor, transition: Tensor, emission: Tensor) -> Tensor:
        chain = Chain(initial, transition, emission)
        filtered, total = chain.filter()
        if chain.is_exact(filtered):
            ctx.chain = chain
            ctx.save_for_backward(initial, transition, emission, *filtered)
        else:
            logs, total = _filter_logs(initial, transition, emission)
            ctx.chain = None
            ctx.save_for_backward(initial, transition, emission, logs)
        return total

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        initial, transition, emission, *filtered = ctx.saved_tensors
        if torch.is_grad_enabled():  # a second derivative: through every step of the filter
            filtered = _filter_logs(initial, transition, emission)[:1]
        if len(filtered) == 1:
            marginals, pairs = _smooth(filtered[0], transition)
        else:
            marginals, pairs = ctx.chain.marginals(Filtered(*filtered))
        gradient = gradients[0][..., None, None]
        marginals = marginals * gradient
        return (
            marginals[..., 0, :].sum_to_size(initial.shape),
            (pairs * gradient[..., None]).sum_to_size(transition.shape),
            marginals.sum_to_size(emission.shape),
        )


def _filter(initial: Tensor, transition: Tensor, emission: Tensor) -> Tensor:
    """Log probability of each state given what was seen so far [..., T, K]."""
    chain = Chain(initial, transition, emission)
    filtered, _ = chain.filter()
    if chain.is_exact(filtered):
        return chain.grid.back(filtered.messages.mT).log()
    return _filter_logs(initial, transition, emission)[0]


def _filter_logs(initial: Tensor, transition: Tensor, emission: Tensor) -> tuple[Tensor, Tensor]:
    """`_filter` and the log normaliser [...], step by step on logarithms.

    Differentiable, and exact however small a probability is.
    """
    first, *later = _along(emission, batch_of(initial, transition, emission))
    messages = [initial + first]
    for step, now in zip(_each(transition, len(later)), later, strict=True):
        messages.append(log_sum(messages[-1][..., :, None] + step, -2) + now)
    joint = torch.stack(messages, -2)
    seen = log_sum(joint, -1)
    return joint - finite(seen)[..., None], seen[..., -1]


def _smooth(filtered: Tensor, transition: Tensor) -> tuple[Tensor, Tensor]:
    """Probabilities of states [..., T, K] and of pairs of states [..., T - 1 or 1, K, K].

    Where the transition is the same at every step the pairs are summed over the steps. Going
    back, P(earlier | later) is a stochastic matrix: nothing under- or overflows.
    """
    state = filtered[..., -1, :].exp()
    states, pairs = [state], []
    for begin, end in _blocks(filtered):
        joint = _joint(filtered, transition, begin, end)
        backward = (joint - finite(log_sum(joint, -2))[..., None, :]).exp()
        for step in reversed(backward.unbind(-3)):
            state = (step @ state[..., None])[..., 0]
            states.append(state)
        later = torch.stack(states[begin - end - 1 : -1][::-1], -2)
        pair = backward * later[..., None, :]
        pairs.append(pair if transition.shape[-3] > 1 else pair.sum(-3, keepdim=True))
    shape = filtered.shape[:-2] + transition.shape[-3:]
    if not pairs:
        return torch.stack(states, -2), filtered.new_zeros(shape)
    together = torch.cat(pairs[::-1], -3) if transition.shape[-3] > 1 else sum(pairs[1:], pairs[0])
    return torch.stack(states[::-1], -2), together


def _follow(pointers: Sequence[Tensor], last: Tensor) -> Tensor:
    """The path that ends in `last`; blocks of pointers [..., steps, K], the latest block first."""
    path = [last]
    for block in pointers:
        for pointer in reversed(block.unbind(-2)):
            path.append(pointer.gather(-1, path[-1][..., None])[..., 0])
    return torch.stack(path[::-1], -1)


def _joint(filtered: Tensor, transition: Tensor, begin: int, end: int) -> Tensor:
    """Log probability of (earlier, later) states, up to a constant, [..., end - begin, K, K]."""
    same = transition.shape[-3] == 1
    steps = transition if same else transition[..., begin:end, :, :]
    return filtered[..., begin:end, :, None] + steps


def _blocks(filtered: Tensor) -> Iterator[tuple[int, int]]:
    """Ranges of steps, the last first, whose tables of pairs are held at once."""
    length = max(1, _BLOCK * filtered.shape[-2] // (filtered.numel() * filtered.shape[-1] or 1))
    for end in range(filtered.shape[-2] - 1, 0, -length):
        yield max(0, end - length), end


def _along(emission: Tensor, batch: Size) -> tuple[Tensor, ...]:
    """The emissions of each step, [*batch, K]."""
    return emission.expand(*batch, -1, -1).unbind(-2)


def _each(transition: Tensor, count: int) -> Sequence[Tensor]:
    """The transitions of each of `count` steps."""
    if transition.shape[-3] == 1:
        return [transition[..., 0, :, :]] * count
    return transition.unbind(-3)
