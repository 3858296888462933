"""Files to checked tensors; every problem is provoked by a real file."""

import hashlib
import json
import os

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import torch

from pplc.runtime.data import Data
from pplc.runtime.manifest import Manifest
from pplc.runtime.problems import DataError, Problem
from pplc.runtime.reading.load import load
from pplc.runtime.reading.tables import default_data_path

REAL = {}
POSITIVE = {"lower": 0.0, "lower_open": True}
NAT = {"lower": 0.0, "integer": True}
INT = {"integer": True}
BOOL = {"lower": 0.0, "upper": 1.0, "integer": True}
UNIT = {"lower": 0.0, "upper": 1.0}


def array(name, dims, type="real", bounds=REAL, **more):
    return {"name": name, "dims": dims, "type": type, "bounds": bounds, "place": (0, 1), **more}


def over(name, dims, index_set, **more):
    return array(name, dims, index_set, INT, index_set=index_set, **more)


def model(*data, sets=("N",), observed=()):
    """A manifest of these arrays; `sets` are names, or entries with a size or label start."""
    entries = [{"name": s} if isinstance(s, str) else s for s in sets]
    site = {"role": "observed", "law": "Normal", "support": "real", "place": (0, 1)}
    return Manifest.model_validate(
        {
            "format": 1,
            "pplc": "0.1.0",
            "spec": {"name": "test.ppl", "sha256": "0" * 64},
            "index_sets": [{"place": (0, 1), **entry} for entry in entries],
            "data": list(data),
            "sites": [{"name": d["name"], "dims": d["dims"], **site} for d in observed],
            "terms": {},
            "guide": [],
        }
    )


Y = array("y", ["N"])
PLAIN = model(Y)


@pytest.fixture
def write(tmp_path, monkeypatch):
    """Write a data file; its format is that of its ending. The current folder is its folder."""
    monkeypatch.chdir(tmp_path)

    def write_file(name, content):
        path = type(tmp_path)(name)
        if isinstance(content, bytes):
            path.write_bytes(content)
        elif isinstance(content, str):
            path.write_text(content, encoding="utf-8")
        elif path.suffix == ".json":
            path.write_text(json.dumps(content))
        elif path.suffix == ".npz":
            np.savez(path, **content)
        else:
            pq.write_table(pa.table(content), path)
        return path

    return write_file


def problems(manifest, *paths, **options):
    with pytest.raises(DataError) as caught:
        load(manifest, paths, **options)
    return list(caught.value.problems)


def problem(manifest, *paths, **options):
    (only,) = problems(manifest, *paths, **options)
    assert str(only).startswith(only.code)
    return only


def facts(found):
    return {"code": found.code, **found.values()}


# --- what is read ------------------------------------------------------------------------------


def test_a_csv_column_becomes_float64(write):
    path = write("d.csv", "x,y\na,1\nb,2.5\n")
    data = load(PLAIN, [path])
    assert isinstance(data, Data)
    assert data["y"].dtype == torch.float64
    assert data["y"].tolist() == [1.0, 2.5]
    assert data.sizes == {"N": 2}
    assert data.labels == {"N": (0, 1)}
    assert data.options == {"dtype": torch.float64, "device": "cpu"}
    assert data.sha256 == {"d.csv": hashlib.sha256(path.read_bytes()).hexdigest()}


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("start", ["", "\ufeff", "\n\n"])
@pytest.mark.parametrize("end", ["", "\n", "\n\n"])
def test_line_ends_and_byte_order_marks(write, newline, start, end):
    text = (start + 'x,"y"\n"a,\nb", 1 \nc,"2"' + end).replace("\n", newline)
    assert load(PLAIN, [write("d.csv", text.encode())])["y"].tolist() == [1.0, 2.0]


@pytest.mark.parametrize(
    ("cell", "value"),
    [("1e3", 1000.0), ("+5", 5.0), ("-.5", -0.5), ("3.", 3.0), ("007", 7.0), (" 7 ", 7.0)],
)
def test_numbers_in_text(write, cell, value):
    assert load(PLAIN, [write("d.csv", f"x,y\n,{cell}\n")])["y"].tolist() == [value]


@pytest.mark.parametrize("cell", ["1_000", "0x10", "1d5", "1,5", "١", "12 min", "true", "1 2"])
def test_what_is_no_number(write, cell):
    found = problem(PLAIN, write("d.csv", f'x,y\n,1\n,"{cell}"\n'))
    assert facts(found) == {
        "code": "R830", "name": "y", "file": "d.csv", "where": "row 3", "count": 1, "cell": cell,
    }  # fmt: skip


def test_matrices_scalars_and_whole_numbers(write):
    x, s = array("x", ["N", "P"]), array("s", [], "positive", POSITIVE)
    k = array("k", [], "nat", NAT)
    content = {"x": [[1, 2, 3], [4, 5, 6]], "s": 2, "k": 9007199254740993, "other": {"a": []}}
    manifest = model(x, s, k, sets=["N", "P"])
    data = load(manifest, [write("d.json", content)])
    assert data.sizes == {"N": 2, "P": 3}
    assert data["x"].tolist() == [[1, 2, 3], [4, 5, 6]]
    assert data["s"].shape == ()
    assert (data["k"].dtype, data["k"].item()) == (torch.int64, 9007199254740993)
    arrays = {"x": np.array(content["x"], "f4"), "s": np.array(2), "k": np.uint64(content["k"])}
    again = load(manifest, [write("d.npz", arrays)])
    assert all(torch.equal(again[name], data[name]) for name in "xsk")


def test_parquet(write):
    columns = {
        "y": pa.array([1, None, 3], pa.int32()),
        "f": pa.array([True, False, True]),
        "g": pa.array(["b", "a", "b"]).dictionary_encode(),
        "x": pa.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]),
        "day": pa.array([0, 1, 2], pa.date32()),
    }
    manifest = model(
        array("y", ["N"], missing=True), array("f", ["N"], "bool", BOOL), over("g", ["N"], "G"),
        array("x", ["N", "P"]), sets=["N", "G", "P"],
    )  # fmt: skip
    data = load(manifest, [write("d.parquet", columns)])
    assert data["y"].nan_to_num(-1).tolist() == [1, -1, 3]
    assert data.present["y"].tolist() == [True, False, True]
    assert data["f"].tolist() == [1.0, 0.0, 1.0]
    assert data["g"].tolist() == [1, 0, 1]
    assert data.labels["G"] == ("a", "b")
    assert data["x"].shape == (3, 2)


@pytest.mark.parametrize("cells", ["true,false,true", "TRUE,False,1", "1,0,1", "1.0,0.0,1.0"])
def test_bools_count_as_0_and_1(write, cells):
    manifest = model(array("b", ["N"], "bool", BOOL))
    data = load(manifest, [write("d.csv", "b\n" + cells.replace(",", "\n"))])
    assert data["b"].dtype == torch.float64
    assert data["b"].tolist() == [1.0, 0.0, 1.0]
    data = load(manifest, [write("d.json", {"b": [True, False, True]})])
    assert data["b"].tolist() == [1.0, 0.0, 1.0]


@pytest.mark.parametrize("token", ["", "NA", "null", "NaN", "nan", '"NA"', " "])
def test_missing_cells(write, token):
    path = write("d.csv", f"x,y\n,1.5\n,{token}\n,2\n")
    data = load(model(array("y", ["N"], missing=True)), [path])
    assert data["y"].isnan().tolist() == [False, True, False]
    assert data.present["y"].tolist() == [True, False, True]
    assert facts(problem(PLAIN, path)) == {
        "code": "R831", "name": "y", "file": "d.csv", "where": "row 3", "count": 1, "type": "real",
    }  # fmt: skip


def test_a_missing_cell_before_the_first_with_a_distribution(write):
    path = write("d.json", {"y": [[None, None, 1.0, 2.0], [0.0, 1.0, None, None]]})
    assert (
        load(model(array("y", ["I", "T"], missing=True), sets=["I", "T"]), [path]).sizes["T"] == 4
    )
    late = model(array("y", ["I", "T"], missing=True, firsts=[0, 1]), sets=["I", "T"])
    assert facts(problem(late, path)) == {
        "code": "R838", "name": "y", "file": "d.json", "where": "y[0, 0]", "count": 1,
    }  # fmt: skip


def test_blank_line_of_a_single_column_is_a_missing_cell(write):
    assert problem(PLAIN, write("d.csv", "y\n1\n\n2\n")).where == "row 3"


def test_rows_count_the_blank_lines_that_a_spreadsheet_shows(write):
    found = problem(PLAIN, write("d.csv", "\nx,y\na,1\n\n\nb,no\nc,no\n"))
    assert (found.where, found.count) == ("row 6", 2)


def test_undeclared_columns_may_hold_anything(write):
    path = write("d.csv", "day,day,y,N\n2024-01-01,x,1,\n,NA,2,q\n")
    assert load(PLAIN, [path]).sizes == {"N": 2}


def test_data_moves_between_types(write):
    path = write("d.csv", "y,i\n1,1\n2,2\n")
    manifest = model(array("y", ["N"], missing=True), array("i", ["N"], "int", INT))
    data = load(manifest, [path], dtype=torch.float32)
    assert (data["y"].dtype, data["i"].dtype) == (torch.float32, torch.int64)
    assert data.options["dtype"] == torch.float32
    back = data.to(torch.float64).with_arrays({"z": torch.ones(2)})
    assert (back["y"].dtype, back["z"].shape) == (torch.float64, (2,))
    assert back.sizes == data.sizes


# --- index sets --------------------------------------------------------------------------------


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


# --- sizes -------------------------------------------------------------------------------------


def test_where_sizes_come_from(write):
    path = write("d.json", {"y": [1, 2, 3], "M": 7})
    manifest = model(Y, sets=["N", "M", "L", {"name": "K", "size": 2}])
    assert load(manifest, [path], {"L": 4}).sizes == {"N": 3, "M": 7, "L": 4, "K": 2}
    data = load(manifest, [path], {"L": 4, "K": 5, "N": 3})
    assert data.sizes == {"N": 3, "M": 7, "L": 4, "K": 5}


def test_sizes_that_disagree_name_both_sources(write):
    manifest = model(Y, array("x", ["N"]))
    found = problem(manifest, write("a.csv", "x\n1\n2\n"), write("b.csv", "y\n1\n2\n3\n"))
    assert facts(found) == {
        "code": "R860", "name": "N", "first": "`y` in b.csv", "first_size": 3,
        "second": "`x` in a.csv", "second_size": 2,
    }  # fmt: skip
    found = problem(PLAIN, write("d.json", {"y": [1, 2], "N": 5}), sizes={"N": 2})
    assert (found.first, found.second) == ("`y` in d.json", "`N` in d.json")
    assert found.subject == "N"


def test_size_unknown_or_impossible(write):
    path = write("d.csv", "y\n1\n")
    manifest = model(Y, sets=["N", "K"])
    assert facts(problem(manifest, path)) == {"code": "R861", "name": "K"}
    assert problem(manifest, path, sizes={"K": 0}).code == "R862"
    for bad in (0, 2.5, -1, None, "three"):
        found = problem(manifest, write("d.json", {"y": [1], "K": bad}))
        assert (found.code, found.source) == ("R862", "`K` in d.json")
    assert problem(PLAIN, write("d.json", {"y": []})).code == "R862"


def test_set_of_an_unknown_index_set(write):
    found = problem(PLAIN, write("d.csv", "y\n1\n"), sizes={"n": 1})
    assert facts(found) == {"code": "R863", "name": "n", "known": ("N",), "suggestion": "N"}
    assert found.subject is None


def test_rows(write):
    y, s = array("y", ["N"]), over("s", ["N"], "S")
    manifest = model(y, s, sets=["N", "S"], observed=[y])
    path = write("d.json", {"y": [1, 2, 3], "s": ["c", "b", "a"], "N": 3})
    data = load(manifest, [path], rows=2)
    assert data.sizes == {"N": 2, "S": 2}
    assert (data["y"].tolist(), data.labels["S"]) == ([1, 2], ("b", "c"))
    found = problem(manifest, path, rows=9)
    assert facts(found) == {"code": "R864", "name": "N", "asked": 9, "found": 3}


# --- values ------------------------------------------------------------------------------------


def cells(write, type, bounds, values, **more):
    return problem(model(array("y", ["N"], type, bounds, **more)), write("d.json", {"y": values}))


def test_values_outside_the_declared_type(write):
    found = cells(write, "positive", POSITIVE, [1, 0, -2])
    assert facts(found) == {
        "code": "R834", "name": "y", "file": "d.json", "where": "y[1]", "count": 2,
        "type": "positive", "allowed": "y > 0", "cell": "0",
    }  # fmt: skip
    assert cells(write, "unit", UNIT, [0, 1, 1.25]).allowed == "0 <= y <= 1"
    assert cells(write, "bool", BOOL, [0, 1, 2]).allowed == "0 <= y <= 1"
    assert cells(write, "nat", NAT, [3, -1]).allowed == "y >= 0"


def test_values_that_are_not_whole(write):
    found = cells(write, "nat", NAT, [1, 2.5])
    assert (found.code, found.cell, found.where) == ("R833", "2.5", "y[1]")
    assert cells(write, "bool", BOOL, [0.5]).code == "R833"
    assert cells(write, "int", INT, [10**30]).code == "R837"


def test_infinite_values(write):
    assert cells(write, "real", REAL, [1, float("inf")]).code == "R832"
    assert cells(write, "real", REAL, [10**400]).code == "R832"
    assert problem(PLAIN, write("d.csv", "y\n1\n-inf\n")).cell == "-inf"


def test_values_that_the_distribution_cannot_give(write):
    found = cells(write, "real", REAL, [1, -1], law="Gamma", law_bounds=POSITIVE)
    assert (found.code, found.law, found.allowed) == ("R835", "Gamma", "y > 0")
    found = cells(write, "real", REAL, [1, 1.5], law="Poisson", law_bounds=NAT)
    assert (found.code, found.cell, found.allowed) == ("R835", "1.5", "y >= 0, whole")
    found = cells(write, "positive", POSITIVE, [1, -1], law="Gamma", law_bounds=POSITIVE)
    assert found.code == "R834"


def test_numbers_and_other_kinds(write):
    assert problem(PLAIN, write("d.npz", {"y": np.array([1j])})).code == "R836"
    assert problem(PLAIN, write("d.parquet", {"y": pa.array([1], pa.date32())})).code == "R836"
    assert problem(PLAIN, write("d.json", {"y": [{"a": 1}]})).code == "R836"
    assert problem(PLAIN, write("d.json", {"y": {"a": 1}})).code == "R836"
    found = problem(PLAIN, write("d.npz", {"y": np.array(["1", "b"])}))
    assert (found.code, found.where) == ("R830", "y[0]")


EYE = [[1, 0], [0, 1]]


@pytest.mark.parametrize(
    ("structure", "good", "bad"),
    [
        ("simplex", [0.25, 0.75], [0.25, 0.7]),
        ("ordered", [1, 2], [2, 2]),
        ("cov", [[2, 1], [1, 2]], [[2, 1], [0, 2]]),
        ("cov", EYE, [[1, 2], [2, 1]]),
        ("corr", [[1, 0.5], [0.5, 1]], [[2, 0.5], [0.5, 2]]),
        ("cholesky_corr", [[1, 0], [0.6, 0.8]], [[1, 0.1], [0.6, 0.8]]),
        ("cholesky_corr", EYE, [[1, 0], [0.6, 0.6]]),
        ("cholesky_corr", EYE, [[-1, 0], [0, 1]]),
    ],
)
def test_structures(write, structure, good, bad):
    dims = ["N", *["K"] * np.ndim(good)]
    manifest = model(array("y", dims, structure, structure=structure), sets=["N", "K"])
    assert load(manifest, [write("d.json", {"y": [good, good]})])["y"].shape == np.shape([good] * 2)
    found = problem(manifest, write("d.json", {"y": [good, bad]}))
    assert (found.code, found.where, found.type, found.count) == ("R852", "y[1]", structure, 1)


def test_shapes(write):
    found = problem(PLAIN, write("d.json", {"y": [[1], [2]]}))
    assert facts(found) == {
        "code": "R850", "name": "y", "file": "d.json", "expected": 1, "found": 2,
    }  # fmt: skip
    x = model(array("x", ["N", "P"]), sets=["N", "P"])
    assert "R850" in {p.code for p in problems(x, write("d.csv", "x\n1\n2\n"))}
    found = problem(x, write("d.json", {"x": [[1, 2], [3]]}))
    assert (found.code, found.where, found.expected, found.found) == (
        "R851", "x[1]", "list of 2", "list of 1",
    )  # fmt: skip
    found = problem(x, write("d.json", {"x": [[1, 2], [3, [4]]]}))
    assert (found.where, found.expected, found.found) == ("x[1, 1]", "number", "list of 1")
    assert problem(x, write("d.json", {"x": [[1], 2]})).found == "number"


# --- files -------------------------------------------------------------------------------------


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


# --- ragged index sets -------------------------------------------------------------------------

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
