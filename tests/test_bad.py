"""tests/bad/<code>/*.ppl: each spec gives its code, and its diagnostics read as the golden .err."""

from pathlib import Path

import pytest

from pplc.compiler.pipeline import check
from pplc.grammar.parse import read_source
from pplc.grammar.render import render_all
from pplc.grammar.source import Source

BAD = Path(__file__).parent / "bad"
SPECS = sorted(BAD.glob("*/*.ppl"))


@pytest.mark.parametrize("spec", SPECS, ids=lambda p: f"{p.parent.name}/{p.stem}")
def test_bad_spec_gives_its_golden_diagnostics(spec, golden):
    read = read_source(spec.name, spec.read_bytes())
    source = read.value or Source(spec.name, "")
    pedantic = spec.parent.name.startswith("W")
    diagnostics = read.then(lambda text: check(text, pedantic=pedantic)).diagnostics
    assert spec.parent.name in {d.code for d in diagnostics}
    golden(spec.with_suffix(".err"), render_all(diagnostics, source))


def test_every_golden_file_has_its_spec():
    assert {p.with_suffix(".ppl") for p in BAD.glob("*/*.err")} <= set(SPECS)
