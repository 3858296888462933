"""Several ascents of a function at once, each step one batched evaluation."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

#: Values [n] and gradients [n, D] at points [n, D].
BatchedFunction = Callable[[Tensor], tuple[Tensor, Tensor]]

_HISTORY = 10
_SUFFICIENT = 1e-4  # Armijo's share of the rise that the slope promises
_BACK = 0.3


@dataclass(frozen=True)
class Ascent:
    """Where n ascents stand: points [n, D], values [n], gradients [n, D]."""

    points: Tensor
    values: Tensor
    gradients: Tensor

    @property
    def steepest(self) -> Tensor:
        """The largest partial derivative of each, [n]."""
        return self.gradients.abs().amax(-1)


def ascend(function: BatchedFunction, start: Ascent, steps: int, tolerance: float) -> Ascent:
    """L-BFGS with backtracking from each point of `start`, until all are below `tolerance`.

    Points where the function is not finite are stepped back from. Nocedal and Wright 2006,
    algorithms 7.4 (two-loop recursion, the inverse Hessian started from the identity) and 3.1.
    """
    now = start
    history: deque[tuple[Tensor, Tensor, Tensor]] = deque(maxlen=_HISTORY)
    direction = start.gradients
    length = torch.ones_like(start.values)
    for _ in range(steps):
        points = now.points + length[:, None] * direction
        tried = Ascent(points, *function(points))
        promised = length * (now.gradients * direction).sum(-1)
        accepted = (
            tried.values.isfinite()
            & tried.gradients.isfinite().all(-1)
            & (tried.values >= now.values + _SUFFICIENT * promised)
        )
        following = _where(accepted, tried, now)
        history.append(_curvature_pair(now, following))
        now = following
        direction = torch.where(accepted[:, None], _direction(now.gradients, history), direction)
        length = torch.where(accepted, 1.0, length * _BACK)
        if (now.steepest <= tolerance).all():
            break
    return now


def _where(condition: Tensor, a: Ascent, b: Ascent) -> Ascent:
    column = condition[:, None]
    return Ascent(
        torch.where(column, a.points, b.points),
        torch.where(condition, a.values, b.values),
        torch.where(column, a.gradients, b.gradients),
    )


def _curvature_pair(before: Ascent, after: Ascent) -> tuple[Tensor, Tensor, Tensor]:
    """Step s, fall of the gradient y, and 1 / s'y (zero where it would not be convex)."""
    s = after.points - before.points
    y = before.gradients - after.gradients
    product = (s * y).sum(-1)
    convex = product > 1e-10 * (y * y).sum(-1)
    return s, y, torch.where(convex, product, torch.inf).reciprocal()


def _direction(gradient: Tensor, history: deque[tuple[Tensor, Tensor, Tensor]]) -> Tensor:
    q = gradient
    coefficients = []
    for s, y, rho in reversed(history):
        alpha = rho * (s * q).sum(-1)
        coefficients.append(alpha)
        q = q - alpha[:, None] * y
    for (s, y, rho), alpha in zip(history, reversed(coefficients), strict=True):
        beta = rho * (y * q).sum(-1)
        q = q + (alpha - beta)[:, None] * s
    rises = (q * gradient).sum(-1, keepdim=True) > 0
    return torch.where(rises, q, gradient)
