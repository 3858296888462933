"""Unconstrained space and back.

A constraint is called with u `[S, ...]` and returns the value and the log Jacobian determinant of
the map, `[S]`, summed over all but the leading dimension. The maps are those of the Stan
Reference Manual, chapter "Constraint Transforms"; each works from the logarithms of what it
multiplies, so that neither value nor Jacobian is lost where a factor underflows, and the value
stays strictly inside the support however extreme u is.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod

import torch
from torch import Tensor
from torch.nn.functional import logsigmoid, pad


class Constraint(ABC):
    """A support, and a smooth map onto it from unconstrained space."""

    def __call__(self, u: Tensor) -> tuple[Tensor, Tensor]:
        """The value at u `[S, ...]`, and the log Jacobian `[S]`."""
        value, log_jacobian = self._forward(u)
        return value, log_jacobian.reshape(log_jacobian.shape[0], -1).sum(-1)

    @abstractmethod
    def inverse(self, value: Tensor) -> Tensor:
        """The u that is mapped to `value`."""

    @abstractmethod
    def _forward(self, u: Tensor) -> tuple[Tensor, Tensor]:
        """The value, and the terms of the log Jacobian `[S, ...]`."""


class _Real(Constraint):
    def _forward(self, u: Tensor) -> tuple[Tensor, Tensor]:
        return u, torch.zeros_like(u)

    def inverse(self, value: Tensor) -> Tensor:
        return value


class _Positive(Constraint):
    def _forward(self, u: Tensor) -> tuple[Tensor, Tensor]:
        return _exp(u), u

    def inverse(self, value: Tensor) -> Tensor:
        return value.log()


class _Simplex(Constraint):
    """Stick breaking, [..., K - 1] to [..., K]; the map of torch's StickBreakingTransform."""

    def _forward(self, u: Tensor) -> tuple[Tensor, Tensor]:
        shifted = u - _stick_offsets(u)
        log_rest = pad(logsigmoid(-shifted).cumsum(-1), (1, 0))  # what is left before each break
        log_value = torch.cat([log_rest[..., :-1] + logsigmoid(shifted), log_rest[..., -1:]], -1)
        log_jacobian = log_value[..., :-1] + logsigmoid(-shifted)
        return log_value.exp().clamp_min(torch.finfo(u.dtype).tiny), log_jacobian

    def inverse(self, value: Tensor) -> Tensor:
        rest = value.flip(-1).cumsum(-1).flip(-1)[..., 1:]
        u = value[..., :-1].log() - rest.log()
        return u + _stick_offsets(u)


class _Ordered(Constraint):
    """Increasing vectors: the first entry, then the logarithms of the steps."""

    def _forward(self, u: Tensor) -> tuple[Tensor, Tensor]:
        return _climb(u[..., :1], u[..., 1:]), u[..., 1:]

    def inverse(self, value: Tensor) -> Tensor:
        return torch.cat([value[..., :1], value.diff(dim=-1).log()], -1)


real = _Real()
positive = _Positive()
simplex = _Simplex()
ordered = _Ordered()


def _exp(u: Tensor, terms: int = 1) -> Tensor:
    """exp(u), kept positive, and so that the sum of `terms` of them is finite."""
    limits = torch.finfo(u.dtype)
    return u.clamp(math.log(limits.tiny) + 1, math.log(limits.max / terms) - 1).exp()


def _stick_offsets(u: Tensor) -> Tensor:
    """Shifts that take u = 0 to the uniform simplex: log(K - 1), ..., log(1)."""
    return torch.arange(u.shape[-1], 0, -1, dtype=u.dtype, device=u.device).log()


def _climb(first: Tensor, log_steps: Tensor) -> Tensor:
    """`first`, then one step after another; no step is so small that rounding would lose it."""
    steps = _exp(log_steps, terms=2 + log_steps.shape[-1])
    with torch.no_grad():
        height = first.abs() + steps.cumsum(-1)
        least = 2 * torch.finfo(steps.dtype).eps * height + torch.finfo(steps.dtype).tiny
    return torch.cat([first, first + torch.maximum(steps, least).cumsum(-1)], -1)
