"""What every test shares: golden files, and a guard against importing the packages twice."""

import os
import sys

import pytest

# The tests run in several processes: more threads in each would only wait for each other.
os.environ.setdefault("OMP_NUM_THREADS", "1")

pytest_plugins = ["golden"]


@pytest.fixture(autouse=True)
def one_copy_of_each_package():
    """`import grammar` works from the repository root and would make a second module object."""
    yield
    twice = {"grammar", "compiler", "runtime"} & set(sys.modules)
    assert not twice, f"import these as pplc.NAME: {sorted(twice)}"


@pytest.fixture
def every_call(monkeypatch):
    """Progress is told at every call, not now and then."""
    monkeypatch.setattr("pplc.runtime.progress._INTERVAL", 0.0)
