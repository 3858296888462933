"""Definitions, vectorised over their plates."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import replace

from pplc.compiler.codegen.axes import PARTICLES, Axis, Value, align, permuted, union
from pplc.compiler.codegen.expressions import ExpressionEmitter
from pplc.compiler.codegen.frame import Frame, Length
from pplc.compiler.codegen.nets import apply
from pplc.compiler.codegen.writer import Writer, call, constant, identifier
from pplc.compiler.expressions import Binder, Evaluate
from pplc.compiler.graph import Definition
from pplc.compiler.scans import pieces


def emit_definition(frame: Frame, definition: Definition) -> Value:
    """The value of a definition as a whole family: every plate is there, in its own order."""
    parts = pieces(definition, {})
    values = [_piece(frame, p) for p in parts]
    if len(values) == 1:
        return in_full(frame, values[0], definition.binders)
    axes = union(*values)
    scan = next(b for b in definition.binders if b.scan)
    position = Value(values[0].node, values[-1].axes, values[0].dims).position(
        frame.plate(scan.axis)
    )
    own = next(v.axes for v in values if set(v.axes) == set(axes))
    node = call("join", constant(position), *(v.node for v in values))
    return in_full(frame, Value(node, own, values[0].dims), definition.binders)


def define(frame: Frame, definition: Definition, body: Writer) -> None:
    """Write a definition as an assignment under a comment with its text."""
    body.comment(definition.text)
    value = emit_definition(frame, definition)
    body.assign(identifier(definition.name), value.node, frame.comment(value))


def _piece(frame: Frame, definition: Definition) -> Value:
    emitter = ExpressionEmitter(frame, definition.binders)
    if definition.value.kind.net is not None:
        return evaluation_in_order(emitter, definition)
    value = emitter.own(definition.value).tensor
    return in_order(frame, value, definition.binders)


def evaluation_in_order(at: ExpressionEmitter, definition: Definition) -> Value:
    """All results of a network at once: a dictionary.

    What it is given has the axes of the definition, in their order: so have all of its results.
    """
    value = definition.value
    assert isinstance(value, Evaluate)
    arguments = [in_order(at.frame, at.real(a).tensor, definition.binders) for a in value.arguments]
    found = apply(value, arguments)
    leading = (PARTICLES,) if PARTICLES in found.axes else ()
    return Value(found.node, (*leading, *at.frame.axes(definition.binders)))


def in_order(frame: Frame, value: Value, binders: tuple[Binder, ...]) -> Value:
    """A value with the axes of all binders, in their order, behind that of particles."""
    lengths = {frame.plate(b.axis): b for b in binders}
    leading = (PARTICLES,) if PARTICLES in value.axes else ()
    value = fill_in(frame, value, tuple(sorted({*leading, *lengths})), lengths)
    return permuted(value, (*leading, *frame.axes(binders)))


def in_full(frame: Frame, value: Value, binders: tuple[Binder, ...]) -> Value:
    """A family of full length, also where its loops start later."""
    for binder in binders:
        if binder.start:
            position = constant(value.position(frame.plate(binder.axis)))
            node = call("late", value.node, constant(binder.start), position)
            value = replace(value, node=node)
    return value


def fill_in(
    frame: Frame, value: Value, axes: tuple[Axis, ...], lengths: Mapping[Axis, Length]
) -> Value:
    """The value expanded to axes that it does not depend on, of the given lengths."""
    if value.axes == axes:
        return value
    shape: list[ast.expr] = []
    for axis in axes:
        if axis in value.axes:
            shape.append(constant(-1))
        else:
            shape.append(frame.particles if axis == PARTICLES else frame.length(lengths[axis]))
    shape += [constant(-1) for _ in value.dims]
    aligned = align(value, axes, value.dims)
    return Value(call(ast.Attribute(aligned, "expand", ast.Load()), *shape), axes, value.dims)
