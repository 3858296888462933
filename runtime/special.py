"""Tails of the gamma and beta distributions in log space, differentiable in every argument.

torch has neither the derivative of the incomplete gamma function in its first argument nor an
incomplete beta function, and both are needed where a truncation is learned. The expansions are
those of the NIST Digital Library of Mathematical Functions (DLMF); they run until every element
has converged, about the square root of the largest parameter in terms.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import torch
from torch import Tensor

from pplc.runtime.tensors import broadcast

#: Terms after which an expansion that has not converged is taken as it is.
_MOST_TERMS = 5000


def log1mexp(x: Tensor) -> Tensor:
    """log(1 - exp(-x)) of each x >= 0, without cancellation; -inf with zero gradient at 0.

    Maechler (2012), "Accurately Computing log(1 - exp(-|a|))".
    """
    small = x < math.log(2)
    zero = x <= 0
    near = (-torch.expm1(-x.masked_fill(~small | zero, 0.5))).log()
    far = (-(-x.masked_fill(small, 1.0)).exp()).log1p()
    return torch.where(small, near, far).masked_fill(zero, -torch.inf)


def log_difference(x: Tensor, y: Tensor) -> Tensor:
    """log(exp(x) - exp(y)) of each x >= y; -inf with zero gradient where they are equal."""
    same = x <= y
    x = x.masked_fill(same, 0.0)
    gap = x - y.masked_fill(same, -1.0)
    return (x + log1mexp(gap)).masked_fill(same, -torch.inf)


def lbeta(a: Tensor, b: Tensor) -> Tensor:
    """The logarithm of the beta function, elementwise."""
    return torch.lgamma(a) + torch.lgamma(b) - torch.lgamma(a + b)


def log_gamma_tails(a: Tensor, x: Tensor) -> tuple[Tensor, Tensor]:
    """log P(a, x) and log Q(a, x), the regularised incomplete gamma functions, for x > 0.

    Elementwise, in the joint shape of both.
    The series DLMF 8.11.4 below x = a + 1, the continued fraction DLMF 8.9.2 above.
    """
    a, x = broadcast(a, x)
    low = x < a + 1
    front = a * x.log() - x - torch.lgamma(a)
    lower = front + _gamma_series(a, torch.where(low, x, a)).log()
    upper = front + _gamma_fraction(a, torch.where(low, a + 2, x)).log()
    return _pair(low, lower, upper)


def log_beta_tails(a: Tensor, b: Tensor, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
    """log I_x(a, b) and log I_y(b, a), the regularised incomplete beta functions, y = 1 - x.

    Elementwise, in the joint shape of all; 0 < x < 1. Both x and y are given, so that neither is
    lost by rounding where it is small.
    The continued fraction DLMF 8.17.22, on the side on which it converges fast.
    """
    a, b, x, y = broadcast(a, b, x, y)
    low = x < (a + 1) / (a + b + 2)
    near_a, near_b = torch.where(low, a, b), torch.where(low, b, a)
    near_x = torch.where(low, x, y)
    front = a * x.log() + b * y.log() - lbeta(a, b) - near_a.log()
    tail = front + _beta_fraction(near_a, near_b, near_x).log()
    return _pair(low, tail, tail)


def _pair(low: Tensor, lower: Tensor, upper: Tensor) -> tuple[Tensor, Tensor]:
    """Both tails, of which `lower` is computed where `low` and `upper` elsewhere."""
    tail = torch.where(low, lower, upper).clamp(max=0.0)
    rest = log1mexp(-tail)
    return torch.where(low, tail, rest), torch.where(low, rest, tail)


def _gamma_series(a: Tensor, x: Tensor) -> Tensor:
    term = 1 / a
    total = term
    for n in range(1, _MOST_TERMS):
        term = term * x / (a + n)
        total = total + term
        if _negligible(term / total):
            break
    return total


def _gamma_fraction(a: Tensor, x: Tensor) -> Tensor:
    def coefficients() -> Iterator[tuple[Tensor, Tensor]]:
        yield torch.ones_like(x), x + 1 - a
        for n in range(1, _MOST_TERMS):
            yield n * (a - n), x + (2 * n + 1) - a

    return _fraction(coefficients())


def _beta_fraction(a: Tensor, b: Tensor, x: Tensor) -> Tensor:
    def coefficients() -> Iterator[tuple[Tensor, Tensor]]:
        one = torch.ones_like(x)
        yield one, one
        for n in range(_MOST_TERMS):
            yield -(a + n) * (a + b + n) * x / ((a + 2 * n) * (a + 2 * n + 1)), one
            m = n + 1
            yield m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)), one

    return _fraction(coefficients())


def _fraction(coefficients: Iterator[tuple[Tensor, Tensor]]) -> Tensor:
    """p1 / (q1 + p2 / (q2 + ...)) by the modified Lentz algorithm (DLMF 3.10(iii))."""
    p, q = next(coefficients)
    value = p / q
    c, d = torch.full_like(q, torch.finfo(q.dtype).max).sqrt(), 1 / q
    for p, q in coefficients:
        d = 1 / _nonzero(q + p * d)
        c = _nonzero(q + p / c)
        value = value * (c * d)
        if _negligible(c * d - 1):
            break
    return value


def _nonzero(x: Tensor) -> Tensor:
    return x.masked_fill(x == 0, torch.finfo(x.dtype).eps ** 2)


def _negligible(change: Tensor) -> bool:
    return bool((change.detach().abs() <= torch.finfo(change.dtype).eps).all())
