"""Pareto-smoothed importance weights, and what is computed with weighted draws."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from pplc.runtime.pareto import smoothed
from pplc.runtime.randomness import subseed

_SAME = 1e-6  # log ratios that differ by less are rounding errors of one number
_IMPOSSIBLE = 700.0
_QUANTILES = (0.05, 0.5, 0.95)


def pareto_smoothed(log_ratio: Tensor) -> tuple[Tensor, float]:
    """Normalised weights [S] from log p - log q [S], and the shape k of their tail.

    A ratio that is not finite has weight zero. k is infinite, and the weights equal, where less
    than half are finite; k is zero where the ratios are all the same.
    """
    equal = torch.full_like(log_ratio, 1 / len(log_ratio))
    finite = log_ratio.isfinite()
    if 2 * finite.sum() < len(log_ratio):
        return equal, math.inf
    possible = log_ratio[finite]
    if possible.max() - possible.min() < _SAME:
        return finite.to(log_ratio.dtype) / finite.sum(), 0.0
    ratios = torch.where(finite, log_ratio, possible.min() - _IMPOSSIBLE)
    log_weights, k = smoothed(ratios.numpy())
    weights = torch.where(finite, torch.from_numpy(log_weights).exp(), 0.0)
    return weights / weights.sum(), k


def resampled(weights: Tensor, draws: int, seed: int) -> Tensor:
    """Positions [draws] of a systematic resample by normalised `weights` [S], shuffled."""
    generator = torch.Generator().manual_seed(subseed(seed, "resample"))
    order = torch.randperm(len(weights), generator=generator)
    offset = torch.rand(1, generator=generator, dtype=torch.float64)
    edges = weights[order].cumsum(0)
    ticks = (torch.arange(draws, dtype=torch.float64) + offset) / draws * edges[-1]
    chosen = order[torch.searchsorted(edges, ticks).clamp(max=len(weights) - 1)]
    return chosen[torch.randperm(draws, generator=generator)]


@dataclass(frozen=True)
class Summary:
    """Per element of a quantity: moments, quantiles [3, ...] at 5, 50, 95 %, and precision."""

    mean: Tensor
    sd: Tensor
    quantiles: Tensor
    mcse_mean: Tensor
    ess: Tensor


def weighted(values: Tensor, weights: Tensor) -> Summary:
    """Summarise `values` [S, ...] with normalised `weights` [S].

    The Monte Carlo error of a self-normalised mean is sqrt(sum w^2 (x - mean)^2) (Owen 2013,
    "Monte Carlo theory, methods and examples", equation 9.9); `ess` is (sd / error)^2.
    """
    x = values.to(torch.float64)
    w = weights.reshape(-1, *[1] * (x.dim() - 1))
    mean = (w * x).sum(0)
    squared = (x - mean) ** 2
    sd = (w * squared).sum(0).sqrt()
    mcse = (w**2 * squared).sum(0).sqrt()
    ess = torch.where(mcse > 0, (sd / mcse) ** 2, 1 / (weights**2).sum())
    return Summary(mean, sd, _quantiles(x, weights), mcse, ess)


def _quantiles(x: Tensor, weights: Tensor) -> Tensor:
    """Quantiles [3, ...]: the weighted distribution function, linear between its midpoints."""
    flat = x.reshape(len(x), -1).T  # [n, S]
    levels = torch.tensor(_QUANTILES, dtype=torch.float64)
    rows = [_quantiles_of(row, weights, levels) for row in flat]
    stacked = torch.stack(rows, -1) if rows else flat.new_zeros(len(levels), 0)
    return stacked.reshape(len(levels), *x.shape[1:])


def _quantiles_of(x: Tensor, weights: Tensor, levels: Tensor) -> Tensor:
    order = x.argsort()
    x, w = x[order], weights[order]
    middle = w.cumsum(0) - w / 2
    right = torch.searchsorted(middle, levels).clamp(1, len(x) - 1)
    left = right - 1
    gap = (middle[right] - middle[left]).clamp(min=1e-300)
    fraction = ((levels - middle[left]) / gap).clamp(0, 1)
    return x[left] + fraction * (x[right] - x[left])
