"""`--emit guide` writes a block that gives the guide that was derived, for every good spec."""

import re
from pathlib import Path

import pytest

from pplc.compiler.pipeline import compile_spec
from pplc.compiler.report import guide_text
from pplc.grammar.source import Source

ROOT = Path(__file__).parents[1]
SPECS = [
    path
    for folder in ("specs", "tests/good")
    for path in sorted((ROOT / folder).rglob("*.ppl"))
    if not re.search(r"^guide\b", path.read_text(), re.MULTILINE)
]


def blocks(plan):
    """The blocks of a guide in order, whoever named them; their names are places in it."""
    place = {block.name: i for i, block in enumerate(plan.guide.blocks)}
    found = [
        b.replaced(name="", named=False, span=None, statement=None).plain()
        for b in plan.guide.blocks
    ]
    for block in found:
        for outer in block["outer"]:
            outer["block"] = place[outer["block"]]
    return found


@pytest.mark.parametrize("path", SPECS, ids=lambda p: p.stem)
def test_written_guide_is_the_derived_one(path):
    derived = compile_spec(Source(path.name, path.read_text())).value
    written = compile_spec(Source(path.name, path.read_text() + "\n" + guide_text(derived.plan)))
    assert written.value is not None, written.diagnostics
    assert blocks(written.value.plan) == blocks(derived.plan)
