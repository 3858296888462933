"""What files hold, as checked tensors."""

import hashlib

import numpy as np
import pyarrow as pa
import pytest
import torch
from data_files import BOOL, INT, NAT, PLAIN, POSITIVE, array, facts, model, over, problem

from pplc.runtime.data import Data
from pplc.runtime.reading.load import load


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
