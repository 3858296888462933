"""The Pareto tail of importance weights: its shape, and the weights smoothed by it.

Written out because the libraries that have it take longer to import than most fits take; the
tests compare it with `arviz_stats`.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

_Array = NDArray[np.float64]

_SHARE = 0.2  # of the draws that may count as the tail
_PRIOR_DRAWS = 10  # a prior worth so many draws pulls k towards 1/2


def smoothed(log_ratio: _Array) -> tuple[_Array, float]:
    """Normalised log weights [S] and the shape k of their tail, from finite log ratios [S].

    Vehtari, Simpson, Gelman, Yao and Gabry 2024, "Pareto smoothed importance sampling", section
    2.2: the largest min(S / 5, 3 sqrt(S)) weights are replaced by the expected order statistics
    of a generalised Pareto distribution fitted to them, none above the largest. k is infinite
    where the tail holds fewer than five draws.
    """
    log_weights = log_ratio - log_ratio.max()
    size = len(log_weights)
    count = int(min(_SHARE * size, 3 * math.sqrt(size)))
    order = np.argsort(log_weights, kind="stable")
    tail = order[-count:]
    cutoff = log_weights[order[-count - 1]]
    tail = tail[log_weights[tail] > cutoff]  # ties with the cutoff are not beyond it
    k = math.inf
    if len(tail) > 4:
        threshold = math.exp(cutoff)
        k, scale = generalised_pareto(np.exp(log_weights[tail]) - threshold)
        if math.isfinite(k):
            levels = (np.arange(len(tail)) + 0.5) / len(tail)
            excess = scale * (np.expm1(-k * np.log1p(-levels)) / k if k else -np.log1p(-levels))
            log_weights[tail] = np.minimum(np.log(excess + threshold), 0)
    return log_weights - np.logaddexp.reduce(log_weights), k


def generalised_pareto(x: _Array) -> tuple[float, float]:
    """Shape k and scale of a generalised Pareto distribution fitted to `x`, positive, ascending.

    The posterior mean of Zhang and Stephens 2009, "A new and efficient estimation method for the
    generalized Pareto distribution", in its profile form; k has the prior of Vehtari et al. 2024,
    appendix C.
    """
    n = len(x)
    grid = 30 + int(math.sqrt(n))
    quartile = x[int(n / 4 + 0.5) - 1]
    if not quartile > 0:  # too small a number for the weights: the largest are all that counts
        return math.inf, 1.0
    steps = 1 - np.sqrt(grid / (np.arange(1, grid + 1) - 0.5))
    b = steps / (3 * quartile) + 1 / x[-1]
    shapes = np.log1p(-b[:, None] * x).mean(1)
    log_likelihood = n * (np.log(-b / shapes) - shapes - 1)
    weights = np.exp(log_likelihood - np.logaddexp.reduce(log_likelihood))
    mean = float((b * weights).sum())
    shape = float(np.log1p(-mean * x).mean())
    scale = -shape / mean
    return (n * shape + _PRIOR_DRAWS * 0.5) / (n + _PRIOR_DRAWS), scale
