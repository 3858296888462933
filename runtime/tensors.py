"""Small helpers around torch: shared constants, and broadcasting with types."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import torch
from torch import Size, Tensor

_LONG = 16
_WHOLE = (torch.int8, torch.int16, torch.int32, torch.int64)


@lru_cache(maxsize=1024)
def constant(number: float, dtype: torch.dtype) -> Tensor:
    """A shared 0-dim tensor on the CPU, which mixes with any device; never write into it."""
    return torch.tensor(number, dtype=dtype)


def joint_shape(*shapes: Size) -> Size:
    """The shape to which all of these broadcast."""
    # numpy's: that of torch imports sympy, which takes half a second.
    return Size(np.broadcast_shapes(*shapes))


def joint_device(*tensors: Tensor) -> torch.device:
    """Where tensors meet: constants may stay behind on the CPU."""
    return next((t.device for t in tensors if t.device.type != "cpu"), tensors[0].device)


def broadcast(*tensors: Tensor) -> tuple[Tensor, ...]:
    """The tensors in their joint shape, on their joint device, without copying."""
    device, shape = joint_device(*tensors), joint_shape(*(t.shape for t in tensors))
    return tuple(t.to(device).expand(shape) for t in tensors)


def is_column(x: Tensor) -> bool:
    """Whether x is many numbers [..., n, 1], each scored under every one of a few alternatives.

    Torch goes along the last axis at a time. Where that has few elements it is several times
    slower than with the last two axes swapped (`across`).
    """
    return x.dim() > 1 and x.shape[-1] == 1 and x.shape[-2] > _LONG


def across(x: Tensor) -> Tensor:
    """x [..., n, m] with the last two axes swapped, without copying, as it broadcasts.

    A constant stays without axes, so that it mixes with any device.
    """
    if x.dim() < 2:
        return x.unsqueeze(-1) if x.dim() else x
    return x.mT


def narrow(values: Tensor) -> Tensor:
    """Whole numbers, of any shape, in the smallest type that holds them; others as they are."""
    if values.dtype != torch.int64 or not values.numel():
        return values
    low, high = (int(end) for end in values.aminmax())
    return values.to(
        next(t for t in _WHOLE if torch.iinfo(t).min <= low and high <= torch.iinfo(t).max)
    )
