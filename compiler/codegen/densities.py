"""The functions `factors`, `contract` and `model`: the log density, discrete sites summed out."""

from __future__ import annotations

import ast
from dataclasses import replace

from pplc.compiler.codegen.axes import PARTICLES, Axis, Value, align, total, union
from pplc.compiler.codegen.cells import existing
from pplc.compiler.codegen.contraction import Contraction
from pplc.compiler.codegen.definitions import fill_in
from pplc.compiler.codegen.expressions import ExpressionEmitter
from pplc.compiler.codegen.frame import Frame, Length
from pplc.compiler.codegen.kept import averaged
from pplc.compiler.codegen.laws import LawEmitter
from pplc.compiler.codegen.loops import Definitions
from pplc.compiler.codegen.writer import (
    Writer,
    call,
    constant,
    item,
    listing,
    name,
    quote,
    subscript,
)
from pplc.compiler.elimination.factor_graph import Slot, kept_reads
from pplc.compiler.expressions import Binder
from pplc.compiler.graph import Definition, Factor, Site
from pplc.compiler.lower.ordering import is_exchangeable
from pplc.compiler.scans import pieces


def own_definitions(frame: Frame) -> list[Definition]:
    """Definitions that a density computes on the way: those that depend on latents."""
    return [
        d
        for d in frame.graph.definitions.values()
        if not d.constant and not d.generated and d.name not in frame.inlined
    ]


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
        own = frozenset(d.name for d in definitions)
        written = Definitions(self.frame, definitions)
        for statement in self.graph.statements:
            if statement.generated:
                continue
            if isinstance(statement, Definition):
                if statement.name in own:
                    written.write(statement, body)
                continue
            body.comment(statement.text)
            for key, value in self._densities(statement, body).items():
                self.log_f[key] = value
                body.assign(item("log_f", key), value.node, self.frame.comment(value))
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
        if self.frame.counts_particles:
            drawn = (s.name for s in self.graph.sites.values() if s.latent and s.name not in summed)
            first = next(drawn, None)
            count = constant(1) if first is None else call("len", item("latents", first))
            out.assign("particles", count)
        self.frame.header(out, own)
        out.raw("log_f = {}")
        out.extend(body)
        out.raw("return log_f")
        out.end()

    def _densities(self, statement: Site | Factor, body: Writer) -> dict[str, Value]:
        """The log density of a statement; that of first elements apart, where that is wanted."""
        plan = self.frame.elimination
        parts = pieces(statement, self.frame.inlined)
        values = self._expectations(parts, body)
        if statement.name in plan.split:
            *starts, rest = (
                self._full(p, v) if statement.name in plan.variables else v
                for p, v in zip(parts, values, strict=True)
            )
            named = {f"{statement.name}, {_step(i)}": v for i, v in enumerate(starts)}
            return {**named, statement.name: rest}
        value = self._joined(parts, values) if len(parts) > 1 else values[0]
        if statement.name in {*plan.variables, *plan.leaves.values()}:
            value = self._full(statement, value)
        if any(statement.name in names for names in plan.covers.values()):
            value = self._from_zero(statement, value)
        return {statement.name: value}

    def _expectations(self, parts: tuple[Site | Factor, ...], body: Writer) -> list[Value]:
        """The log density of each piece, averaged over the latents that the guide keeps."""
        values = []
        is_listed = len(parts) > 1 and any(
            kept_reads(part, self.frame.elimination.kept) for part in parts
        )
        if is_listed:  # an average is computed in steps, under one name for all pieces
            body.assign("densities", listing([]))
        for i, part in enumerate(parts):
            value = averaged(self.frame, part, self._density(part), body)
            if is_listed:
                body.expression(quote("densities.append(x)", x=value.node))
                value = replace(value, node=subscript(name("densities"), [constant(i)]))
            values.append(value)
        return values

    def _from_zero(self, statement: Site | Factor, value: Value) -> Value:
        """A density along its whole axes, where its loops begin later.

        At the positions before, a summed-out site has every value with the same probability, and
        nothing else is said: they add up to 1 and change no sum.
        """
        for binder in statement.binders:
            if not binder.start:
                continue
            axis = self.frame.plate(binder.axis)
            axes = tuple(sorted({*value.axes, axis}))
            value = fill_in(self.frame, value, axes, {axis: binder})
            arguments = [constant(binder.start), constant(value.position(axis))]
            variable = self.frame.elimination.variables.get(statement.name)
            if variable is not None:
                arguments.append(self.frame.size(variable.size).node)
            value = replace(value, node=call("preceded", value.node, *arguments))
        return value

    def _density(self, statement: Site | Factor) -> Value:
        """Its log density, 0 where a ragged index set has no element.

        What is summed out has values there all the same: their probabilities add up to 1.
        """
        if isinstance(statement, Factor):
            value = ExpressionEmitter(self.frame, statement.binders).real(statement.value).tensor
        else:
            value = LawEmitter(self.frame, statement).log_density()
            if statement.ordered and is_exchangeable(statement):
                value = self._in_order(statement.binders[-1], value)
        if statement.name in self.frame.elimination.variables:
            return value
        return existing(self.frame, statement.binders, statement.span, value)

    def _in_order(self, binder: Binder, value: Value) -> Value:
        """The density of elements in increasing order: n! times that in any order.

        That is a factor of 1, 2, ..., n for each of them.
        """
        count = self.frame.length(binder)
        places = Value(
            quote("torch.arange(n, **data.options).log1p()", n=count),
            (self.frame.plate(binder.axis),),
        )
        axes = union(value, places)
        return Value(quote("x + y", x=align(value, axes), y=align(places, axes)), axes)

    def _joined(self, parts: tuple[Site | Factor, ...], values: list[Value]) -> Value:
        """The densities of the pieces of a chain, one behind the other."""
        scan = next(b for b in parts[0].binders if b.scan)
        axis = self.frame.plate(scan.axis)
        along = []
        for part, value in zip(parts, values, strict=True):
            axes = tuple(sorted({*value.axes, axis}))
            own = next(b for b in part.binders if b.scan)
            along.append(fill_in(self.frame, value, axes, {axis: own}))
        axes = union(*along)
        dims = max((v.dims for v in along), key=len)
        joined = Value(ast.Constant(None), axes, dims)
        nodes = [align(v, axes, dims) for v in along]
        return Value(call("join", constant(joined.position(axis)), *nodes), axes, dims)

    def _full(self, statement: Site | Factor, value: Value) -> Value:
        """A density with all the axes that it is differentiated along: plates, values."""
        plan = self.frame.elimination
        lengths: dict[Axis, Length] = {self.frame.plate(b.axis): b for b in statement.binders}
        for site, leaf in plan.leaves.items():
            if leaf == statement.name:
                lengths[self.frame.values_axis(Slot(site))] = plan.variables[site].size
        if statement.name in plan.split:
            lengths = {
                a: n for a, n in lengths.items() if a in value.axes or not _scans(statement, a)
            }
        axes = tuple(sorted({PARTICLES, *lengths, *value.axes}))
        return fill_in(self.frame, value, axes, lengths)

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
                body.assign(item("log_p", statement.name), sum_all(frame, value, statement).node)
        contraction = Contraction(frame, {n: self._read(n) for n in self.log_f})
        totals = {t.name for t in plan.totals}
        for step in plan.steps:
            value = contraction.step(step, body)
            if step.output.name in totals:
                target: str | ast.expr = item("log_p", term_name(plan.covers[step.output.name]))
                body.assign(target, value.node)
            else:
                contraction.keep(step, value, body)
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

    def model(self, out: Writer) -> None:
        """`model(latents, data, params)`."""
        out.function("model", "latents", "data", "params")
        out.docstring("The log density of each term, [S].")
        out.raw("return contract(factors(latents, data, params), data)")
        out.end()


def sum_all(frame: Frame, value: Value, statement: Site | Factor) -> Value:
    """The sum over all elements; an axis that the tensor lacks multiplies by its length."""
    there = [a for a in value.axes if a != PARTICLES]
    summed = total(value, there)
    for binder in statement.binders:
        if frame.plate(binder.axis) not in there:
            summed = Value(quote("n * x", n=frame.length(binder), x=summed.node), summed.axes)
    return summed


def term_name(covers: tuple[str, ...]) -> str:
    """The name of a term of the log density: the statements that it covers."""
    return ", ".join(covers)


def _scans(statement: Site | Factor, axis: Axis) -> bool:
    return any(b.scan and b.axis == axis.name for b in statement.binders)


def _step(number: int) -> str:
    return "first" if not number else "second" if number == 1 else f"step {number}"
