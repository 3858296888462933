"""What the values of declared data must be, cell by cell and vector by vector."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pplc.runtime.manifest import Bounds, DataEntry
from pplc.runtime.problems import (
    BrokenStructure,
    Impossible,
    InfiniteCell,
    MissingBefore,
    MissingCell,
    NotWhole,
    OutOfBounds,
    Problem,
    TextCell,
    TooLarge,
)
from pplc.runtime.reading.cells import Cells
from pplc.runtime.reading.tables import Column

Mask = NDArray[np.bool_]

#: How far the sum of a simplex, a unit diagonal or a symmetry may be off in data.
TOLERANCE = 1e-6

_FLAGS = {"true": 1.0, "false": 0.0}


@dataclass(frozen=True)
class Checked:
    """Values that may be used, with `present` false at missing cells, or what is wrong."""

    values: NDArray[Any]
    present: Mask
    problems: tuple[Problem, ...] = ()


def at_cells(column: Column, wrong: Mask, cells: NDArray[Any] | None = None) -> dict[str, Any]:
    """The facts that every problem with cells has: of the data, the first place, the count.

    `wrong` and `cells` have the shape of the column.
    """
    index = tuple(int(i) for i in np.unravel_index(int(np.argmax(wrong)), wrong.shape))
    facts: dict[str, Any] = {
        "name": column.name,
        "file": column.file,
        "where": column.where(index),
        "count": int(wrong.sum()),
    }
    if cells is not None:
        facts["cell"] = show(cells[index])
    return facts


def show(value: Any) -> str:
    """A cell as a message shows it: at most 40 characters."""
    if isinstance(value, str):
        return value if len(value) <= 40 else value[:37] + "..."
    number = float(value)
    return str(int(value)) if number.is_integer() and abs(number) < 1e15 else f"{number:.6g}"


def formula(name: str, bounds: Bounds) -> str:
    """Bounds as a formula about `name`: `0 < y <= 1`; empty where there are none."""
    lower = "" if bounds.lower is None else f"{show(bounds.lower)} {_sign(bounds.lower_open)} "
    upper = "" if bounds.upper is None else f" {_sign(bounds.upper_open)} {show(bounds.upper)}"
    if lower and not upper:
        return f"{name} {'>' if bounds.lower_open else '>='} {show(bounds.lower)}"
    return f"{lower}{name}{upper}" if lower or upper else ""


def _sign(is_open: bool) -> str:
    return "<" if is_open else "<="


def check_numbers(entry: DataEntry, column: Column, cells: Cells) -> Checked:
    """Numbers within the declared type and possible under the observed distribution.

    Returns float64 values with NaN at missing cells, or int64 with 0 there where the type is of
    whole numbers other than bool.
    """
    if entry.type == "bool":
        cells = _flags(cells)
    if cells.text.any():
        problem = TextCell(**at_cells(column, cells.text, cells.values))
        return Checked(cells.values, ~cells.missing, (problem,))
    present = ~cells.missing
    values = cells.values
    whole = entry.bounds.integer and entry.type != "bool"
    with np.errstate(invalid="ignore"):
        problems = [
            *check_missing(entry, column, cells.missing),
            *_check_infinite(column, values, present),
            *_check_whole(entry, column, values, present),
            *_check_bounds(entry, column, values, present),
        ]
    if problems:
        return Checked(values, present, tuple(problems))
    if whole:
        return Checked(np.where(present, values, 0).astype(np.int64), present)
    reals = np.where(present, values, np.nan).astype(np.float64)
    return Checked(reals, present, tuple(_check_structure(entry, column, reals)))


def check_missing(entry: DataEntry, column: Column, missing: Mask) -> list[Problem]:
    """Missing cells where the declaration has no `?`, or of which nothing says what they may be."""
    if not entry.missing and missing.any():
        return [MissingCell(**at_cells(column, missing), type=entry.type)]
    before = missing & ~_begun(missing.shape, entry.firsts)
    if entry.firsts and before.any():
        return [MissingBefore(**at_cells(column, before))]
    return []


def _begun(shape: tuple[int, ...], firsts: tuple[int, ...]) -> Mask:
    """Which cells of an array are at the first positions or later."""
    begun = np.zeros(shape, bool)
    begun[tuple(slice(first, None) for first in firsts)] = True
    return begun


def _flags(cells: Cells) -> Cells:
    """Truth values written as words in a text file become numbers."""
    if cells.values.dtype != object:
        return cells
    flat = [
        _FLAGS.get(v.strip().lower(), v) if isinstance(v, str) else v for v in cells.values.flat
    ]
    words = np.array(flat, object).reshape(cells.values.shape)
    if any(isinstance(v, str) and v for v in flat):
        return Cells(words, cells.missing)
    return Cells(np.where(cells.missing, np.nan, words).astype(np.float64), cells.missing)


def _check_infinite(column: Column, values: NDArray[Any], present: Mask) -> list[Problem]:
    wrong = present & np.isinf(values)
    return [InfiniteCell(**at_cells(column, wrong, values))] if wrong.any() else []


def _check_whole(
    entry: DataEntry, column: Column, values: NDArray[Any], present: Mask
) -> list[Problem]:
    if not entry.bounds.integer or values.dtype == np.int64:
        return []
    finite = present & np.isfinite(values)
    wrong = finite & (values != np.floor(values))
    if wrong.any():
        return [NotWhole(**at_cells(column, wrong, values), type=entry.type)]
    wrong = finite & (np.abs(values) >= 2.0**63)
    return [TooLarge(**at_cells(column, wrong, values))] if wrong.any() else []


def _check_bounds(
    entry: DataEntry, column: Column, values: NDArray[Any], present: Mask
) -> list[Problem]:
    finite = present & np.isfinite(values)
    outside = finite & _outside(entry.bounds, values)
    problems: list[Problem] = []
    if outside.any():
        facts = at_cells(column, outside, values)
        allowed = formula(entry.name, entry.bounds)
        problems.append(OutOfBounds(**facts, type=entry.type, allowed=allowed))
    if entry.law is None or entry.law_bounds is None:
        return problems
    impossible = finite & ~outside & _outside(entry.law_bounds, values)
    if entry.law_bounds.integer and not entry.bounds.integer:
        impossible |= finite & ~outside & (values != np.floor(values))
    if impossible.any():
        facts = at_cells(column, impossible, values)
        allowed = formula(entry.name, entry.law_bounds)
        if entry.law_bounds.integer:
            allowed = f"{allowed}, whole" if allowed else f"{entry.name} whole"
        problems.append(Impossible(**facts, law=entry.law, allowed=allowed))
    return problems


def _outside(bounds: Bounds, values: NDArray[Any]) -> Mask:
    wrong = np.zeros(values.shape, bool)
    if bounds.lower is not None:
        wrong |= values <= bounds.lower if bounds.lower_open else values < bounds.lower
    if bounds.upper is not None:
        wrong |= values >= bounds.upper if bounds.upper_open else values > bounds.upper
    return wrong


def _check_structure(
    entry: DataEntry, column: Column, values: NDArray[np.float64]
) -> list[Problem]:
    if entry.structure is None:
        return []
    event = 1 if entry.structure in ("simplex", "ordered") else 2
    batch = values.reshape(-1, *values.shape[values.ndim - event :])
    for required, measure in _STRUCTURES[entry.structure]:
        if event == 2 and batch.shape[1] != batch.shape[2]:
            return []  # Both axes are one index set: the sizes disagree, which is said elsewhere.
        found, wrong = measure(batch)
        wrong = wrong & ~np.isnan(batch).any(axis=tuple(range(1, batch.ndim)))
        if wrong.any():
            facts = at_cells(column, wrong.reshape(values.shape[: values.ndim - event]))
            shown = show(found[int(np.argmax(wrong))])
            return [BrokenStructure(**facts, type=entry.type, required=required, found=shown)]
    return []


Measure = Callable[[NDArray[np.float64]], tuple[NDArray[np.float64], Mask]]


def _sum(x: NDArray[np.float64]) -> tuple[NDArray[np.float64], Mask]:
    total = x.sum(-1)
    return total, np.abs(total - 1) > TOLERANCE


def _step(x: NDArray[np.float64]) -> tuple[NDArray[np.float64], Mask]:
    step = np.diff(x, axis=-1).min(-1, initial=np.inf)
    return step, step <= 0


def _asymmetry(x: NDArray[np.float64]) -> tuple[NDArray[np.float64], Mask]:
    gap = np.abs(x - x.swapaxes(-1, -2)).max((-1, -2), initial=0.0)
    scale = np.abs(x).max((-1, -2), initial=1.0)
    return gap, gap > TOLERANCE * scale


def _above_diagonal(x: NDArray[np.float64]) -> tuple[NDArray[np.float64], Mask]:
    largest = np.abs(np.triu(x, 1)).max((-1, -2), initial=0.0)
    return largest, largest > 0


def _smallest_diagonal(x: NDArray[np.float64]) -> tuple[NDArray[np.float64], Mask]:
    smallest = np.diagonal(x, axis1=-2, axis2=-1).min(-1, initial=np.inf)
    return smallest, smallest <= 0


def _unit_diagonal(x: NDArray[np.float64]) -> tuple[NDArray[np.float64], Mask]:
    off = np.abs(np.diagonal(x, axis1=-2, axis2=-1) - 1).max(-1, initial=0.0)
    return off, off > TOLERANCE


def _unit_rows(x: NDArray[np.float64]) -> tuple[NDArray[np.float64], Mask]:
    off = np.abs((x * x).sum(-1) - 1).max(-1, initial=0.0)
    return off, off > TOLERANCE


def _smallest_eigenvalue(x: NDArray[np.float64]) -> tuple[NDArray[np.float64], Mask]:
    smallest = np.linalg.eigvalsh(np.nan_to_num(x)).min(-1, initial=np.inf)
    return smallest, smallest <= 0


#: What each structure requires, as a formula, and the quantity that shows a breach.
_STRUCTURES: dict[str, tuple[tuple[str, Measure], ...]] = {
    "simplex": (("sum = 1", _sum),),
    "ordered": (("smallest step > 0", _step),),
    "cholesky_corr": (
        ("entries above the diagonal = 0", _above_diagonal),
        ("smallest diagonal entry > 0", _smallest_diagonal),
        ("|sum of squares of a row - 1| = 0", _unit_rows),
    ),
    "corr": (
        ("|x - transpose(x)| = 0", _asymmetry),
        ("|diagonal - 1| = 0", _unit_diagonal),
        ("smallest eigenvalue > 0", _smallest_eigenvalue),
    ),
    "cov": (
        ("|x - transpose(x)| = 0", _asymmetry),
        ("smallest eigenvalue > 0", _smallest_eigenvalue),
    ),
}
