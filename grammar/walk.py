"""Going through syntax trees."""

from __future__ import annotations

from collections.abc import Iterator

from pplc.grammar.nodes import Node


def nodes_in(*roots: object) -> Iterator[Node]:
    """The nodes of syntax trees, parents first, in the order in which they are written."""
    waiting: list[object] = [roots]
    while waiting:
        part = waiting.pop()
        if isinstance(part, Node):
            yield part
            waiting.extend(reversed(part.parts))
        elif isinstance(part, tuple):
            waiting.extend(reversed(part))
