"""Made-up data of small sizes: what is declared, drawn at random within its type."""

from __future__ import annotations

import math
from collections.abc import Mapping

import torch
from torch import Tensor

from pplc.runtime.data import Data
from pplc.runtime.manifest import DataEntry, Manifest
from pplc.runtime.reading.ragged import length_of
from pplc.verify.small import LARGEST_COUNT, row_lengths


def invented(manifest: Manifest, sizes: Mapping[str, int]) -> Data:
    """Data for a module, from torch's global generator."""
    first = {s.name: s.label_start or 0 for s in manifest.index_sets}
    arrays = {entry.name: _array(entry, sizes) for entry in manifest.data}
    lengths = {
        s.name: torch.tensor(row_lengths(sizes[s.ragged], sizes[s.name]))
        for s in manifest.index_sets
        if s.ragged is not None
    }
    present = {
        e.name: _some(arrays[e.name].shape) & _inside(e, sizes, lengths)
        for e in manifest.data
        if e.missing
    }
    missing = {n: _without(arrays[n], there) for n, there in present.items()}
    arrays |= {length_of(name): tensor for name, tensor in lengths.items()}
    return Data(
        arrays=arrays | missing,
        sizes=dict(sizes),
        labels={n: tuple(range(first[n], first[n] + size)) for n, size in sizes.items()},
        present=present,
    )


def _some(shape: torch.Size) -> Tensor:
    """About two in three cells."""
    return torch.rand(shape) < 2 / 3


def _inside(entry: DataEntry, sizes: Mapping[str, int], lengths: Mapping[str, Tensor]) -> Tensor:
    """Which cells lie within the rows of a ragged index set, the second of an array."""
    shape = _shape(entry, sizes)
    ragged = entry.dims[1] if len(entry.dims) > 1 else ""
    if ragged not in lengths:
        return torch.ones(shape, dtype=torch.bool)
    inside = torch.arange(sizes[ragged]) < lengths[ragged][:, None]
    return inside.reshape(*inside.shape, *[1] * (len(shape) - 2)).expand(shape)


def _without(array: Tensor, present: Tensor) -> Tensor:
    """An array as it is loaded when only some of its cells are there."""
    gone = torch.nan if array.is_floating_point() else 0
    return torch.where(present, array, gone)


def _shape(entry: DataEntry, sizes: Mapping[str, int]) -> list[int]:
    return [sizes[name] for name in entry.dims]


def _array(entry: DataEntry, sizes: Mapping[str, int]) -> Tensor:
    shape = _shape(entry, sizes)
    if entry.index_set is not None:
        # The first elements are each another one, so that as many as possible occur.
        count = math.prod(shape)
        size = sizes[entry.index_set]
        return (torch.randperm(count) % size).reshape(shape)
    if entry.structure is not None:
        return _structured(entry.structure, shape)
    limits = [b for b in (entry.bounds, entry.law_bounds) if b is not None]
    lower = max((b.lower for b in limits if b.lower is not None), default=-math.inf)
    upper = min((b.upper for b in limits if b.upper is not None), default=math.inf)
    if any(b.integer for b in limits):
        low = int(lower) if math.isfinite(lower) else 0
        high = int(upper) if math.isfinite(upper) else low + LARGEST_COUNT
        whole = torch.randint(low, max(low, high) + 1, shape)
        return whole.double() if entry.type == "bool" else whole
    return _between(torch.randn(shape, dtype=torch.float64), lower, upper)


def _between(x: Tensor, lower: float, upper: float) -> Tensor:
    """Numbers on the whole line moved into an interval."""
    if math.isfinite(lower) and math.isfinite(upper):
        return lower + (upper - lower) * x.sigmoid()
    if math.isfinite(lower):
        return lower + x.exp()
    return upper - x.exp() if math.isfinite(upper) else x


def _structured(structure: str, shape: list[int]) -> Tensor:
    x = torch.randn(shape, dtype=torch.float64)
    match structure:
        case "simplex":
            return x.softmax(-1)
        case "ordered":
            return x.sort(-1).values
        case "positive_ordered":
            return x.exp().sort(-1).values
    return torch.eye(shape[-1], dtype=torch.float64).expand(shape).clone()
