"""R8: data, and the files that a run reads and writes.

The runtime reports these as values without words (`pplc.runtime.problems`, a class of the same
name and fields for each code); the front door gives them their words here.
"""

from typing import ClassVar

from pplc.grammar.diagnostics import Diagnostic, diagnostic


class _Data(Diagnostic):
    """Lists of names read as `a`, `b`, `c` in a message."""

    def _fill(self, template: str) -> str:
        values = self.values().items()
        return template.format(**{name: _in_words(value) for name, value in values})


def _in_words(value: object) -> object:
    if not isinstance(value, tuple):
        return value
    shown = [f"`{item}`" for item in value[:20]]
    more = [f"and {len(value) - 20} more"] if len(value) > 20 else []
    return ", ".join(shown + more) or "none"


class _Cells(_Data):
    """The help says how many cells are like the first."""

    @property
    def help_message(self) -> str:
        count = self.values()["count"]
        others = "" if count == 1 else f" ({count} cells are like this)"
        return super().help_message + others


class _Suggesting(_Data):
    """The help is `otherwise` where there is no similar name to suggest."""

    otherwise: ClassVar[str] = ""

    @property
    def help_message(self) -> str:
        if self.help_text is None and not self.values()["suggestion"]:
            return self._fill(self.otherwise)
        return super().help_message


# --- files -------------------------------------------------------------------------------------


@diagnostic
class NoDataFile(_Data):
    """The spec declares data, but no data file is named and none lies beside the spec.

    Without `--data`, pplc takes the file that has the spec's name with the ending `.csv`,
    `.json`, `.npz` or `.parquet`, in the spec's folder.

    Bad:

        pplc fit faithful.ppl              # and there is no faithful.csv beside it

    Good:

        pplc fit faithful.ppl --data waiting_times.csv
    """

    code = "R801"
    title = "no data file"
    help = "name one with `--data FILE`; these were looked for: {tried}"

    tried: tuple[str, ...]

    @property
    def help_message(self) -> str:
        """What was looked for, unless the spec has no folder (it comes from standard input)."""
        return super().help_message if self.tried else "name one with `--data FILE`"


@diagnostic
class SeveralDataFiles(_Data):
    """Several files beside the spec could be its data, and pplc does not choose between them.

    Bad:

        pplc fit faithful.ppl              # beside it: faithful.csv and faithful.json

    Good:

        pplc fit faithful.ppl --data faithful.csv
    """

    code = "R802"
    title = "more than one data file beside the spec: {found}"
    help = "name the one to use with `--data FILE`, or several"

    found: tuple[str, ...]


@diagnostic
class FileMissing(_Suggesting):
    """A file that is named with `--data` does not exist.

    Bad:

        pplc fit faithful.ppl --data faithfull.csv

    Good:

        pplc fit faithful.ppl --data faithful.csv
    """

    code = "R803"
    title = "there is no file `{file}`"
    help = "did you mean `{suggestion}`?"
    otherwise = "check the name and the folder; names are relative to the current folder"

    file: str
    suggestion: str


@diagnostic
class FileUnreadable(_Data):
    """The system does not let pplc read a file.

    Bad:

        chmod 000 faithful.csv

    Good:

        chmod u+r faithful.csv
    """

    code = "R804"
    title = "`{file}` cannot be read: {reason}"
    help = "check that you may read the file"

    file: str
    reason: str


@diagnostic
class NotAFile(_Data):
    """A path that is named with `--data` leads to a folder or a device instead of a file.

    Bad:

        pplc fit faithful.ppl --data specs/

    Good:

        pplc fit faithful.ppl --data specs/faithful.csv
    """

    code = "R805"
    title = "`{file}` is not a file"
    help = "name the data file itself"

    file: str


@diagnostic
class FileEmpty(_Data):
    """A data file has nothing in it.

    Bad:

        : > faithful.csv

    Good:

        printf 'waiting\\n79\\n54\\n' > faithful.csv
    """

    code = "R806"
    title = "`{file}` is empty"
    help = "a CSV file starts with a row of names; below it is one row for each element"

    file: str


@diagnostic
class UnsupportedFormat(_Data):
    """The ending of a data file is none that pplc reads.

    It reads `.csv`, `.json` (an object of numbers and nested lists), `.npz` (NumPy) and
    `.parquet`.

    Bad:

        pplc fit faithful.ppl --data faithful.xlsx

    Good:

        pplc fit faithful.ppl --data faithful.csv
    """

    code = "R807"
    title = "`{file}` has an ending that pplc does not read: `{ending}`"
    help = "save the data as .csv, .json, .npz or .parquet"

    file: str
    ending: str


@diagnostic
class Unparsable(_Data):
    """The contents of a data file are not what its ending says.

    Bad:

        {"waiting": [79, 54, 74,}

    Good:

        {"waiting": [79, 54, 74]}
    """

    code = "R808"
    title = "`{file}` is not valid {format}: {reason}"
    help = "mend the file, or save it again from where it comes"

    file: str
    format: str
    place: str
    reason: str

    @property
    def message(self) -> str:
        """The title, with the line where it is known."""
        return super().message + (f" ({self.place})" if self.place else "")


@diagnostic
class NotText(_Data):
    """A CSV or JSON file is not UTF-8 text.

    It may be another kind of file (a spreadsheet, an archive) under a wrong name, or text in an
    older encoding such as Latin-1 or UTF-16.

    Bad:

        mv faithful.xlsx faithful.csv

    Good:

        iconv -f latin1 -t utf-8 old.csv > faithful.csv
    """

    code = "R809"
    title = "`{file}` is not UTF-8 text (line {line})"
    help = "save it as CSV or JSON with the encoding UTF-8"

    file: str
    line: int


@diagnostic
class RowLength(_Data):
    """A row of a CSV file does not have one cell for each name in the first row.

    Rows are counted as in a spreadsheet: the row of names is row 1. A text that contains a comma
    has to stand in double quotes.

    Bad:

        duration,waiting
        3.6,79
        1.8

    Good:

        duration,waiting
        3.6,79
        1.8,54
    """

    code = "R810"
    title = "row {row} of `{file}` has the wrong number of cells: {found}, not {expected}"
    help = "give the row one cell for each column; an empty cell still needs its comma"

    file: str
    row: int
    expected: int
    found: int


@diagnostic
class OtherSeparator(_Data):
    """The cells of a CSV file are not separated by commas.

    Spreadsheets write semicolons in countries that use a decimal comma. pplc reads the comma as
    separator and the point as decimal mark, and does not guess.

    Bad:

        duration;waiting
        3,6;79

    Good:

        duration,waiting
        3.6,79
    """

    code = "R811"
    title = "the cells of `{file}` are separated by {separator!r}, not by commas"
    help = "save it with `,` between cells and `.` in decimal numbers"

    file: str
    separator: str


@diagnostic
class NoRows(_Data):
    """A table has names and no rows.

    Bad:

        duration,waiting

    Good:

        duration,waiting
        3.6,79
    """

    code = "R812"
    title = "`{file}` has no rows"
    help = "add at least one row below the names"

    file: str


@diagnostic
class DuplicateColumn(_Data):
    """A data file has one name twice, so it is not clear which values are meant.

    Bad:

        waiting,waiting
        79,54

    Good:

        waiting,waiting_before
        79,54
    """

    code = "R813"
    title = "`{file}` has `{name}` more than once"
    label = "declared here"
    help = "rename or remove one of them"

    name: str
    file: str


@diagnostic
class DuplicateData(_Data):
    """Two data files both have data of one name.

    Bad:

        pplc fit faithful.ppl --data 2023.csv --data 2024.csv      # both with `waiting`

    Good:

        pplc fit faithful.ppl --data both_years.csv
    """

    code = "R814"
    title = "`{name}` is in two data files: `{first}` and `{second}`"
    label = "declared here"
    help = "remove it from one of them; rows of several files are not joined"

    name: str
    first: str
    second: str


@diagnostic
class JsonNotObject(_Data):
    """A JSON data file must be an object that gives each array its name.

    Bad:

        [79, 54, 74]

    Good:

        {"waiting": [79, 54, 74]}
    """

    code = "R815"
    title = "`{file}` holds a {found}, not an object with names"
    help = 'write {{"name": [...], "other": [...]}}'

    file: str
    found: str


# --- names and cells ---------------------------------------------------------------------------


@diagnostic
class MissingData(_Suggesting):
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
class TextCell(_Cells):
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
class MissingCell(_Cells):
    """A cell is missing in data that is declared to have none.

    Empty cells, `NA`, `null` and `NaN` count as missing. With a question mark after the type they
    are allowed: missing cells of an observed quantity are then left out of the likelihood.

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
class InfiniteCell(_Cells):
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
class NotWhole(_Cells):
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
class OutOfBounds(_Cells):
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
class Impossible(_Cells):
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
class UnusableCells(_Data):
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
class TooLarge(_Cells):
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


# --- labels ------------------------------------------------------------------------------------


@diagnostic
class LabelOutOfRange(_Cells):
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
class LabelsFromOne(_Data):
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
class TextLabels(_Cells):
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


# --- shapes and structure ----------------------------------------------------------------------


@diagnostic
class WrongDimensions(_Data):
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
class Ragged(_Data):
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
class BrokenStructure(_Cells):
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


# --- sizes -------------------------------------------------------------------------------------


@diagnostic
class SizesDisagree(_Data):
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
class SizeUnknown(_Data):
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
class SizeNotPositive(_Data):
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
class UnknownIndexSet(_Suggesting):
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
class TooFewRows(_Data):
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


# --- output and the run ------------------------------------------------------------------------


@diagnostic
class OutputExists(_Data):
    """The run folder that is named with `-o` exists, and a run never overwrites anything.

    Bad:

        pplc fit faithful.ppl -o runs/faithful-1       # twice

    Good:

        pplc fit faithful.ppl              # takes the next free name under runs/
    """

    code = "R880"
    title = "`{path}` exists and is not overwritten"
    help = "name another folder, or remove it first"

    path: str


@diagnostic
class OutputNotWritable(_Data):
    """No run folder can be made where it is wanted. This is found before the fit starts.

    Bad:

        pplc fit faithful.ppl -o /proc/run

    Good:

        pplc fit faithful.ppl -o ~/runs/first
    """

    code = "R881"
    title = "no run folder can be made at `{path}`: {reason}"
    help = "name a folder that you may write to with `-o FOLDER`"

    path: str
    reason: str


@diagnostic
class OutputFailed(_Data):
    """The results could not be written. What was written so far is removed again.

    Bad:

        pplc fit faithful.ppl              # on a full disk

    Good:

        pplc fit faithful.ppl -o /mnt/large/run
    """

    code = "R882"
    title = "the run folder `{path}` could not be written: {reason}"
    help = "make room or choose another folder with `-o FOLDER`, and run again"

    path: str
    reason: str


@diagnostic
class Interrupted(_Data):
    """The run was stopped from the keyboard (Ctrl-C).

    Before there is a guide, nothing is left behind. Afterwards the best guide so far is kept in the
    run folder, and its verdict and `fit.json` say that it was interrupted.

    Bad:

        pplc fit faithful.ppl              # and Ctrl-C before it ends

    Good:

        pplc fit faithful.ppl              # left to end by itself
    """

    code = "R890"
    title = "stopped before the end; {left}"
    help = "run it again; with the same seed it takes the same course"

    left: str


@diagnostic
class NoFiniteStart(_Data):
    """The log density of the model is not a finite number at any point tried as a start.

    Usually a value of the data is impossible given all that the priors allow, or an expression
    divides by zero or takes the logarithm of a negative number.

    Bad:

        rate = log(x - 10)                 # and x is below 10 in the data
        y ~ Poisson(rate)

    Good:

        rate = exp(a + b * x)
        y ~ Poisson(rate)
    """

    code = "R891"
    title = "the log density is not finite at any starting point, because of {terms}"
    help = "check these statements and their data for values that cannot occur together"

    terms: tuple[str, ...]


@diagnostic
class NothingToInfer(_Data):
    """The model has no latent and no `param`: there is no posterior, and nothing to optimise.

    pplc fits the posterior of quantities that have a distribution and no data, and the values of
    params.

    Bad:

        y[n in N] ~ Normal(0, 1)

    Good:

        mu ~ Normal(0, 10)
        y[n in N] ~ Normal(mu, 1)
    """

    code = "R892"
    title = "there is nothing to infer: no quantity of the model is unknown"
    help = "give what you want to know a distribution, such as `mu ~ Normal(0, 10)`"


@diagnostic
class RunNotUsable(_Data):
    """A fit cannot start from the run that `--init-from` names.

    `--init-from RUN` starts from the posterior means of the latents that a spec and an earlier run
    have in common, by their names. With `--freeze`, those named are held fixed there. For that the
    run must have them, in the same sizes.

    Bad:

        pplc fit second.ppl --init-from runs/first-1 --freeze scale     # first.ppl has no scale

    Good:

        pplc fit second.ppl --init-from runs/first-1 --freeze weights,loc
    """

    code = "R893"
    title = "a fit cannot start from {run}: {reason}"
    help = "name the run folder of a fit that has the same latents; see its spec.ppl"

    run: str
    reason: str
