"""Vectors whose elements increase, on the line or within bounds.

Each element is mapped onto what is above the one before it: an unbounded rest by the logarithm of
the step, a bounded one by the share that the step takes of it, which is the stick breaking of a
simplex of K + 1 steps; equal steps are at u = 0. The Jacobian is triangular: no element depends on
what comes after it.
"""

from __future__ import annotations

import torch
from torch import Tensor

from pplc.runtime.constraints.base import Bound, Constraint, as_tensor, finite_exp
from pplc.runtime.constraints.simplex import simplex


class _Ordered(Constraint):
    """Reals: the first element, then the logarithms of the steps."""

    def forward(self, u: Tensor) -> tuple[Tensor, Tensor]:
        first, steps = u[..., :1], finite_exp(u[..., 1:], terms=1 + u.shape[-1])
        log_jacobian = torch.cat([torch.zeros_like(first), u[..., 1:]], -1)
        return torch.cat([first, _climb(first, steps)], -1), log_jacobian

    def inverse(self, value: Tensor) -> Tensor:
        first = value[..., :1]
        return torch.cat([first, _steps(first, value[..., 1:]).log()], -1)


class _Above(Constraint):
    """Numbers above a bound: the logarithms of the steps up from it."""

    def __init__(self, lower: Bound) -> None:
        self.lower = lower

    def forward(self, u: Tensor) -> tuple[Tensor, Tensor]:
        steps = finite_exp(u, terms=2 + u.shape[-1])
        return _climb(as_tensor(self.lower, u), steps), u

    def inverse(self, value: Tensor) -> Tensor:
        return _steps(as_tensor(self.lower, value), value).log()


class _Between(Constraint):
    """Numbers between two bounds."""

    def __init__(self, lower: Bound, upper: Bound) -> None:
        self.lower, self.upper = lower, upper

    def forward(self, u: Tensor) -> tuple[Tensor, Tensor]:
        lower, upper = as_tensor(self.lower, u), as_tensor(self.upper, u)
        width = upper - lower
        shares, log_jacobian = simplex.forward(u)  # [..., K + 1], [..., K]
        value = torch.minimum(_climb(lower, width * shares[..., :-1]), _below(lower, upper, u))
        return value, log_jacobian + width.log()

    def inverse(self, value: Tensor) -> Tensor:
        lower, upper = as_tensor(self.lower, value), as_tensor(self.upper, value)
        ends = torch.cat([value, upper.expand(value[..., :1].shape)], -1)
        return simplex.inverse(_steps(lower, ends) / (upper - lower))


class _Below(Constraint):
    """Numbers below a bound: the logarithm of how far the first is below it, then as between."""

    def __init__(self, upper: Bound) -> None:
        self.upper = upper

    def forward(self, u: Tensor) -> tuple[Tensor, Tensor]:
        upper = as_tensor(self.upper, u)
        far = upper - finite_exp(u[..., :1], terms=2)
        first = torch.minimum(far, _below(upper, upper, u)[..., :1])
        others, log_jacobian = _Between(first, upper).forward(u[..., 1:])
        return torch.cat([first, others], -1), torch.cat([u[..., :1], log_jacobian], -1)

    def inverse(self, value: Tensor) -> Tensor:
        first, upper = value[..., :1], as_tensor(self.upper, value)
        others = _Between(first, upper).inverse(value[..., 1:])
        return torch.cat([(upper - first).log(), others], -1)


def _climb(start: Tensor, steps: Tensor) -> Tensor:
    """Up from `start`, one step after another; no step is so small that rounding would lose it."""
    with torch.no_grad():
        height = start.abs() + steps.cumsum(-1)
        least = 2 * torch.finfo(steps.dtype).eps * height + torch.finfo(steps.dtype).tiny
    return start + torch.maximum(steps, least).cumsum(-1)


def _steps(start: Tensor, value: Tensor) -> Tensor:
    """The steps that `_climb` takes; those that rounding has lost have a logarithm too."""
    start = start.expand(value[..., :1].shape)
    steps = torch.cat([start, value], -1).diff(dim=-1)
    return steps.clamp_min(torch.finfo(steps.dtype).tiny)


def _below(lower: Tensor, upper: Tensor, like: Tensor) -> Tensor:
    """As many increasing numbers just below `upper` as `like` has: the highest that are allowed."""
    limits = torch.finfo(like.dtype)
    ranks = torch.arange(like.shape[-1], 0, -1, dtype=like.dtype, device=like.device)
    with torch.no_grad():
        gap = 2 * limits.eps * torch.maximum(lower.abs(), upper.abs()) + limits.tiny
        return upper - ranks * gap


ordered = _Ordered()
positive_ordered = _Above(0.0)


def ordered_above(lower: Bound) -> Constraint:
    """Increasing numbers above a bound that broadcasts against u."""
    return _Above(lower)


def ordered_below(upper: Bound) -> Constraint:
    """Increasing numbers below a bound that broadcasts against u."""
    return _Below(upper)


def ordered_between(lower: Bound, upper: Bound) -> Constraint:
    """Increasing numbers strictly between the bounds, which broadcast against u."""
    return _Between(lower, upper)
