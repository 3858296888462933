"""The functions `unconstrained_shapes`, `constrain` and `unconstrain`."""

from __future__ import annotations

import ast

from pplc.compiler.codegen.axes import PARTICLES
from pplc.compiler.codegen.definitions import emit_definition
from pplc.compiler.codegen.expressions import ExpressionEmitter
from pplc.compiler.codegen.frame import Frame
from pplc.compiler.codegen.laws import LawEmitter
from pplc.compiler.codegen.writer import (
    Writer,
    call,
    constant,
    identifier,
    item,
    mapping,
    name,
    quote,
    tuple_of,
)
from pplc.compiler.eliminate import EliminationPlan
from pplc.compiler.expressions import Expr, names_read
from pplc.compiler.graph import Definition, ModelGraph, Site
from pplc.compiler.kinds import REAL, Kind, Structure, inf
from pplc.compiler.structure import GuidePlan


def constraint(frame: Frame, site: Site) -> ast.expr:
    """The map from unconstrained space to the support of a site: `constraints.positive`."""
    support = site.kind.support
    if site.ordered:
        return quote("constraints.ordered" if support == REAL else "constraints.positive_ordered")
    if site.bounds is not None:
        return _between(frame, site, site.bounds)
    return support_constraint(site.kind)


def support_constraint(kind: Kind) -> ast.expr:
    """The map to a support that depends on nothing; its ends are not reached."""
    support = kind.support
    if kind.structure is not None:
        return quote(f"constraints.{kind.structure}")
    if support == REAL:
        return quote("constraints.real")
    if (support.lower, support.upper) == (0, inf):
        return quote("constraints.positive")
    if (support.lower, support.upper) == (0, 1):
        return quote("constraints.unit")
    lower, upper = constant(support.lower), constant(support.upper)
    if support.upper == inf:
        return call("constraints.lower_bounded", lower)
    if support.lower == -inf:
        return call("constraints.upper_bounded", upper)
    return call("constraints.interval", lower, upper)


def _between(frame: Frame, site: Site, bounds: tuple[Expr, Expr]) -> ast.expr:
    emitter = ExpressionEmitter(frame, site.binders)
    lower, upper = bounds
    has_lower, has_upper = lower.kind.support.lower > -inf, upper.kind.support.upper < inf
    is_zero = lower.kind.support.lower == lower.kind.support.upper == 0
    if not has_lower and not has_upper:
        return quote("constraints.real")
    if not has_upper:
        if is_zero:
            return quote("constraints.positive")
        return call("constraints.lower_bounded", emitter.emit(lower).node)
    if not has_lower:
        return call("constraints.upper_bounded", emitter.emit(upper).node)
    if is_zero and upper.kind.support.lower == upper.kind.support.upper == 1:
        return quote("constraints.unit")
    return call("constraints.interval", emitter.emit(lower).node, emitter.emit(upper).node)


def unconstrained_shape(frame: Frame, site: Site) -> list[ast.expr]:
    """The sizes of a site in unconstrained space, plates included."""
    sizes = [frame.size(d).node for d in site.dims]
    if site.kind.structure is Structure.SIMPLEX:
        sizes[-1] = quote("n - 1", n=sizes[-1])
    return sizes


class ConstraintWriter:
    """Writes the three functions."""

    def __init__(self, graph: ModelGraph, elimination: EliminationPlan, guide: GuidePlan) -> None:
        self.graph = graph
        self.elimination = elimination
        self.centred = guide.centred
        self.sites = [graph.sites[n] for n in guide.sites]
        self.computed = self._computed()

    def _frame(self) -> Frame:
        return Frame(self.graph, self.elimination, enumerate=False)

    def _computed(self) -> frozenset[str]:
        """The latents and definitions that other latents are centred with."""
        found: set[str] = set()
        left = [
            name
            for c in self.centred.values()
            for argument in ("loc", "scale")
            if argument in c.law.arguments
            for name in names_read(c.law.arguments[argument])
        ]
        statements = {s.name: s for s in self.graph.statements if s.name not in self.graph.data}
        while left:
            statement = statements.get(left.pop())
            if statement is None or statement.name in found:
                continue
            if isinstance(statement, Definition):
                if statement.constant:
                    continue
                left.extend(statement.reads)
            found.add(statement.name)
        return frozenset(found)

    def shapes(self, out: Writer) -> None:
        """`unconstrained_shapes(data)`."""
        frame = self._frame()
        shapes = {s.name: tuple_of(unconstrained_shape(frame, s)) for s in self.sites}
        out.function("unconstrained_shapes", "data")
        out.docstring(
            "The shape of each latent in unconstrained space, in the order the guide draws them."
        )
        frame.header(out)
        out.returns(mapping(shapes))
        out.end()

    def constrain(self, out: Writer) -> None:
        """`constrain(u, data, params, centring)`: in the order of the model."""
        frame = self._frame()
        body = Writer()
        body.indent()
        for statement in self.graph.statements:
            if isinstance(statement, Site) and statement in self.sites:
                self._constrain(frame, statement, body)
            elif isinstance(statement, Definition) and statement.name in self.computed:
                _define(frame, statement, body)
        out.function("constrain", "u", "data", "params", "centring")
        out.docstring(
            "Latents from unconstrained space, [S, ...], and the log Jacobian of each, [S]."
        )
        frame.header(out, self.computed)
        out.raw("latents, log_jacobian = {}, {}")
        out.extend(body)
        out.raw("return latents, log_jacobian")
        out.end()

    def _constrain(self, frame: Frame, site: Site, body: Writer) -> None:
        constraint_ = self._constraint(frame, site)
        if site.name in self.centred:
            body.comment(site.text)
            body.assign("centre", constraint_)
            constraint_ = name("centre")
        target = tuple_of([item("latents", site.name), item("log_jacobian", site.name)])
        node = call(constraint_, item("u", site.name))
        body.assign(target, node, frame.shape((PARTICLES,), site.dims))
        if site.name in self.computed:
            body.assign(identifier(site.name), item("latents", site.name))

    def _constraint(self, frame: Frame, site: Site) -> ast.expr:
        if site.name not in self.centred:
            return constraint(frame, site)
        law = LawEmitter(frame, site)
        loc = law.argument("loc") or constant(0.0)
        scale = law.argument("scale") or constant(1.0)
        function = "centred" if site.kind.support == REAL else "log_centred"
        return call(f"constraints.{function}", loc, scale, item("centring", site.name))

    def unconstrain(self, out: Writer) -> None:
        """`unconstrain(latents, data, params, centring)`."""
        frame = self._frame()
        body = Writer()
        body.indent()
        definitions = [d for d in self.graph.definitions.values() if d.name in self.computed]
        for definition in definitions:
            _define(frame, definition, body)
        values = {}
        for site in self.sites:
            inverse = quote("c.inverse", c=self._constraint(frame, site))
            values[site.name] = call(inverse, item("latents", site.name))
        out.function("unconstrain", "latents", "data", "params", "centring")
        out.docstring("The inverse of `constrain`.")
        frame.header(out, frozenset(d.name for d in definitions))
        out.extend(body)
        out.returns(mapping(values))
        out.end()


def _define(frame: Frame, definition: Definition, body: Writer) -> None:
    body.comment(definition.text)
    value = emit_definition(frame, definition)
    body.assign(identifier(definition.name), value.node, frame.comment(value))
