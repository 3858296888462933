"""Constraints on some elements of an array."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import pad

from pplc.runtime.constraints.base import Constraint


class _Spread(Constraint):
    """A constraint on some elements of an array, packed in u `[S, cells, ...]`.

    It is applied to the whole array, with u = 0 at all other elements: its bounds may have the
    shape of the array.
    """

    def __init__(
        self, inner: Constraint, cells: Tensor, sizes: tuple[int, ...], values: Tensor | None
    ) -> None:
        self.inner, self.cells, self.sizes, self.values = inner, tuple(cells), sizes, values

    def forward(self, u: Tensor) -> tuple[Tensor, Tensor]:
        particles = torch.arange(len(u), device=u.device)[:, None]
        at = (particles, *self.cells)
        whole = u.new_zeros(len(u), *self.sizes, *u.shape[2:]).index_put(at, u)
        value, log_jacobian = self.inner.forward(whole)
        if self.values is not None:
            known = self.values.expand(len(u), *self.sizes)
            value = known.index_put(at, value[at])
        return value, log_jacobian[at]

    def inverse(self, value: Tensor) -> Tensor:
        return self.inner.inverse(value)[(slice(None), *self.cells)]


class _Later(Constraint):
    """A constraint on the elements from position `start` of the last dimension on.

    Those before do not exist; they have the value of the first one.
    """

    def __init__(self, inner: Constraint, start: int) -> None:
        self.inner, self.start = inner, start

    def forward(self, u: Tensor) -> tuple[Tensor, Tensor]:
        value, log_jacobian = self.inner.forward(u[..., self.start :])
        before = value[..., :1].expand(u[..., : self.start].shape)
        return torch.cat([before, value], -1), pad(log_jacobian, (self.start, 0))

    def inverse(self, value: Tensor) -> Tensor:
        return pad(self.inner.inverse(value[..., self.start :]), (self.start, 0))


def completed(inner: Constraint, cells: Tensor, values: Tensor) -> Constraint:
    """Data whose missing cells, at `cells` [dimensions, C], have the values of `inner` at u [S, C].

    The other cells are those of the data, `values`.
    """
    return _Spread(inner, cells, tuple(values.shape), values)


def spread(inner: Constraint, cells: Tensor, sizes: tuple[int, ...]) -> Constraint:
    """Values of `inner` at u `[S, C, ...]`, spread over the `cells` [dimensions, C] of an array.

    The array has plates of the given sizes. Its other elements do not exist; they have a value in
    the support, so that what is computed of them by the way is finite.
    """
    return _Spread(inner, cells, sizes, None)


def later(inner: Constraint, start: int) -> Constraint:
    """Values of `inner` at u `[..., K]` from position `start` on; those before do not exist."""
    return _Later(inner, start)
