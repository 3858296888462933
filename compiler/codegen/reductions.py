"""Reductions in torch: over one axis, by segment, histograms; an axis made a dimension."""

from __future__ import annotations

import ast
from dataclasses import replace
from typing import TYPE_CHECKING

from pplc.compiler.codegen import functions
from pplc.compiler.codegen.axes import Axis, Value, align, arrange, permuted, union
from pplc.compiler.codegen.segments import Segments, segmented
from pplc.compiler.codegen.writer import call, constant, quote
from pplc.compiler.expressions import Binder, Family, Reduce, names_read

if TYPE_CHECKING:
    from pplc.compiler.codegen.expressions import ExpressionEmitter


def reduction(at: ExpressionEmitter, expression: Reduce) -> Value:
    """A reduction over the axis of its binder."""
    segments = None if at.steps else segmented(expression, at.axes)
    if segments is not None and _is_fixed(at, expression, segments):
        return _by_segment(at, expression, segments)
    if expression.function == "counts":
        return _counts(at, expression)
    axis = at.axis(expression.binder)
    body = at.real(expression.body).tensor
    where = None if expression.where is None else at.condition(expression.where)
    if where is not None and expression.function == "sd":
        if axis not in {*body.axes, *where.axes}:
            body = _along(at, body, expression.binder)
        return _masked_sd(body, where, axis)
    if where is not None:
        body = _masked(expression, body, where)
    if axis not in body.axes:
        body = _along(at, body, expression.binder)
    template = functions.REDUCTIONS[expression.function]
    node = quote(template, x=body.node, axis=body.position(axis))
    return Value(node, tuple(a for a in body.axes if a != axis), body.dims)


def family(at: ExpressionEmitter, expression: Family) -> Value:
    """The axis of a binder as the first dimension of a vector."""
    axis = at.axis(expression.binder)
    body = at.own(expression.body).tensor
    if axis not in body.axes:
        body = _along(at, body, expression.binder)
    axes = tuple(a for a in body.axes if a != axis)
    ordered = permuted(body, (*axes, axis))
    return replace(ordered, axes=axes, dims=(expression.binder.index_set, *body.dims))


def _is_fixed(at: ExpressionEmitter, expression: Reduce, segments: Segments) -> bool:
    """Whether the segments are data, and what is counted by segment too."""
    fixed = {segments.index.name}
    if expression.function == "counts":
        fixed |= names_read(segments.body)
    return all(map(at.frame.is_data, fixed))


def _masked(expression: Reduce, body: Value, where: Value) -> Value:
    neutral = functions.NEUTRAL.get(expression.function, 0.0)
    axes = union(body, where)
    parts = (align(where, axes, body.dims), align(body, axes, body.dims))
    node = quote("torch.where(c, x, y)", c=parts[0], x=parts[1], y=neutral)
    return Value(node, axes, body.dims)


def _masked_sd(body: Value, where: Value, axis: Axis) -> Value:
    axes = union(body, where, Value(body.node, (axis,)))
    parts = [align(v, axes, body.dims) for v in (body, where)]
    at = constant(Value(body.node, axes, body.dims).position(axis))
    node = call("masked_sd", *parts, at)
    return Value(node, tuple(a for a in axes if a != axis), body.dims)


def _along(at: ExpressionEmitter, value: Value, binder: Binder) -> Value:
    """A value that does not depend on a binder, repeated along its axis."""
    axis = at.axis(binder)
    size = at.frame.length(binder)
    axes = tuple(sorted({*value.axes, axis}))
    after = len(axes) - axes.index(axis) + len(value.dims)
    node = quote("x.unsqueeze(at)", x=value.node, at=-after)
    shape = [size if a == axis else constant(-1) for a in axes]
    shape += [constant(-1) for _ in value.dims]
    return Value(call(ast.Attribute(node, "expand", ast.Load()), *shape), axes, value.dims)


def _by_segment(at: ExpressionEmitter, expression: Reduce, segments: Segments) -> Value:
    """A reduction over the elements that belong to each element of a plate."""
    plate, axis = at.axis(segments.plate), at.axis(expression.binder)
    index = at.emit(segments.index).node
    size = at.frame.size(segments.plate.index_set).node
    counting = expression.function == "counts"
    body = (at.emit if counting else at.real)(segments.body).tensor
    if segments.where is not None:
        body = _masked(expression, body, at.condition(segments.where))
    if axis not in body.axes:
        body = _along(at, body, expression.binder)
    if counting:
        bins = at.frame.size(expression.kind.shape[0]).node
        node = quote("x.to(**data.options)", x=call("histogram", body.node, index, bins, size))
        return Value(node, (plate,), expression.kind.shape)
    template = functions.SEGMENTS[expression.function]
    node = quote(template, x=body.node, segments=index, n=size, axis=body.position(axis))
    axes = tuple(plate if a == axis else a for a in body.axes)
    return arrange(Value(node, axes, body.dims))


def _counts(at: ExpressionEmitter, expression: Reduce) -> Value:
    """A histogram: how often each position is the value of the body."""
    axis = at.axis(expression.binder)
    body = at.emit(expression.body).tensor
    over = expression.kind.shape[0]
    size = at.frame.size(over).node
    values = quote("torch.arange(n, device=data.options['device'])", n=size)
    hits = Value(quote("x[..., None] == v", x=body.node, v=values), body.axes, (over,))
    if expression.where is not None:
        where = at.condition(expression.where)
        axes = union(hits, where)
        parts = [align(v, axes, hits.dims) for v in (hits, where)]
        hits = Value(quote("x & y", x=parts[0], y=parts[1]), axes, (over,))
    if axis not in hits.axes:
        hits = _along(at, hits, expression.binder)
    node = quote("x.sum(axis).to(**data.options)", x=hits.node, axis=hits.position(axis))
    return Value(node, tuple(a for a in hits.axes if a != axis), (over,))
