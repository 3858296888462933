"""Data files as named columns: which file to take, and the readers of its four formats."""

from __future__ import annotations

import csv
import difflib
import hashlib
import io
import json
import re
import zipfile
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from pplc.runtime.problems import (
    DataError,
    FileEmpty,
    FileMissing,
    FileUnreadable,
    JsonNotObject,
    NoDataFile,
    NoRows,
    NotAFile,
    NotText,
    OtherSeparator,
    Problem,
    RowLength,
    SeveralDataFiles,
    Unparsable,
    UnsupportedFormat,
)

#: The endings of data files, in the order in which they are looked for.
ENDINGS = (".csv", ".json", ".npz", ".parquet")


@dataclass(frozen=True)
class Column:
    """Named values of one file, as its reader left them.

    `raw` is an Arrow array (CSV: of text; Parquet), a NumPy array (npz) or a JSON value. `rows`
    are the numbers of a spreadsheet's rows (the header is row 1) where the file is a CSV; `places`
    where each element was in nested lists that have been made one.
    """

    name: str
    file: str
    raw: Any
    rows: Sequence[int] | None = None
    places: Sequence[tuple[int, ...]] | None = None

    @property
    def source(self) -> str:
        """How a message names this column."""
        return f"`{self.name}` in {self.file}"

    def where(self, index: Sequence[int]) -> str:
        """How a message names the cell at `index` (positions from 0)."""
        if self.rows is not None:
            return f"row {self.rows[index[0]]}"
        if self.places is not None:
            index = (*self.places[index[0]], *index[1:])
        return f"{self.name}[{', '.join(map(str, index))}]" if index else self.name


@dataclass(frozen=True)
class Table:
    """The columns of one file that were asked for, and the names of all; names may repeat."""

    file: str
    sha256: str
    names: tuple[str, ...]
    columns: tuple[Column, ...]


def default_data_path(spec_path: Path) -> Path | Problem:
    """The data file beside a spec: its stem with one of `ENDINGS`. Two of them are a problem."""
    candidates = [spec_path.with_suffix(ending) for ending in ENDINGS]
    found = [path for path in candidates if path.exists()]
    if not found:
        return NoDataFile(tried=tuple(map(str, candidates)))
    if len(found) > 1:
        return SeveralDataFiles(found=tuple(map(str, found)))
    return found[0]


def read_tables(paths: Iterable[Path], wanted: Collection[str]) -> tuple[Table, ...]:
    """Read the columns with `wanted` names from data files, each by its ending.

    Raises `DataError` with the problems of all files that cannot be read.
    """
    tables: list[Table] = []
    problems: list[Problem] = []
    for path in paths:
        try:
            tables.append(_read_table(path, wanted))
        except DataError as error:
            problems.extend(error.problems)
    if problems:
        raise DataError(problems)
    return tuple(tables)


def closest(name: str, names: Iterable[str]) -> str:
    """The most similar of some names, or an empty string where none is similar."""
    by_lower = {n.lower(): n for n in names}
    matches = difflib.get_close_matches(name.lower(), by_lower, n=1)
    return by_lower[matches[0]] if matches else ""


_Contents = tuple[list[str], list[Column]]


def _read_table(path: Path, wanted: Collection[str]) -> Table:
    readers: dict[str, Callable[[str, bytes, Collection[str]], _Contents]] = dict(
        zip(ENDINGS, (_read_csv, _read_json, _read_npz, _read_parquet), strict=True)
    )
    file = str(path)
    raw = _read_bytes(path)
    ending = path.suffix.lower()
    if ending not in readers:
        raise DataError([UnsupportedFormat(file=file, ending=ending)])
    if not raw.strip():
        raise DataError([FileEmpty(file=file)])
    names, columns = readers[ending](file, raw, wanted)
    return Table(file, hashlib.sha256(raw).hexdigest(), tuple(names), tuple(columns))


def _read_bytes(path: Path) -> bytes:
    try:
        if path.exists() and not path.is_file():
            raise DataError([NotAFile(file=str(path))])
        return path.read_bytes()
    except FileNotFoundError:
        siblings = [p.name for p in path.parent.iterdir()] if path.parent.is_dir() else []
        similar = closest(path.name, siblings)
        suggestion = str(path.with_name(similar)) if similar else ""
        raise DataError([FileMissing(file=str(path), suggestion=suggestion)]) from None
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise DataError([FileUnreadable(file=str(path), reason=reason)]) from None


def _decode(file: str, raw: bytes) -> str:
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise DataError([NotText(file=file, line=raw.count(b"\n", 0, error.start) + 1)]) from None
    if "\0" in text:
        raise DataError([NotText(file=file, line=text.count("\n", 0, text.index("\0")) + 1)])
    return text


def _read_csv(file: str, raw: bytes, wanted: Collection[str]) -> _Contents:
    """Every cell as text: what a column means depends on its declaration."""
    import pyarrow
    import pyarrow.csv

    text = _decode(file, raw)
    body = text.strip("\r\n")
    names = _csv_header(file, body)
    body += "\n"
    content = body.encode()
    positions = [str(i) for i in range(len(names))]
    # The first column stands in where none is wanted, so that the rows are checked all the same.
    chosen = [i for i, name in zip(positions, names, strict=True) if name in wanted] or ["0"]
    try:
        table = pyarrow.csv.read_csv(
            pyarrow.BufferReader(content),
            read_options=pyarrow.csv.ReadOptions(
                use_threads=False,
                # One block: a row may be as long as the file, and errors then know its number.
                block_size=min(len(content), 2**31 - 1),
                column_names=positions,
                skip_rows_after_names=1,
            ),
            parse_options=pyarrow.csv.ParseOptions(
                newlines_in_values=True, ignore_empty_lines=len(names) > 1
            ),
            convert_options=pyarrow.csv.ConvertOptions(
                column_types=dict.fromkeys(chosen, pyarrow.string()),
                include_columns=chosen,
                strings_can_be_null=False,
            ),
        )
    except pyarrow.ArrowInvalid as error:
        raise DataError([_csv_problem(file, str(error))]) from None
    if table.num_rows == 0:
        raise DataError([NoRows(file=file)])
    leading = text[: len(text) - len(text.lstrip("\r\n"))].count("\n")
    rows = _csv_rows(body, table.num_rows, len(names), leading)
    columns = [Column(names[int(i)], file, table.column(i), rows) for i in chosen]
    return names, [column for column in columns if column.name in wanted]


def _csv_header(file: str, body: str) -> list[str]:
    try:
        names = [name.strip() for name in next(csv.reader(io.StringIO(body, newline="")))]
    except csv.Error as error:
        unparsable = Unparsable(file=file, format="CSV", place="line 1", reason=str(error))
        raise DataError([unparsable]) from None
    separator = next((s for s in ";\t|" if s in names[0]), "")
    if len(names) == 1 and separator:
        raise DataError([OtherSeparator(file=file, separator=separator)])
    return names


def _csv_problem(file: str, reason: str) -> Problem:
    found = re.search(r"Row #(\d+): Expected (\d+) columns, got (\d+)", reason)
    if found:
        row, expected, got = map(int, found.groups())
        return RowLength(file=file, row=row, expected=expected, found=got)
    return Unparsable(file=file, format="CSV", place="", reason=reason)


def _csv_rows(body: str, count: int, columns: int, leading: int) -> Sequence[int]:
    """The numbers of a spreadsheet's rows, which counts the blank lines that Arrow skips."""
    plain = range(leading + 2, leading + 2 + count)
    if columns == 1 or not re.search(r"\n\r?\n", body):
        return plain
    records = enumerate(csv.reader(io.StringIO(body, newline="")), leading + 1)
    rows = [number for number, cells in records if cells][1:]
    return rows if len(rows) == count else plain


def _read_json(file: str, raw: bytes, wanted: Collection[str]) -> _Contents:
    """An object of named numbers, texts and (nested) lists; other names may hold anything."""
    text = _decode(file, raw)
    try:
        # Pairs, so that a name given twice is seen and not silently overwritten.
        value = json.loads(text, object_pairs_hook=JsonObject)
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}"
        problem = Unparsable(file=file, format="JSON", place=place, reason=error.msg)
        raise DataError([problem]) from None
    except (RecursionError, ValueError) as error:
        reason = "nested too deeply" if isinstance(error, RecursionError) else str(error)
        problem = Unparsable(file=file, format="JSON", place="", reason=reason)
        raise DataError([problem]) from None
    if not isinstance(value, JsonObject):
        found = "list" if isinstance(value, list) else type(value).__name__
        raise DataError([JsonNotObject(file=file, found=found)])
    columns = [Column(name, file, content) for name, content in value if name in wanted]
    return [name for name, _ in value], columns


class JsonObject(list[tuple[str, Any]]):
    """A JSON object: its names and values in order."""


def _read_npz(file: str, raw: bytes, wanted: Collection[str]) -> _Contents:
    try:
        archive = np.load(io.BytesIO(raw), allow_pickle=False)
        if not isinstance(archive, np.lib.npyio.NpzFile):
            raise ValueError("it holds one array without a name")
        with archive:
            columns = [Column(n, file, archive[n]) for n in archive.files if n in wanted]
            return archive.files, columns
    except (ValueError, OSError, EOFError, zipfile.BadZipFile, KeyError) as error:
        problem = Unparsable(file=file, format="npz", place="", reason=str(error))
        raise DataError([problem]) from None


def _read_parquet(file: str, raw: bytes, wanted: Collection[str]) -> _Contents:
    import pyarrow
    import pyarrow.parquet

    try:
        table = pyarrow.parquet.read_table(pyarrow.BufferReader(raw))
    except (pyarrow.ArrowException, OSError) as error:
        problem = Unparsable(file=file, format="Parquet", place="", reason=str(error))
        raise DataError([problem]) from None
    if table.num_rows == 0:
        raise DataError([NoRows(file=file)])
    columns = [
        Column(name, file, table.column(i))
        for i, name in enumerate(table.column_names)
        if name in wanted
    ]
    return table.column_names, columns
