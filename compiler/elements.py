"""Elements of vectors: an index pushed into an expression, down to what it reads."""

from __future__ import annotations

from collections.abc import Iterable

from pplc.compiler.expressions import Apply, Binder, Expr, Position, Read, Reduce, walk
from pplc.compiler.functions import ELEMENTWISE, OPERATORS
from pplc.compiler.kinds.kinds import NAT, Kind

#: Functions that work element by element.
_BY_ELEMENT = {*ELEMENTWISE, *OPERATORS, "if", "not", "negate", "assume"}


def fresh_binder(index_set: str, scope: Iterable[Binder], near: Iterable[Expr]) -> Binder:
    """A binder over an index set that no statement wrote: its axis is none of those in use."""
    taken = [b.occurrence for b in scope if b.index_set == index_set]
    for expression in near:
        for node in walk(expression):
            if isinstance(node, Reduce | Position) and node.binder.index_set == index_set:
                taken.append(node.binder.occurrence)
    occurrence = max(taken, default=-1) + 1
    return Binder(
        variable=f"_{index_set}", index_set=index_set, occurrence=occurrence, implicit=True
    )


def element_at(value: Expr, binder: Binder) -> Expr:
    """The element of a vector at a binder, pushed into the expression down to its reads."""
    if value.kind.is_scalar:
        return value
    index = Position(kind=Kind(NAT), span=value.span, binder=binder)
    kind = value.kind.drop(1)
    if isinstance(value, Read):
        return value.replaced(kind=kind, indices=(*value.indices, index))
    if isinstance(value, Apply) and value.function == "fill":
        return value.arguments[0]
    if isinstance(value, Apply) and value.function in _BY_ELEMENT:
        arguments = tuple(element_at(a, binder) for a in value.arguments)
        return value.replaced(kind=kind, arguments=arguments)
    return Apply(kind=kind, span=value.span, function="element", arguments=(value, index))
