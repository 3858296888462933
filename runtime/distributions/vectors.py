"""Distributions of vectors and matrices."""

from __future__ import annotations

import torch
from torch import Size, Tensor

from pplc.runtime.distributions.base import Distribution, Real, constant
from pplc.runtime.distributions.safe import xlogy


def near(value: Tensor, target: float) -> Tensor:
    """Whether a sum is what it ought to be, but for rounding or for what a file keeps of it."""
    tolerance = max(1e-6, torch.finfo(value.dtype).eps ** 0.5)
    return (value - target).abs() < tolerance


class Dirichlet(Distribution):
    """Dirichlet on the simplex; `concentration` [..., K]."""

    event_dim = 1

    def __init__(self, concentration: Real) -> None:
        (self.concentration,) = self._set(concentration)

    def _inside(self, value: Tensor) -> Tensor:
        rows = (value >= 0).all(-1, keepdim=True) & near(value.sum(-1, keepdim=True), 1.0)
        return rows.expand_as(value)

    def _interior(self, value: Tensor) -> Tensor:
        return constant(1 / value.shape[-1], value)

    def _log_density(self, value: Tensor) -> Tensor:
        a = self.concentration
        log_normalizer = torch.lgamma(a).sum(-1) - torch.lgamma(a.sum(-1))
        return xlogy(a - 1, value).sum(-1) - log_normalizer

    def _sample(self, shape: Size) -> Tensor:
        return self._sample_with(torch.distributions.Dirichlet, shape)
