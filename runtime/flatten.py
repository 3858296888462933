"""Named tensors as one vector, and back."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor


def _join(tensor: Tensor, shape: tuple[int, ...]) -> Tensor:
    batch = tensor.shape[: tensor.dim() - len(shape)]
    return tensor.reshape(*batch, math.prod(shape))


@dataclass(frozen=True)
class Layout:
    """Where each name lies in a flat vector: `shapes` in order, leading dimensions free."""

    shapes: Mapping[str, tuple[int, ...]]

    @property
    def size(self) -> int:
        """Length of the flat vector."""
        return sum(math.prod(shape) for shape in self.shapes.values())

    def flatten(self, tensors: Mapping[str, Tensor]) -> Tensor:
        """`{name: [*batch, *shape]}` as `[*batch, size]`."""
        return torch.cat([_join(tensors[name], shape) for name, shape in self.shapes.items()], -1)

    def unflatten(self, vector: Tensor) -> dict[str, Tensor]:
        """`[*batch, size]` as `{name: [*batch, *shape]}`."""
        parts = vector.split_with_sizes([math.prod(shape) for shape in self.shapes.values()], -1)
        return {
            name: part.reshape((*vector.shape[:-1], *shape))
            for (name, shape), part in zip(self.shapes.items(), parts, strict=True)
        }

    def positions(self, names: tuple[str, ...]) -> Tensor:
        """Indices [n] in the flat vector of `names`, one after the other, int64.

        Names that are not in it (discrete latents) have none.
        """
        index = self.unflatten(torch.arange(self.size))
        parts = [index[name].flatten() for name in names if name in index]
        return torch.cat(parts or [torch.zeros(0, dtype=torch.int64)])
