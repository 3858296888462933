"""Pareto-smoothed importance weights, and what is computed with weighted draws."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from pplc.runtime.correction.pareto import smoothed
from pplc.runtime.randomness import subseed

_SAME = 1e-6  # log ratios that differ by less are rounding errors of one number
_IMPOSSIBLE = 700.0
_BOUNDED = 5.0  # times the mean: a tail that is too short for its shape to matter, or to be told
_QUANTILES = (0.05, 0.5, 0.95)
_SOME = 64  # draws among which there is a typical one
_MAGNITUDES = 1e6  # of the largest number in typical ones, from which on small ones count as such
_AT_ONCE = 2**19  # numbers that are summarised together: 4 MB


def pareto_smoothed(log_ratio: Tensor) -> tuple[Tensor, float]:
    """Normalised weights [S] from log p - log q [S], and the shape k of their tail.

    A ratio that is not finite has weight zero. k is infinite, and the weights equal, where less
    than half are finite; k is zero at most where no ratio is much larger than their mean.
    """
    equal = torch.full_like(log_ratio, 1 / len(log_ratio))
    finite = log_ratio.isfinite()
    if 2 * finite.sum() < len(log_ratio):
        return equal, math.inf
    possible = log_ratio[finite]
    if possible.max() - possible.min() < _SAME:
        return finite.to(log_ratio.dtype) / finite.sum(), 0.0
    ratios = torch.where(finite, log_ratio, possible.min() - _IMPOSSIBLE)
    largest = float((ratios.max() - ratios.logsumexp(0)).exp()) * len(ratios)
    log_weights, k = smoothed(ratios.numpy())
    weights = torch.where(finite, torch.from_numpy(log_weights).exp(), 0.0)
    return weights / weights.sum(), min(k, 0.0) if largest < _BOUNDED else k


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
    parts = [_described(x, weights) for x in columns(values)]
    numbers = torch.cat(parts, -1) if parts else weights.new_zeros(4 + len(_QUANTILES), 0)
    mean, sd, mcse, ess, *quantiles = numbers.reshape(len(numbers), *values.shape[1:])
    return Summary(mean, sd, torch.stack(quantiles), mcse, ess)


def columns(values: Tensor) -> Iterator[Tensor]:
    """Values [S, ...] as float64 [S, m], a few columns at a time.

    What is computed with a few fits into memory that is in use already; new memory for each
    result costs more time than computing it.
    """
    flat = values.reshape(len(values), -1)
    for part in torch.split(flat, max(1, _AT_ONCE // len(values)), -1) if flat.numel() else ():
        yield part.to(torch.float64)


def squared_deviations(values: Tensor, weights: Tensor) -> Iterator[Tensor]:
    """Those of the elements of draws `[S, ...]` from their means, in variances: [S, m] at a time.

    Elements that do not vary have NaN. `weights` [S] are normalised.
    """
    for x in columns(values):
        off = x - weights @ x
        squares = off.square()
        variances = weights @ squares
        if not variances.isfinite().all():  # their squares are too large for a number
            squares = (off / off.abs().amax(0)).square()
            variances = weights @ squares
        yield squares / variances


def tail_of_moment(x: Tensor, weights: Tensor, order: int) -> float:
    """The shape k of the tail of what is averaged in a moment of draws [S] with weights [S].

    The moment is about their median: the mean of what has a heavy tail can be that of its largest
    draw alone, from which all others are equally far. It is infinite where k is one or more. Draws
    of weight zero, as those of a guide at another guide's mode, are not part of it.
    """
    counted = weights > 0
    away = (x - x.median())[counted].abs()
    return pareto_smoothed(weights[counted].log() + order * away.log())[1]


def _described(x: Tensor, weights: Tensor) -> Tensor:
    """Mean, sd, Monte Carlo error, effective size and quantiles of columns [S, m], [7, m]."""
    rows = x.T.contiguous()
    mean = rows @ weights
    quantiles = _quantiles(rows, weights)
    squared = (rows - mean[:, None]).square_()
    sd = (squared @ weights).sqrt()
    mcse = (squared @ weights.square()).sqrt()
    ess = torch.where(mcse > 0, (sd / mcse).square(), 1 / weights.square().sum())
    return torch.cat([torch.stack([mean, sd, mcse, ess]), quantiles])


def _quantiles(rows: Tensor, weights: Tensor) -> Tensor:
    """Quantiles [3, m] of rows [m, S]."""
    # not around the mean: beside one of 1e30, numbers around 1 would be rounding errors
    some = rows[:, :: rows.shape[1] // _SOME | 1]  # odd: draws come in powers of two
    centre = some.median(-1, keepdim=True).values.nan_to_num(0.0, 0.0, 0.0)
    off = rows - centre
    usual = (some - centre).abs().median(-1).values
    largest = off.abs().amax(-1)
    exact = ~largest.isfinite() | ((usual > 0) & (largest / _MAGNITUDES > usual))
    parts = zip(rows.numpy(), off.numpy(), exact.tolist(), strict=True)
    w = weights.numpy()
    found = [_quantiles_of(x, np.argsort(x) if e else _order(y), w) for x, y, e in parts]
    return torch.from_numpy(np.stack(found, -1))


def _quantiles_of(
    x: NDArray[np.float64], order: NDArray[np.int64], weights: NDArray[np.float64]
) -> NDArray[np.float64]:
    """The weighted distribution function of x [S], linear between its midpoints, inverted."""
    w = weights[order]
    middle = np.cumsum(w) - w / 2
    place = np.interp(_QUANTILES, middle, np.arange(len(x)))
    below, above = x[order[np.floor(place).astype(int)]], x[order[np.ceil(place).astype(int)]]
    share = place - np.floor(place)
    found: NDArray[np.float64] = (1 - share) * below + share * above
    return found


def _order(x: NDArray[np.float64]) -> NDArray[np.int64]:
    """The positions of numbers in ascending order.

    To sort numbers takes a third of the time of finding their order. So the positions are written
    over their last bits, and numbers that differ by 1e-11 of their size may change places.
    """
    last_bits = (1 << (len(x) - 1).bit_length()) - 1
    keys = x.view(np.int64) & ~last_bits | np.arange(len(x))
    return np.sort(keys.view(np.float64)).view(np.int64) & last_bits
