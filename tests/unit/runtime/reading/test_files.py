"""Files that cannot be read, and all that is wrong with several."""

import os

import numpy as np
import pyarrow as pa
import pytest
from data_files import PLAIN, POSITIVE, Y, array, facts, model, over, problem, problems

from pplc.runtime.problems import Problem
from pplc.runtime.reading.tables import default_data_path


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("d.csv", b"", "R806"),
        ("d.csv", b" \n\n", "R806"),
        ("d.xlsx", b"PK", "R807"),
        ("d", b"y\n1\n", "R807"),
        ("d.csv", b"PK\x03\x04\xff\xfe\x00", "R809"),
        ("d.csv", b"y\n\x00\n", "R809"),
        ("d.csv", "y\n1\n".encode("utf-16"), "R809"),
        ("d.csv", b"x,y\n1,2\n3\n", "R810"),
        ("d.csv", b"x,y\n1,2\n3,4,5\n", "R810"),
        ("d.csv", b"x;y\n1;2\n", "R811"),
        ("d.csv", b"x\ty\n1\t2\n", "R811"),
        ("d.csv", b"y\n", "R812"),
        ("d.csv", b"x,y", "R812"),
        ("d.csv", b"y,y\n1,2\n", "R813"),
        ("d.csv", b"x" * 2**20, "R808"),
        ("d.csv", b"x," * 2**17, "R812"),
        ("d.json", b"{", "R808"),
        ("d.json", b"[" * 100_000, "R808"),
        ("d.json", b'{"y": [1' + b"0" * 5000 + b"]}", "R808"),
        ("d.json", b'{"y": [1], "y": [2]}', "R813"),
        ("d.json", b"[1, 2]", "R815"),
        ("d.json", b"3", "R815"),
        ("d.json", b"\xff", "R809"),
        ("d.npz", b"junk", "R808"),
        ("d.parquet", b"PAR1junkPAR1", "R808"),
        ("d.json", {"x": [1]}, "R820"),
        ("d.json", {"y": None}, "R850"),
        ("d.parquet", {"y": pa.array([], pa.float64())}, "R812"),
    ],
)
def test_bad_files(write, name, content, code):
    assert code in {p.code for p in problems(PLAIN, write(name, content))}


def test_pickles_are_refused(write):
    found = problem(PLAIN, write("d.npz", {"y": np.array([{}], object)}))
    assert (found.code, found.format) == ("R808", "npz")
    array_alone = write("d.npz", b"")
    with array_alone.open("wb") as file:
        np.save(file, np.ones(3))
    assert problem(PLAIN, array_alone).code == "R808"


def test_places_in_files(write):
    assert problem(PLAIN, write("d.json", '{"y": [1,\n2,,]}')).place == "line 2, column 3"
    assert problem(PLAIN, write("d.csv", b"x,y\n1,2\n\xff,3\n")).line == 3
    found = problem(PLAIN, write("d.csv", "x,y\n1,2\n3\n"))
    assert (found.row, found.expected, found.found) == (3, 2, 1)


def test_files_that_cannot_be_opened(write, tmp_path, monkeypatch):
    path = write("faithful.csv", "y\n1\n")
    found = problem(PLAIN, type(path)("faithfull.csv"))
    assert facts(found) == {
        "code": "R803", "file": "faithfull.csv", "suggestion": "faithful.csv",
    }  # fmt: skip
    assert problem(PLAIN, type(path)("nowhere/d.csv")).suggestion == ""
    assert problem(PLAIN, tmp_path).code == "R805"
    os.mkfifo(tmp_path / "pipe.csv")
    assert problem(PLAIN, tmp_path / "pipe.csv").code == "R805"

    def refuse(self):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(type(path), "read_bytes", refuse)
    found = problem(PLAIN, path)
    assert (found.code, found.reason) == ("R804", "Permission denied")


def test_all_problems_of_all_files_at_once(write):
    files = [type(write("a.csv", ""))("a.csv"), write("b.csv", "x;y\n1;2"), write("c.txt", "")]
    assert [p.code for p in problems(PLAIN, *files)] == ["R806", "R811", "R807"]


def test_all_problems_of_the_contents_at_once(write):
    manifest = model(
        Y, array("x", ["N"], "positive", POSITIVE), array("w", ["N"]), over("s", ["N"], "S"),
        sets=["N", "S", "K", {"name": "L", "size": 3}],
    )  # fmt: skip
    path = write("d.csv", "y,x,s,W\n1,-1,a,1\nabc,inf,,2\n,1,b,3\n")
    found = problems(manifest, path, sizes={"k": 1})
    codes = ["R820", "R830", "R831", "R832", "R834", "R861", "R863"]
    assert sorted(p.code for p in found) == codes
    missing = found[0]
    assert (missing.suggestion, missing.columns) == ("W", ("y", "x", "s", "W"))


def test_one_name_in_two_files(write):
    found = problem(PLAIN, write("a.csv", "y\n1\n"), write("b.csv", "y\n2\n"))
    assert facts(found) == {"code": "R814", "name": "y", "first": "a.csv", "second": "b.csv"}


def test_the_file_beside_the_spec(write):
    path = write("b.csv", "y\n1\n")
    spec = path.with_name("b.ppl")
    assert default_data_path(spec) == path
    other = write("b.json", {"y": [1]})
    both = default_data_path(spec)
    assert isinstance(both, Problem)
    assert facts(both) == {"code": "R802", "found": ("b.csv", "b.json")}
    path.unlink()
    assert default_data_path(spec) == other
    other.unlink()
    none = default_data_path(spec)
    assert (none.code, none.tried) == ("R801", ("b.csv", "b.json", "b.npz", "b.parquet"))
