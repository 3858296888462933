"""docs: the examples are specs without mistakes, and the generated parts are up to date."""

import re
from pathlib import Path

import pytest

from pplc.compiler import reference
from pplc.compiler.functions import all_functions
from pplc.compiler.pipeline import check
from pplc.grammar.parse import parse
from pplc.grammar.source import Source

DOCS = Path(__file__).parents[1] / "docs"
EXAMPLES = [
    (path.name, number, text)
    for path in sorted(DOCS.glob("*.md"))
    for number, text in enumerate(
        re.findall(r"^```ppl\n(.*?)^```$", path.read_text(), re.MULTILINE | re.DOTALL)
    )
]


@pytest.mark.parametrize(
    "text", [e[2] for e in EXAMPLES], ids=[f"{name}-{n}" for name, n, _ in EXAMPLES]
)
def test_example_has_no_mistakes(text):
    source = Source("example.ppl", text)
    assert not parse(source).diagnostics
    mistakes = [d for d in check(source).diagnostics if d.severity == "error"]
    assert not mistakes, [d.message for d in mistakes]


def test_there_are_examples():
    assert len(EXAMPLES) >= 15


@pytest.mark.parametrize("name", reference.PARTS)
def test_generated_parts_are_up_to_date(name):
    text = (DOCS / name).read_text()
    for mark in reference.PARTS[name]:
        assert f"<!-- {mark} -->" in text
    assert text == reference.renewed(name, text), "run `python -m pplc.compiler.reference docs`"


def test_every_function_is_described():
    missing = [f for f in all_functions() if f not in reference._DESCRIPTIONS]
    assert not missing
