"""What draws leave out or cannot tell because the tails of the posterior are too heavy."""

from __future__ import annotations

import torch
from torch import Tensor

from pplc.runtime.correction.importance import columns, squared_deviations, tail_of_moment
from pplc.runtime.module import Tensors

_INFINITE = 1.0  # shape of the tail of what has no mean


def without_sd(latents: Tensors, weights: Tensor) -> str | None:
    """The latent whose sd weighted draws [S, ...] do not tell, if there is one.

    The variance is the mean of squared deviations; where the tail of these times the weights has a
    shape of one or more, that is infinite, or estimated so badly that it may as well be (Vehtari,
    Simpson, Gelman, Yao and Gabry 2024, section 2.4). Of all elements the one is looked at whose
    variance has the largest Monte Carlo error.
    """
    worst, largest, draws = None, 0.0, weights
    for name, values in latents.items():
        if not values.sum().isfinite():
            return name
        deviations = squared_deviations(values, weights)
        for x, ratios in zip(columns(values), deviations, strict=True):
            errors = (weights.square() @ ratios.square()).nan_to_num(0.0)
            if float(errors.max()) > largest:
                largest, worst, draws = float(errors.max()), name, x[:, errors.argmax()]
    return worst if worst and tail_of_moment(draws, weights, 2) >= _INFINITE else None


def beyond(latents: Tensors, weights: Tensor, chains: Tensors) -> float:
    """What weighted draws [S, ...] show of the posterior that `chains` [n, ...] did not get to.

    Squared deviations outside of the range of the chains, in the chains' variances: by as much at
    least, about, a variance would be larger. Of all elements, the largest.
    """
    largest = 0.0
    for name, values in chains.items():
        for x, found in zip(columns(latents[name]), _alike(latents[name], values), strict=True):
            mean, variance = found.mean(0), found.var(0)
            outside = (x < found.amin(0)) | (x > found.amax(0))
            squares = weights @ (outside * (x - mean).square()) / variance
            largest = max(largest, float(squares.nan_to_num(0.0).max()))
    return largest


def passed_by(log_ratio: Tensor, log_weights: Tensor, chains: Tensor) -> float:
    """The share of the posterior at draws like none in the chains: a narrow mode, say.

    At draws [S] with such weights the posterior is `log_ratio` [S] above a guide; at the points of
    chains [n] so much. Of the posterior 1 / n, about, lies where it is further above the guide than
    at any of n independent draws from it.
    """
    shares = log_weights.nan_to_num(-torch.inf, -torch.inf).softmax(0)
    return float(shares[log_ratio > chains.max()].sum())


def _alike(values: Tensor, others: Tensor) -> list[Tensor]:
    """The columns of others [n, ...], as many at a time as `columns` has of values [S, ...]."""
    widths = [x.shape[1] for x in columns(values)]
    return list(others.reshape(len(others), -1).to(torch.float64).split_with_sizes(widths, -1))
