"""Distributions on an interval."""

from __future__ import annotations

import math

import torch
from torch import Size, Tensor

from pplc.runtime.distributions.base import Distribution, Real, is_number, where_inside
from pplc.runtime.distributions.real import standard_logistic
from pplc.runtime.distributions.safe import xlog1my, xlogy
from pplc.runtime.special import lbeta, log_beta_tails

_LARGEST = 100.0  # times one: starting values where nothing tells the unit


class Beta(Distribution):
    """Beta on [0, 1] with mean `concentration1 / (concentration1 + concentration0)`."""

    interior = 0.5

    def __init__(self, concentration1: Real, concentration0: Real) -> None:
        self.concentration1, self.concentration0 = self._set(concentration1, concentration0)

    @property
    def _bounds(self) -> tuple[Real, Real]:
        return 0.0, 1.0

    def _inside(self, value: Tensor) -> Tensor:
        return (value >= 0) & (value <= 1)

    def _log_density(self, value: Tensor) -> Tensor:
        a, b = self.concentration1, self.concentration0
        return xlogy(a - 1, value) + xlog1my(b - 1, value) - lbeta(a, b)

    def _log_tails(self, value: Tensor) -> tuple[Tensor, Tensor]:
        return log_beta_tails(self.concentration1, self.concentration0, value, 1 - value)

    def _sample(self, shape: Size) -> Tensor:
        return self._sample_with(torch.distributions.Beta, shape)


class Uniform(Distribution):
    """Uniform on [low, high]."""

    def __init__(self, low: Real, high: Real) -> None:
        self.low, self.high = self._set(low, high)

    @property
    def _bounds(self) -> tuple[Real, Real]:
        return self.low, self.high

    def _inside(self, value: Tensor) -> Tensor:
        return (value >= self.low) & (value <= self.high)

    def _interior(self, value: Tensor) -> Tensor:
        return (0.5 * (self.low + self.high)).detach().to(value.dtype)

    def _log_density(self, value: Tensor) -> Tensor:
        return torch.zeros_like(value) - (self.high - self.low).log()

    def _log_tails(self, value: Tensor) -> tuple[Tensor, Tensor]:
        log_width = (self.high - self.low).log()
        return (value - self.low).log() - log_width, (self.high - value).log() - log_width

    def _sample(self, shape: Size) -> Tensor:
        low, high = self._expanded(shape)
        return low + (high - low) * torch.rand_like(low)


class Flat(Distribution):
    """An improper density, 1 between `lower` and `upper` and 0 elsewhere.

    No numbers can be drawn from it. `sample` gives starting values in its place: standard
    logistic in the unconstrained space of the interval or half line. On a line nothing tells the
    unit: there they are up to a hundred times as large, all orders of magnitude alike.
    """

    def __init__(self, lower: Real = -math.inf, upper: Real = math.inf) -> None:
        self.lower, self.upper = self._set(lower, upper)
        self._open_below = is_number(lower, -math.inf)
        self._open_above = is_number(upper, math.inf)

    def log_prob(self, value: Real) -> Tensor:
        """0 between the bounds, -inf elsewhere."""
        value = self._value(value)
        density = torch.zeros_like(value)
        if not self._open_below:
            density = where_inside(value >= self.lower, density, -torch.inf)
        if not self._open_above:
            density = where_inside(value <= self.upper, density, -torch.inf)
        return density

    def _log_density(self, value: Tensor) -> Tensor:
        return torch.zeros_like(value)

    def _sample(self, shape: Size) -> Tensor:
        lower, upper = self._expanded(shape)
        u = standard_logistic(lower)
        if self._open_below and self._open_above:
            return u * _LARGEST ** torch.rand_like(u)
        if self._open_above:
            return lower + u.exp()
        if self._open_below:
            return upper - u.exp()
        return lower + (upper - lower) * u.sigmoid()
