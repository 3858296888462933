"""specs/ and tests/good/: each spec passes, and its module and plan read as the golden files."""

from pathlib import Path

import pytest

from pplc.compiler.pipeline import compile_spec
from pplc.compiler.report import plan_text
from pplc.grammar.source import Source

ROOT = Path(__file__).parent.parent
GOLDEN = Path(__file__).parent / "good/golden"
SPECS = sorted([*ROOT.rglob("specs/**/*.ppl"), *ROOT.glob("tests/good/*.ppl")])


@pytest.mark.parametrize("spec", SPECS, ids=lambda p: p.stem)
def test_good_spec_compiles_to_its_golden_module(spec, golden):
    result = compile_spec(Source(spec.name, spec.read_text()))
    codes = {d.code for d in result.diagnostics if d.severity == "error"}
    if "E213" in codes:
        pytest.skip("uses a part of the language that is not compiled yet")
    assert not codes
    golden(GOLDEN / f"{spec.stem}.module", result.value.source)
    golden(GOLDEN / f"{spec.stem}.plan", plan_text(result.value.plan))


@pytest.mark.parametrize("spec", SPECS, ids=lambda p: p.stem)
def test_the_same_spec_gives_the_same_bytes(spec):
    source = Source(spec.name, spec.read_text())
    first, second = compile_spec(source), compile_spec(source)
    assert (first.value and first.value.source) == (second.value and second.value.source)
