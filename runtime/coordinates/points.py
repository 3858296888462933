"""Global guide blocks that have no covariance: points, params, distributions of the guide block."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import torch
from torch import Tensor

from pplc.runtime.coordinates.arrow_factor import inverse_factor
from pplc.runtime.manifest import BlockEntry
from pplc.runtime.module import Tensors


@dataclass(frozen=True)
class PointCoordinates:
    """A point: `xi` holds its shift, in sds of the curvature where there is one.

    A frozen one does not move: its `xi` is empty.
    """

    block: str
    loc: Tensor
    factor: Tensor | None
    frozen: bool = False

    @classmethod
    def at_mode(cls, block: BlockEntry, mode: Tensor, precision: Tensor) -> Self:
        """See `Coordinates`."""
        return cls(block.name, mode, inverse_factor(precision), block.frozen)

    @classmethod
    def around(cls, block: BlockEntry, phi: Tensors) -> Self:
        """See `Coordinates`; a point knows no scale."""
        return cls(block.name, phi[f"{block.name}.loc"], None, block.frozen)

    @property
    def size(self) -> int:
        """See `Coordinates`."""
        return 0 if self.frozen else len(self.loc)

    def phi(self, xi: Tensor) -> Tensors:
        """See `Coordinates`."""
        if self.frozen:
            return {f"{self.block}.loc": self.loc}
        shift = xi if self.factor is None else self.factor @ xi
        return {f"{self.block}.loc": self.loc + shift}

    def errors(self, xi: Tensor) -> Tensor:
        """See `Coordinates`; a point has no sd to measure an error by."""
        return torch.zeros_like(xi)

    def distance(self, u: Tensor) -> Tensor:
        """See `Coordinates`; a point stands for all that is near it."""
        return torch.zeros((), dtype=u.dtype)


@dataclass(frozen=True)
class LawCoordinates:
    """A distribution of the guide block: all that it has are params, which come by themselves."""

    @classmethod
    def at_mode(cls, block: BlockEntry, mode: Tensor, precision: Tensor) -> Self:
        """See `Coordinates`."""
        return cls()

    @classmethod
    def around(cls, block: BlockEntry, phi: Tensors) -> Self:
        """See `Coordinates`."""
        return cls()

    @property
    def size(self) -> int:
        """See `Coordinates`."""
        return 0

    def phi(self, xi: Tensor) -> Tensors:
        """See `Coordinates`."""
        return {}

    def errors(self, xi: Tensor) -> Tensor:
        """See `Coordinates`."""
        return torch.zeros_like(xi)

    def distance(self, u: Tensor) -> Tensor:
        """See `Coordinates`; how far is told by no Gaussian."""
        return torch.zeros((), dtype=u.dtype)


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
