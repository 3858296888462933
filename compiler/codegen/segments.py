"""Reductions over what belongs to each element of a plate: `sum(w in W where doc[w] == d: e)`.

Such a sum takes W steps, not W times D, where `doc` is data and `d` a binder of the statement.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pplc.compiler.codegen.axes import Axis
from pplc.compiler.expressions import Apply, Binder, Expr, Position, Read, Reduce, walk
from pplc.compiler.kinds.kinds import BOOL, Kind


@dataclass(frozen=True)
class Segments:
    """A reduction by segment: `index` tells for each element which element of `plate` it is of.

    `body` and `where` (the rest of the filter) read nothing at the plate's binder any more.
    """

    plate: Binder
    index: Read
    body: Expr
    where: Expr | None


def segmented(expression: Reduce, plates: Mapping[str, Axis]) -> Segments | None:
    """The reduction by segment that a filtered reduction is, if it is one."""
    if expression.where is None or expression.binder.start or expression.function == "mean":
        return None
    conditions = _conditions(expression.where)
    for condition in conditions:
        found = _membership(condition, expression.binder, plates)
        if found is None:
            continue
        plate, index = found
        others = [_at_segment(c, plate, index) for c in conditions if c is not condition]
        body = _at_segment(expression.body, plate, index)
        if body is None or any(o is None for o in others):
            return None
        where = _all([o for o in others if o is not None])
        if where is not None and expression.function in ("counts", "sd"):
            return None
        return Segments(plate, index, body, where)
    return None


def _conditions(where: Expr) -> list[Expr]:
    """The parts that `and` joins."""
    if isinstance(where, Apply) and where.function == "and":
        return [c for a in where.arguments for c in _conditions(a)]
    return [where]


def _all(conditions: list[Expr]) -> Expr | None:
    joined: Expr | None = None
    for condition in conditions:
        if joined is not None:
            condition = Apply(
                kind=Kind(BOOL), span=condition.span, function="and", arguments=(joined, condition)
            )
        joined = condition
    return joined


def _membership(
    condition: Expr, binder: Binder, plates: Mapping[str, Axis]
) -> tuple[Binder, Read] | None:
    """The plate and the index of `doc[w] == d`, written either way round."""
    if not isinstance(condition, Apply) or condition.function != "==":
        return None
    for index, at in (condition.arguments, condition.arguments[::-1]):
        if (
            isinstance(index, Read)
            and isinstance(at, Position)
            and at.offset == at.binder.start == 0
            and at.binder.axis in plates
            and index.kind.values == at.binder.index_set
            and [_is_at(i, binder) for i in index.indices] == [True]
        ):
            return at.binder, index
    return None


def _is_at(index: Expr, binder: Binder) -> bool:
    return isinstance(index, Position) and index.binder == binder and index.offset == 0


def _at_segment(expression: Expr, plate: Binder, index: Read) -> Expr | None:
    """The expression with the segment of each element for the plate's own position.

    None where that cannot be: a lag, or a reduction inside that reads the plate.
    """
    for node in walk(expression):
        inner = isinstance(node, Reduce) and any(
            isinstance(n, Position) and n.binder.axis == plate.axis for n in walk(node)
        )
        lag = isinstance(node, Position) and node.binder.axis == plate.axis and node.offset
        if inner or lag:
            return None

    def change(node: Expr) -> Expr:
        if isinstance(node, Position) and node.binder.axis == plate.axis:
            return index
        return node.rebuild(change)

    return change(expression)
