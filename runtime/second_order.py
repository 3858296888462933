"""Hidden Markov chains of second order: a step depends on the two before, in O(T K^3).

Every function takes log potentials over K states and T steps, whose leading (batch) axes
broadcast:

- `potential` [..., T, K, K, K], of two steps back, one step back, and now; where there is nothing
  two steps (one step) back, it is the same for every value there;
- `emission` [..., T, K], of what is seen at each step.

As `pplc.runtime.chains`, on pairs of states; sums are done on logarithms.
"""

from __future__ import annotations

import torch
from torch import Tensor

from pplc.runtime.contraction import draw, log_sum
from pplc.runtime.tensors import joint_shape


def second_order_sum(potential: Tensor, emission: Tensor) -> Tensor:
    """Log of the sum over all paths, `[...]`."""
    message = _messages(potential, emission, maximise=False)[-1]
    return log_sum(message.flatten(-2) if _pairs(emission) else message, -1)


def second_order_max(potential: Tensor, emission: Tensor) -> Tensor:
    """Log potential of the most probable path, `[...]`."""
    message = _messages(potential, emission, maximise=True)[-1]
    return message.flatten(-2).amax(-1) if _pairs(emission) else message.amax(-1)


def second_order_draw(potential: Tensor, emission: Tensor) -> Tensor:
    """One path drawn from its probability, int64 `[..., T]`, from torch's global generator."""
    with torch.no_grad():
        return _backwards(potential, emission, maximise=False)


def second_order_best(potential: Tensor, emission: Tensor) -> Tensor:
    """The most probable path, int64 `[..., T]`."""
    with torch.no_grad():
        return _backwards(potential, emission, maximise=True)


def _pairs(emission: Tensor) -> bool:
    return emission.shape[-2] > 1


def _messages(potential: Tensor, emission: Tensor, maximise: bool) -> list[Tensor]:
    """Of the first state [..., K], then of each pair of states [..., K, K]."""
    batch = joint_shape(potential.shape[:-4], emission.shape[:-2])
    steps = potential.expand(*batch, *potential.shape[-4:]).unbind(-4)
    seen = emission.expand(*batch, -1, -1).unbind(-2)
    messages = [steps[0][..., 0, 0, :] + seen[0]]
    for t, (step, now) in enumerate(zip(steps[1:], seen[1:], strict=True)):
        if t == 0:
            message = messages[0][..., :, None] + step[..., 0, :, :]
        else:
            joint = messages[-1][..., :, :, None] + step
            message = joint.amax(-3) if maximise else log_sum(joint, -3)
        messages.append(message + now[..., None, :])
    return messages


def _backwards(potential: Tensor, emission: Tensor, maximise: bool) -> Tensor:
    messages = _messages(potential, emission, maximise)
    choose = (lambda logits: logits.argmax(-1)) if maximise else draw
    if not _pairs(emission):
        return choose(messages[0])[..., None]
    size = emission.shape[-1]
    last = choose(messages[-1].flatten(-2))
    path = [last % size, last // size]
    for t in range(len(messages) - 1, 1, -1):
        later, now = path[-2], path[-1]
        joint = (messages[t - 1][..., :, :, None] + potential[..., t, :, :, :]).flatten(-2)
        index = (now * size + later)[..., None, None].expand(*joint.shape[:-1], 1)
        path.append(choose(joint.gather(-1, index)[..., 0]))
    return torch.stack(path[::-1], -1)
