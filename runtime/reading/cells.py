"""One column as an array of numbers and texts, whatever file it came from."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pplc.runtime.problems import DataError, Ragged, UnusableCells, WrongDimensions
from pplc.runtime.reading.tables import Column, JsonObject

#: What stands for a missing cell in a text file, beside null in JSON and Parquet and NaN.
MISSING = frozenset({"", "NA", "N/A", "na", "null", "NULL", "NaN", "nan", "None"})
_MISSING_TEXT = f"^({'|'.join(sorted(MISSING))})$"


@dataclass(frozen=True)
class Cells:
    """The cells of a column.

    `values` has dtype float64 or int64, or object where a cell is text (the others are then
    Python numbers). Missing cells are true in `missing`, a mask of the same shape, and NaN, 0 or
    an empty text in `values`.
    """

    values: NDArray[Any]
    missing: NDArray[np.bool_]

    @property
    def text(self) -> NDArray[np.bool_]:
        """Where a cell is text: a mask of the shape of the cells."""
        if self.values.dtype != object:
            return np.zeros(self.values.shape, bool)
        flat = [isinstance(v, str) for v in self.values.ravel()]
        return np.array(flat, bool).reshape(self.values.shape) & ~self.missing

    def head(self, count: int | None, axis: int) -> Cells:
        """The first `count` elements of one dimension."""
        part = (slice(None),) * axis + (slice(count),)
        return Cells(self.values[part], self.missing[part])


def read_cells(column: Column, dims: int, *, labels: bool = False) -> Cells:
    """The cells of a column with `dims` dimensions.

    With `labels`, text that looks like a number but would not survive being one (`007`) stays
    text. A column of one row may be read as a scalar. Raises `DataError` where the shape is wrong
    or the values are of a kind that cannot be used.
    """
    raw = column.raw
    if isinstance(raw, np.ndarray):
        cells = _from_numpy(column, raw)
    elif hasattr(raw, "combine_chunks"):
        cells = _from_arrow(column, dims, labels)
    else:
        cells = _from_json(column, raw, dims)
    if dims == 0 and cells.values.shape == (1,) and column.rows is not None:
        cells = Cells(cells.values.reshape(()), cells.missing.reshape(()))
    if cells.values.ndim != dims:
        found = cells.values.ndim
        raise DataError(
            [WrongDimensions(name=column.name, file=column.file, expected=dims, found=found)]
        )
    return cells


def _from_numpy(column: Column, raw: NDArray[Any]) -> Cells:
    kind = raw.dtype.kind
    if kind in "biu":
        if kind == "u" and raw.size and raw.max() > np.iinfo(np.int64).max:
            return _cells(raw.astype(np.float64))
        return _cells(raw.astype(np.int64))
    if kind == "f":
        with np.errstate(over="ignore"):
            return _cells(raw.astype(np.float64))
    if kind in "US":
        return _from_list([_decoded(v) for v in raw.ravel().tolist()], raw.shape)
    raise DataError([UnusableCells(name=column.name, file=column.file, kind=str(raw.dtype))])


def _decoded(value: str | bytes) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else value


def _cells(values: NDArray[Any]) -> Cells:
    return Cells(values, np.isnan(values) if values.dtype == np.float64 else values != values)


def _from_arrow(column: Column, dims: int, labels: bool) -> Cells:
    import pyarrow

    array = column.raw.combine_chunks()
    if pyarrow.types.is_dictionary(array.type):
        array = array.dictionary_decode()
    kind = array.type
    if pyarrow.types.is_string(kind) or pyarrow.types.is_large_string(kind):
        return _from_text(array, labels)
    if pyarrow.types.is_list(kind) or pyarrow.types.is_large_list(kind):
        return _from_json(column, array.to_pylist(), dims)
    if pyarrow.types.is_fixed_size_list(kind):
        return _from_json(column, array.to_pylist(), dims)
    if pyarrow.types.is_boolean(kind):
        array = array.cast(pyarrow.int8())
    elif pyarrow.types.is_decimal(kind):
        array = array.cast(pyarrow.float64())
    elif pyarrow.types.is_null(kind):
        return _from_list([None] * len(array), (len(array),))
    elif not (pyarrow.types.is_integer(kind) or pyarrow.types.is_floating(kind)):
        raise DataError([UnusableCells(name=column.name, file=column.file, kind=str(kind))])
    missing = _to_numpy(array.is_null())
    cells = _from_numpy(column, _filled(array, 0))
    values = cells.values
    if missing.any() and values.dtype == np.float64:
        values = np.where(missing, np.nan, values)
    return Cells(values, cells.missing | missing)


def _to_numpy(array: Any) -> NDArray[Any]:
    """A copy of an Arrow array of numbers or truth values without nulls."""
    import pyarrow

    # Not Arrow's own `to_numpy`, which imports pandas: a third of a second.
    truth = pyarrow.types.is_boolean(array.type)
    values = np.from_dlpack(array.cast(pyarrow.uint8()) if truth else array)
    return values.astype(bool if truth else values.dtype)


def _filled(array: Any, filling: float) -> NDArray[Any]:
    """An Arrow array of numbers, with a number in place of nulls."""
    present = _to_numpy(array.drop_null())
    filled = np.full(len(array), filling, present.dtype)
    filled[_to_numpy(array.is_valid())] = present
    return filled


def _from_text(array: Any, labels: bool) -> Cells:
    """An Arrow array of text. All numbers, or else text where a cell is no number."""
    import pyarrow
    import pyarrow.compute as pc

    trimmed = pc.utf8_trim_whitespace(array)
    # By a pattern, and with an array of nulls: Arrow imports pandas for a list or a lone null.
    absent = pc.or_kleene(pc.is_null(trimmed), pc.match_substring_regex(trimmed, _MISSING_TEXT))
    missing = _to_numpy(absent)
    present = pc.if_else(absent, pyarrow.nulls(len(array), pyarrow.string()), trimmed)
    padded = labels and pc.any(pc.match_substring_regex(present, r"^[+-]?0\d")).as_py()
    try:
        numbers = None if padded else present.cast(pyarrow.float64())
    except pyarrow.ArrowInvalid:
        numbers = None
    if numbers is None and labels:
        return Cells(np.array(pc.fill_null(present, "").to_pylist(), object), missing)
    if numbers is None:
        return _from_list([_number(v) for v in present.to_pylist()], (len(array),))
    try:
        whole = present.cast(pyarrow.int64())
    except pyarrow.ArrowInvalid:
        return Cells(_filled(numbers, math.nan), missing)
    return Cells(_filled(whole, 0), missing)


_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?|[+-]?inf(inity)?", re.ASCII | re.I)


def _number(cell: str | None) -> Any:
    return float(cell) if cell is not None and _NUMBER.fullmatch(cell) else cell


def _from_json(column: Column, value: Any, dims: int) -> Cells:
    shape: list[int] = []
    level = [value]
    while level and _is_list(level[0]):
        length = len(level[0])
        for position, item in enumerate(level):
            if not _is_list(item) or len(item) != length:
                raise DataError([_ragged(column, shape, position, length, item)])
        shape.append(length)
        level = [cell for item in level for cell in item]
    for position, item in enumerate(level):
        if isinstance(item, list | dict):
            if not _is_list(item):
                unusable = UnusableCells(name=column.name, file=column.file, kind="object")
                raise DataError([unusable])
            raise DataError([_ragged(column, shape, position, None, item)])
    for kind in {type(v) for v in level} - {int, float, bool, str, type(None)}:
        raise DataError([UnusableCells(name=column.name, file=column.file, kind=kind.__name__)])
    if shape == [0] and dims > 1:
        shape = [0] * dims
    return _from_list(level, tuple(shape))


def _is_list(value: Any) -> bool:
    return isinstance(value, list) and not isinstance(value, JsonObject)


def _ragged(
    column: Column, shape: Sequence[int], position: int, expected: int | None, item: Any
) -> Ragged:
    index = [int(i) for i in np.unravel_index(position, tuple(shape))] if shape else []
    return Ragged(
        name=column.name,
        file=column.file,
        where=column.where(index),
        expected="number" if expected is None else f"list of {expected}",
        found=f"list of {len(item)}" if _is_list(item) else _kind(item),
    )


def _kind(item: Any) -> str:
    names = {int: "number", float: "number", bool: "truth value", str: "text", type(None): "null"}
    return names.get(type(item), "object")


def _from_list(values: list[Any], shape: tuple[int, ...]) -> Cells:
    """Python numbers, texts, truth values and None."""
    missing = [v is None or v != v or (isinstance(v, str) and v.strip() in MISSING) for v in values]
    mask = np.array(missing, bool).reshape(shape)
    kinds = {type(v) for v, gone in zip(values, missing, strict=True) if not gone}
    array: NDArray[Any]
    if str in kinds:
        array = np.array(
            ["" if gone else v for v, gone in zip(values, missing, strict=True)], object
        )
        return Cells(array.reshape(shape), mask)
    if float not in kinds:
        try:
            whole = [0 if gone else v for v, gone in zip(values, missing, strict=True)]
            return Cells(np.array(whole, np.int64).reshape(shape), mask)
        except OverflowError:
            pass
    numbers = [math.nan if gone else _float(v) for v, gone in zip(values, missing, strict=True)]
    return Cells(np.array(numbers, np.float64).reshape(shape), mask)


def _float(value: float) -> float:
    try:
        return float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf
