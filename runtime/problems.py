"""What can be wrong with data, a run or its output: the R8 problems, as values.

A problem is its code and its facts. The words a user reads are the class of the same code in the
front door's catalogue, whose fields are those of the class here; `str` of a problem is the plain
form that a program sees which uses the runtime alone.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any, ClassVar, TypeVar, dataclass_transform


@dataclass(frozen=True, kw_only=True)
class Problem:
    """One thing that is wrong. A subclass sets `code` and adds the facts as fields."""

    code: ClassVar[str]

    @property
    def subject(self) -> str | None:
        """The declaration at fault, by name; none where the fault is not about one."""
        return None

    def values(self) -> dict[str, Any]:
        """The facts, by field name."""
        return {f.name: getattr(self, f.name) for f in fields(self)}

    def __str__(self) -> str:
        kind = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", type(self).__name__).lower()
        facts = ", ".join(f"{name}={value!r}" for name, value in self.values().items())
        return f"{self.code} {kind}: {facts}" if facts else f"{self.code} {kind}"


P = TypeVar("P", bound=Problem)


@dataclass_transform(frozen_default=True, kw_only_default=True)
def problem(cls: type[P]) -> type[P]:
    """Make a kind of problem: a frozen dataclass whose fields are given by keyword."""
    return dataclass(frozen=True, kw_only=True)(cls)


@problem
class _Named(Problem):
    """A problem with one declaration: the data, index set or site called `name`."""

    name: str

    @property
    def subject(self) -> str | None:
        return self.name


@problem
class _AtCells(_Named):
    """Cells of the data `name` are wrong; `where` is the first of the `count` such cells.

    `where` is `row 18` in a CSV file, rows counted as in a spreadsheet with the header as row 1,
    and elsewhere `name[3, 1]` with positions from 0.
    """

    file: str
    where: str
    count: int


# --- files -------------------------------------------------------------------------------------


@problem
class NoDataFile(Problem):
    """None of the files that would be taken without being named exists."""

    code = "R801"
    tried: tuple[str, ...]


@problem
class SeveralDataFiles(Problem):
    """Two or more files could be the one that is taken without being named."""

    code = "R802"
    found: tuple[str, ...]


@problem
class FileMissing(Problem):
    """A named file does not exist; `suggestion` is a similar name beside it, or empty."""

    code = "R803"
    file: str
    suggestion: str = ""


@problem
class FileUnreadable(Problem):
    """The system refuses to read a file, for the system's `reason`."""

    code = "R804"
    file: str
    reason: str


@problem
class NotAFile(Problem):
    """A path leads to a folder or a device."""

    code = "R805"
    file: str


@problem
class FileEmpty(Problem):
    """A file of no bytes, or of blank lines only."""

    code = "R806"
    file: str


@problem
class UnsupportedFormat(Problem):
    """The ending of a file is none that is read."""

    code = "R807"
    file: str
    ending: str


@problem
class Unparsable(Problem):
    """A file is not what its ending says; `place` (`line 3`) may be empty."""

    code = "R808"
    file: str
    format: str
    place: str
    reason: str


@problem
class NotText(Problem):
    """A CSV or JSON file is not UTF-8 text from `line` (counted from 1) on."""

    code = "R809"
    file: str
    line: int


@problem
class RowLength(Problem):
    """A row of a CSV file has more or fewer cells than the header."""

    code = "R810"
    file: str
    row: int
    expected: int
    found: int


@problem
class OtherSeparator(Problem):
    """The cells of a CSV file are separated by something other than a comma."""

    code = "R811"
    file: str
    separator: str


@problem
class NoRows(Problem):
    """A table has a header and nothing else."""

    code = "R812"
    file: str


@problem
class DuplicateColumn(_Named):
    """A file has two columns of one name."""

    code = "R813"
    file: str


@problem
class DuplicateData(_Named):
    """Two files have data of one name."""

    code = "R814"
    first: str
    second: str


@problem
class JsonNotObject(Problem):
    """The outermost value of a JSON file is not an object of named values."""

    code = "R815"
    file: str
    found: str


# --- names and cells ---------------------------------------------------------------------------


@problem
class MissingData(_Named):
    """Declared data is in none of the files; `suggestion` may be empty."""

    code = "R820"
    files: tuple[str, ...]
    columns: tuple[str, ...]
    suggestion: str = ""


@problem
class TextCell(_AtCells):
    """Text where a number is expected."""

    code = "R830"
    cell: str


@problem
class MissingCell(_AtCells):
    """A missing cell of data that is not declared to have any."""

    code = "R831"
    type: str


@problem
class MissingBefore(_AtCells):
    """A missing cell that is read, before the first element with a distribution."""

    code = "R838"


@problem
class InfiniteCell(_AtCells):
    """An infinite number."""

    code = "R832"
    cell: str


@problem
class NotWhole(_AtCells):
    """A number with a fraction where whole numbers are expected."""

    code = "R833"
    type: str
    cell: str


@problem
class OutOfBounds(_AtCells):
    """A value outside the declared type; `allowed` is a formula, such as `0 < y`."""

    code = "R834"
    type: str
    allowed: str
    cell: str


@problem
class Impossible(_AtCells):
    """A value of probability zero under the distribution of an observed site."""

    code = "R835"
    law: str
    allowed: str
    cell: str


@problem
class UnusableCells(_Named):
    """Values of a kind that is neither a number, a text nor a truth value."""

    code = "R836"
    file: str
    kind: str


@problem
class TooLarge(_AtCells):
    """A whole number that does not fit in 64 bits."""

    code = "R837"
    cell: str


# --- labels ------------------------------------------------------------------------------------


@problem
class LabelOutOfRange(_AtCells):
    """A value that is none of the labels `first` to `last` of its index set."""

    code = "R840"
    index_set: str
    first: int
    last: int
    cell: str


@problem
class LabelsFromOne(_Named):
    """Labels run from 1 to the size, where positions count from 0."""

    code = "R841"
    file: str
    index_set: str
    size: int


@problem
class TextLabels(_AtCells):
    """Text where the labels of the index set are numbers, as its size is from `source`."""

    code = "R842"
    index_set: str
    source: str
    cell: str


# --- shapes and structure ----------------------------------------------------------------------


@problem
class EmptyRow(_Named):
    """An element of an index set has no elements of a ragged one."""

    code = "R853"
    file: str
    where: str


@problem
class NoOuterColumn(_Named):
    """A column over a ragged index set, without one that tells the rows of its elements apart."""

    code = "R854"
    file: str
    index_set: str
    outer: str


@problem
class LengthsDisagree(_Named):
    """Two arrays over one ragged index set have rows of different lengths."""

    code = "R865"
    position: int
    first: str
    first_length: int
    second: str
    second_length: int


@problem
class WrongDimensions(_Named):
    """An array has another number of dimensions than it is declared with."""

    code = "R850"
    file: str
    expected: int
    found: int


@problem
class Ragged(_Named):
    """Nested lists of unequal length, or numbers beside lists; `found` is a length or a kind."""

    code = "R851"
    file: str
    where: str
    expected: str
    found: str


@problem
class BrokenStructure(_AtCells):
    """A vector or matrix is not of its declared type: `required` does not hold, but `found`."""

    code = "R852"
    type: str
    required: str
    found: str


# --- sizes -------------------------------------------------------------------------------------


@problem
class SizesDisagree(_Named):
    """Two sources give one index set two sizes."""

    code = "R860"
    first: str
    first_size: int
    second: str
    second_size: int


@problem
class SizeUnknown(_Named):
    """Nothing gives an index set its size."""

    code = "R861"


@problem
class SizeNotPositive(_Named):
    """A size that is not a positive whole number."""

    code = "R862"
    source: str
    size: str


@problem
class UnknownIndexSet(Problem):
    """A size is given for an index set that the model lacks; `suggestion` may be empty."""

    code = "R863"
    name: str
    known: tuple[str, ...]
    suggestion: str = ""


@problem
class TooFewRows(_Named):
    """More rows are asked for than the data has."""

    code = "R864"
    asked: int
    found: int


# --- output and the run ------------------------------------------------------------------------


@problem
class OutputExists(Problem):
    """The run folder that is asked for exists; it is never overwritten."""

    code = "R880"
    path: str


@problem
class OutputNotWritable(Problem):
    """No run folder can be made at `path`, for the system's `reason`."""

    code = "R881"
    path: str
    reason: str


@problem
class OutputFailed(Problem):
    """Writing a run folder failed (a full disk, a folder removed under way)."""

    code = "R882"
    path: str
    reason: str


@problem
class Interrupted(Problem):
    """The run was stopped from the keyboard; `left` says what is left of it."""

    code = "R890"

    left: str


@problem
class NoFiniteStart(Problem):
    """The log density is not finite at any point tried; `terms` of the model are at fault."""

    code = "R891"
    terms: tuple[str, ...]


@problem
class NothingToInfer(Problem):
    """The model has no latent and no param: there is nothing to fit."""

    code = "R892"


@problem
class RunNotUsable(Problem):
    """A fit cannot start from an earlier run."""

    code = "R893"
    run: str
    reason: str


class RunError(Exception):
    """A run cannot start or go on; `problems` are all that were found."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("\n".join(str(p) for p in problems))
        self.problems = tuple(problems)


class DataError(RunError):
    """The data cannot be used."""


class FitError(RunError):
    """The fit cannot go on."""


class OutputError(RunError):
    """The results cannot be written."""
