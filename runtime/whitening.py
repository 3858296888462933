"""Where each kind of guide block starts, and the coordinates in which its fit is well scaled."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol, Self

import torch
from torch import Tensor

from pplc.runtime.arrow import inverse_factor
from pplc.runtime.module import Tensors


@dataclass(frozen=True)
class Spread:
    """How the unconstrained latents of a block depend on noise, and how that moves with `xi`.

    To first order in `xi`, the latents [..., d] have a mean that moves by `shift` [..., d], and
    are `rows[b] + moved[b]` [..., d, n] times the noise of block b, for each block that they
    depend on (their own included).
    """

    shift: Tensor
    rows: Tensors
    moved: Tensors

    def errors(self) -> Tensor:
        """The moves of means in sds, and of logarithms of sds, in one vector."""
        variance = sum_of(rows.square().sum(-1) for rows in self.rows.values())
        change = sum_of((self.moved[b] * rows).sum(-1) for b, rows in self.rows.items())
        return torch.cat([(self.shift / variance.sqrt()).flatten(), (change / variance).flatten()])


def sum_of(tensors: object) -> Tensor:
    """The sum of tensors, of which there is at least one."""
    first, *rest = list(tensors)  # type: ignore[call-overload]
    total: Tensor = first
    for tensor in rest:
        total = total + tensor
    return total


class Coordinates(Protocol):
    """An affine change of a global block's parameters: a flat `xi`, zero where it was made.

    At the optimum for a Gaussian target the Hessian of the objective in `xi` is the identity, so
    that minus a gradient is a Newton step.
    """

    @property
    def loc(self) -> Tensor:
        """The means [d] at zero."""

    @property
    def size(self) -> int:
        """Length of `xi`."""

    @classmethod
    def at_mode(cls, block: str, mode: Tensor, precision: Tensor) -> Self:
        """The Gaussian with mean `mode` [d] and inverse covariance `precision` [d, d]."""

    @classmethod
    def around(cls, block: str, phi: Tensors) -> Self:
        """Coordinates that are zero at `phi`."""

    def phi(self, xi: Tensor) -> tuple[Tensors, Tensor]:
        """The parameters of the guide's block at `xi`, and how far its means have moved."""

    def spread(self, xi: Tensor) -> Spread:
        """Its latents as functions of noise."""

    def whitened(self, u: Tensor) -> Tensor:
        """The noise at which the block's Gaussian at zero gives `u` [d]."""


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
    def at_mode(cls, block: str, mode: Tensor, precision: Tensor) -> Self:
        """See `Coordinates`."""
        return cls(block, mode, inverse_factor(precision))

    @classmethod
    def around(cls, block: str, phi: Tensors) -> Self:
        """See `Coordinates`."""
        lower = phi[f"{block}.lower"].tril(-1)
        unit = lower + torch.eye(len(lower), dtype=lower.dtype)
        scale_tril = phi[f"{block}.log_scale"].exp()[:, None] * unit
        return cls(block, phi[f"{block}.loc"], scale_tril)

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
        return shift, log_diagonal / 2**0.5, strictly_lower(below, d)

    def phi(self, xi: Tensor) -> tuple[Tensors, Tensor]:
        """See `Coordinates`."""
        shift, log_diagonal, lower = self._parts(xi)
        move = self.scale_tril @ shift
        scale_tril = self.scale_tril @ (lower + log_diagonal.exp().diag())
        log_scale = self.scale_tril.diagonal().log() + log_diagonal
        phi = {
            f"{self.block}.loc": self.loc + move,
            f"{self.block}.log_scale": log_scale,
            f"{self.block}.lower": (scale_tril * (-log_scale).exp()[:, None]).tril(-1),
        }
        return phi, move

    def spread(self, xi: Tensor) -> Spread:
        """See `Coordinates`."""
        shift, log_diagonal, lower = self._parts(xi)
        moved = self.scale_tril @ (lower + log_diagonal.diag())
        return Spread(self.scale_tril @ shift, {self.block: self.scale_tril}, {self.block: moved})

    def whitened(self, u: Tensor) -> Tensor:
        """See `Coordinates`."""
        difference = (u - self.loc)[:, None]
        noise: Tensor = torch.linalg.solve_triangular(self.scale_tril, difference, upper=False)
        return noise[:, 0]


def strictly_lower(below: Tensor, d: int) -> Tensor:
    """Matrices [..., d, d] from what is below their diagonals [..., d (d - 1) / 2]."""
    rows, columns = torch.tril_indices(d, d, -1)
    lower = below.new_zeros(*below.shape[:-1], d * d)
    at = (rows * d + columns).expand(below.shape)
    return lower.scatter(-1, at, below).reshape(*below.shape[:-1], d, d)


@dataclass(frozen=True)
class ParamCoordinates:
    """The params of the model and of the guide, unconstrained: `xi` holds their shifts.

    They have no distribution, so there is nothing by which to scale them.
    """

    start: Tensors

    @property
    def size(self) -> int:
        """See `Coordinates`."""
        return sum(tensor.numel() for tensor in self.start.values())

    def phi(self, xi: Tensor) -> Tensors:
        """See `Coordinates`."""
        parts = xi.split_with_sizes([tensor.numel() for tensor in self.start.values()])
        moved = zip(self.start.items(), parts, strict=True)
        return {name: start + part.reshape(start.shape) for (name, start), part in moved}


#: The coordinates of each family of global guide block.
FAMILIES: Mapping[str, type[Coordinates]] = {"dense": DenseCoordinates}
