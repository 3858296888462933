"""Rows of different lengths from files."""

import pytest
from data_files import array, facts, model, over, problem

from pplc.runtime.reading.load import load

RAGGED = ["I", {"name": "T", "ragged": "I"}]


def test_nested_lists_of_different_lengths(write):
    manifest = model(array("y", ["I", "T"]), over("s", ["I", "T"], "S"), sets=[*RAGGED, "S"])
    path = write("d.json", {"y": [[1, 2.5, 3], [4]], "s": [["b", "a", "b"], ["c"]]})
    data = load(manifest, [path])
    assert data["y"].tolist() == [[1, 2.5, 3], [4, 4, 4]]  # padded with the first of the row
    assert data["s"].tolist() == [[1, 0, 1], [2, 2, 2]]
    assert data["length of T"].tolist() == [3, 1]
    assert (data.sizes, data.labels["T"]) == ({"I": 2, "T": 3, "S": 3}, (0, 1, 2))


def test_vectors_in_rows_of_different_lengths(write):
    manifest = model(array("x", ["I", "T", "P"]), sets=[*RAGGED, "P"])
    data = load(manifest, [write("d.json", {"x": [[[1, 2]], [[3, 4], [5, 6]]]})])
    assert data["x"].tolist() == [[[1, 2], [1, 2]], [[3, 4], [5, 6]]]
    assert data.sizes == {"I": 2, "T": 2, "P": 2}


def test_a_long_table(write):
    manifest = model(array("y", ["I", "T"]), sets=RAGGED)
    data = load(manifest, [write("d.csv", "I,y\nzoe,1\nann,2\nzoe,3\nzoe,4\nann,5\n")])
    assert data["y"].tolist() == [[2, 5, 2], [1, 3, 4]]
    assert data.labels["I"] == ("ann", "zoe")
    assert data["length of T"].tolist() == [2, 3]
    found = problem(manifest, write("e.csv", "I,y\nzoe,1\nann,\n"))
    assert (found.code, found.where) == ("R831", "row 3")


def test_lengths_without_data_over_them(write):
    data = load(
        model(array("x", ["I"]), sets=RAGGED), [write("d.json", {"x": [1, 2], "T": [2, 4]})]
    )
    assert (data["length of T"].tolist(), data.sizes["T"]) == ([2, 4], 4)


@pytest.mark.parametrize(
    ("name", "content", "code", "where"),
    [
        ("d.json", {"y": [[1, 2], []]}, "R853", "[1]"),
        ("d.json", {"y": [1, 2]}, "R850", None),
        ("d.json", {"y": [[1, 2], [3, None]]}, "R831", "y[1, 1]"),
        ("d.json", {"y": [[1, 2], [3, [4]]]}, "R851", None),
        ("d.csv", "y\n1\n2\n", "R854", None),
    ],
)
def test_what_is_wrong_with_ragged_data(write, name, content, code, where):
    found = problem(model(array("y", ["I", "T"]), sets=RAGGED), write(name, content))
    assert found.code == code
    assert where is None or found.where == where


def test_lengths_that_disagree(write):
    manifest = model(array("x", ["I", "T"]), array("y", ["I", "T"]), sets=RAGGED)
    found = problem(manifest, write("d.json", {"x": [[1], [2, 3]], "y": [[1], [2]]}))
    assert facts(found) == {
        "code": "R865", "name": "T", "position": 1,
        "first": "`x` in d.json", "first_length": 2, "second": "`y` in d.json", "second_length": 1,
    }  # fmt: skip
