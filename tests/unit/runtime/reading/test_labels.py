"""Index sets and their labels from files."""

import torch
from data_files import array, facts, model, over, problem

from pplc.runtime.reading.load import load


def test_labels_are_the_sorted_distinct_values(write):
    manifest = model(over("s", ["N"], "S"), over("t", ["M"], "S"), sets=["N", "M", "S"])
    paths = [write("a.csv", "s\n30\n5\n30\n"), write("b.csv", "t\n7\n5\n")]
    data = load(manifest, paths)
    assert data.labels["S"] == (5, 7, 30)
    assert data["s"].tolist() == [2, 0, 2]
    assert data["t"].tolist() == [1, 0]
    assert data["s"].dtype == torch.int64


def test_a_text_makes_all_labels_texts(write):
    manifest = model(over("s", ["N"], "S"), over("t", ["M"], "S"), sets=["N", "M", "S"])
    data = load(manifest, [write("a.csv", "s\nb\n10\n2\n"), write("b.csv", "t\n2\n3\n")])
    assert data.labels["S"] == ("10", "2", "3", "b")
    assert data["t"].tolist() == [1, 2]


def test_labels_keep_leading_zeros(write):
    data = load(model(over("s", ["N"], "S"), sets=["N", "S"]), [write("a.csv", "s\n07\n7\n")])
    assert data.labels["S"] == ("07", "7")


def test_labels_from_1(write):
    path = write("d.csv", "w\n3\n1\n")
    free = model(over("w", ["N"], "V"), sets=["N", {"name": "V", "label_start": 1}])
    data = load(free, [path])
    assert (data.labels["V"], data["w"].tolist()) == ((1, 2, 3), [2, 0])
    assert load(free, [path], sizes={"V": 5}).labels["V"] == (1, 2, 3, 4, 5)
    path = write("d.csv", "w\n0\n6\n")
    found = problem(free, path, sizes={"V": 5})
    assert (found.code, found.cell, found.count) == ("R840", "0", 2)


def test_a_size_from_elsewhere_makes_labels_positions(write):
    manifest = model(over("s", ["N"], "S"), sets=["N", {"name": "S", "size": 4}])
    assert load(manifest, [write("d.csv", "s\n3\n1\n")])["s"].tolist() == [3, 1]
    found = problem(manifest, write("d.csv", "s\n3\n7\n"))
    assert facts(found) == {
        "code": "R840", "name": "s", "file": "d.csv", "where": "row 3", "count": 1,
        "index_set": "S", "first": 0, "last": 3, "cell": "7",
    }  # fmt: skip
    found = problem(manifest, write("d.csv", "s\n4\n1\n2\n3\n"))
    assert facts(found) == {
        "code": "R841", "name": "s", "file": "d.csv", "index_set": "S", "size": 4,
    }  # fmt: skip


def test_texts_cannot_be_positions_of_an_array(write):
    manifest = model(array("u", ["S"]), over("s", ["N"], "S"), sets=["N", "S"])
    found = problem(manifest, write("d.json", {"u": [1, 2], "s": ["a", "b", "a"]}))
    assert (found.code, found.source, found.where) == ("R842", "`u` in d.json", "s[0]")


def test_texts_replace_a_default_size_and_must_agree_with_an_option(write):
    manifest = model(over("s", ["N"], "S"), sets=["N", {"name": "S", "size": 2}])
    path = write("d.csv", "s\na\nb\nc\n")
    assert load(manifest, [path]).labels["S"] == ("a", "b", "c")
    found = problem(manifest, path, sizes={"S": 2})
    assert (found.code, found.first, found.second_size) == ("R860", "`--set S=2`", 3)
    assert found.second == "the distinct values of `s` in d.csv"


def test_missing_index_values(write):
    path = write("d.csv", "s,y\nb,1\n,2\na,3\n")
    manifest = model(over("s", ["N"], "S", missing=True), sets=["N", "S"])
    data = load(manifest, [path])
    assert (data["s"].tolist(), data.labels["S"]) == ([1, 0, 0], ("a", "b"))
    assert data.present["s"].tolist() == [True, False, True]
    assert problem(model(over("s", ["N"], "S"), sets=["N", "S"]), path).code == "R831"


def test_a_fraction_is_no_label(write):
    manifest = model(over("s", ["N"], "S"), sets=["N", "S"])
    found = problem(manifest, write("d.csv", "s\n1\n1.5\n"))
    assert (found.code, found.cell, found.type) == ("R833", "1.5", "S")
    assert problem(manifest, write("d.csv", "s\n1\n1e30\n")).code == "R837"
