"""`--emit guide` writes a block that asks for the guide of the spec, for every good spec."""

from pathlib import Path

import pytest
from printed_guide import check_printed_guide

from pplc.grammar.source import Source

ROOT = Path(__file__).parents[1]
SPECS = [p for top in ("specs", "tests/good") for p in sorted((ROOT / top).rglob("*.ppl"))]


@pytest.mark.parametrize("path", SPECS, ids=lambda p: str(p.relative_to(ROOT)))
def test_the_printed_guide_is_that_of_the_spec(path):
    check_printed_guide(Source(path.name, path.read_text()))


def test_globals_that_are_centred_are_not_asked_for_by_name():
    """A line would take them as they are: the elements of a small index set share a Gaussian."""
    text = "index J = 3\ntau ~ HalfNormal(1)\nu[j in J] ~ Normal(0, tau)\ndata y[J]: real\n"
    check_printed_guide(Source("t.ppl", text + "y[j in J] ~ Normal(u[j], 1)\n"))
