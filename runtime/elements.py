"""Which elements of an array over index sets exist, and which of them are inferred."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pplc.runtime.data import Data
from pplc.runtime.manifest import Manifest, QuantityEntry, SiteEntry
from pplc.runtime.reading.ragged import length_of

Mask = NDArray[np.bool_]


def existing(
    manifest: Manifest, data: Data, dims: Sequence[str], firsts: Sequence[int] = ()
) -> Mask | None:
    """Those at the first positions or later and within ragged index sets; None where all are.

    The mask has a dimension for each of `dims`.
    """
    outer = {s.name: s.ragged for s in manifest.index_sets if s.ragged is not None}
    if not any(firsts) and not outer.keys() & set(dims):
        return None
    mask = np.zeros([data.sizes[name] for name in dims], bool)
    mask[tuple(slice(first, None) for first in firsts)] = True
    for axis, name in enumerate(dims):
        if name in outer:
            before = max(i for i, d in enumerate(dims[:axis]) if d == outer[name])
            shape = [size if i in (before, axis) else 1 for i, size in enumerate(mask.shape)]
            lengths = data[length_of(name)].cpu().numpy()
            mask &= (np.arange(mask.shape[axis]) < lengths[:, None]).reshape(shape)
    return mask


def numbers_in(entries: Iterable[SiteEntry | QuantityEntry], data: Data) -> int:
    """How many numbers a draw of some sites and quantities has."""
    return sum(math.prod(data.sizes[name] for name in entry.dims) for entry in entries)


def inferred(manifest: Manifest, data: Data, entry: SiteEntry | QuantityEntry) -> Mask | None:
    """Those of a site or quantity that results are about; None where all are."""
    mask = existing(manifest, data, entry.dims, entry.firsts)
    if not isinstance(entry, SiteEntry) or not entry.missing:
        return mask
    missing: Mask = ~data.present[entry.name].cpu().numpy()
    return missing if mask is None else missing & mask


def without_others(values: NDArray[Any], mask: Mask | None, leading: int) -> NDArray[Any]:
    """Values `[..., dims, ...]` with NaN for elements outside the mask; `leading` axes come before.

    Whole numbers become floating ones, which hold them exactly.
    """
    if mask is None:
        return values
    there = mask.reshape(*mask.shape, *[1] * (values.ndim - leading - mask.ndim))
    if values.dtype.kind != "f":
        values = values.astype(np.float32 if values.itemsize < 4 else np.float64)
    return np.where(there, values, values.dtype.type(np.nan))
