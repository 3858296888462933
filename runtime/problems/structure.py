"""Labels, shapes and sizes."""

from pplc.runtime.problems.problem import AtCells, Named, Problem, problem


@problem
class LabelOutOfRange(AtCells):
    """A value that is none of the labels `first` to `last` of its index set."""

    code = "R840"
    index_set: str
    first: int
    last: int
    cell: str


@problem
class LabelsFromOne(Named):
    """Labels run from 1 to the size, where positions count from 0."""

    code = "R841"
    file: str
    index_set: str
    size: int


@problem
class TextLabels(AtCells):
    """Text where the labels of the index set are numbers, as its size is from `source`."""

    code = "R842"
    index_set: str
    source: str
    cell: str


@problem
class EmptyRow(Named):
    """An element of an index set has no elements of a ragged one."""

    code = "R853"
    file: str
    where: str


@problem
class NoOuterColumn(Named):
    """A column over a ragged index set, without one that tells the rows of its elements apart."""

    code = "R854"
    file: str
    index_set: str
    outer: str


@problem
class LengthsDisagree(Named):
    """Two arrays over one ragged index set have rows of different lengths."""

    code = "R865"
    position: int
    first: str
    first_length: int
    second: str
    second_length: int


@problem
class WrongDimensions(Named):
    """An array has another number of dimensions than it is declared with."""

    code = "R850"
    file: str
    expected: int
    found: int


@problem
class Ragged(Named):
    """Nested lists of unequal length, or numbers beside lists; `found` is a length or a kind."""

    code = "R851"
    file: str
    where: str
    expected: str
    found: str


@problem
class BrokenStructure(AtCells):
    """A vector or matrix is not of its declared type: `required` does not hold, but `found`."""

    code = "R852"
    type: str
    required: str
    found: str


@problem
class SizesDisagree(Named):
    """Two sources give one index set two sizes."""

    code = "R860"
    first: str
    first_size: int
    second: str
    second_size: int


@problem
class SizeUnknown(Named):
    """Nothing gives an index set its size."""

    code = "R861"


@problem
class SizeNotPositive(Named):
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
class TooFewRows(Named):
    """More rows are asked for than the data has."""

    code = "R864"
    asked: int
    found: int
