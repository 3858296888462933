"""Noise drawn so that it follows the posterior, where the guide's own draws do not follow it well.

A guide turns standard normal noise into latents. Any other distribution of the noise gives other
draws, and E_p[f] = E_r[f w] with w = p / q * N(noise) / r(noise): so the noise can be adapted
without touching the guide. That of the globals gets a mixture of multivariate t distributions,
fitted by weighted expectation and maximisation (Cappé, Douc, Guillin, Marin and Robert 2008,
"Adaptive importance sampling in general mixture classes"): it moves, stretches, skews and splits.
Every element of a plate keeps its own normal noise, given the globals.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from pplc.runtime.flatten import Layout
from pplc.runtime.module import Tensors
from pplc.runtime.randomness import seeded, subseed

_SCALES = (1.0, 2.0, 4.0)  # of the widest draws from which an adaptation starts
_DEGREES = 3.0  # of freedom: tails that are heavier than those of most posteriors
_LEAST = 0.01  # the share below which a component is left out
_RIDGE = 1e-3  # of the overall covariance, added to that of each component


@dataclass(frozen=True)
class Proposal:
    """A mixture of K multivariate t distributions for noise of D numbers.

    Shares [K], locations [K, D], and Cholesky factors of scale matrices [K, D, D].
    """

    shares: Tensor
    locs: Tensor
    scale_trils: Tensor

    @classmethod
    def wide(cls, size: int) -> Proposal:
        """Around the guide's own draws of D numbers, as wide as these and wider."""
        scales = torch.tensor(_SCALES, dtype=torch.float64)
        return cls(
            shares=torch.full_like(scales, 1 / len(scales)),
            locs=torch.zeros(len(scales), size, dtype=torch.float64),
            scale_trils=scales[:, None, None] * torch.eye(size, dtype=torch.float64),
        )

    @classmethod
    def start(cls, points: Tensor, weights: Tensor, components: int, seed: int) -> Proposal:
        """Components at some of the points [n, D], drawn by their weights [n], all as wide."""
        generator = torch.Generator().manual_seed(seed)
        chosen = torch.multinomial(weights, components, replacement=True, generator=generator)
        scale_tril = _root(_covariance(points, weights))
        return cls(
            shares=points.new_full((components,), 1 / components),
            locs=points[chosen],
            scale_trils=scale_tril.expand(components, *scale_tril.shape),
        )

    def beside(self, other: Proposal, share: float) -> Proposal:
        """A mixture with another proposal, which has this share."""
        return Proposal(
            torch.cat([(1 - share) * self.shares, share * other.shares]),
            torch.cat([self.locs, other.locs]),
            torch.cat([self.scale_trils, other.scale_trils]),
        )

    def draws(self, normals: Tensor, seed: int) -> Tensor:
        """Draws [n, D] from standard normals [n, D]."""
        count = len(normals)
        with seeded(seed):
            rate = torch.full((count,), _DEGREES / 2, dtype=normals.dtype)
            stretch = (torch._standard_gamma(rate) / rate).rsqrt()
            ticks = (torch.randperm(count) + torch.rand(1)) / count
        which = torch.searchsorted(self.shares.cumsum(0), ticks).clamp(max=len(self.shares) - 1)
        drawn = torch.empty_like(normals)
        for k in range(len(self.shares)):
            own = which == k
            drawn[own] = self.locs[k] + stretch[own, None] * normals[own] @ self.scale_trils[k].T
        return drawn

    def _parts(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Log density of each component times its share [n, K], and squared distances [n, K]."""
        d = x.shape[-1]
        off = (x[:, None] - self.locs).movedim(0, -1)  # [K, D, n]
        white = torch.linalg.solve_triangular(self.scale_trils, off, upper=False)
        squares = white.square().sum(-2).T
        half = (_DEGREES + d) / 2
        constant = (
            math.lgamma(half) - math.lgamma(_DEGREES / 2) - d / 2 * math.log(_DEGREES * math.pi)
        )
        volumes = self.scale_trils.diagonal(dim1=-2, dim2=-1).log().sum(-1)
        log_density = constant - volumes - half * (squares / _DEGREES).log1p()
        return log_density + self.shares.log(), squares

    def log_density(self, x: Tensor) -> Tensor:
        """Log density [n] at points [n, D]."""
        return self._parts(x)[0].logsumexp(-1)

    def fitted(self, points: Tensor, weights: Tensor) -> Proposal:
        """One step of expectation and maximisation on weighted points, normalised weights [n]."""
        log_density, squares = self._parts(points)
        d = points.shape[-1]
        shared = weights[:, None] * log_density.softmax(-1)  # [n, K]
        shares = shared.sum(0)
        kept = shares > _LEAST
        shared, squares, shares = shared[:, kept], squares[:, kept], shares[kept]
        pull = shared * (_DEGREES + d) / (_DEGREES + squares)
        locs = pull.T @ points / pull.sum(0)[:, None]
        off = points - locs[:, None]  # [K, n, D]
        scatter = (pull.T[..., None] * off).mT @ off / shares[:, None, None]
        ridge = _RIDGE * _covariance(points, weights)
        return Proposal(shares / shares.sum(), locs, _root(scatter + ridge))


def _covariance(points: Tensor, weights: Tensor) -> Tensor:
    off = points - weights @ points
    return (weights[:, None] * off).mT @ off


def _root(matrix: Tensor) -> Tensor:
    """The Cholesky factor of a positive definite matrix."""
    floor = 1e-9 * torch.eye(matrix.shape[-1], dtype=matrix.dtype)
    root: Tensor = torch.linalg.cholesky(matrix + floor)
    return root


def log_normal(x: Tensor) -> Tensor:
    """Log density [n] of standard normals [n, D]."""
    return -0.5 * (x.square() + math.log(2 * math.pi)).sum(-1)


@dataclass(frozen=True)
class Part:
    """Some numbers of noise: those of a flat vector that are `kept`, [D], bool."""

    layout: Layout
    kept: Tensor

    @property
    def size(self) -> int:
        """How many they are."""
        return int(self.kept.sum())

    def of(self, noise: Tensors) -> Tensor:
        """The numbers, [n, size]."""
        return self.layout.flatten(noise)[:, self.kept]

    def put(self, noise: Tensors, numbers: Tensor) -> Tensors:
        """The noise with other numbers [n, size] in their place."""
        flat = self.layout.flatten(noise)
        flat[:, self.kept] = numbers
        return noise | self.layout.unflatten(flat)


def redrawn(proposal: Proposal, part: Part, noise: Tensors, seed: int) -> tuple[Tensors, Tensor]:
    """Noise of which a part follows the proposal, from standard normals; log N - log r, [n]."""
    drawn = proposal.draws(part.of(noise), subseed(seed, "proposal"))
    return part.put(noise, drawn), log_normal(drawn) - proposal.log_density(drawn)
