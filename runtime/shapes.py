"""torch's broadcasting, typed."""

from __future__ import annotations

import torch
from torch import Size, Tensor


def joint_shape(*shapes: Size) -> Size:
    """The shape to which all of these broadcast."""
    shape: Size = torch.broadcast_shapes(*shapes)  # type: ignore[no-untyped-call]
    return shape


def broadcast(*tensors: Tensor) -> tuple[Tensor, ...]:
    """The tensors in their joint shape, without copying."""
    expanded: tuple[Tensor, ...] = torch.broadcast_tensors(*tensors)  # type: ignore[no-untyped-call]
    return expanded
