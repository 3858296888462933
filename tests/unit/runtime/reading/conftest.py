"""Data files as tests write them."""

import json

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest


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
