"""Names and cells."""

from pplc.runtime.problems.problem import AtCells, Named, problem


@problem
class MissingData(Named):
    """Declared data is in none of the files; `suggestion` may be empty."""

    code = "R820"
    files: tuple[str, ...]
    columns: tuple[str, ...]
    suggestion: str = ""


@problem
class TextCell(AtCells):
    """Text where a number is expected."""

    code = "R830"
    cell: str


@problem
class MissingCell(AtCells):
    """A missing cell of data that is not declared to have any."""

    code = "R831"
    type: str


@problem
class MissingBefore(AtCells):
    """A missing cell that is read, before the first element with a distribution."""

    code = "R838"


@problem
class InfiniteCell(AtCells):
    """An infinite number."""

    code = "R832"
    cell: str


@problem
class NotWhole(AtCells):
    """A number with a fraction where whole numbers are expected."""

    code = "R833"
    type: str
    cell: str


@problem
class OutOfBounds(AtCells):
    """A value outside the declared type; `allowed` is a formula, such as `0 < y`."""

    code = "R834"
    type: str
    allowed: str
    cell: str


@problem
class Impossible(AtCells):
    """A value of probability zero under the distribution of an observed site."""

    code = "R835"
    law: str
    allowed: str
    cell: str


@problem
class UnusableCells(Named):
    """Values of a kind that is neither a number, a text nor a truth value."""

    code = "R836"
    file: str
    kind: str


@problem
class TooLarge(AtCells):
    """A whole number that does not fit in 64 bits."""

    code = "R837"
    cell: str
