"""What a module reads besides its latents: checked tensors, sizes, labels."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, TypeAlias

import torch
from torch import Tensor

from pplc.runtime.reading.labels import Labels

Device: TypeAlias = torch.device | str


@dataclass(frozen=True)
class Data:
    """What a module reads: arrays by name, and the sizes and labels of index sets.

    Reals and truth values (0 and 1) have the floating `dtype`, whole numbers and positions in an
    index set int64. `present` has a mask for each array that may have missing cells; there the
    array holds NaN, or 0 where it is int64. `sha256` is that of each file the data came from.
    """

    arrays: Mapping[str, Tensor]
    sizes: Mapping[str, int]
    labels: Mapping[str, Labels]
    present: Mapping[str, Tensor] = field(default_factory=dict)
    sha256: Mapping[str, str] = field(default_factory=dict)
    dtype: torch.dtype = torch.float64
    device: Device = "cpu"

    def __getitem__(self, name: str) -> Tensor:
        return self.arrays[name]

    @property
    def options(self) -> dict[str, Any]:
        """The keywords `dtype` and `device` for torch's factory functions."""
        return {"dtype": self.dtype, "device": self.device}

    def with_arrays(self, arrays: Mapping[str, Tensor]) -> Data:
        """The same data with further arrays (definitions computed from data alone)."""
        return replace(self, arrays={**self.arrays, **arrays})

    def with_sizes(self, sizes: Mapping[str, int]) -> Data:
        """The same data with further sizes (how many values discrete latents take)."""
        return replace(self, sizes={**self.sizes, **sizes})

    def to(self, dtype: torch.dtype | None = None, device: Device | None = None) -> Data:
        """The same data in another floating type or on another device."""
        dtype = dtype or self.dtype
        device = self.device if device is None else device
        arrays = {
            name: array.to(device=device, dtype=dtype if array.is_floating_point() else None)
            for name, array in self.arrays.items()
        }
        present = {name: mask.to(device) for name, mask in self.present.items()}
        return replace(self, arrays=arrays, present=present, dtype=dtype, device=device)
