"""specs/ and tests/good/: each spec passes, and its module and plan read as the golden files."""

from pathlib import Path

import pytest

from pplc.compiler.pipeline import compile_spec
from pplc.compiler.report import plan_text
from pplc.grammar.source import Source

ROOT = Path(__file__).parent.parent
GOLDEN = Path(__file__).parent / "good/golden"
SPECS = sorted([*ROOT.glob("specs/**/*.ppl"), *ROOT.glob("tests/good/*.ppl")])


def name(spec):
    """Where its golden files are: `specs/gallery/grades`, and `kept` for tests/good/kept.ppl."""
    path = spec.relative_to(ROOT).with_suffix("")
    return str(path.relative_to("tests/good") if path.parts[0] == "tests" else path)


@pytest.mark.parametrize("spec", SPECS, ids=name)
def test_good_spec_compiles_to_its_golden_module(spec, golden):
    result = compile_spec(Source(spec.name, spec.read_text()))
    assert not [d.code for d in result.diagnostics if d.severity == "error"]
    golden(GOLDEN / f"{name(spec)}.module", result.value.source)
    golden(GOLDEN / f"{name(spec)}.plan", plan_text(result.value.plan))


def test_every_golden_file_has_its_spec():
    kept = {str(p.relative_to(GOLDEN).with_suffix("")) for p in GOLDEN.glob("**/*.*")}
    assert kept <= set(map(name, SPECS))


@pytest.mark.parametrize("spec", SPECS, ids=name)
def test_the_same_spec_gives_the_same_bytes(spec):
    source = Source(spec.name, spec.read_text())
    first, second = compile_spec(source), compile_spec(source)
    assert (first.value and first.value.source) == (second.value and second.value.source)
