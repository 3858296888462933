"""Supports of single numbers."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import logsigmoid

from pplc.runtime.constraints.base import Bound, Constraint, as_tensor, finite_exp, next_to


class _Real(Constraint):
    def forward(self, u: Tensor) -> tuple[Tensor, Tensor]:
        return u, torch.zeros_like(u)

    def inverse(self, value: Tensor) -> Tensor:
        return value


class _Positive(Constraint):
    def forward(self, u: Tensor) -> tuple[Tensor, Tensor]:
        return finite_exp(u), u

    def inverse(self, value: Tensor) -> Tensor:
        return value.log()


class _Interval(Constraint):
    """Numbers between two bounds, which broadcast against u."""

    def __init__(self, lower: Bound, upper: Bound) -> None:
        self.lower, self.upper = lower, upper

    def forward(self, u: Tensor) -> tuple[Tensor, Tensor]:
        lower, upper = as_tensor(self.lower, u), as_tensor(self.upper, u)
        width = upper - lower
        value = lower + width * u.sigmoid()
        value = torch.maximum(value, next_to(self.lower, torch.inf, u))
        value = torch.minimum(value, next_to(self.upper, -torch.inf, u))
        return value, width.log() + logsigmoid(u) + logsigmoid(-u)

    def inverse(self, value: Tensor) -> Tensor:
        lower, upper = as_tensor(self.lower, value), as_tensor(self.upper, value)
        return (value - lower).log() - (upper - value).log()


class _LowerBounded(Constraint):
    def __init__(self, lower: Bound) -> None:
        self.lower = lower

    def forward(self, u: Tensor) -> tuple[Tensor, Tensor]:
        lower = as_tensor(self.lower, u)
        value = torch.maximum(lower + finite_exp(u, terms=2), next_to(self.lower, torch.inf, u))
        return value, u.expand_as(value)

    def inverse(self, value: Tensor) -> Tensor:
        return (value - as_tensor(self.lower, value)).log()


class _UpperBounded(Constraint):
    def __init__(self, upper: Bound) -> None:
        self.upper = upper

    def forward(self, u: Tensor) -> tuple[Tensor, Tensor]:
        upper = as_tensor(self.upper, u)
        value = torch.minimum(upper - finite_exp(u, terms=2), next_to(self.upper, -torch.inf, u))
        return value, u.expand_as(value)

    def inverse(self, value: Tensor) -> Tensor:
        return (as_tensor(self.upper, value) - value).log()


class _Centred(Constraint):
    """z = f + g^(1 - lam) (u - lam f) with location f and scale g; exp(z) where `log`.

    Gorinova, Moore and Hoffman 2020, "Automatic Reparameterisation of Probabilistic Programs",
    section 4: lam = 1 is the centred form, lam = 0 the non-centred one.
    """

    def __init__(self, loc: Bound, scale: Bound, centring: Tensor, log: bool) -> None:
        self.loc, self.scale, self.centring, self.log = loc, scale, centring, log

    def forward(self, u: Tensor) -> tuple[Tensor, Tensor]:
        loc = as_tensor(self.loc, u)
        log_stretch = (1 - self.centring) * as_tensor(self.scale, u).log()
        z = loc + log_stretch.exp() * (u - self.centring * loc)
        log_stretch = log_stretch.expand_as(z)
        return (finite_exp(z), z + log_stretch) if self.log else (z, log_stretch)

    def inverse(self, value: Tensor) -> Tensor:
        z = value.log() if self.log else value
        loc = as_tensor(self.loc, value)
        log_stretch = (1 - self.centring) * as_tensor(self.scale, value).log()
        return self.centring * loc + (z - loc) * (-log_stretch).exp()


real = _Real()
positive = _Positive()
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


def centred(loc: Bound, scale: Bound, centring: Tensor) -> Constraint:
    """Reals with a location and a scale, centred by degrees: between 0 (not) and 1 (fully).

    Numbers, or tensors that broadcast against u.
    """
    return _Centred(loc, scale, centring, log=False)


def log_centred(loc: Bound, scale: Bound, centring: Tensor) -> Constraint:
    """Positive numbers whose logarithm is `centred` by degrees, with arguments as there."""
    return _Centred(loc, scale, centring, log=True)
