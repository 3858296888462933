"""Nodes of the syntax tree: equal wherever they stand, and plain values of JSON."""

from pplc.grammar import nodes
from pplc.grammar.source import Span


def test_nodes_are_equal_wherever_they_stand() -> None:
    first = nodes.Name(span=Span(0, 1), id="a")
    second = nodes.Name(span=Span(5, 6), id="a")
    assert first == second
    assert hash(first) == hash(second)
    assert first != nodes.Name(span=Span(0, 1), id="b")
    assert "Span" not in repr(first)


def test_plain_values_are_those_of_json() -> None:
    name = nodes.Name(span=Span(0, 1), id="a")
    item = nodes.ListLiteral(span=Span(0, 3), items=(name,))
    assert item.plain() == {
        "span": {"start": 0, "end": 3},
        "kind": "list",
        "items": [{"span": {"start": 0, "end": 1}, "kind": "name", "id": "a"}],
    }
