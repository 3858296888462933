"""Definitions: vectorised over their plates, or, where they are recurrences, step by step."""

from __future__ import annotations

import ast
from collections.abc import Mapping

from pplc.compiler.codegen.axes import PARTICLES, Axis, Value, align, permuted, union
from pplc.compiler.codegen.expressions import ExpressionEmitter
from pplc.compiler.codegen.frame import Frame, Length
from pplc.compiler.codegen.writer import Writer, call, constant, identifier, listing, name, quote
from pplc.compiler.expressions import Binder
from pplc.compiler.graph import Definition, Statement
from pplc.compiler.scans import pieces


def emit_definition(frame: Frame, definition: Definition) -> Value:
    """The value of a definition as a whole family: every plate is there, in its own order."""
    parts = pieces(definition, {})
    values = [_piece(frame, p) for p in parts]
    if len(values) == 1:
        return values[0]
    axes = union(*values)
    scan = next(b for b in definition.binders if b.scan)
    position = Value(values[0].node, values[-1].axes, values[0].dims).position(
        frame.plate(scan.axis)
    )
    own = next(v.axes for v in values if set(v.axes) == set(axes))
    return Value(call("join", constant(position), *(v.node for v in values)), own, values[0].dims)


def _piece(frame: Frame, definition: Definition) -> Value:
    emitter = ExpressionEmitter(frame, definition.binders)
    value = emitter.number(definition.value).tensor
    return in_order(frame, value, definition.binders)


def in_order(frame: Frame, value: Value, binders: tuple[Binder, ...]) -> Value:
    """A value with the axes of all binders, in their order, behind that of particles."""
    lengths = {frame.plate(b.axis): b for b in binders}
    leading = (PARTICLES,) if PARTICLES in value.axes else ()
    value = fill_in(frame, value, tuple(sorted({*leading, *lengths})), lengths)
    return permuted(value, (*leading, *frame.axes(binders)))


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


def emit_recurrence(frame: Frame, group: tuple[Statement, ...], body: Writer) -> None:
    """Definitions that need each other's earlier values: a loop over the steps of their scan."""
    for statement in group:
        body.comment(statement.text)
    Loop(frame, group).write(body)


class Loop:
    """The steps of a scan, one after the other: the first ones written out, then a loop."""

    def __init__(self, frame: Frame, group: tuple[Statement, ...]) -> None:
        self.frame = frame
        self.group = group
        self.scan = next(b for b in group[0].binders if b.scan)
        self.listed = {s.name: self.scan.axis for s in group}
        self.first = max(len(getattr(s, "starts", ())) for s in group)

    def write(self, body: Writer) -> None:
        """The loop, and the lists of values made into tensors."""
        lists = [identifier(s.name) for s in self.group]
        empty = listing([])
        for target in lists:
            body.assign(target, empty)
        for step in range(self.first):
            for statement in self.group:
                self._append(statement, step, constant(self.scan.start + step), body)
        t = identifier(self.scan.variable)
        size = self.frame.size(self.scan.index_set).node
        begin = constant(self.scan.start + self.first)
        body.raw(f"for {t} in range({ast.unparse(begin)}, {ast.unparse(size)}):")
        body.indent()
        for statement in self.group:
            self._append(statement, self.first, name(t), body)
        body.end()
        for statement in self.group:
            dims = [b.axis for b in statement.binders]
            at = 1 + dims.index(self.scan.axis)
            node = call("torch.stack", name(identifier(statement.name)), constant(at))
            body.assign(identifier(statement.name), node, self._comment(statement))

    def _comment(self, statement: Statement) -> str:
        kind = statement.value.kind if isinstance(statement, Definition) else None
        dims = kind.shape if kind is not None else ()
        return self.frame.shape((PARTICLES, *self.frame.axes(statement.binders)), dims)

    def _append(self, statement: Statement, step: int, at: ast.expr, body: Writer) -> None:
        parts = pieces(statement, {})
        part = parts[min(step, len(parts) - 1)]
        value = self.value(part, {self.scan.axis: at})
        target = identifier(statement.name)
        body.expression(quote("x.append(y)", x=name(target), y=value.node))

    def value(self, statement: Statement, steps: dict[str, ast.expr]) -> Value:
        """The value of one statement at one step, with the axes of all its other plates."""
        assert isinstance(statement, Definition)
        emitter = ExpressionEmitter(self.frame, statement.binders, steps, self.listed)
        value = emitter.number(statement.value).tensor
        others = tuple(b for b in statement.binders if b.axis != self.scan.axis)
        if PARTICLES not in value.axes:
            axes = (PARTICLES, *value.axes)
            value = fill_in(self.frame, value, axes, {})
        return in_order(self.frame, value, others)
