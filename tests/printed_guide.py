"""Guides as they are printed, against the guides that they are of."""

from typing import Any

from pplc.compiler.pipeline import compile_spec
from pplc.compiler.report import guide_text
from pplc.grammar import nodes
from pplc.grammar.parse import parse
from pplc.grammar.source import Source

#: What tells who asked for a part of the guide, and where.
_WHERE = {"span", "named", "place"}


def check_printed_guide(source: Source) -> None:
    """The printed guide in the place of what the spec says of it gives the same plan."""
    plan = _plan(source)
    pasted = _plan(Source(source.name, f"{_without_guide(source)}\n{guide_text(plan)}"))
    assert _plain(pasted) == _plain(plan)
    assert pasted.elimination == plan.elimination
    assert guide_text(pasted) == guide_text(plan)


def _plan(source: Source) -> Any:
    result = compile_spec(source)
    assert result.value is not None, result.diagnostics
    return result.value.plan


def _without_guide(source: Source) -> str:
    text = source.text
    for statement in reversed(parse(source).value.statements):
        if isinstance(statement, nodes.GuideBlock):
            text = text[: statement.span.start] + text[statement.span.end :]
    return text


def _plain(plan: Any) -> Any:
    """All of a guide, blocks by their places in it: their names depend on who named them."""
    guide = _bare(plan.guide.plain())
    place = {block["name"]: i for i, block in enumerate(guide["blocks"])}
    for block in guide["blocks"]:
        block["name"] = place[block["name"]]
        for outer in block["outer"]:
            outer["block"] = place[outer["block"]]
    return guide


def _bare(value: Any) -> Any:
    """Nested values without the places in the text."""
    if isinstance(value, dict):
        return {name: _bare(x) for name, x in value.items() if name not in _WHERE}
    return [_bare(x) for x in value] if isinstance(value, list) else value
