"""The functions `unconstrained_shapes`, `constrain` and `unconstrain`."""

from __future__ import annotations

import ast
from collections.abc import Iterable

from pplc.compiler.codegen.axes import PARTICLES, Value, align
from pplc.compiler.codegen.cells import spread
from pplc.compiler.codegen.definitions import in_full, in_order
from pplc.compiler.codegen.expressions import ExpressionEmitter
from pplc.compiler.codegen.frame import Frame
from pplc.compiler.codegen.kept import kept_blocks, write_tables
from pplc.compiler.codegen.laws import LawEmitter
from pplc.compiler.codegen.loops import Definitions
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
from pplc.compiler.elimination.eliminate import EliminationPlan
from pplc.compiler.expressions import Binder, Constant, Expr, names_read
from pplc.compiler.graph import Definition, ModelGraph, Site
from pplc.compiler.guide.plan import Block, GuidePlan
from pplc.compiler.kinds.kinds import REAL, Interval, Kind, Structure, inf


def constraint(frame: Frame, site: Site) -> ast.expr:
    """The map from unconstrained space to the values of a site: `constraints.positive`."""
    way = _support(frame, site)
    return way if site.cells is None else spread(frame, site, way)


def _support(frame: Frame, site: Site) -> ast.expr:
    """The map to the support of a site."""
    if site.ordered:
        return _ordered(frame, site)
    if site.bounds is not None:
        emitter = ExpressionEmitter(frame, site.binders)
        lower, upper = (_end(frame, site.binders, emitter.emit(b)) for b in site.bounds)
        return _bounded(_finite_ends(site.bounds), lower, upper)
    return support_constraint(site.kind)


def _ordered(frame: Frame, site: Site) -> ast.expr:
    """The map onto increasing numbers within the support, whose ends all of them share."""
    support = site.kind.support
    lower, upper = constant(float(support.lower)), constant(float(support.upper))
    if site.bounds is not None:
        support = _finite_ends(site.bounds)
        outer = site.binders[:-1]
        emitter = ExpressionEmitter(frame, outer)
        values = [emitter.emit(b) for b in site.bounds]
        lower, upper = (
            quote("x[..., None]", x=_end(frame, outer, v)) if v.axes else v.node for v in values
        )
    start = site.binders[-1].start
    way = _increasing(support, lower, upper)
    return call("constraints.later", way, constant(start)) if start else way


def _increasing(support: Interval, lower: ast.expr, upper: ast.expr) -> ast.expr:
    """As `_bounded`, onto increasing numbers."""
    if support.lower == -inf and support.upper == inf:
        return quote("constraints.ordered")
    if (support.lower, support.upper) == (0, inf) and isinstance(lower, ast.Constant):
        return quote("constraints.positive_ordered")
    if support.upper == inf:
        return call("constraints.ordered_above", lower)
    if support.lower == -inf:
        return call("constraints.ordered_below", upper)
    return call("constraints.ordered_between", lower, upper)


def support_constraint(kind: Kind) -> ast.expr:
    """The map to a support that depends on nothing; its ends are not reached."""
    support = kind.support
    if kind.structure is not None:
        return quote(f"constraints.{kind.structure}")
    if (support.lower, support.upper) == (0, inf):
        return quote("constraints.positive")
    if (support.lower, support.upper) == (0, 1):
        return quote("constraints.unit")
    return _bounded(support, constant(support.lower), constant(support.upper))


def _finite_ends(bounds: tuple[Expr, Expr]) -> Interval:
    """An interval that is infinite where these are; an end that is computed is finite."""
    lower, upper = (b.value if isinstance(b, Constant) else 0.0 for b in bounds)
    return Interval(lower, upper)


def _end(frame: Frame, binders: tuple[Binder, ...], value: Value) -> ast.expr:
    """A bound with the axes of some binders, in their own order."""
    axes = (PARTICLES, *frame.axes(binders))
    if value.axes and any(b.start for b in binders):
        return in_full(frame, in_order(frame, value, binders), binders).node
    if tuple(sorted(axes)) == axes or not value.axes:
        return align(value, axes)
    return in_order(frame, value, binders).node


def _bounded(support: Interval, lower: ast.expr, upper: ast.expr) -> ast.expr:
    """The map onto an interval, of which `support` tells the infinite ends."""
    if support.lower == -inf and support.upper == inf:
        return quote("constraints.real")
    if support.upper == inf:
        return call("constraints.lower_bounded", lower)
    if support.lower == -inf:
        return call("constraints.upper_bounded", upper)
    return call("constraints.interval", lower, upper)


def unconstrained_shape(frame: Frame, site: Site) -> list[ast.expr]:
    """The sizes of a site in unconstrained space, plates included; its cells are one dimension."""
    if site.cells is None:
        return [*(frame.size(b.index_set).node for b in site.binders), *_event(frame, site)]
    count = quote("x.shape[1]", x=frame.cells(site.cells))
    return [count, *_event(frame, site)] if not site.completed else [count]


def _event(frame: Frame, site: Site) -> list[ast.expr]:
    """The sizes of one draw in unconstrained space."""
    sizes = [frame.size(d).node for d in site.kind.shape]
    match site.kind.structure:
        case Structure.SIMPLEX:
            return [*sizes[:-1], quote("n - 1", n=sizes[-1])]
        case Structure.CHOLESKY_CORR | Structure.CORR:
            return [*sizes[:-2], quote("n * (n - 1) // 2", n=sizes[-1])]
        case Structure.COV:
            return [*sizes[:-2], quote("n * (n + 1) // 2", n=sizes[-1])]
    return sizes


def _statement(block: Block) -> Site:
    """What the guide says of a site that has a distribution there."""
    assert block.statement is not None
    return block.statement


class ConstraintWriter:
    """Writes the three functions."""

    def __init__(self, graph: ModelGraph, elimination: EliminationPlan, guide: GuidePlan) -> None:
        self.graph = graph
        self.elimination = elimination
        self.guide = guide
        self.sites = [graph.sites[n] for n in guide.sites if not graph.sites[n].discrete]
        self.centred = guide.centred
        #: The latents and the definitions that supports and centring are computed from.
        self.needed = self._needed()
        #: What the tables of probabilities of kept latents are computed from.
        self.tabled = self._reach(n for b in kept_blocks(guide) for n in _statement(b).reads)

    def _frame(self) -> Frame:
        return Frame(self.graph, self.elimination, enumerate=False)

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
        """`constrain(u, data, params, centring)`, in the order of the model.

        Bounds and centring may read latents.
        """
        frame = self._frame()
        body = Writer()
        body.indent()
        guided = {site.name for site in self.sites}
        own = self.needed | self.tabled
        definitions = Definitions(
            frame, (d for d in self.graph.definitions.values() if d.name in own)
        )
        for statement in self.graph.statements:
            if isinstance(statement, Site) and statement.name in guided:
                self._constrain(frame, statement, body)
                if statement.name in own:
                    shape = frame.comment(frame.base(statement.name))
                    body.assign(identifier(statement.name), item("latents", statement.name), shape)
            elif isinstance(statement, Definition) and statement.name in own:
                definitions.write(statement, body)
        tables = write_tables(body, self.graph, self.elimination, self.guide)
        frame.used |= tables.used - {d.name for d in self.guide.definitions}
        out.function("constrain", "u", "data", "params", "centring")
        out.docstring(
            "Latents from unconstrained space, [S, ...], and the log Jacobian of each, [S]."
        )
        if tables.counts_particles:
            out.assign("particles", call("len", item("u", self.sites[0].name)))
        frame.valued = tables.valued
        frame.header(out, own)
        out.raw("latents, log_jacobian = {}, {}")
        out.extend(body)
        out.raw("return latents, log_jacobian")
        out.end()

    def _constrain(self, frame: Frame, site: Site, body: Writer) -> None:
        way = self._constraint(frame, site)
        local = "filled" if site.cells is not None else None
        if site.name in self.centred:
            local = "centre"
        elif site.ordered and site.bounds is not None:
            local = local or "increasing"
        if local is not None:
            body.comment(site.text)
            body.assign(local, way)
            way = name(local)
        target = tuple_of([item("latents", site.name), item("log_jacobian", site.name)])
        node = call(way, item("u", site.name))
        body.assign(target, node, frame.shape((PARTICLES,), site.dims))

    def _constraint(self, frame: Frame, site: Site) -> ast.expr:
        """The map from unconstrained space, centred by degrees where that is possible."""
        if site.name not in self.centred:
            return constraint(frame, site)
        law = LawEmitter(frame, site)
        loc = law.argument("loc") or constant(0.0)
        scale = law.argument("scale") or constant(1.0)
        function = "centred" if site.kind.support == REAL else "log_centred"
        return call(f"constraints.{function}", loc, scale, item("centring", site.name))

    def _needed(self) -> frozenset[str]:
        ends = [b for s in self.sites for b in s.bounds or ()]
        laws = [c.law.arguments for c in self.centred.values()]
        ends += [law[a] for law in laws for a in ("loc", "scale") if a in law]
        return self._reach(n for expression in ends for n in names_read(expression))

    def _reach(self, names: Iterable[str]) -> frozenset[str]:
        """The latents and the definitions of the model that some names are computed from."""
        by_name = {s.name: s for s in self.graph.statements}
        own = {d.name: d for d in self.guide.definitions}
        left, seen = list(names), set()
        needed: set[str] = set()
        while left:
            read = left.pop()
            if read in seen or read in self.graph.data:
                continue
            seen.add(read)
            statement = own.get(read) or by_name.get(read)
            if isinstance(statement, Definition):
                if statement.constant:
                    continue
                left.extend(statement.reads)
            if read in by_name:
                needed.add(read)
        return frozenset(needed)

    def unconstrain(self, out: Writer) -> None:
        """`unconstrain(latents, data, params, centring)`."""
        frame = self._frame()
        body = Writer()
        body.indent()
        own = [d for d in self.graph.definitions.values() if d.name in self.needed]
        definitions = Definitions(frame, own)
        for definition in own:
            definitions.write(definition, body)
        values = {
            s.name: call(quote("c.inverse", c=self._constraint(frame, s)), item("latents", s.name))
            for s in self.sites
        }
        out.function("unconstrain", "latents", "data", "params", "centring")
        out.docstring("The inverse of `constrain`.")
        frame.header(out, frozenset(d.name for d in own))
        out.extend(body)
        out.returns(mapping(values))
        out.end()
