"""Global guide blocks that are Gaussians: with a full covariance, independent, of low rank."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Self

import torch
from torch import Tensor

from pplc.runtime.coordinates.arrow_factor import inverse_factor
from pplc.runtime.coordinates.blocks import Spread
from pplc.runtime.manifest import BlockEntry
from pplc.runtime.module import Tensors


@dataclass(frozen=True)
class DenseCoordinates:
    """A dense Gaussian: `xi` holds a shift [d], log-diagonal [d] and strict lower triangle.

    With `loc` and `scale_tril` those at zero, the Gaussian at `xi` has location
    `loc + scale_tril a` and Cholesky factor `scale_tril T`.
    """

    block: str
    loc: Tensor
    scale_tril: Tensor

    @classmethod
    def at_mode(cls, block: BlockEntry, mode: Tensor, precision: Tensor) -> Self:
        """See `Coordinates`."""
        return cls(block.name, mode, inverse_factor(precision))

    @classmethod
    def around(cls, block: BlockEntry, phi: Tensors) -> Self:
        """See `Coordinates`."""
        name = block.name
        lower = phi[f"{name}.lower"].tril(-1)
        unit = lower + torch.eye(len(lower), dtype=lower.dtype)
        scale_tril = phi[f"{name}.log_scale"].exp()[:, None] * unit
        return cls(name, phi[f"{name}.loc"], scale_tril)

    @property
    def dimension(self) -> int:
        """d, the number of unconstrained latents."""
        return len(self.loc)

    @property
    def size(self) -> int:
        """See `Coordinates`."""
        return 2 * self.dimension + self.dimension * (self.dimension - 1) // 2

    def _parts(self, xi: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        d = self.dimension
        shift, log_diagonal, below = xi.split_with_sizes([d, d, d * (d - 1) // 2])
        # the objective curves by 2 in log t
        return shift, log_diagonal / 2**0.5, strictly_lower(below, d)

    def phi(self, xi: Tensor) -> Tensors:
        """See `Coordinates`."""
        shift, log_diagonal, lower = self._parts(xi)
        scale_tril = self.scale_tril @ (lower + log_diagonal.exp().diag())
        log_scale = self.scale_tril.diagonal().log() + log_diagonal
        return {
            f"{self.block}.loc": self.loc + self.scale_tril @ shift,
            f"{self.block}.log_scale": log_scale,
            f"{self.block}.lower": (scale_tril * (-log_scale).exp()[:, None]).tril(-1),
        }

    def spread(self, xi: Tensor) -> Spread:
        """Its latents [d] as functions of noise, at `xi` [size]."""
        shift, log_diagonal, lower = self._parts(xi)
        moved = self.scale_tril @ (lower + log_diagonal.diag())
        rows = {self.block: self.scale_tril}
        return Spread(self.scale_tril @ shift, rows, {self.block: moved})

    def errors(self, xi: Tensor) -> Tensor:
        """See `Coordinates`; to first order in `xi`."""
        return self.spread(xi).errors()

    def distance(self, u: Tensor) -> Tensor:
        """See `Coordinates`."""
        difference = (u - self.loc)[:, None]
        whitened: Tensor = torch.linalg.solve_triangular(self.scale_tril, difference, upper=False)
        return whitened.square().sum().sqrt()


@dataclass(frozen=True)
class DiagonalCoordinates:
    """Independent Gaussians: `xi` holds shifts [d] in sds, and changes of log sds [d]."""

    block: str
    loc: Tensor
    scale: Tensor

    @classmethod
    def at_mode(cls, block: BlockEntry, mode: Tensor, precision: Tensor) -> Self:
        """See `Coordinates`; the sds are those given all other latents, as the optimum has them."""
        curvature = precision.diagonal()
        usable = curvature.isfinite() & (curvature > 0)
        return cls(block.name, mode, torch.where(usable, curvature, 1.0).rsqrt())

    @classmethod
    def around(cls, block: BlockEntry, phi: Tensors) -> Self:
        """See `Coordinates`."""
        return cls(block.name, phi[f"{block.name}.loc"], phi[f"{block.name}.log_scale"].exp())

    @property
    def size(self) -> int:
        """See `Coordinates`."""
        return 2 * len(self.loc)

    def phi(self, xi: Tensor) -> Tensors:
        """See `Coordinates`."""
        shift, log_scale = xi.chunk(2)
        return {
            f"{self.block}.loc": self.loc + self.scale * shift,
            f"{self.block}.log_scale": self.scale.log() + log_scale / 2**0.5,
        }

    def spread(self, xi: Tensor) -> Spread:
        """Its latents [d] as functions of noise, at `xi` [size]."""
        shift, log_scale = xi.chunk(2)
        moved = (self.scale * log_scale / 2**0.5).diag()
        return Spread(self.scale * shift, {self.block: self.scale.diag()}, {self.block: moved})

    def errors(self, xi: Tensor) -> Tensor:
        """See `Coordinates`."""
        shift, log_scale = xi.chunk(2)
        return torch.cat([shift, log_scale / 2**0.5])

    def distance(self, u: Tensor) -> Tensor:
        """See `Coordinates`."""
        distance: Tensor = ((u - self.loc) / self.scale).norm()
        return distance


@dataclass(frozen=True)
class LowRankCoordinates:
    """A Gaussian of low rank: `xi` holds a shift [d], log sds [d] and the factor [d, r].

    The shift is in the whitened coordinates of the whole Gaussian, the factor in units of the
    diagonal.
    """

    block: str
    loc: Tensor
    scale: Tensor
    factor: Tensor

    @classmethod
    def at_mode(cls, block: BlockEntry, mode: Tensor, precision: Tensor) -> Self:
        """See `Coordinates`; the directions of largest variance, beyond the conditional sds."""
        scale = DiagonalCoordinates.at_mode(block, mode, precision).scale
        root = inverse_factor(precision) / scale[:, None]
        values, vectors = torch.linalg.eigh(root @ root.mT)
        rank = min(block.rank, len(mode))
        leading = vectors[:, -rank:] * (values[-rank:] - 1).clamp(min=1e-4).sqrt()
        factor = torch.zeros(len(mode), block.rank, dtype=mode.dtype)
        factor[:, :rank] = scale[:, None] * leading
        return cls(block.name, mode, scale, factor)

    @classmethod
    def around(cls, block: BlockEntry, phi: Tensors) -> Self:
        """See `Coordinates`."""
        scale = phi[f"{block.name}.log_scale"].exp()
        return cls(block.name, phi[f"{block.name}.loc"], scale, phi[f"{block.name}.factor"])

    @cached_property
    def scale_tril(self) -> Tensor:
        """The Cholesky factor [d, d] of the covariance."""
        lower: Tensor = torch.linalg.cholesky(
            self.factor @ self.factor.mT + self.scale.square().diag()
        )
        return lower

    @property
    def size(self) -> int:
        """See `Coordinates`."""
        return 2 * len(self.loc) + self.factor.numel()

    def _parts(self, xi: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        d = len(self.loc)
        shift, log_scale, factor = xi.split_with_sizes([d, d, self.factor.numel()])
        return shift, log_scale / 2**0.5, factor.reshape(self.factor.shape)

    def phi(self, xi: Tensor) -> Tensors:
        """See `Coordinates`."""
        shift, log_scale, factor = self._parts(xi)
        return {
            f"{self.block}.loc": self.loc + self.scale_tril @ shift,
            f"{self.block}.log_scale": self.scale.log() + log_scale,
            f"{self.block}.factor": self.factor + self.scale[:, None] * factor,
        }

    def spread(self, xi: Tensor) -> Spread:
        """Its latents [d] as functions of noise, at `xi` [size]."""
        shift, log_scale, factor = self._parts(xi)
        rows = torch.cat([self.scale.diag(), self.factor], -1)
        moved = torch.cat([(self.scale * log_scale).diag(), self.scale[:, None] * factor], -1)
        return Spread(self.scale_tril @ shift, {self.block: rows}, {self.block: moved})

    def errors(self, xi: Tensor) -> Tensor:
        """See `Coordinates`; to first order in `xi`."""
        return self.spread(xi).errors()

    def distance(self, u: Tensor) -> Tensor:
        """See `Coordinates`."""
        difference = (u - self.loc)[:, None]
        whitened = torch.linalg.solve_triangular(self.scale_tril, difference, upper=False)
        distance: Tensor = whitened.norm()
        return distance


def strictly_lower(below: Tensor, d: int) -> Tensor:
    """Matrices [..., d, d] from what is below their diagonals [..., d (d - 1) / 2]."""
    rows, columns = torch.tril_indices(d, d, -1)
    lower = below.new_zeros(*below.shape[:-1], d * d)
    at = (rows * d + columns).expand(below.shape)
    return lower.scatter(-1, at, below).reshape(*below.shape[:-1], d, d)
