"""Names and cells."""

from pplc.grammar.catalogue.data.wording import (
    CellsDiagnostic,
    DataDiagnostic,
    SuggestingDiagnostic,
)
from pplc.grammar.diagnostics import diagnostic


@diagnostic
class MissingData(SuggestingDiagnostic):
    """The spec declares data that is in none of the data files.

    Names must agree exactly, capital letters included.

    Bad:

        data waiting_time[N]: real         # the file has the columns duration, waiting, kind

    Good:

        data waiting[N]: real
    """

    code = "R820"
    title = "no data for `{name}`"
    label = "declared here, and not in the data"
    help = "did you mean `{suggestion}`? The data has {columns}"
    otherwise = "the data has {columns}"

    name: str
    files: tuple[str, ...]
    columns: tuple[str, ...]
    suggestion: str

    @property
    def help_message(self) -> str:
        """What the files have, or that there is none."""
        return super().help_message if self.files else "name a data file with `--data FILE`"


@diagnostic
class TextCell(CellsDiagnostic):
    """A cell of numeric data is text.

    Numbers are written `12`, `-1.5` or `1e-3`: with a point as decimal mark, and without units or
    thousands separators. An empty cell, `NA`, `null` and `NaN` count as missing.
    Rows are counted as in a spreadsheet: the row of names is row 1.

    Bad:

        waiting
        79 min

    Good:

        waiting
        79
    """

    code = "R830"
    title = "`{name}` has text where a number is expected: `{cell}` ({file}, {where})"
    label = "numbers are expected, as declared here"
    help = "write a number, or leave the cell empty and declare `real?` if it is missing"

    name: str
    file: str
    where: str
    count: int
    cell: str


@diagnostic
class MissingCell(CellsDiagnostic):
    """A cell is missing in data that is declared to have none.

    Empty cells, `NA`, `null` and `NaN` count as missing. With a question mark after the type they
    are allowed: missing cells of a quantity with a distribution are then left out of the
    likelihood, or inferred where other statements read them.

    Bad:

        data waiting[N]: real              # and a cell of the column is empty

    Good:

        data waiting[N]: real?
    """

    code = "R831"
    title = "`{name}` has a missing cell ({file}, {where})"
    label = "declared without `?` here"
    help = "declare `{type}?` or drop the rows"

    name: str
    file: str
    where: str
    count: int
    type: str


@diagnostic
class MissingBefore(CellsDiagnostic):
    """A cell is missing that stands before the first one with a distribution.

    Missing cells that other statements read are inferred, which takes a distribution. A loop that
    starts later (`from 1`) gives the cells before no distribution: they are only read.

    Bad:

        scan t in T from 1 { y[t] ~ Normal(phi * y[t-1], s) }            # and y[0] is missing

    Good:

        scan t in T { y[t] ~ Normal(phi * y[t-1], s) from Normal(0, 10) }
    """

    code = "R838"
    title = "`{name}` has a missing cell before its first with a distribution ({file}, {where})"
    label = "may have missing cells, where it has a distribution"
    help = "begin the data where `{name}` is known, or give its first elements a distribution"

    name: str
    file: str
    where: str
    count: int


@diagnostic
class InfiniteCell(CellsDiagnostic):
    """A number in the data is infinite, or too large for a floating-point number.

    Bad:

        waiting
        inf

    Good:

        waiting
        79
    """

    code = "R832"
    title = "`{name}` has an infinite value: `{cell}` ({file}, {where})"
    label = "finite values are expected, as declared here"
    help = "correct it or drop the rows"

    name: str
    file: str
    where: str
    count: int
    cell: str


@diagnostic
class NotWhole(CellsDiagnostic):
    """A number has a fraction where whole numbers are declared.

    Bad:

        data eruptions[N]: nat             # and a cell is 2.5

    Good:

        data eruptions[N]: nonnegative
    """

    code = "R833"
    title = "`{name}` has `{cell}` where a whole number is expected ({file}, {where})"
    label = "declared `{type}` here"
    help = "declare `real`, or correct the data"

    name: str
    file: str
    where: str
    count: int
    type: str
    cell: str


@diagnostic
class OutOfBounds(CellsDiagnostic):
    """A value is outside the type that the spec declares.

    Bad:

        data waiting[N]: positive          # and a cell is -1

    Good:

        data waiting[N]: real
    """

    code = "R834"
    title = "`{name}` has `{cell}`, which is not `{type}` ({file}, {where})"
    label = "declared here: {allowed}"
    help = "correct the data, or declare a wider type"

    name: str
    file: str
    where: str
    count: int
    type: str
    allowed: str
    cell: str


@diagnostic
class Impossible(CellsDiagnostic):
    """A value has probability zero under the distribution that it is observed from.

    No value of the other quantities could have produced it, so the log density would be minus
    infinity everywhere.

    Bad:

        data waiting[N]: real              # and a cell is -1
        for n in N { waiting[n] ~ Gamma(2, 1) }

    Good:

        data waiting[N]: real
        for n in N { waiting[n] ~ Normal(2, 1) }
    """

    code = "R835"
    title = "`{cell}` of `{name}` is impossible under `{law}` ({file}, {where})"
    label = "`{law}` needs {allowed}"
    help = "correct the data, or choose a distribution that allows such values"

    name: str
    file: str
    where: str
    count: int
    law: str
    allowed: str
    cell: str


@diagnostic
class UnusableCells(DataDiagnostic):
    """Data is of a kind that pplc does not calculate with: dates, complex numbers, records.

    Bad:

        data day[N]: real                  # a column of dates in a Parquet file

    Good:

        data days_since_start[N]: real
    """

    code = "R836"
    title = "`{name}` in `{file}` has values of a kind that cannot be used: {kind}"
    label = "declared here"
    help = "turn them into numbers, or into texts for an index set"

    name: str
    file: str
    kind: str


@diagnostic
class TooLarge(CellsDiagnostic):
    """A whole number does not fit in 64 bits.

    Bad:

        data id[N]: int                    # and a cell is 99999999999999999999

    Good:

        data id[N]: real
    """

    code = "R837"
    title = "`{name}` has a whole number that is too large: `{cell}` ({file}, {where})"
    label = "whole numbers are expected, as declared here"
    help = "declare `real`, which keeps 16 digits"

    name: str
    file: str
    where: str
    count: int
    cell: str
