"""Recurrences: statements that need each other's earlier elements, computed step by step."""

from __future__ import annotations

import ast
from collections.abc import Iterable

from pplc.compiler.codegen.axes import PARTICLES, Value
from pplc.compiler.codegen.definitions import define, fill_in, in_full, in_order
from pplc.compiler.codegen.expressions import ExpressionEmitter
from pplc.compiler.codegen.frame import Frame
from pplc.compiler.codegen.laws import LawEmitter
from pplc.compiler.codegen.writer import Writer, call, constant, identifier, listing, name, quote
from pplc.compiler.graph import Definition, Site, Statement
from pplc.compiler.scans import pieces, recurrences


class Loop:
    """The steps of a scan, one after the other: the first ones written out, then a loop.

    Definitions are computed, random variables drawn, `particles` of each.
    """

    def __init__(
        self, frame: Frame, group: tuple[Statement, ...], particles: ast.expr | None = None
    ) -> None:
        self.frame = frame
        self.group = group
        self.particles = particles
        self.scan = next(b for b in group[0].binders if b.scan)
        self.listed = {s.name: self.scan for s in group}
        self.parts = {s.name: pieces(s, {}) for s in group}
        self.first = max(len(p) for p in self.parts.values()) - 1
        self.leading = (PARTICLES,) if any(frame.varies(s.name) for s in group) else ()

    def write(self, body: Writer) -> None:
        """The loop, and the lists of values made into tensors."""
        for statement in self.group:
            body.comment(statement.text)
        if not self.first:
            for statement in self.group:
                body.assign(identifier(statement.name), listing([]))
        for step in range(self.first):
            for statement in self.group:
                self._append(statement, step, constant(self.scan.start + step), body)
        t, begin = name(identifier(self.scan.variable)), self.scan.start + self.first
        size = self.frame.size(self.scan.index_set).node
        body.loop(t, call("range", constant(begin), size) if begin else call("range", size))
        for statement in self.group:
            self._append(statement, self.first, t, body)
        body.end()
        for statement in self.group:
            axes = (*self.leading, *self.frame.axes(statement.binders))
            where = constant(axes.index(self.frame.plate(self.scan.axis)))
            target = identifier(statement.name)
            node = call("torch.stack", name(target), where)
            whole = in_full(self.frame, Value(node, axes, _kind_shape(statement)), (self.scan,))
            body.assign(target, whole.node, self.frame.shape(axes, whole.dims))

    def _append(self, statement: Statement, step: int, at: ast.expr, body: Writer) -> None:
        parts = self.parts[statement.name]
        value = self._value(parts[min(step, len(parts) - 1)], {self.scan.axis: at})
        target = identifier(statement.name)
        if isinstance(at, ast.Constant) and step == 0:
            body.assign(target, listing([value.node]))
        else:
            body.expression(quote("x.append(y)", x=name(target), y=value.node))

    def _value(self, statement: Statement, steps: dict[str, ast.expr]) -> Value:
        """The value of one statement at one step, with the axes of all its other plates."""
        if isinstance(statement, Site):
            assert self.particles is not None
            value = LawEmitter(self.frame, statement, steps, self.listed).sample(self.particles)
        else:
            assert isinstance(statement, Definition)
            emitter = ExpressionEmitter(self.frame, statement.binders, steps, self.listed)
            value = emitter.own(statement.value).tensor
            value = fill_in(self.frame, value, tuple(sorted({*self.leading, *value.axes})), {})
        others = tuple(b for b in statement.binders if b.axis != self.scan.axis)
        return in_full(self.frame, in_order(self.frame, value, others), others)


class Definitions:
    """Writes definitions, each once; those of a recurrence come together, step by step."""

    def __init__(self, frame: Frame, definitions: Iterable[Definition]) -> None:
        self.frame = frame
        self.groups = {d.name: group for group in recurrences(definitions) for d in group}
        self.done: set[str] = set()

    def write(self, definition: Definition, body: Writer) -> None:
        """The definition, unless it has come with another one."""
        if definition.name in self.done:
            return
        group = self.groups.get(definition.name)
        if group is None:
            define(self.frame, definition, body)
        else:
            Loop(self.frame, group).write(body)
            self.done |= {d.name for d in group}


def _kind_shape(statement: Statement) -> tuple[str, ...]:
    assert isinstance(statement, Site | Definition)
    return statement.kind.shape if isinstance(statement, Site) else statement.value.kind.shape
