"""Random tables survive a CSV file; no file makes the loader raise anything but DataError."""

import contextlib
import csv
import io
import json
import math
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pplc.runtime.manifest import Manifest
from pplc.runtime.problems import DataError
from pplc.runtime.reading.load import load

MANIFEST = Manifest.model_validate(
    {
        "format": 1,
        "pplc": "0.1.0",
        "spec": {"name": "t.ppl", "sha256": "0" * 64},
        "index_sets": [{"name": "N", "place": (0, 1)}, {"name": "S", "place": (0, 1)}],
        "data": [
            {"name": "y", "dims": ["N"], "type": "real", "bounds": {}, "missing": True,
             "place": (0, 1)},
            {"name": "i", "dims": ["N"], "type": "int", "bounds": {"integer": True},
             "place": (0, 1)},
            {"name": "s", "dims": ["N"], "type": "S", "bounds": {"integer": True},
             "index_set": "S", "place": (0, 1)},
        ],
        "sites": [],
        "terms": {},
        "guide": [],
    }
)  # fmt: skip

QUICK = settings(
    max_examples=100, deadline=None, derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)  # fmt: skip

LABELS = st.text(st.characters(categories=["L", "P", "S"]), min_size=1, max_size=5)
ROWS = st.lists(
    st.tuples(
        st.one_of(st.none(), st.floats(allow_nan=False, allow_infinity=False)),
        st.integers(-(2**63), 2**63 - 1),
        LABELS.map(lambda s: s + "!"),  # no number, and no mark of a missing cell
        st.text(
            st.characters(codec="utf-8", exclude_characters="\0\r")
        ),  # the writer leaves \r bare
    ),
    min_size=1,
    max_size=20,
)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


@QUICK
@given(rows=ROWS, newline=st.sampled_from(["\n", "\r\n"]))
def test_a_table_survives_a_csv_file(folder, rows, newline):
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator=newline)
    writer.writerow(["y", "i", "s", "other"])
    writer.writerows([["" if y is None else repr(y), i, s, other] for y, i, s, other in rows])
    Path("d.csv").write_text(text.getvalue(), newline="")
    assert_holds(load(MANIFEST, [Path("d.csv")]), rows)


@QUICK
@given(rows=ROWS)
def test_a_table_survives_a_json_file(folder, rows):
    y, i, s, _ = zip(*rows, strict=True)
    Path("d.json").write_text(json.dumps({"y": y, "i": i, "s": s}))
    assert_holds(load(MANIFEST, [Path("d.json")]), rows)


def assert_holds(data, rows):
    expected = np.array([math.nan if y is None else y for y, *_ in rows])
    np.testing.assert_array_equal(data["y"].numpy(), expected)
    assert data.present["y"].tolist() == [y is not None for y, *_ in rows]
    assert data["i"].tolist() == [i for _, i, *_ in rows]
    assert data["i"].dtype == torch.int64
    assert [data.labels["S"][p] for p in data["s"].tolist()] == [s for _, _, s, _ in rows]
    assert list(data.labels["S"]) == sorted({s for _, _, s, _ in rows})


ENDING = st.sampled_from([".csv", ".json", ".npz", ".parquet"])
JUNK = st.one_of(
    st.binary(max_size=200),
    st.text(st.sampled_from('yis,;"\n\r0123456789.-eNaN[]{}: \ttruefalsenull'), max_size=200).map(
        str.encode
    ),
    st.lists(st.text(st.sampled_from("0123456789.-eNA"), max_size=4), max_size=12).map(
        lambda cells: ("y,i,s\n" + ",".join(cells[:3]) + "\n" + ",".join(cells[3:6])).encode()
    ),
)


@QUICK
@given(ending=ENDING, content=JUNK)
def test_junk_is_a_problem_or_data(folder, ending, content):
    path = Path(f"junk{ending}")
    path.write_bytes(content)
    with contextlib.suppress(DataError):
        load(MANIFEST, [path])


def nested(children):
    return st.one_of(
        st.lists(children, max_size=4), st.dictionaries(st.text(max_size=3), children, max_size=3)
    )


LEAVES = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=4), st.just(10**400)
)
JSON = st.recursive(LEAVES, nested, max_leaves=12)


@QUICK
@given(y=JSON, i=JSON, s=JSON)
def test_any_json_is_a_problem_or_data(folder, y, i, s):
    Path("d.json").write_text(json.dumps({"y": y, "i": i, "s": s}))
    with contextlib.suppress(DataError):
        load(MANIFEST, [Path("d.json")])


@QUICK
@given(data=st.data(), ending=ENDING)
def test_a_damaged_file_is_a_problem_or_data(folder, data, ending):
    path = Path(f"d{ending}")
    if not path.exists():
        write_good(path)
    content = bytearray(Path(path).read_bytes())
    damaged = Path(f"damaged{ending}")
    for _ in range(data.draw(st.integers(1, 3))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    damaged.write_bytes(content[: data.draw(st.integers(1, len(content)))])
    with contextlib.suppress(DataError):
        load(MANIFEST, [damaged])


def write_good(path):
    import pyarrow as pa
    import pyarrow.parquet as pq

    columns = {"y": [1.5, 2.5], "i": [1, 2], "s": ["a", "b"]}
    if path.suffix == ".csv":
        path.write_text("y,i,s\n1.5,1,a\n2.5,2,b\n")
    elif path.suffix == ".json":
        path.write_text(json.dumps(columns))
    elif path.suffix == ".npz":
        np.savez(path, **columns)
    else:
        pq.write_table(pa.table(columns), path)
