"""Data files."""

from pplc.grammar.catalogue.data.wording import DataDiagnostic, SuggestingDiagnostic
from pplc.grammar.diagnostics import diagnostic


@diagnostic
class NoDataFile(DataDiagnostic):
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
class SeveralDataFiles(DataDiagnostic):
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
class FileMissing(SuggestingDiagnostic):
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
class FileUnreadable(DataDiagnostic):
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
class NotAFile(DataDiagnostic):
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
class FileEmpty(DataDiagnostic):
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
class UnsupportedFormat(DataDiagnostic):
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
class Unparsable(DataDiagnostic):
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
class NotText(DataDiagnostic):
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
class RowLength(DataDiagnostic):
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
class OtherSeparator(DataDiagnostic):
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
class NoRows(DataDiagnostic):
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
class DuplicateColumn(DataDiagnostic):
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
class DuplicateData(DataDiagnostic):
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
class JsonNotObject(DataDiagnostic):
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
