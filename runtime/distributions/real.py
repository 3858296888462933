"""Distributions on the whole line, and those made of them by folding."""

from __future__ import annotations

import math

import torch
from torch import Size, Tensor

from pplc.runtime.distributions.base import Distribution, Real

HALF_LOG_TWO_PI = 0.5 * math.log(2 * math.pi)


class Normal(Distribution):
    """Normal with mean `loc` and standard deviation `scale`."""

    def __init__(self, loc: Real, scale: Real) -> None:
        self.loc, self.scale = self._set(loc, scale)

    def _log_density(self, value: Tensor) -> Tensor:
        z = (value - self.loc) / self.scale
        return -0.5 * z * z - (self.scale.log() + HALF_LOG_TWO_PI)

    def _sample(self, shape: Size) -> Tensor:
        return torch.normal(*self._expanded(shape))
