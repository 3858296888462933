"""Distributions on the positive half line."""

from __future__ import annotations

import math

import torch
from torch import Size, Tensor

from pplc.runtime.distributions.base import Distribution, Real
from pplc.runtime.distributions.real import HALF_LOG_TWO_PI


class _NonNegative(Distribution):
    """The support is [0, inf)."""

    def _inside(self, value: Tensor) -> Tensor:
        return (value >= 0) & (value < torch.inf)


class HalfNormal(_NonNegative):
    """The absolute value of a normal with mean 0 and standard deviation `scale`."""

    def __init__(self, scale: Real) -> None:
        (self.scale,) = self._set(scale)

    def _log_density(self, value: Tensor) -> Tensor:
        z = value / self.scale
        return -0.5 * z * z - (self.scale.log() + (HALF_LOG_TWO_PI - math.log(2)))

    def _sample(self, shape: Size) -> Tensor:
        (scale,) = self._expanded(shape)
        return torch.randn_like(scale).abs() * scale
