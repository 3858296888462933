"""The functions `factors`, `contract` and `model`: the log density, discrete sites summed out."""

from __future__ import annotations

import ast

from pplc.compiler.codegen.axes import PARTICLES, Axis, Value, align, total
from pplc.compiler.codegen.expressions import ExpressionEmitter
from pplc.compiler.codegen.frame import Frame, statement_axes
from pplc.compiler.codegen.laws import LawEmitter
from pplc.compiler.codegen.writer import Writer, call, constant, identifier, item, name, quote
from pplc.compiler.eliminate import Product, Sum
from pplc.compiler.graph import Definition, Factor, Site


def own_definitions(frame: Frame) -> list[Definition]:
    """Definitions that a density computes on the way: those that depend on latents."""
    return [
        d
        for d in frame.graph.definitions.values()
        if not d.constant and not d.generated and not frame.depends_on_values(d)
    ]


def emit_definition(frame: Frame, definition: Definition) -> Value:
    """The value of a definition as a whole family: every plate is there."""
    emitter = ExpressionEmitter(frame, definition)
    value = emitter.number(definition.value).tensor
    leading = (PARTICLES,) if PARTICLES in value.axes else ()
    plates = (*leading, *(emitter.axis(b) for b in definition.binders))
    if value.axes != plates:
        value = fill_in(frame, value, plates)
    return value


def define(frame: Frame, definition: Definition, body: Writer) -> None:
    """Write a definition as an assignment under a comment with its text."""
    body.comment(definition.text)
    value = emit_definition(frame, definition)
    body.assign(identifier(definition.name), value.node, frame.comment(value))


def fill_in(frame: Frame, value: Value, axes: tuple[Axis, ...]) -> Value:
    """The value expanded to axes that it does not depend on."""
    shape = [
        constant(-1) if a in value.axes or a == PARTICLES else frame.size(a.name.rstrip("'")).node
        for a in axes
    ]
    shape += [constant(-1) for _ in value.dims]
    aligned = align(value, axes, value.dims)
    return Value(call(ast.Attribute(aligned, "expand", ast.Load()), *shape), axes, value.dims)


class DensityWriter:
    """Writes the three functions; `log_f` holds the axes of each statement's density."""

    def __init__(self, frame: Frame) -> None:
        self.frame = frame
        self.graph = frame.graph
        self.log_f: dict[str, Value] = {}

    @property
    def statements(self) -> list[Site | Factor]:
        """The statements that the density is made of."""
        return [
            s for s in self.graph.statements if not isinstance(s, Definition) and not s.generated
        ]

    def factors(self, out: Writer) -> None:
        """`factors(latents, data, params)`."""
        body = Writer()
        body.indent()
        definitions = own_definitions(self.frame)
        for statement in self.graph.statements:
            if statement.generated:
                continue
            if isinstance(statement, Definition):
                if statement in definitions:
                    define(self.frame, statement, body)
                continue
            body.comment(statement.text)
            value = self._density(statement)
            self.log_f[statement.name] = value
            body.assign(item("log_f", statement.name), value.node, self.frame.comment(value))
        summed = self.frame.elimination.variables
        out.function("factors", "latents", "data", "params")
        if summed:
            out.docstring(
                "The log density of each statement, [S, ...].",
                "",
                f"The values of what is summed out ({', '.join(summed)}) are axes of their own.",
            )
        else:
            out.docstring("The log density of each statement, [S, ...].")
        self.frame.header(out, frozenset(d.name for d in definitions))
        out.raw("log_f = {}")
        out.extend(body)
        out.raw("return log_f")
        out.end()

    def _density(self, statement: Site | Factor) -> Value:
        if isinstance(statement, Factor):
            emitter = ExpressionEmitter(self.frame, statement)
            return emitter.number(statement.value).tensor
        value = LawEmitter(self.frame, statement).log_density()
        variable = self.frame.variable(statement.name)
        if variable is None:
            return value
        plates = statement_axes(statement.binders)
        # The density of a summed-out site has all of its plates, so that a potential can be added.
        axes = tuple(sorted({PARTICLES, *plates.values(), *value.axes}))
        return value if value.axes == axes else self._expanded(value, axes)

    def _expanded(self, value: Value, axes: tuple[Axis, ...]) -> Value:
        if PARTICLES not in value.axes:
            value = Value(quote("x[None]", x=value.node), (PARTICLES, *value.axes), value.dims)
        return fill_in(self.frame, value, axes)

    # --- contraction ---

    def contract(self, out: Writer) -> None:
        """`contract(log_f, data)`: the terms of the log density, [S] each."""
        frame = Frame(self.graph, self.frame.elimination, enumerate=True)
        plan = frame.elimination
        body = Writer()
        body.indent()
        covered = {s for names in plan.covers.values() for s in names}
        for statement in self.statements:
            if statement.name not in covered:
                value = self._read(statement.name)
                body.assign(
                    item("log_p", statement.name),
                    self._sum_all(frame, value, statement.plates).node,
                )
        tensors = {
            t.name: self._read(t.name) for s in plan.steps for t in s.inputs if t.name in self.log_f
        }
        for step in plan.steps:
            value = (
                sum_step(frame, step, tensors)
                if isinstance(step, Sum)
                else product_step(frame, step, tensors)
            )
            if isinstance(step, Sum):
                body.comment(sum_comment(frame, step))
            tensors[step.output.name] = Value(
                name(identifier(step.output.name)), value.axes, value.dims
            )
            if step.output in plan.totals:
                target: str | ast.expr = item("log_p", term_name(plan.covers[step.output.name]))
                body.assign(target, value.node)
            else:
                body.assign(identifier(step.output.name), value.node, frame.comment(value))
        done = {s.output.name for s in plan.steps}
        for left in plan.totals:
            if left.name not in done:
                body.assign(item("log_p", left.name), self._read(left.name).node)
        out.function("contract", "log_f", "data")
        out.docstring("The terms of the log density, [S] each, from what `factors` returns.")
        frame.header(out)
        out.raw("log_p = {}")
        out.extend(body)
        out.raw("return log_p")
        out.end()

    def _read(self, statement: str) -> Value:
        value = self.log_f[statement]
        return Value(item("log_f", statement), value.axes, value.dims)

    def _sum_all(self, frame: Frame, value: Value, plates: tuple[str, ...]) -> Value:
        there = [a for a in value.axes if a != PARTICLES]
        summed = total(value, there)
        for plate in plates:
            if plate not in {a.name for a in there}:
                size = frame.size(plate.rstrip("'")).node
                summed = Value(quote("n * x", n=size, x=summed.node), summed.axes)
        return summed

    def model(self, out: Writer) -> None:
        """`model(latents, data, params)`."""
        out.function("model", "latents", "data", "params")
        out.docstring("The log density of each term, [S].")
        out.raw("return contract(factors(latents, data, params), data)")
        out.end()


def joint(step: Sum | Product, tensors: dict[str, Value]) -> Value:
    """The inputs of a step, added up; with the fewest axes first, to keep intermediates small."""
    inputs = sorted((tensors[t.name] for t in step.inputs), key=lambda v: len(v.axes))
    axes = tuple(sorted({a for v in inputs for a in v.axes}))
    node: ast.expr | None = None
    for value in inputs:
        aligned = align(value, axes)
        node = aligned if node is None else quote("x + y", x=node, y=aligned)
    assert node is not None
    return Value(node, axes)


def sum_step(frame: Frame, step: Sum, tensors: dict[str, Value]) -> Value:
    """Log-sum-exp over the values of one site."""
    value = joint(step, tensors)
    axis = frame.values_axis(frame.elimination.variables[step.variable])
    node = quote("log_sum(x, axis)", x=value.node, axis=value.position(axis))
    return Value(node, tuple(a for a in value.axes if a != axis))


def product_step(frame: Frame, step: Product, tensors: dict[str, Value]) -> Value:
    """A sum over plates; a plate that the tensor does not vary over multiplies by its size."""
    value = joint(step, tensors)
    there = [a for a in value.axes if a.name in step.plates]
    result = total(value, there)
    for plate in step.plates:
        if plate not in {a.name for a in there}:
            size = frame.size(plate.rstrip("'")).node
            result = Value(quote("n * x", n=size, x=result.node), result.axes)
    return result


def sum_comment(frame: Frame, step: Sum) -> str:
    """`sum out z: N * K terms`."""
    return f"sum out {step.variable}: {' * '.join(map(str, step.cost))} terms"


def term_name(covers: tuple[str, ...]) -> str:
    """The name of a term of the log density: the statements that it covers."""
    return ", ".join(covers)
