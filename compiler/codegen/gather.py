"""Indexing: `loc[z[n]]`, `theta[doc[w]]`, `y[t-1]` as subscripts of tensors.

An index that is the statement's own binder only renames a dimension to the axis of the binder,
and an enumerated site renames it to the axis of its values. Only an index that is computed (data,
draws) gathers.
"""

from __future__ import annotations

import ast
from dataclasses import replace
from typing import TYPE_CHECKING

from pplc.compiler.codegen.axes import PARTICLES, Axis, Value, align, arrange, union
from pplc.compiler.codegen.frame import Frame, slot_of
from pplc.compiler.codegen.writer import constant, everything, quote, subscript
from pplc.compiler.expressions import Constant, Expr, Position, Read

if TYPE_CHECKING:
    from pplc.compiler.codegen.expressions import ExpressionEmitter

#: The template of the positions up to `n`, on the device of the data.
ARANGE = "torch.arange(n, device=data.options['device'])"


def gather(at: ExpressionEmitter, read: Read, base: Value | None = None) -> Value:
    """The elements of a named tensor, or of `base` in its place, at the indices of a read."""
    if base is None:
        base = at.frame.base(read.name, read.result)
        if read.name in at.listed:
            base, read = _step(at, base, read)
    places = [_place(at, index) for index in read.indices]
    kept = base.dims[len(places) :]
    if not places:
        return base
    named = [p for p in places if isinstance(p, Axis)]
    if any(isinstance(p, Value) for p in places) or len(set(named)) < len(named):
        return _computed(at, read, base, places, kept)
    items: list[ast.expr] = [everything() for _ in base.axes]
    axes = list(base.axes)
    for index, place in zip(read.indices, places, strict=True):
        if isinstance(place, Axis):
            axes.append(place)
            items.append(_slice(index))
        else:
            assert isinstance(place, ast.expr)
            items.append(place)
    node = base.node
    if not all(map(_is_whole, items)):
        node = subscript(node, items)
    return arrange(Value(node, tuple(axes), kept))


def repeats(at: ExpressionEmitter, expression: Expr) -> bool:
    """Whether an expression is a tensor read at computed positions, element by element."""
    if not isinstance(expression, Read) or expression.name in at.listed:
        return False
    return any(isinstance(_place(at, index), Value) for index in expression.indices)


def _place(at: ExpressionEmitter, index: Expr) -> Axis | ast.expr | Value:
    """What an index does to its dimension: rename it, pick one element, or gather."""
    if isinstance(index, Position):
        return at.places.get(index.binder.axis) or at.step(index) or at.axis(index.binder)
    if isinstance(index, Constant):
        return constant(int(index.value))
    if isinstance(index, Read):
        variable = at.frame.variable(index.name)
        if variable is not None and variable.first == 0:
            return at.frame.values_axis(slot_of(index))
    value = at.emit(index).tensor
    return value if value.whole else replace(value, node=quote("x.long()", x=value.node))


def _step(at: ExpressionEmitter, base: Value, read: Read) -> tuple[Value, Read]:
    """One element of a list of values, one for each step, and what is left of the indices."""
    scan = at.listed[read.name]
    where = next(
        i
        for i, index in enumerate(read.indices)
        if isinstance(index, Position) and index.binder.axis == scan.axis
    )
    position = read.indices[where]
    assert isinstance(position, Position)
    # The list begins with the first step of the scan.
    step = at.step(position.replaced(offset=position.offset - scan.start))
    assert step is not None
    element = Value(
        subscript(base.node, [step]), base.axes, base.dims[:where] + base.dims[where + 1 :]
    )
    indices = read.indices[:where] + read.indices[where + 1 :]
    return element, read.replaced(indices=indices)


def _is_whole(item: ast.expr) -> bool:
    return isinstance(item, ast.Slice) and item.lower is item.upper is None


def _slice(index: Expr) -> ast.expr:
    """The part of a dimension that a binder runs over: `:`, or `start:` and the like."""
    if not isinstance(index, Position):
        return everything()
    start = index.binder.start + index.offset
    stop = index.offset if index.binder.stop is None else index.binder.stop + index.offset
    return ast.Slice(constant(start) if start else None, constant(stop) if stop else None)


def position_of(at: ExpressionEmitter, index: Expr) -> Value:
    """An index that is no binder, as a tensor of whole numbers."""
    if isinstance(index, Constant):
        template = "torch.tensor(i, device=data.options['device'])"
        return Value(quote(template, i=int(index.value)))
    return at.emit(index)


def positions(frame: Frame, index: Position, arange: str) -> ast.expr:
    """The positions that an index runs over; `arange` is the template, `n` its place."""
    start = index.binder.start + index.offset
    stop: ast.expr
    if index.binder.stop is not None:
        stop = constant(index.binder.stop + index.offset)
    else:
        stop = frame.size(index.binder.index_set).node
        if index.offset:
            stop = quote("n - back", n=stop, back=-index.offset)
    if not start:
        return quote(arange, n=stop)
    return quote(arange.replace("n,", "start, n,", 1), start=start, n=stop)


def _computed(
    at: ExpressionEmitter,
    read: Read,
    base: Value,
    places: list[Axis | ast.expr | Value],
    kept: tuple[str, ...],
) -> Value:
    """At least one index is a tensor of positions, or an axis occurs twice (`x[n, n]`).

    All tensors of positions are broadcast against each other. An axis that one of them also
    has, the particle axis included, becomes a tensor of positions itself (an `arange`), as does
    one that occurs twice.
    """
    computed = [p for p in places if isinstance(p, Value)]
    twice = {p for p in places if isinstance(p, Axis) and places.count(p) > 1}
    shared = tuple(sorted({*union(*computed), *twice}))
    all_places: list[Axis | ast.expr | Value] = [*base.axes, *places]
    sources: list[Expr | None] = [*(None for _ in base.axes), *read.indices]
    items: list[ast.expr] = []
    for place, source in zip(all_places, sources, strict=True):
        if isinstance(place, Value):
            items.append(align(place, shared))
        elif isinstance(place, Axis) and place in shared:
            items.append(align(_range(at, place, source, base), shared))
        elif isinstance(place, Axis):
            items.append(_slice(source) if source is not None else everything())
        else:
            items.append(place)
    return _subscripted(base, all_places, items, shared, kept)


def look_up(at: ExpressionEmitter, table: Value, index: Value) -> Value:
    """The entries of a table, whose only dimension is its last, at a tensor of positions."""
    places: list[Axis | ast.expr | Value] = [*table.axes, index]
    items = [
        align(_along(at, axis, table), index.axes) if axis in index.axes else everything()
        for axis in table.axes
    ]
    return _subscripted(table, places, [*items, index.node], index.axes, ())


def _along(at: ExpressionEmitter, axis: Axis, table: Value) -> Value:
    """The positions along an axis of particles or of a plate."""
    if axis == PARTICLES:
        return _range(at, axis, None, table)
    return Value(quote(ARANGE, n=at.frame.length(at.binders[axis.name])), (axis,))


def _subscripted(
    base: Value,
    all_places: list[Axis | ast.expr | Value],
    items: list[ast.expr],
    shared: tuple[Axis, ...],
    kept: tuple[str, ...],
) -> Value:
    """A tensor at positions, with the axes that it then has; `shared` are those of positions."""
    whole = [isinstance(p, Value) or (isinstance(p, Axis) and p in shared) for p in all_places]
    node = subscript(base.node, items)
    last = all_places[-1]
    if isinstance(last, Value) and last.axes and all(map(_is_whole, items[:-1])):
        if not kept:
            node = quote("take(x, i)", x=base.node, i=items[-1])
        elif len(kept) == len(last.axes) == 1:
            node = quote("take(x.mT, i).mT", x=base.node, i=items[-1])
    gathered = [i for i, w in enumerate(whole) if w or isinstance(all_places[i], ast.expr)]
    together = gathered == list(range(gathered[0], gathered[-1] + 1))
    renamed = [p for p in all_places if isinstance(p, Axis) and p not in shared]
    # Positions that are side by side leave their axes in place; otherwise torch puts them first.
    before = sum(isinstance(p, Axis) and p not in shared for p in all_places[: gathered[0]])
    at_front = 0 if not together else before
    axes = [*renamed[:at_front], *shared, *renamed[at_front:]]
    return arrange(Value(node, tuple(axes), kept))


def _range(at: ExpressionEmitter, axis: Axis, index: Expr | None, base: Value) -> Value:
    """The positions along an axis, as a tensor."""
    if axis == PARTICLES:
        return Value(quote("torch.arange(len(x), device=x.device)", x=base.node), (axis,))
    if isinstance(index, Position):
        return Value(positions(at.frame, index, ARANGE), (axis,))
    assert isinstance(index, Read)
    variable = at.frame.variable(index.name)
    assert variable is not None
    size = at.frame.size(variable.size).node
    return Value(quote(ARANGE, n=size), (axis,))
