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
from functools import lru_cache

import torch
from torch import Tensor
from torch.nn.functional import logsigmoid, pad

from pplc.runtime.tensors import constant

#: A number, or a tensor that broadcasts against u.
Bound = float | Tensor


class Constraint(ABC):
    """A support, and a smooth map onto it from unconstrained space."""

    def __call__(self, u: Tensor) -> tuple[Tensor, Tensor]:
        """The value at u `[S, ...]`, and the log Jacobian `[S]`."""
        value, log_jacobian = self._forward(u)
        return value, log_jacobian.reshape(log_jacobian.shape[0], -1).sum(-1)

    def value(self, u: Tensor) -> Tensor:
        """The value at u alone; here the leading dimensions are free."""
        return self._forward(u)[0]

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


class _PositiveOrdered(Constraint):
    """Increasing vectors of positive numbers: the logarithms of the steps up from 0."""

    def _forward(self, u: Tensor) -> tuple[Tensor, Tensor]:
        return _climb(_exp(u[..., :1], terms=2 + u.shape[-1]), u[..., 1:]), u

    def inverse(self, value: Tensor) -> Tensor:
        return torch.cat([value[..., :1], value.diff(dim=-1)], -1).log()


class _Interval(Constraint):
    """Numbers between two bounds, which broadcast against u."""

    def __init__(self, lower: Bound, upper: Bound) -> None:
        self.lower, self.upper = lower, upper

    def _forward(self, u: Tensor) -> tuple[Tensor, Tensor]:
        lower, upper = _bound(self.lower, u), _bound(self.upper, u)
        width = upper - lower
        value = lower + width * u.sigmoid()
        value = torch.maximum(value, _next(self.lower, torch.inf, u))
        value = torch.minimum(value, _next(self.upper, -torch.inf, u))
        return value, width.log() + logsigmoid(u) + logsigmoid(-u)

    def inverse(self, value: Tensor) -> Tensor:
        lower, upper = _bound(self.lower, value), _bound(self.upper, value)
        return (value - lower).log() - (upper - value).log()


class _LowerBounded(Constraint):
    def __init__(self, lower: Bound) -> None:
        self.lower = lower

    def _forward(self, u: Tensor) -> tuple[Tensor, Tensor]:
        lower = _bound(self.lower, u)
        value = torch.maximum(lower + _exp(u, terms=2), _next(self.lower, torch.inf, u))
        return value, u.expand_as(value)

    def inverse(self, value: Tensor) -> Tensor:
        return (value - _bound(self.lower, value)).log()


class _UpperBounded(Constraint):
    def __init__(self, upper: Bound) -> None:
        self.upper = upper

    def _forward(self, u: Tensor) -> tuple[Tensor, Tensor]:
        upper = _bound(self.upper, u)
        value = torch.minimum(upper - _exp(u, terms=2), _next(self.upper, -torch.inf, u))
        return value, u.expand_as(value)

    def inverse(self, value: Tensor) -> Tensor:
        return (_bound(self.upper, value) - value).log()


class _CholeskyCorr(Constraint):
    """Cholesky factors of correlation matrices, [..., K (K - 1) / 2] to [..., K, K].

    The map of torch's CorrCholeskyTransform: tanh(u), row by row, are canonical partial
    correlations (Lewandowski, Kurowicka and Joe 2009).
    """

    def _forward(self, u: Tensor) -> tuple[Tensor, Tensor]:
        size = _triangle_size(u.shape[-1], diagonal=False)
        partial = _to_lower(u.tanh(), size, -1)
        # log(1 - tanh(u)^2) = 2 (log 2 + log sigmoid(2 u)) - 2 u
        log_rest = _to_lower(2 * (math.log(2) + logsigmoid(2 * u) - u), size, -1)
        log_before = 0.5 * pad(log_rest.cumsum(-1), (1, -1))  # of what earlier columns have left
        rows, columns = _lower_indices(size, -1, u)
        value = partial * log_before.exp()
        diagonal = log_before.diagonal(dim1=-2, dim2=-1).exp()
        value = value + diagonal.clamp_min(torch.finfo(u.dtype).tiny).diag_embed()
        return value, (log_rest + log_before)[..., rows, columns]

    def inverse(self, value: Tensor) -> Tensor:
        rows, columns = _lower_indices(value.shape[-1], -1, value)
        squares = (value * value).flip(-1).cumsum(-1).flip(-1)  # what each column found left
        return torch.atanh((value / squares.sqrt())[..., rows, columns])


class _Corr(Constraint):
    """Correlation matrices, through their Cholesky factors."""

    def _forward(self, u: Tensor) -> tuple[Tensor, Tensor]:
        factor, log_jacobian = cholesky_corr._forward(u)
        size = factor.shape[-1]
        powers = torch.arange(size - 1, -1, -1, dtype=u.dtype, device=u.device)
        log_diagonal = factor.diagonal(dim1=-2, dim2=-1).log()
        return factor @ factor.mT, torch.cat([log_jacobian, powers * log_diagonal], -1)

    def inverse(self, value: Tensor) -> Tensor:
        return cholesky_corr.inverse(torch.linalg.cholesky(value))


class _Cov(Constraint):
    """Covariance matrices, [..., K (K + 1) / 2] to [..., K, K].

    u holds the lower Cholesky factor row by row, its diagonal as logarithms.
    """

    def _forward(self, u: Tensor) -> tuple[Tensor, Tensor]:
        size = _triangle_size(u.shape[-1], diagonal=True)
        lower = _to_lower(u, size, 0)
        log_diagonal = lower.diagonal(dim1=-2, dim2=-1)
        factor = lower.tril(-1) + _exp(log_diagonal).diag_embed()
        powers = torch.arange(size + 1, 1, -1, dtype=u.dtype, device=u.device)
        return factor @ factor.mT, powers * log_diagonal + math.log(2)

    def inverse(self, value: Tensor) -> Tensor:
        factor = torch.linalg.cholesky(value)
        rows, columns = _lower_indices(value.shape[-1], 0, value)
        log_diagonal = factor.diagonal(dim1=-2, dim2=-1).log()
        lower: Tensor = factor.tril(-1) + log_diagonal.diag_embed()
        return lower[..., rows, columns]


class _Centred(Constraint):
    """z = f + g^(1 - lam) (u - lam f) with location f and scale g; exp(z) where `log`.

    Gorinova, Moore and Hoffman 2020, "Automatic Reparameterisation of Probabilistic Programs",
    section 4: lam = 1 is the centred form, lam = 0 the non-centred one.
    """

    def __init__(self, loc: Bound, scale: Bound, centring: Tensor, log: bool) -> None:
        self.loc, self.scale, self.centring, self.log = loc, scale, centring, log

    def _forward(self, u: Tensor) -> tuple[Tensor, Tensor]:
        loc = _bound(self.loc, u)
        log_stretch = (1 - self.centring) * _bound(self.scale, u).log()
        z = loc + log_stretch.exp() * (u - self.centring * loc)
        log_stretch = log_stretch.expand_as(z)
        return (_exp(z), z + log_stretch) if self.log else (z, log_stretch)

    def inverse(self, value: Tensor) -> Tensor:
        z = value.log() if self.log else value
        loc = _bound(self.loc, value)
        log_stretch = (1 - self.centring) * _bound(self.scale, value).log()
        return self.centring * loc + (z - loc) * (-log_stretch).exp()


class _Spread(Constraint):
    """A constraint on some elements of an array, packed in u `[S, cells, ...]`.

    It is applied to the whole array, with u = 0 at all other elements: its bounds may have the
    shape of the array.
    """

    def __init__(
        self, inner: Constraint, cells: Tensor, sizes: tuple[int, ...], values: Tensor | None
    ) -> None:
        self.inner, self.cells, self.sizes, self.values = inner, tuple(cells), sizes, values

    def _forward(self, u: Tensor) -> tuple[Tensor, Tensor]:
        particles = torch.arange(len(u), device=u.device)[:, None]
        at = (particles, *self.cells)
        whole = u.new_zeros(len(u), *self.sizes, *u.shape[2:]).index_put(at, u)
        value, log_jacobian = self.inner._forward(whole)
        if self.values is not None:
            known = self.values.expand(len(u), *self.sizes)
            value = known.index_put(at, value[at])
        return value, log_jacobian[at]

    def inverse(self, value: Tensor) -> Tensor:
        return self.inner.inverse(value)[(slice(None), *self.cells)]


real = _Real()
positive = _Positive()
simplex = _Simplex()
ordered = _Ordered()
positive_ordered = _PositiveOrdered()
cholesky_corr = _CholeskyCorr()
corr = _Corr()
cov = _Cov()
unit = _Interval(0.0, 1.0)


def interval(lower: Bound, upper: Bound) -> Constraint:
    """Numbers strictly between the bounds: numbers, or tensors that broadcast against u."""
    return _Interval(lower, upper)


def lower_bounded(lower: Bound) -> Constraint:
    """Numbers above a bound: a number, or a tensor that broadcasts against u."""
    return _LowerBounded(lower)


def upper_bounded(upper: Bound) -> Constraint:
    """Numbers below a bound: a number, or a tensor that broadcasts against u."""
    return _UpperBounded(upper)


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


def centred(loc: Bound, scale: Bound, centring: Tensor) -> Constraint:
    """Reals with a location and a scale, centred by degrees: between 0 (not) and 1 (fully)."""
    return _Centred(loc, scale, centring, log=False)


def log_centred(loc: Bound, scale: Bound, centring: Tensor) -> Constraint:
    """Positive numbers whose logarithm has a location and a scale, centred by degrees."""
    return _Centred(loc, scale, centring, log=True)


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


def _bound(bound: Bound, like: Tensor) -> Tensor:
    return bound if isinstance(bound, Tensor) else constant(bound, like.dtype)


def _next(bound: Bound, direction: float, like: Tensor) -> Tensor:
    """The number next to a bound; next to 0 the smallest that has a reciprocal."""
    if not isinstance(bound, Tensor):
        return _next_to_number(bound, direction, like.dtype)
    bound = bound.detach().to(like.dtype)
    tiny = math.copysign(torch.finfo(bound.dtype).tiny, direction)
    return torch.where(bound == 0, tiny, bound.nextafter(torch.full_like(bound, direction)))


@lru_cache
def _next_to_number(bound: float, direction: float, dtype: torch.dtype) -> Tensor:
    at = torch.tensor(bound, dtype=dtype)
    return _next(at, direction, at)


def _triangle_size(entries: int, diagonal: bool) -> int:
    """K of a lower triangle with so many entries."""
    size = math.isqrt(2 * entries)
    return size if diagonal else size + 1


def _lower_indices(size: int, offset: int, like: Tensor) -> tuple[Tensor, Tensor]:
    rows, columns = torch.tril_indices(size, size, offset, device=like.device)
    return rows, columns


def _to_lower(entries: Tensor, size: int, offset: int) -> Tensor:
    """Entries [..., n] as the lower triangle of matrices [..., size, size], row by row."""
    matrix = entries.new_zeros(*entries.shape[:-1], size, size)
    matrix[(..., *_lower_indices(size, offset, entries))] = entries
    return matrix
