"""When stochastic optimisation at a fixed rate has arrived, and what a smaller rate would gain.

Welandawe, Andersen, Vehtari and Huggins 2022, "Robust, Automated, and Accurate Black-box
Variational Inference" (RAABBVI): at a fixed rate the iterates become a stationary sequence around
a point that is off by an amount in proportion to the rate. Once split R-hat says that they are
stationary they are averaged until the Monte Carlo error of the average is small; then the rate is
halved. The moves of the averages tell what further rounds would still change.
"""

from __future__ import annotations

import torch
from torch import Tensor

#: Split R-hat up to which a sequence counts as stationary (section 3.2 of the paper).
LARGEST_R_HAT = 1.1

_WINDOWS = (0.95, 0.8, 0.65, 0.5, 0.35)  # the last shares of a sequence that are tried
_BATCHES = 20  # of consecutive values, whose means are taken for independent
_TREND = 2.0  # standard errors by which an objective has to climb to be on its way


def split_r_hat(x: Tensor) -> Tensor:
    """Split R-hat [k] of sequences [n, k], or of several chains of each, [n, chains, k].

    Gelman et al. 2013, "Bayesian Data Analysis", 11.4.
    """
    half = len(x) // 2
    parts = torch.cat([p if p.dim() == 3 else p[:, None] for p in (x[:half], x[-half:])], 1)
    within = parts.var(0).mean(0)
    between = parts.mean(0).var(0)
    ratio = (half - 1) / half + between / within
    return torch.where(within > 0, ratio.sqrt(), torch.where(between > 0, torch.inf, 1.0))


def stationary(x: Tensor) -> bool:
    """Whether a last part of sequences [n, k] is stationary, in all of them together."""
    if not x.shape[1]:
        return True
    worst = [split_r_hat(x[-int(share * len(x)) :]).max() for share in _WINDOWS]
    return float(min(worst)) <= LARGEST_R_HAT


def batch_means(x: Tensor) -> Tensor:
    """Means [b, ...] of consecutive parts of equal length of a sequence [n, ...]."""
    size = len(x) // _BATCHES
    return x[-_BATCHES * size :].reshape(_BATCHES, size, *x.shape[1:]).mean(1)


def standard_error(x: Tensor) -> Tensor:
    """Monte Carlo error [...] of the mean of a correlated sequence [n, ...], by batch means."""
    means = batch_means(x)
    return ((means - means.mean(0)).square().sum(0) / (_BATCHES - 1) / _BATCHES).sqrt()


def climbing(objective: Tensor) -> bool:
    """Whether the last half of a noisy sequence [n] still has an upward trend."""
    y = batch_means(objective[len(objective) // 2 :])
    time = torch.arange(len(y), dtype=y.dtype)
    time = time - time.mean()
    slope = (time * y).sum() / time.square().sum()
    rest = y - y.mean() - slope * time
    error = (rest.square().sum() / (len(y) - 2) / time.square().sum()).sqrt()
    return bool(slope > _TREND * error)


def still_to_gain(move: Tensor) -> Tensor:
    """How far further rounds would move averages [n] that the last, at half the rate, moved.

    The bias at rate g is about c g, so that the last move was c g / 2 and what is left is the
    same again (Dieuleveut, Durmus and Bach 2020, "Bridging the gap between constant step size
    stochastic gradient descent and Markov chains").
    """
    return move.abs()
