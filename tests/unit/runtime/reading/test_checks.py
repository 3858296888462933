"""Values that do not fit what is declared; every problem is provoked by a real file."""

import numpy as np
import pyarrow as pa
import pytest
from data_files import (
    BOOL,
    INT,
    NAT,
    PLAIN,
    POSITIVE,
    REAL,
    UNIT,
    array,
    facts,
    model,
    problem,
    problems,
)

from pplc.runtime.reading.load import load


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
