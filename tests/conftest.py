"""What every test shares: golden files, and a guard against importing the packages twice."""

import sys

import pytest

pytest_plugins = ["golden"]


@pytest.fixture(autouse=True)
def one_copy_of_each_package():
    """`import grammar` works from the repository root and would make a second module object."""
    yield
    twice = {"grammar", "compiler", "runtime"} & set(sys.modules)
    assert not twice, f"import these as pplc.NAME: {sorted(twice)}"
