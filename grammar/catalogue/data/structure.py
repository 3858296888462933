"""Labels, shapes and sizes."""

from pplc.grammar.catalogue.data.wording import (
    CellsDiagnostic,
    DataDiagnostic,
    SuggestingDiagnostic,
)
from pplc.grammar.diagnostics import diagnostic


@diagnostic
class LabelOutOfRange(CellsDiagnostic):
    """A value of data that ranges over an index set is none of its labels.

    Where an index set has a size, its labels are the positions 0, 1, ... or, with `from 1`, the
    numbers 1, 2, ... Where it has none, its labels are the distinct values of the data.

    Bad:

        index S = 3
        data subject[N]: S                 # and a cell is 7

    Good:

        index S                            # the distinct values of `subject`
        data subject[N]: S
    """

    code = "R840"
    title = "`{cell}` of `{name}` is not a label of `{index_set}` ({file}, {where})"
    label = "labels of `{index_set}` are {first} to {last}"
    help = "correct the value or the size; without a size, labels are the values in the data"

    name: str
    file: str
    where: str
    count: int
    index_set: str
    first: int
    last: int
    cell: str


@diagnostic
class LabelsFromOne(DataDiagnostic):
    """Values count an index set from 1, where positions count from 0.

    Bad:

        index S = 3
        data subject[N]: S                 # values 1, 2, 3

    Good:

        index S from 1
        data subject[N]: S
    """

    code = "R841"
    title = "the values of `{name}` in `{file}` run from 1 to {size}, not from 0"
    label = "positions of `{index_set}` count from 0"
    help = "write `index {index_set} from 1`"

    name: str
    file: str
    index_set: str
    size: int


@diagnostic
class TextLabels(CellsDiagnostic):
    """Texts do not say which position of an index set they mean, once it has an order.

    An index set whose size comes from an array, or from a default, has positions. Texts can be
    labels only where nothing else gives the index set its elements.

    Bad:

        index S
        data age[S]: positive
        data subject[N]: S                 # texts: which one is the first of `age`?

    Good:

        index S
        data age[S]: positive
        data subject[N]: S                 # 0, 1, 2, ... in the order of `age`
    """

    code = "R842"
    title = "`{name}` has text, not positions of `{index_set}`: `{cell}` ({file}, {where})"
    label = "the elements of `{index_set}` are numbered, as they come from {source}"
    help = "write positions from 0, in the order of {source}"

    name: str
    file: str
    where: str
    count: int
    index_set: str
    source: str
    cell: str


@diagnostic
class WrongDimensions(DataDiagnostic):
    """An array has more or fewer dimensions than index sets in its declaration.

    A column of a CSV file has one dimension. Matrices come from JSON (a list of lists, one for
    each element of the first index set), npz or Parquet (a column of lists).

    Bad:

        data x[N, P]: real                 # and x is a column of a CSV file

    Good:

        data x[N]: real
    """

    code = "R850"
    title = "`{name}` in `{file}` has the wrong number of dimensions: {found}, not {expected}"
    label = "declared here"
    help = "declare as many index sets as the data has dimensions; matrices come from JSON or npz"

    name: str
    file: str
    expected: int
    found: int


@diagnostic
class EmptyRow(DataDiagnostic):
    """An element of an index set has no elements of the ragged set over it.

    With `index T[I]` each element of `I` has one element of `T` or more. Leave out of the data
    those that have none.

    Bad:

        {"y": [[1, 2], []]}

    Good:

        {"y": [[1, 2], [3]]}
    """

    code = "R853"
    title = "`{name}` has a row without any element ({file}, {where})"
    label = "each row has one or more"
    help = "leave the row out of the data"

    name: str
    file: str
    where: str


@diagnostic
class NoOuterColumn(DataDiagnostic):
    """A column over a ragged index set stands in a table that does not tell its rows apart.

    Data over `[I, T]` with `index T[I]` are nested lists, one for each element of `I`, or columns
    of a long table: each row is one cell, the column `I` has the label of the element of `I` that
    the row belongs to, and rows of one label are in order.

    Bad:

        y
        1.5
        2.5

    Good:

        I,y
        a,1.5
        b,2.5
    """

    code = "R854"
    title = "`{name}` in {file} does not tell which element of `{outer}` a row belongs to"
    label = "over `{index_set}`, of its own length for each element of `{outer}`"
    help = "add a column `{outer}` with a label in each row, or use JSON with a list of lists"

    name: str
    file: str
    index_set: str
    outer: str


@diagnostic
class LengthsDisagree(DataDiagnostic):
    """Arrays over one ragged index set have rows of different lengths.

    `index T[I]` has one length for each element of `I`. All data over it must agree.

    Bad:

        {"x": [[1, 2], [3]], "y": [[1, 2], [3, 4]]}

    Good:

        {"x": [[1, 2], [3]], "y": [[1, 2], [3]]}
    """

    code = "R865"
    title = (
        "`{name}` has two lengths at position {position}: {first_length} by {first}, "
        "{second_length} by {second}"
    )
    label = "this index set"
    help = "make them agree, or declare another index set for one of them"

    name: str
    position: int
    first: str
    first_length: int
    second: str
    second_length: int


@diagnostic
class Ragged(DataDiagnostic):
    """Nested lists are not all of one length, or a number stands beside a list.

    Bad:

        {"x": [[1, 2], [3]]}

    Good:

        {"x": [[1, 2], [3, 4]]}
    """

    code = "R851"
    title = "`{name}` in `{file}` is not rectangular: `{where}` is a {found}, not a {expected}"
    label = "declared here"
    help = "give every list of one level the same length"

    name: str
    file: str
    where: str
    expected: str
    found: str


@diagnostic
class BrokenStructure(CellsDiagnostic):
    """A vector or matrix in the data is not of its declared type.

    A `simplex` sums to 1 (within 0.000001), an `ordered` vector increases, a `corr` matrix is
    symmetric with ones on its diagonal and positive definite, and so on.

    Bad:

        data share[N]: simplex[K]          # and a row is 0.3, 0.3, 0.3

    Good:

        data share[N]: simplex[K]          # and the row is 0.3, 0.3, 0.4
    """

    code = "R852"
    title = "`{name}` is not a `{type}` ({file}, {where})"
    label = "declared here: {required}, but it is {found}"
    help = "correct the data or the declared type"

    name: str
    file: str
    where: str
    count: int
    type: str
    required: str
    found: str


@diagnostic
class SizesDisagree(DataDiagnostic):
    """Two sources give an index set different sizes.

    Arrays over an index set must all have its size. `--set` and a number of the index set's name
    in the data must agree with them. (A default, as in `index K = 3`, gives way.)

    Bad:

        pplc fit faithful.ppl --set N=100  # and faithful.csv has 272 rows

    Good:

        pplc fit faithful.ppl --rows 100
    """

    code = "R860"
    title = "`{name}` has two sizes: {first_size} by {first}, {second_size} by {second}"
    label = "this index set"
    help = "make them agree, or declare another index set for one of them"

    name: str
    first: str
    first_size: int
    second: str
    second_size: int


@diagnostic
class SizeUnknown(DataDiagnostic):
    """Nothing gives an index set its size.

    A size comes from data declared over the index set, from a number of its name in the data
    file, from `--set`, or from a default in the spec.

    Bad:

        index K
        loc[k in K] ~ Normal(0, 10)

    Good:

        index K = 3
        loc[k in K] ~ Normal(0, 10)
    """

    code = "R861"
    title = "the size of `{name}` is not known"
    label = "no data is declared over it, and it has no default"
    help = "write `index {name} = 3`, or give it with `--set {name}=3`"

    name: str


@diagnostic
class SizeNotPositive(DataDiagnostic):
    """The size of an index set must be a whole number and at least 1.

    Bad:

        pplc fit faithful.ppl --set K=0

    Good:

        pplc fit faithful.ppl --set K=2
    """

    code = "R862"
    title = "{source} gives `{name}` the size {size}"
    label = "this index set"
    help = "a size is a whole number and at least 1"

    name: str
    source: str
    size: str


@diagnostic
class UnknownIndexSet(SuggestingDiagnostic):
    """`--set` gives a size to something that is not an index set of the spec.

    Bad:

        pplc fit faithful.ppl --set k=3

    Good:

        pplc fit faithful.ppl --set K=3
    """

    code = "R863"
    title = "the spec has no index set `{name}`"
    help = "did you mean `{suggestion}`?"
    otherwise = "its index sets: {known}"

    name: str
    known: tuple[str, ...]
    suggestion: str


@diagnostic
class TooFewRows(DataDiagnostic):
    """`--rows` asks for more rows than the data has.

    Bad:

        pplc fit faithful.ppl --rows 1000  # and faithful.csv has 272 rows

    Good:

        pplc fit faithful.ppl --rows 100
    """

    code = "R864"
    title = "`--rows {asked}` asks for more than the {found} elements of `{name}`"
    label = "this index set"
    help = "ask for at most {found}, or leave `--rows` out to use them all"

    name: str
    asked: int
    found: int
