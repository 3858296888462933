"""tests/bad/<code>/*.ppl: each spec gives its code, and its diagnostics read as the golden .err."""

from pathlib import Path

import pytest

from pplc.grammar.render import render_all
from pplc.grammar.source import Source

BAD = Path(__file__).parent / "bad"
SPECS = sorted(BAD.glob("*/*.ppl"))


@pytest.mark.parametrize("spec", SPECS, ids=lambda p: f"{p.parent.name}/{p.stem}")
def test_bad_spec_gives_its_golden_diagnostics(spec, golden):
    source = Source(spec.name, spec.read_bytes().decode())
    result = _check(source)
    assert spec.parent.name in {d.code for d in result.diagnostics}
    golden(spec.with_suffix(".err"), render_all(result.diagnostics, source))


def _check(source):
    try:
        from pplc.compiler.pipeline import check
    except ImportError:  # the pipeline is not there yet
        from pplc.grammar.parse import parse as check
    return check(source)
