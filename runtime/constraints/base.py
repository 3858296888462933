"""What a map from unconstrained space is, and arithmetic that keeps it strictly inside."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from functools import lru_cache

import torch
from torch import Tensor

from pplc.runtime.tensors import constant

#: A number, or a tensor that broadcasts against u.
Bound = float | Tensor


class Constraint(ABC):
    """A support, and a smooth map onto it from unconstrained space."""

    def __call__(self, u: Tensor) -> tuple[Tensor, Tensor]:
        """The value at u `[S, ...]`, and the log Jacobian `[S]`."""
        value, log_jacobian = self.forward(u)
        return value, log_jacobian.reshape(log_jacobian.shape[0], -1).sum(-1)

    def value(self, u: Tensor) -> Tensor:
        """The value [..., event] at u [..., numbers] alone; here leading dimensions are free."""
        return self.forward(u)[0]

    @abstractmethod
    def inverse(self, value: Tensor) -> Tensor:
        """The u [..., numbers] that is mapped to `value` [..., event]."""

    @abstractmethod
    def forward(self, u: Tensor) -> tuple[Tensor, Tensor]:
        """The value, and the terms of the log Jacobian `[S, ...]`."""


def finite_exp(u: Tensor, terms: int = 1) -> Tensor:
    """exp(u), elementwise, kept positive, and so that the sum of `terms` of them is finite."""
    limits = torch.finfo(u.dtype)
    return u.clamp(math.log(limits.tiny) + 1, math.log(limits.max / terms) - 1).exp()


def as_tensor(bound: Bound, like: Tensor) -> Tensor:
    """A bound, of any shape, as a tensor of the dtype of another one."""
    return bound if isinstance(bound, Tensor) else constant(bound, like.dtype)


def next_to(bound: Bound, direction: float, like: Tensor) -> Tensor:
    """The number next to a bound, elementwise; next to 0 the smallest that has a reciprocal."""
    if not isinstance(bound, Tensor):
        return _next_to_number(bound, direction, like.dtype)
    bound = bound.detach().to(like.dtype)
    tiny = math.copysign(torch.finfo(bound.dtype).tiny, direction)
    return torch.where(bound == 0, tiny, bound.nextafter(torch.full_like(bound, direction)))


@lru_cache
def _next_to_number(bound: float, direction: float, dtype: torch.dtype) -> Tensor:
    at = torch.tensor(bound, dtype=dtype)
    return next_to(at, direction, at)
