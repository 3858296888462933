"""Which latents the draws of a fit are off in, and by how much, as far as anything tells.

The draws that are reported are held against better evidence: the weights of the same draws, or
chains that started from them. Neither can be trusted as a result, or it would be the result; but
where a difference is far larger than its own error, it says which latents are concerned.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from pplc.runtime.module import Tensors
from pplc.runtime.reading.labels import Labels
from pplc.runtime.stochastic.schedule import split_r_hat
from pplc.runtime.verdict.verdict import Departure

_FEWEST = 20.0  # effective draws, from which weights tell anything
_ERRORS = 4.0  # Monte Carlo errors that a difference has to be: the worst of many elements is told
_LEAST = 0.1  # sds, or of the logarithm of an sd: smaller ones are no reason for a bad verdict
_AGREE = 1.05  # R-hat of chains that agree


@dataclass(frozen=True)
class Place:
    """The labels of a site's elements along each axis, and which of them results are about."""

    axes: Sequence[Labels] = ()
    there: NDArray[np.bool_] | None = None


@dataclass(frozen=True)
class Difference:
    """What is told of the elements of a site, [...] each: NaN where nothing is."""

    mean: Tensor
    log_sd: Tensor
    r_hat: Tensor

    def worst(self, site: str, place: Place) -> Departure | None:
        """The departure of the site; None where nothing tells that it is off."""
        found = torch.stack([self.mean.abs(), self.log_sd.abs(), self.r_hat - 1]).nan_to_num(0.0)
        size = found.amax(0)
        if place.there is not None:
            there = torch.from_numpy(place.there)
            size = size * there.reshape(*there.shape, *[1] * (size.dim() - there.dim()))
        if not size.any():
            return None
        index = tuple(int(i) for i in np.unravel_index(int(size.argmax()), size.shape))
        log_sd = _told(self.log_sd[index])
        return Departure(
            site=site,
            index=index,
            labels=tuple(axis[i] for axis, i in zip(place.axes, index, strict=True)),
            mean=_told(self.mean[index]),
            sd=None if log_sd is None else math.exp(log_sd),
            r_hat=_told(self.r_hat[index]),
            concerned=int((size > 0).sum()),
            elements=size.numel() if place.there is None else int(there.sum()),
        )


def departures(
    differences: Mapping[str, Difference], places: Mapping[str, Place]
) -> tuple[Departure, ...]:
    """Those of all sites that are off, worst first."""
    found = (difference.worst(site, places[site]) for site, difference in differences.items())
    return tuple(sorted((d for d in found if d is not None), key=lambda d: -d.size))


def told_by_weights(draws: Tensors, weights: Tensor) -> dict[str, Difference]:
    """Draws `[S, ...]` of each site, all of one weight, against the same with weights [S].

    Empty where so few draws have all the weight that nothing is told.
    """
    effective = 1 / float(weights.square().sum())
    if not effective >= _FEWEST:
        return {}
    even = torch.full_like(weights, 1 / len(weights))
    error = math.sqrt(1 / effective + 1 / len(weights))
    found = {}
    for site, values in draws.items():
        x = values.reshape(len(values), -1).to(torch.float64)
        (mean, sd), (better, better_sd) = _moments(x, even), _moments(x, weights)
        squares = (x - better).square()
        of_mean = (weights.square() @ squares).sqrt() / sd
        of_sd = (weights.square() @ (squares / better_sd.square() - 1).square()).sqrt() / 2
        found[site] = _difference(
            (mean - better) / sd,
            of_mean.clamp(min=error),
            (sd / better_sd).log(),
            of_sd.clamp(min=error / math.sqrt(2)),
            torch.full_like(mean, torch.nan),
            values.shape[1:],
        )
    return found


def told_by_chains(draws: Tensors, chains: Tensors) -> dict[str, Difference]:
    """Draws `[S, ...]` of each site, all of one weight, against chains `[n, C, ...]`."""
    found = {}
    for site, values in draws.items():
        x = values.reshape(len(values), -1).to(torch.float64)
        walk = chains[site].reshape(*chains[site].shape[:2], -1).to(torch.float64)
        mean, sd = _moments(x, torch.full((len(x),), 1 / len(x), dtype=torch.float64))
        better = walk.mean((0, 1))
        variances = (walk - better).square().mean(0)  # of each chain, around the mean of all
        variance = variances.mean(0)
        error = 1 / math.sqrt(len(x))
        of_mean = walk.mean(0).std(0) / math.sqrt(walk.shape[1]) / sd
        of_sd = variances.std(0) / math.sqrt(walk.shape[1]) / variance / 2
        r_hat = split_r_hat(walk)
        found[site] = _difference(
            (mean - better) / sd,
            of_mean.clamp(min=error),
            (sd.square() / variance).log() / 2,
            of_sd.clamp(min=error),
            torch.where((r_hat > _AGREE) & (sd > 0), r_hat, torch.nan),
            values.shape[1:],
        )
    return found


def told_by_modes(draws: Tensors, others: Tensors) -> dict[str, Difference]:
    """Draws `[S, ...]` of each site against modes [m, ...] at which there are none.

    Of several modes that which is furthest away counts.
    """
    found = {}
    for site, values in draws.items():
        x = values.reshape(len(values), -1).to(torch.float64)
        mean, sd = _moments(x, torch.full((len(x),), 1 / len(x), dtype=torch.float64))
        away = (mean - others[site].reshape(len(others[site]), -1)) / sd
        furthest = away.gather(0, away.abs().nan_to_num(0.0).argmax(0, keepdim=True))[0]
        nothing = torch.full_like(mean, torch.nan)
        shape = values.shape[1:]
        found[site] = _difference(furthest, torch.ones_like(mean), nothing, nothing, nothing, shape)
    return found


def _moments(x: Tensor, weights: Tensor) -> tuple[Tensor, Tensor]:
    """Means and sds [m] of columns [S, m]."""
    mean = weights @ x
    return mean, (weights @ (x - mean).square()).sqrt()


def _difference(
    mean: Tensor,
    error_of_mean: Tensor,
    log_sd: Tensor,
    error_of_log_sd: Tensor,
    r_hat: Tensor,
    shape: torch.Size,
) -> Difference:
    """What is left of differences [m] that are neither small nor within their errors."""

    def clear(difference: Tensor, error: Tensor) -> Tensor:
        bar = (_ERRORS * error).clamp(min=_LEAST)
        told = difference.isfinite() & (difference.abs() > bar)
        return torch.where(told, difference, torch.nan).reshape(shape)

    return Difference(
        clear(mean, error_of_mean), clear(log_sd, error_of_log_sd), r_hat.reshape(shape)
    )


def _told(value: Tensor) -> float | None:
    return None if value.isnan() else float(value)
