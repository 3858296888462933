"""Filtering and smoothing of hidden Markov chains on probabilities, many steps at once.

A loop over T steps spends its time between the steps where the batch is small. So the steps are cut
into blocks that are gone through side by side: first the product of each block's matrices, which
is a filter from each state that the block may begin in; then, block by block, the probabilities
of those states; then the filter inside of all blocks. That is K + 1 times the work in about
3 sqrt(T) steps (a prefix sum on two levels, Blelloch 1990; for chains Sarkka and Garcia-Fernandez
2021, "Temporal Parallelization of Bayesian Smoothers").

Going back, the probabilities of the earlier state given the later one are a stochastic matrix, from
step to step and from block to block.

Tensors are [..., R, K, C], rows and columns of the batch: transitions differ between rows only, so
that a step is a product of matrices for each row. They are made without gradients.
"""

from __future__ import annotations

from math import log
from typing import NamedTuple

import torch
from torch import Tensor

from pplc.runtime.chain_layout import Blocks, Grid
from pplc.runtime.contraction import finite


class Filtered(NamedTuple):
    """Probabilities of states, and what smoothing needs beside them.

    `messages` [T, R, K, C] are given what was seen so far, `predicted` [T - 1, R, K, C] given what
    was seen before, up to a factor. Of each block, `products` [blocks, R, C, K, K] is the product
    of its matrices, up to a factor for each state that it begins in, and `weights`
    [blocks, R, C, K] are those factors times the probabilities of these states.
    """

    messages: Tensor
    predicted: Tensor
    products: Tensor
    weights: Tensor


class Chain:
    """A chain's potentials, as in `pplc.runtime.chains`, as probabilities up to known factors."""

    def __init__(self, initial: Tensor, transition: Tensor, emission: Tensor) -> None:
        self.grid = grid = Grid.of(initial, transition, emission)
        self.logs = (
            grid.lay((initial + emission[..., 0, :])[..., None, :]),
            grid.lay(emission[..., 1:, :]),
            grid.lay_transition(transition).mT,
        )
        self.first, log_first = _scaled(self.logs[0], (-2,))
        self.seen, log_seen = _scaled(self.logs[1], (-2,))
        #: [T - 1 or 1, R, K, K], from state (column) to state (row)
        self.steps, log_steps = _scaled(self.logs[2], (-2, -1))
        steps = len(self.seen)
        log_steps = log_steps.expand(steps, -1, -1, -1)
        self.log_scale = log_first[0] + log_seen.sum(0) + log_steps.sum(0)
        self.same = transition.shape[-3] == 1
        self.blocks = Blocks.of(steps, emission.shape[-1], self.same, grid)

    def filter(self) -> tuple[Filtered, Tensor]:
        """The filter, and the log normaliser, [...]."""
        rest = self.blocks.rest
        start = self.first
        total = start.sum(-2, keepdim=True)
        start = start / _safe(total)
        early = _advance(start[0], self._steps(slice(rest)), self.seen[:rest])
        messages, predicted = torch.cat([start, early[0]]), early[1]
        log_total = total[0].log() + early[2].log().sum(0) + self.log_scale
        products = weights = start.new_zeros(0)
        if self.blocks.count:
            steps, seen = self._wide_steps, self.blocks.widen(self.seen[rest:])
            products, factors = self._products(steps, seen)
            starts, weights = _advance_blocks(messages[-1].mT, products, factors)
            late = _advance(self.blocks.widen(starts.mT)[0], steps, seen)
            inside = [self.blocks.narrow(x) for x in late]
            messages, predicted = (
                torch.cat(x) for x in zip((messages, predicted), inside, strict=False)
            )
            log_total = log_total + inside[2].log().sum(0)
        filtered = Filtered(messages, predicted, products, weights)
        return filtered, self.grid.back(log_total.mT[None])[..., 0, 0]

    def marginals(self, filtered: Filtered) -> tuple[Tensor, Tensor]:
        """Probabilities of states [..., T, K] and of pairs of states [..., T - 1 or 1, K, K].

        Where the transition is the same at every step the pairs are summed over the steps.
        """
        states, ratios = self._smooth(filtered)
        return self.grid.back(states.mT), self.grid.back(self._pairs(filtered, ratios))

    def _smooth(self, filtered: Filtered) -> tuple[Tensor, Tensor]:
        """Probabilities of states [T, R, K, C], and those of later ones over `predicted`."""
        messages, predicted, products, weights = filtered
        rest, last = self.blocks.rest, messages[-1]
        ends = last
        late: tuple[Tensor, ...] = ()
        if self.blocks.count:
            every = _retreat_blocks(last.mT, products, weights).mT  # from the first block's start
            ends = every[0]
            late = _retreat(
                self.blocks.widen(every[1:])[0],
                self._wide_steps,
                self.blocks.widen(messages[rest:-1]),
                self.blocks.widen(predicted[rest:]),
            )
            late = tuple(self.blocks.narrow(x) for x in late)
        early = _retreat(ends, self._steps(slice(rest)), messages[:rest], predicted[:rest])
        states, ratios = (
            torch.cat(x) for x in (zip(early, late, strict=True) if late else zip(early))
        )
        return torch.cat([states, last[None]]), ratios

    def _pairs(self, filtered: Filtered, ratios: Tensor) -> Tensor:
        """Probabilities of pairs of states, [T - 1 or 1, R, C, K, K]."""
        earlier = filtered.messages[:-1]
        if self.same:
            by_state = [x.permute(1, 3, 2, 0) for x in (earlier, ratios)]  # [R, C, K, T - 1]
            return (by_state[0] @ by_state[1].mT)[None] * self.steps.mT[:, :, None]
        by_state = [x.mT for x in (earlier, ratios)]  # [T - 1, R, C, K]
        return by_state[0][..., None] * by_state[1][..., None, :] * self.steps.mT[:, :, None]

    def is_exact(self, filtered: Filtered) -> bool:
        """Whether no probability became so small that what follows is inexact.

        Where no step between two states is too much less probable than any other, what a path may
        gain later by going through a state is bounded too: a state whose probability underflows
        contributes less to anything than rounding does. Otherwise none may have underflowed, and
        each block has to begin as the one before it ends.
        """
        logs = self.logs[2]
        limits = torch.finfo(logs.dtype)
        least = limits.tiny / limits.eps
        if not logs.numel() or bool(logs.amax() - logs.amin() < -0.4 * log(least)):
            return True
        given = (self.first, self.seen, self.steps)
        for potential, log_potential in zip(given, self.logs, strict=True):
            if bool(((potential < least) & (log_potential > -torch.inf)).any()):
                return False
        messages, there = filtered.messages, filtered.messages > 0
        if bool((there & (messages < least)).any()):
            return False
        reached = (self.steps > 0).to(messages) @ there[:-1].to(messages) > 0
        if not there[1:].equal(reached & (self.seen > 0)):
            return False
        expected = self.steps @ messages[:-1]
        return torch.allclose(filtered.predicted, expected, rtol=1e4 * limits.eps, atol=0)

    def _products(self, steps: Tensor, seen: Tensor) -> tuple[Tensor, Tensor]:
        """The product of each block's matrices [blocks, R, C, K, K], its rows with sum 1, and the
        logarithms [blocks, R, C, K] of the factors that this takes."""
        _, rows, size, columns = seen.shape
        apart = (rows, size, columns, size)  # the state it leads to, and the one it begins in
        one = torch.eye(size, dtype=seen.dtype, device=seen.device)[:, None, :]
        product = one.expand(apart).flatten(2)
        log_factor = seen.new_zeros(rows, 1, columns, size)
        for step, now in zip(_each(steps, len(seen)), seen, strict=True):
            product = (step @ product).reshape(apart).mul_(now[..., None])
            total = product.sum(1, keepdim=True)
            log_factor += total.log()
            product = product.div_(_safe(total)).flatten(2)
        return self._apart(product.reshape(apart)), self._apart(log_factor)[..., 0]

    def _apart(self, x: Tensor) -> Tensor:
        """[G, n, M, K] as [blocks, R, C, K, n]."""
        steps = self.blocks.narrow(x.permute(3, 0, 1, 2))
        return steps.reshape(self.blocks.count, -1, *steps.shape[1:]).permute(0, 2, 4, 1, 3)

    @property
    def _wide_steps(self) -> Tensor:
        return self.steps if self.same else self.blocks.widen(self.steps[self.blocks.rest :])

    def _steps(self, which: slice) -> Tensor:
        return self.steps if self.same else self.steps[which]


def _advance(start: Tensor, steps: Tensor, seen: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Messages after each step from `start`, what was predicted before, and its normalizers."""
    predicted, messages = seen.new_empty(2, *seen.shape)
    sums = seen.new_empty(*seen.shape[:2], 1, seen.shape[-1])
    message = start
    for t, step in enumerate(_each(steps, len(seen))):
        torch.matmul(step, message, out=predicted[t])
        message = torch.mul(predicted[t], seen[t], out=messages[t])
        message.div_(_safe(torch.sum(message, -2, keepdim=True, out=sums[t])))
    return messages, predicted, sums


def _retreat(
    end: Tensor, steps: Tensor, messages: Tensor, predicted: Tensor
) -> tuple[Tensor, Tensor]:
    """States before each step given the one after the last, and each later one over `predicted`."""
    states, ratios = messages.new_empty(2, *messages.shape)
    each = _each(steps.mT, len(messages))
    for t in reversed(range(len(messages))):
        torch.div(end, _safe(predicted[t]), out=ratios[t])
        end = torch.matmul(each[t], ratios[t], out=states[t]).mul_(messages[t])
    return states, ratios


def _advance_blocks(start: Tensor, products: Tensor, factors: Tensor) -> tuple[Tensor, Tensor]:
    """What each block begins with [blocks, R, C, K], and its `weights`."""
    starts, weights = [], []
    for product, factor in zip(products, factors, strict=True):
        starts.append(start)
        log_weight = start.log() + factor
        weights.append((log_weight - finite(log_weight.amax(-1, keepdim=True))).exp())
        start = (weights[-1][..., None, :] @ product)[..., 0, :]
        start = start / _safe(start.sum(-1, keepdim=True))
    return torch.stack(starts), torch.stack(weights)


def _retreat_blocks(end: Tensor, products: Tensor, weights: Tensor) -> Tensor:
    """States at the beginning of each block, and at the end [blocks + 1, R, C, K]."""
    predicted = _safe((weights[..., None, :] @ products)[..., 0, :])
    states = [end]
    for b in reversed(range(len(products))):
        ratio = (states[-1] / predicted[b])[..., None]
        states.append(weights[b] * (products[b] @ ratio)[..., 0])
    return torch.stack(states[::-1])


def _each(steps: Tensor, count: int) -> list[Tensor]:
    return [steps[0]] * count if len(steps) == 1 else list(steps.unbind(0))


def _safe(x: Tensor) -> Tensor:
    """Something to divide by: where it is 0 so is what is divided."""
    return x.clamp_min(torch.finfo(x.dtype).tiny)


def _scaled(logs: Tensor, dims: tuple[int, ...]) -> tuple[Tensor, Tensor]:
    """exp of logarithms over their largest in some dimensions, and that logarithm."""
    peak = finite(logs.amax(dims, keepdim=True))
    return (logs - peak).exp(), peak
