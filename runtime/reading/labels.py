"""Index-valued data: the labels of index sets, and the positions that values stand for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pplc.runtime.manifest import DataEntry, IndexSetEntry
from pplc.runtime.problems import (
    LabelOutOfRange,
    LabelsFromOne,
    NotWhole,
    Problem,
    TextLabels,
    TooLarge,
)
from pplc.runtime.reading.cells import Cells
from pplc.runtime.reading.checks import Checked, at_cells, check_missing
from pplc.runtime.reading.sizes import Claim, disagreement
from pplc.runtime.reading.tables import Column

Labels = tuple[str | int, ...]


@dataclass(frozen=True)
class Ranging:
    """Data whose values range over an index set."""

    entry: DataEntry
    column: Column
    cells: Cells


@dataclass(frozen=True)
class Labelled:
    """The labels of an index set and the positions of the data that ranges over it.

    `labels` is none where nothing gives the index set a size.
    """

    labels: Labels | None
    checked: dict[str, Checked]
    problems: tuple[Problem, ...] = ()


def label(index_set: IndexSetEntry, claim: Claim | None, data: Sequence[Ranging]) -> Labelled:
    """Labels and positions for one index set.

    `claim` is the size that data or an option gives. Where there is one, or a default, or the
    labels are numbers from `label_start`, values are numbers counted from `label_start` (else 0).
    Otherwise the labels are the sorted distinct values of all the data.
    """
    problems = [p for d in data for p in _check_values(d)]
    if problems:
        return Labelled(_numbered(index_set, claim, ()), {}, tuple(problems))
    text = [d for d in data if _is_text(d.cells)]
    counted = index_set.label_start is not None or (claim is not None and claim.ordered)
    default = index_set.size is not None and not text
    if not data or counted or (claim is not None and not text) or default:
        return _by_number(index_set, claim, data)
    return _by_value(index_set, claim, data, as_text=bool(text))


def _check_values(data: Ranging) -> list[Problem]:
    """Missing cells, and numbers that are no labels."""
    problems = check_missing(data.entry, data.column, data.cells.missing)
    values = data.cells.values
    if values.dtype == np.float64:
        present = ~data.cells.missing
        with np.errstate(invalid="ignore"):
            broken = present & (values != np.floor(values))
            large = present & (np.abs(values) >= 2.0**63)
        if broken.any():
            facts = at_cells(data.column, broken, values)
            problems.append(NotWhole(**facts, type=data.entry.type))
        elif large.any():
            problems.append(TooLarge(**at_cells(data.column, large, values)))
    return problems


def _is_text(cells: Cells) -> bool:
    return bool(cells.text.any())


def _numbers(cells: Cells) -> NDArray[np.int64]:
    return np.where(cells.missing, 0, cells.values).astype(np.int64)


def _numbered(
    index_set: IndexSetEntry, claim: Claim | None, data: Sequence[Ranging]
) -> Labels | None:
    """Labels that are numbers in sequence."""
    start = index_set.label_start or 0
    size = claim.size if claim else index_set.size
    if size is None:
        present = [_numbers(d.cells)[~d.cells.missing] for d in data if not _is_text(d.cells)]
        largest = [int(p.max()) for p in present if p.size]
        size = max(largest) - start + 1 if largest else None
    return None if size is None else tuple(range(start, start + max(size, 1)))


def _by_number(index_set: IndexSetEntry, claim: Claim | None, data: Sequence[Ranging]) -> Labelled:
    labels = _numbered(index_set, claim, data)
    if labels is None:
        return Labelled(None, {})
    first, last = int(labels[0]), int(labels[-1])
    source = claim.source if claim else f"`index {index_set.name}`"
    checked, problems = {}, list[Problem]()
    for d in data:
        if _is_text(d.cells):
            facts = at_cells(d.column, d.cells.text, d.cells.values)
            problems.append(TextLabels(**facts, index_set=index_set.name, source=source))
            continue
        numbers, present = _numbers(d.cells), ~d.cells.missing
        outside = present & ((numbers < first) | (numbers > last))
        if not outside.any():
            checked[d.entry.name] = Checked(np.where(present, numbers - first, 0), present)
        elif first == 0 and numbers[present].min() == 1 and numbers[present].max() == last + 1:
            problems.append(
                LabelsFromOne(
                    name=d.entry.name,
                    file=d.column.file,
                    index_set=index_set.name,
                    size=len(labels),
                )
            )
        else:
            facts = at_cells(d.column, outside, numbers)
            problems.append(
                LabelOutOfRange(**facts, index_set=index_set.name, first=first, last=last)
            )
    return Labelled(labels, checked, tuple(problems))


def _by_value(
    index_set: IndexSetEntry, claim: Claim | None, data: Sequence[Ranging], *, as_text: bool
) -> Labelled:
    values = {d.entry.name: _keys(d.cells, as_text) for d in data}
    labels: Labels = tuple(sorted({v for keys in values.values() for v in keys if v is not None}))
    if not labels:
        return Labelled(None, {})
    if claim is not None and claim.size != len(labels):
        names = ", ".join(d.column.source for d in data)
        found = Claim(index_set.name, len(labels), f"the distinct values of {names}")
        return Labelled(labels, {}, (disagreement(claim, found),))
    position = {value: i for i, value in enumerate(labels)}
    checked = {}
    for d in data:
        flat = [position[v] if v is not None else 0 for v in values[d.entry.name]]
        positions = np.array(flat, np.int64).reshape(d.cells.values.shape)
        checked[d.entry.name] = Checked(positions, ~d.cells.missing)
    return Labelled(labels, checked)


def _keys(cells: Cells, as_text: bool) -> list[Any]:
    """The labels of the cells in order, None where missing."""
    flat = zip(cells.values.ravel().tolist(), cells.missing.ravel().tolist(), strict=True)
    if not as_text:
        return [None if gone else int(v) for v, gone in flat]
    return [None if gone else _text(v) for v, gone in flat]


def _text(value: Any) -> str:
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)
