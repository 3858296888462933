"""Distributions of vectors and matrices."""

from __future__ import annotations

import torch
from torch import Size, Tensor

from pplc.runtime.distributions import safe
from pplc.runtime.distributions.base import (
    Distribution,
    Real,
    one_of,
    where_inside,
)
from pplc.runtime.distributions.real import HALF_LOG_TWO_PI, LOG_PI
from pplc.runtime.functions import absolute, definite_cholesky
from pplc.runtime.tensors import constant, joint_shape


class Dirichlet(Distribution):
    """Dirichlet on the simplex; `concentration` [..., K]."""

    event_dim = 1

    def __init__(self, concentration: Real) -> None:
        (self.concentration,) = self._set(concentration)

    @property
    def _batch_shape(self) -> Size:
        return self.concentration.shape[:-1]

    def _inside(self, value: Tensor) -> Tensor:
        rows = (value >= 0).all(-1, keepdim=True) & _near(value.sum(-1, keepdim=True), 1.0)
        return rows.expand_as(value)

    def _interior(self, value: Tensor) -> Tensor:
        return constant(1 / value.shape[-1], value.dtype)

    def _log_density(self, value: Tensor) -> Tensor:
        a = self.concentration
        log_normalizer = torch.lgamma(a).sum(-1) - torch.lgamma(a.sum(-1))
        return safe.xlogy(a - 1, value).sum(-1) - log_normalizer

    def _sample(self, shape: Size) -> Tensor:
        concentration = self.concentration.expand(*shape, -1)
        draws: Tensor = torch.distributions.Dirichlet(concentration, validate_args=False).sample()
        return draws


class Multinomial(Distribution):
    """Counts of K categories in `total_count` trials; `probs` or `logits` [..., K]."""

    event_dim = 1
    discrete = True

    def __init__(
        self, total_count: Real, probs: Real | None = None, logits: Real | None = None
    ) -> None:
        name, given = one_of(probs=probs, logits=logits)
        self.total_count, given = self._set(total_count, given)
        self.probs = given.softmax(-1) if name == "logits" else given / given.sum(-1, keepdim=True)
        self._log_probs = given.log_softmax(-1) if name == "logits" else None

    @property
    def _batch_shape(self) -> Size:
        return joint_shape(self.total_count.shape, self.probs.shape[:-1])

    def log_prob(self, value: Real) -> Tensor:
        """Log probability of counts [..., K]; -inf unless they add up to `total_count`."""
        value = self._value(value)
        whole = ((value >= 0) & (value == value.floor())).all(-1)
        inside = whole & (value.sum(-1) == self.total_count)
        log_density = self._log_density(where_inside(whole[..., None], value, 0.0))
        return where_inside(inside, log_density, -torch.inf)

    def _log_density(self, value: Tensor) -> Tensor:
        if self._log_probs is None:
            terms = safe.xlogy(value, self.probs)
        else:
            terms = value * self._log_probs
        return torch.lgamma(self.total_count + 1) + (terms - torch.lgamma(value + 1)).sum(-1)

    def _sample(self, shape: Size) -> Tensor:
        # One binomial after another, each of what the earlier ones have left.
        probs = self.probs.expand(*shape, -1)
        share = probs / probs.flip(-1).cumsum(-1).flip(-1).clamp_min(torch.finfo(probs.dtype).tiny)
        left = self.total_count.to(probs).expand(shape)
        counts = []
        for chance in share.clamp(0, 1)[..., :-1].unbind(-1):
            counts.append(torch.binomial(left, chance))
            left = left - counts[-1]
        return torch.stack([*counts, left], -1)


class MultivariateNormal(Distribution):
    """Normal vectors [..., K] with mean `loc` and one of three matrices [..., K, K].

    Where the covariance or precision matrix is not positive definite the log density is -inf,
    with zero gradient.
    """

    event_dim = 1

    def __init__(
        self,
        loc: Real,
        covariance_matrix: Real | None = None,
        precision_matrix: Real | None = None,
        scale_tril: Real | None = None,
    ) -> None:
        name, given = one_of(
            covariance_matrix=covariance_matrix,
            precision_matrix=precision_matrix,
            scale_tril=scale_tril,
        )
        self.loc, matrix = self._set(loc, given)
        self._by_precision = name == "precision_matrix"
        if name == "scale_tril":
            self._factor, self._definite = matrix, None
        else:
            self._factor, self._definite = definite_cholesky(matrix)

    @property
    def _batch_shape(self) -> Size:
        return joint_shape(self.loc.shape[:-1], self._factor.shape[:-2])

    def _log_density(self, value: Tensor) -> Tensor:
        factor, deviation = self._factor, value - self.loc
        half_log_det = absolute(factor.diagonal(dim1=-2, dim2=-1)).log().sum(-1)
        if self._by_precision:
            z = (deviation[..., None, :] @ factor)[..., 0, :]
            half_log_det = -half_log_det
        else:
            z = _solve_lower(factor, deviation)
        size = factor.shape[-1]
        log_density = -0.5 * (z * z).sum(-1) - (half_log_det + size * HALF_LOG_TWO_PI)
        if self._definite is None:
            return log_density
        return where_inside(self._definite, log_density, -torch.inf)

    def stretched(self, noise: Tensor) -> Tensor:
        """Standard normals `[..., K]` with the covariance of this distribution."""
        factor = self._factor
        if self._by_precision:
            columns = torch.linalg.solve_triangular(factor.mT, noise[..., None], upper=True)
        else:
            columns = factor @ noise[..., None]
        stretched: Tensor = columns[..., 0]
        return stretched

    def _sample(self, shape: Size) -> Tensor:
        factor = self._factor
        noise = torch.randn(*shape, factor.shape[-1], 1, dtype=factor.dtype, device=factor.device)
        moved: Tensor
        if self._by_precision:
            upper = factor.mT.expand(*shape, -1, -1)
            moved = torch.linalg.solve_triangular(upper, noise, upper=True)
        else:
            moved = factor @ noise
        return self.loc + moved[..., 0]


class LKJCholesky(Distribution):
    """Cholesky factors [dim, dim] of correlation matrices with density det^(concentration - 1).

    Lewandowski, Kurowicka and Joe (2009), "Generating random correlation matrices based on vines
    and extended onion method"; the normaliser is that of section 3.2.
    """

    event_dim = 2

    def __init__(self, dim: int, concentration: Real = 1.0) -> None:
        self.dim = int(dim)
        (self.concentration,) = self._set(concentration)

    def _inside(self, value: Tensor) -> Tensor:
        positive = (value.diagonal(dim1=-2, dim2=-1) > 0).all(-1)
        lower = (value.triu(1) == 0).all(-1).all(-1)
        unit = _near((value * value).sum(-1), 1.0).all(-1)
        return (positive & lower & unit)[..., None, None].expand_as(value)

    def _interior(self, value: Tensor) -> Tensor:
        return torch.eye(self.dim, dtype=value.dtype, device=value.device)

    def _log_density(self, value: Tensor) -> Tensor:
        eta, n = self.concentration[..., None], self.dim
        rows = torch.arange(2, n + 1, dtype=value.dtype, device=value.device)
        powers = 2 * (eta - 1) + n - rows  # [..., dim - 1]
        terms = (powers * value.diagonal(dim1=-2, dim2=-1)[..., 1:].log()).sum(-1)
        half = 0.5 * (n - 1)
        alpha = self.concentration + half
        log_multigamma = torch.lgamma(alpha[..., None] - 0.5 * (rows - 1)).sum(-1)
        log_normalizer = 0.5 * n * half * LOG_PI + log_multigamma - (n - 1) * torch.lgamma(alpha)
        return terms - log_normalizer

    def _sample(self, shape: Size) -> Tensor:
        (concentration,) = self._expanded(shape)
        if self.dim == 1:
            return torch.ones_like(concentration)[..., None, None]
        law = torch.distributions.LKJCholesky(self.dim, concentration, validate_args=False)
        draws: Tensor = law.sample()  # type: ignore[no-untyped-call]
        return draws


def _near(value: Tensor, target: float) -> Tensor:
    """Whether a sum is what it ought to be, but for rounding or for what a file keeps of it."""
    tolerance = max(1e-6, torch.finfo(value.dtype).eps ** 0.5)
    close: Tensor = (value - target).abs() < tolerance
    return close


def _solve_lower(factor: Tensor, vectors: Tensor) -> Tensor:
    """`factor^-1 vector` for vectors [..., K]; a factor that many share is not copied for each."""
    shared = vectors.ndim > 1 and (factor.ndim == 2 or factor.shape[-3] == 1)
    if shared:
        factor, columns = factor.squeeze(-3) if factor.ndim > 2 else factor, vectors.mT
    else:
        columns = vectors[..., None]
    solved: Tensor = torch.linalg.solve_triangular(factor, columns, upper=False)
    return solved.mT if shared else solved[..., 0]
