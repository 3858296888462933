"""Correlation and covariance matrices, through their Cholesky factors."""

from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.nn.functional import logsigmoid, pad

from pplc.runtime.constraints.base import Constraint, finite_exp


class _CholeskyCorr(Constraint):
    """Cholesky factors of correlation matrices, [..., K (K - 1) / 2] to [..., K, K].

    The map of torch's CorrCholeskyTransform: tanh(u), row by row, are canonical partial
    correlations (Lewandowski, Kurowicka and Joe 2009).
    """

    def forward(self, u: Tensor) -> tuple[Tensor, Tensor]:
        size = _triangle_size(u.shape[-1], diagonal=False)
        partial = _to_lower(u.tanh(), size, -1)
        # log(1 - tanh(u)^2) = 2 (log 2 + log sigmoid(2 u)) - 2 u
        log_rest = _to_lower(2 * (math.log(2) + logsigmoid(2 * u) - u), size, -1)
        log_before = 0.5 * pad(log_rest.cumsum(-1), (1, -1))  # of what earlier columns have left
        rows, columns = _lower_indices(size, -1, u)
        value = partial * log_before.exp()
        diagonal = log_before.diagonal(dim1=-2, dim2=-1).exp()
        value = value + diagonal.clamp_min(torch.finfo(u.dtype).tiny).diag_embed()
        return value, (log_rest + log_before)[..., rows, columns]

    def inverse(self, value: Tensor) -> Tensor:
        rows, columns = _lower_indices(value.shape[-1], -1, value)
        squares = (value * value).flip(-1).cumsum(-1).flip(-1)  # what each column found left
        return torch.atanh((value / squares.sqrt())[..., rows, columns])


class _Corr(Constraint):
    """Correlation matrices, through their Cholesky factors."""

    def forward(self, u: Tensor) -> tuple[Tensor, Tensor]:
        factor, log_jacobian = cholesky_corr.forward(u)
        size = factor.shape[-1]
        powers = torch.arange(size - 1, -1, -1, dtype=u.dtype, device=u.device)
        log_diagonal = factor.diagonal(dim1=-2, dim2=-1).log()
        return factor @ factor.mT, torch.cat([log_jacobian, powers * log_diagonal], -1)

    def inverse(self, value: Tensor) -> Tensor:
        return cholesky_corr.inverse(torch.linalg.cholesky(value))


class _Cov(Constraint):
    """Covariance matrices, [..., K (K + 1) / 2] to [..., K, K].

    u holds the lower Cholesky factor row by row, its diagonal as logarithms.
    """

    def forward(self, u: Tensor) -> tuple[Tensor, Tensor]:
        size = _triangle_size(u.shape[-1], diagonal=True)
        lower = _to_lower(u, size, 0)
        log_diagonal = lower.diagonal(dim1=-2, dim2=-1)
        factor = lower.tril(-1) + finite_exp(log_diagonal).diag_embed()
        powers = torch.arange(size + 1, 1, -1, dtype=u.dtype, device=u.device)
        return factor @ factor.mT, powers * log_diagonal + math.log(2)

    def inverse(self, value: Tensor) -> Tensor:
        factor = torch.linalg.cholesky(value)
        rows, columns = _lower_indices(value.shape[-1], 0, value)
        log_diagonal = factor.diagonal(dim1=-2, dim2=-1).log()
        lower: Tensor = factor.tril(-1) + log_diagonal.diag_embed()
        return lower[..., rows, columns]


cholesky_corr = _CholeskyCorr()
corr = _Corr()
cov = _Cov()


def _triangle_size(entries: int, diagonal: bool) -> int:
    """K of a lower triangle with so many entries."""
    size = math.isqrt(2 * entries)
    return size if diagonal else size + 1


def _lower_indices(size: int, offset: int, like: Tensor) -> tuple[Tensor, Tensor]:
    rows, columns = torch.tril_indices(size, size, offset, device=like.device)
    return rows, columns


def _to_lower(entries: Tensor, size: int, offset: int) -> Tensor:
    """Entries [..., n] as the lower triangle of matrices [..., size, size], row by row."""
    matrix = entries.new_zeros(*entries.shape[:-1], size, size)
    matrix[(..., *_lower_indices(size, offset, entries))] = entries
    return matrix
