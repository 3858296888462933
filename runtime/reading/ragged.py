"""Arrays over ragged index sets: rows of different lengths, padded to the longest.

They come as nested lists (`[[1, 2, 3], [4, 5]]`), or as a long table: a row for each cell, with a
column named like the outer index set that tells which element the row belongs to; rows of one
element are in order. Either way their cells are read and checked one behind the other, and then
put in place.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from pplc.runtime.manifest import DataEntry, IndexSetEntry, Manifest
from pplc.runtime.problems import (
    DataError,
    EmptyRow,
    LengthsDisagree,
    NoOuterColumn,
    Problem,
    TooFewRows,
    WrongDimensions,
)
from pplc.runtime.reading.cells import Cells, read_cells
from pplc.runtime.reading.checks import Checked
from pplc.runtime.reading.sizes import Claim, claims_from_shape
from pplc.runtime.reading.tables import Column


def length_of(index_set: str) -> str:
    """What the lengths of a ragged index set are called among the arrays."""
    return f"length of {index_set}"


@dataclass(frozen=True)
class Flat:
    """The cells of a ragged array, one behind the other.

    `column` holds them as if they were a column. `outer` has the element of the outer index set
    of each; in a long table it is known once labels are, and `outer` is none.
    """

    column: Column
    index_set: IndexSetEntry
    outer: NDArray[np.int64] | None = None


def ragged_set(manifest: Manifest, entry: DataEntry) -> IndexSetEntry | None:
    """The ragged index set that an array is over, if any: its second one."""
    sets = {s.name: s for s in manifest.index_sets if s.ragged is not None}
    return sets.get(entry.dims[1]) if len(entry.dims) > 1 else None


def flat(
    column: Column,
    index_set: IndexSetEntry,
    columns: Mapping[str, Column],
    count: int | None = None,
) -> Flat:
    """The cells of a column over a ragged index set; of a list of lists the first `count` alone.

    Raises `DataError` where it is neither a list of lists nor a column beside one of labels.
    """
    raw = column.raw
    if hasattr(raw, "combine_chunks"):
        rows = raw.to_pylist()
        if not any(isinstance(row, list) for row in rows):
            return _long(column, index_set, columns)
        raw = rows
    elif isinstance(raw, np.ndarray):
        raw = raw.tolist()
    if not isinstance(raw, list) or not all(isinstance(row, list) for row in raw):
        found = 1 if isinstance(raw, list) else 0
        facts = {"name": column.name, "file": column.file}
        raise DataError([WrongDimensions(**facts, expected=2, found=found)])
    if count is not None and len(raw) < count:
        outer_set = index_set.ragged or ""
        raise DataError([TooFewRows(name=outer_set, asked=count, found=len(raw))])
    raw = raw[:count]
    empty = next((i for i, row in enumerate(raw) if not row), None)
    if empty is not None:
        raise DataError([EmptyRow(name=column.name, file=column.file, where=f"[{empty}]")])
    places = [(i, t) for i, row in enumerate(raw) for t in range(len(row))]
    cells = [cell for row in raw for cell in row]
    outer = np.array([i for i, _ in places], np.int64)
    return Flat(replace(column, raw=cells, rows=None, places=places), index_set, outer)


def _long(column: Column, index_set: IndexSetEntry, columns: Mapping[str, Column]) -> Flat:
    assert index_set.ragged is not None
    labels = columns.get(index_set.ragged)
    if labels is None or labels.file != column.file:
        facts = {"name": column.name, "file": column.file}
        raise DataError([NoOuterColumn(**facts, index_set=index_set.name, outer=index_set.ragged)])
    return Flat(column, index_set)


def outer_entry(index_set: str) -> DataEntry:
    """A column of labels beside the cells of a long table, as data over its rows."""
    return DataEntry.model_validate(
        {
            "name": index_set,
            "dims": ("",),
            "type": index_set,
            "bounds": {},
            "index_set": index_set,
            "place": (0, 0),
        }
    )


def read_outer(column: Column) -> Cells:
    """The labels of the outer index set in a long table."""
    return read_cells(column, 1, labels=True)


def claims_from_rows(
    array: Flat, dims: Sequence[str], shape: Sequence[int]
) -> tuple[list[Claim], list[Problem]]:
    """What nested lists say of the outer index set, and of those behind the ragged one."""
    claims, problems = claims_from_shape(array.column, dims[2:], shape[1:])
    if array.outer is not None:
        count = int(array.outer.max()) + 1
        claims.append(Claim(dims[0], count, array.column.source, ordered=True))
    return claims, problems


def lengths(
    arrays: Sequence[Flat], given: Column | None, size: int
) -> tuple[NDArray[np.int64] | None, list[Problem]]:
    """The lengths [I] that arrays over a ragged index set share, or a list of its name gives.

    `size` is I, that of the outer index set. None where nothing tells; problems where they
    disagree, or an element has none.
    """
    found: list[tuple[str, NDArray[np.int64]]] = []
    for array in arrays:
        assert array.outer is not None
        found.append((array.column.source, np.bincount(array.outer, minlength=size)))
    if given is not None and not arrays:
        try:
            cells = read_cells(given, 1)
        except DataError as error:
            return None, list(error.problems)
        found.append((given.source, cells.values.astype(np.int64)))
    if not found:
        return None, []
    source, first = found[0]
    name = arrays[0].index_set.name if arrays else given.name if given is not None else ""
    for other, counted in found[1:]:
        if not np.array_equal(counted, first):
            at = int(np.argmax(counted != first))
            disagree = LengthsDisagree(
                name=name,
                position=at,
                first=source,
                first_length=int(first[at]),
                second=other,
                second_length=int(counted[at]),
            )
            return None, [disagree]
    if not first.all():
        where = f"position {int(np.argmin(first))}"
        return None, [EmptyRow(name=name, file=source.split(" in ")[-1], where=where)]
    return first, []


def padded(checked: Checked, outer: NDArray[np.int64], lengths: NDArray[np.int64]) -> Checked:
    """Cells put in place, `[I, longest, ...]`; beyond the end of a row its first is repeated."""
    order = np.argsort(outer, kind="stable")
    begin = np.cumsum(lengths) - lengths
    steps = np.arange(int(lengths.max()))
    within = np.where(steps < lengths[:, None], steps, 0)
    at = order[begin[:, None] + within]
    return Checked(checked.values[at], checked.present[at])


def ended(checked: Checked, lengths: NDArray[np.int64]) -> Checked:
    """The same cells [I, longest, ...], those beyond the end of a row not there: nothing was seen.

    `lengths` [I] are those of the rows.
    """
    inside = np.arange(checked.present.shape[1]) < lengths[:, None]
    there = checked.present & inside.reshape(*inside.shape, *[1] * (checked.present.ndim - 2))
    return replace(checked, present=there)
