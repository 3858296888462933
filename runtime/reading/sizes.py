"""The size of every index set, from all that speaks of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from pplc.runtime.manifest import Manifest
from pplc.runtime.problems import (
    DataError,
    Problem,
    SizeNotPositive,
    SizesDisagree,
    UnknownIndexSet,
)
from pplc.runtime.reading.cells import read_cells
from pplc.runtime.reading.tables import Column, closest


@dataclass(frozen=True)
class Claim:
    """A source that gives an index set a size. `ordered`: it also says which element is which."""

    index_set: str
    size: int
    source: str
    ordered: bool = False


def claims_from_options(
    manifest: Manifest, sizes: Mapping[str, int]
) -> tuple[list[Claim], list[Problem]]:
    """What `--set K=5` says."""
    known = tuple(s.name for s in manifest.index_sets)
    claims, problems = [], list[Problem]()
    for name, size in sizes.items():
        source = f"`--set {name}={size}`"
        if name not in known:
            problems.append(
                UnknownIndexSet(name=name, known=known, suggestion=closest(name, known))
            )
        elif size < 1:
            problems.append(SizeNotPositive(name=name, source=source, size=str(size)))
        else:
            claims.append(Claim(name, size, source))
    return claims, problems


def claims_from_spec(manifest: Manifest) -> list[Claim]:
    """What the lists of values in the spec say."""
    lengths = [(s.name, s.length) for s in manifest.index_sets if s.length is not None]
    return [Claim(name, length.size, f"{length.source} of the spec") for name, length in lengths]


def claims_from_scalars(
    manifest: Manifest, columns: Mapping[str, Column]
) -> tuple[list[Claim], list[Problem]]:
    """What scalars of an index set's name in the data say; arrays of that name mean nothing."""
    claims, problems = [], list[Problem]()
    declared = {entry.name for entry in manifest.data}
    for index_set in manifest.index_sets:
        column = columns.get(index_set.name)
        if column is None or column.name in declared or column.rows is not None:
            continue
        try:
            cells = read_cells(column, 0)
        except DataError:
            continue
        value = cells.values.item()
        if isinstance(value, str) or cells.missing.any() or value != np.floor(value) or value < 1:
            text = "null" if cells.missing.any() else f"{value}"
            problems.append(SizeNotPositive(name=column.name, source=column.source, size=text))
        else:
            claims.append(Claim(index_set.name, int(value), column.source))
    return claims, problems


def settle(claims: Iterable[Claim]) -> tuple[dict[str, Claim], list[Problem]]:
    """One claim for each index set; a problem for each further size that is claimed."""
    settled: dict[str, Claim] = {}
    sizes: dict[str, set[int]] = {}
    problems: list[Problem] = []
    for claim in claims:
        first = settled.setdefault(claim.index_set, claim)
        seen = sizes.setdefault(claim.index_set, {first.size})
        if claim.size not in seen:
            seen.add(claim.size)
            problems.append(disagreement(first, claim))
        if claim.ordered and not first.ordered:
            settled[claim.index_set] = Claim(first.index_set, first.size, claim.source, True)
    return settled, problems


def disagreement(first: Claim, second: Claim) -> Problem:
    """Two claims of different size about one index set."""
    return SizesDisagree(
        name=first.index_set,
        first=first.source,
        first_size=first.size,
        second=second.source,
        second_size=second.size,
    )


def claims_from_shape(
    column: Column, dims: Sequence[str], shape: Sequence[int]
) -> tuple[list[Claim], list[Problem]]:
    """What the shape of an array over index sets says."""
    claims, problems = [], list[Problem]()
    for index_set, size in zip(dims, shape, strict=True):
        if size == 0:
            problems.append(SizeNotPositive(name=index_set, source=column.source, size="0"))
        else:
            claims.append(Claim(index_set, size, column.source, ordered=True))
    return claims, problems
