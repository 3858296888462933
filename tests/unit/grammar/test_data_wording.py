"""The words of every problem of data, a run or its output."""

from pathlib import Path

from pplc.grammar import catalogue
from pplc.grammar.render import render
from pplc.grammar.source import Source, Span
from pplc.runtime import problems as p

SPEC = Source("m.ppl", "index S\nindex N\ndata y[N]: real\n")
AT = {"name": "y", "file": "m.csv", "where": "row 18"}

EXAMPLES = [
    p.NoDataFile(tried=("m.csv", "m.json", "m.npz", "m.parquet")),
    p.NoDataFile(tried=()),
    p.SeveralDataFiles(found=("m.csv", "m.json")),
    p.FileMissing(file="n.csv", suggestion="m.csv"),
    p.FileMissing(file="n.csv"),
    p.FileUnreadable(file="m.csv", reason="Permission denied"),
    p.NotAFile(file="data"),
    p.FileEmpty(file="m.csv"),
    p.UnsupportedFormat(file="m.xlsx", ending=".xlsx"),
    p.Unparsable(file="m.json", format="JSON", place="line 2, column 3", reason="Expecting value"),
    p.Unparsable(file="m.npz", format="npz", place="", reason="not a zip file"),
    p.NotText(file="m.csv", line=3),
    p.RowLength(file="m.csv", row=3, expected=2, found=1),
    p.OtherSeparator(file="m.csv", separator="\t"),
    p.NoRows(file="m.csv"),
    p.DuplicateColumn(name="y", file="m.csv"),
    p.DuplicateData(name="y", first="m.csv", second="n.csv"),
    p.JsonNotObject(file="m.json", found="list"),
    p.MissingData(name="y", files=("m.csv",), columns=("Y", "x"), suggestion="Y"),
    p.MissingData(name="y", files=("m.csv",), columns=tuple(f"x{i}" for i in range(30))),
    p.MissingData(name="y", files=(), columns=()),
    p.TextCell(**AT, count=1, cell="12 min"),
    p.TextCell(**AT, count=3, cell="12 min"),
    p.MissingCell(**AT, count=2, type="real"),
    p.MissingBefore(**AT, count=1),
    p.InfiniteCell(**AT, count=1, cell="-inf"),
    p.NotWhole(**AT, count=1, type="nat", cell="2.5"),
    p.OutOfBounds(**AT, count=1, type="unit", allowed="0 <= y <= 1", cell="1.5"),
    p.Impossible(**AT, count=1, law="Gamma", allowed="y > 0", cell="-1"),
    p.UnusableCells(name="y", file="m.parquet", kind="date32[day]"),
    p.TooLarge(**AT, count=1, cell="1e+30"),
    p.LabelOutOfRange(**AT, count=1, index_set="S", first=0, last=2, cell="7"),
    p.LabelsFromOne(name="y", file="m.csv", index_set="S", size=3),
    p.TextLabels(**AT, count=1, index_set="S", source="`age` in m.json", cell="anna"),
    p.WrongDimensions(name="y", file="m.json", expected=1, found=2),
    p.Ragged(name="y", file="m.json", where="y[1]", expected="list of 2", found="list of 1"),
    p.BrokenStructure(**AT, count=1, type="simplex", required="sum = 1", found="0.9"),
    p.EmptyRow(name="y", file="m.json", where="[3]"),
    p.NoOuterColumn(name="y", file="m.csv", index_set="S", outer="N"),
    p.LengthsDisagree(
        name="S",
        position=1,
        first="`x` in m.json",
        first_length=3,
        second="`y` in m.json",
        second_length=2,
    ),
    p.SizesDisagree(
        name="N", first="`y` in m.csv", first_size=272, second="`--set N=100`", second_size=100
    ),
    p.SizeUnknown(name="S"),
    p.SizeNotPositive(name="N", source="`--set N=0`", size="0"),
    p.UnknownIndexSet(name="n", known=("N", "S"), suggestion="N"),
    p.UnknownIndexSet(name="rows", known=("N", "S")),
    p.TooFewRows(name="N", asked=1000, found=272),
    p.OutputExists(path="runs/m-1"),
    p.OutputNotWritable(path="runs/m-1", reason="Permission denied"),
    p.OutputFailed(path="runs/m-1", reason="No space left on device"),
    p.Interrupted(left="nothing was written"),
    p.NoFiniteStart(terms=("y", "mu")),
    p.NothingToInfer(),
    p.RunNotUsable(run="runs/m-1", reason="it has no draws of `loc`"),
    p.DeviceNotUsable(device="cuda", reason="Torch not compiled with CUDA enabled"),
    p.OptionNotUsed(option="--steps"),
]


def words(problem):
    kind = catalogue.find(problem.code)
    start = SPEC.text.find(problem.subject) if problem.subject else -1
    span = None if start < 0 else Span(start, start + 1)
    return render(kind(span=span, **problem.values()), SPEC)


def test_every_code_has_words(golden):
    assert {e.code for e in EXAMPLES} == set(catalogue.family("R8"))
    golden(Path(__file__).parent / "golden" / "data_wording.txt", "\n".join(map(words, EXAMPLES)))


def test_a_problem_alone_says_its_facts():
    problem = p.FileMissing(file="n.csv")
    assert str(problem) == "R803 file missing: file='n.csv', suggestion=''"
    stopped = p.Interrupted(left="nothing was written")
    assert str(stopped) == "R890 interrupted: left='nothing was written'"
    found = p.DataError([problem, stopped])
    assert found.problems == (problem, stopped)
    assert str(found) == f"{problem}\n{stopped}"


def test_the_subject_is_the_declaration():
    assert p.SizeUnknown(name="S").subject == "S"
    assert p.UnknownIndexSet(name="n", known=()).subject is None
    assert p.NoRows(file="m.csv").subject is None
