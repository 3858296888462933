"""Data files."""

from pplc.runtime.problems.problem import Named, Problem, problem


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
class DuplicateColumn(Named):
    """A file has two columns of one name."""

    code = "R813"
    file: str


@problem
class DuplicateData(Named):
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
