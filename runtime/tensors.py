"""Small helpers around torch: shared constants, and broadcasting with types."""

from __future__ import annotations

from functools import lru_cache

import torch
from torch import Size, Tensor


@lru_cache(maxsize=1024)
def constant(number: float, dtype: torch.dtype) -> Tensor:
    """A shared 0-dim tensor on the CPU, which mixes with any device; never write into it."""
    return torch.tensor(number, dtype=dtype)


def joint_shape(*shapes: Size) -> Size:
    """The shape to which all of these broadcast."""
    shape: Size = torch.broadcast_shapes(*shapes)  # type: ignore[no-untyped-call]
    return shape


def broadcast(*tensors: Tensor) -> tuple[Tensor, ...]:
    """The tensors in their joint shape, without copying."""
    expanded: tuple[Tensor, ...] = torch.broadcast_tensors(*tensors)  # type: ignore[no-untyped-call]
    return expanded
