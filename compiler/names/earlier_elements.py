"""Which earlier elements of its own chain (`x[t-1]`) a statement reads."""

from __future__ import annotations

from collections.abc import Iterator

from pplc.compiler.names.names import Entry
from pplc.grammar import nodes
from pplc.grammar.source import Span
from pplc.grammar.walk import nodes_in


def reads_earlier(entry: Entry) -> set[str]:
    """The names of which a statement reads nothing but earlier elements of its own chain."""
    back = {id(i.base) for i, _, _ in looks_back(entry, *entry.right_side)}
    if not back:
        return set()
    names = [n for n in nodes_in(entry.right_side) if isinstance(n, nodes.Name)]
    return {n.id for n in names if id(n) in back} - {n.id for n in names if id(n) not in back}


def looks_back(entry: Entry, *parts: object) -> Iterator[tuple[nodes.Index, Span, int]]:
    """The reads of earlier elements (`x[t-1]`) in parts of a statement: index, place, steps."""
    chains = {loop.binder.variable for loop in entry.loops if loop.ordered}
    if not chains:
        return
    for node in nodes_in(*parts):
        if isinstance(node, nodes.Index) and isinstance(node.base, nodes.Name):
            for index in node.indices:
                if steps := _steps_back(index, chains):
                    yield node, index.span, steps


def _steps_back(index: nodes.Node, chains: set[str]) -> int:
    """1 for `t-1`, where `t` is the binder of a chain; otherwise 0."""
    if (
        isinstance(index, nodes.Binary)
        and index.operator == "-"
        and isinstance(index.left, nodes.Name)
        and index.left.id in chains
        and isinstance(index.right, nodes.Number)
    ):
        return int(index.right.value)
    return 0
