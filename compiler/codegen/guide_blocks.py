"""The blocks of a guide that its block asks for: points, independent and low-rank Gaussians, laws.

A point has no noise, and its log density counts as zero: where all else is summed out or a point
too, the objective is the log density of the model as the user wrote it, without any Jacobian.
"""

from __future__ import annotations

import ast

from pplc.compiler.codegen.axes import PARTICLES, Value, permuted
from pplc.compiler.codegen.constraints import constraint
from pplc.compiler.codegen.definitions import emit_definition
from pplc.compiler.codegen.frame import Frame
from pplc.compiler.codegen.laws import LawEmitter
from pplc.compiler.codegen.writer import (
    Writer,
    call,
    constant,
    identifier,
    item,
    name,
    quote,
    tuple_of,
)
from pplc.compiler.expressions import names_read
from pplc.compiler.graph import Definition, ModelGraph, Site
from pplc.compiler.guide.plan import Block, GuidePlan
from pplc.compiler.guide_block.points import unbounded

#: Distributions that are drawn from two standard normals for each element.
_TWO_NORMALS = ("Beta", "StudentT")


def parameter_shapes(block: Block, total: ast.expr) -> dict[str, ast.expr]:
    """The shape of each parameter of a block, `total` its number of unconstrained elements."""
    loc = {f"{block.name}.loc": quote("(n,)", n=total)}
    scale = {f"{block.name}.log_scale": quote("(n,)", n=total)}
    if block.family == "point":
        return loc
    if block.family == "diagonal":
        return loc | scale
    if block.family == "lowrank":
        return loc | scale | {f"{block.name}.factor": quote("(n, r)", n=total, r=block.rank)}
    return {}


def noise_shape(frame: Frame, block: Block, total: ast.expr) -> ast.expr:
    """The shape of the noise of a block."""
    if block.family in ("point", "discrete"):
        return quote("(0,)")
    if block.family == "diagonal":
        return quote("(n,)", n=total)
    if block.family == "lowrank":
        return quote("(n + r,)", n=total, r=block.rank)
    assert block.statement is not None
    sizes = [frame.size(d).node for d in block.statement.dims]
    if block.statement.law.distribution.name in _TWO_NORMALS:
        sizes.append(constant(2))
    return tuple_of(sizes)


def draw_joint(block: Block, body: Writer) -> None:
    """Draw all elements of a block of Gaussians as `joint`, their log densities `log_density`."""
    sites, loc = ", ".join(block.sites), item("phi", f"{block.name}.loc")
    if block.family == "diagonal":
        body.comment(f"{sites}: independent Gaussians in unconstrained space")
        body.assign("eps", item("noise", block.name), "[S, D]")
        body.assign("log_scale", item("phi", f"{block.name}.log_scale"), "[D]")
        body.assign("joint", quote("loc + log_scale.exp() * eps", loc=loc), "[S, D]")
        log_density = quote("Normal(0.0, 1.0).log_prob(eps) - log_scale")
        body.assign("log_density", log_density, "[S, D]")
        return
    body.comment(f"{sites}: a Gaussian of rank {block.rank}, and noise of their own")
    body.assign("eps", item("noise", block.name), f"[S, D + {block.rank}]")
    body.assign("scale", quote("x.exp()", x=item("phi", f"{block.name}.log_scale")), "[D]")
    body.assign("factor", item("phi", f"{block.name}.factor"), f"[D, {block.rank}]")
    size = quote("len(scale)")
    own = quote("scale * eps[:, :n]", n=size)
    shared = quote("eps[:, n:] @ factor.T", n=size)
    body.assign("joint", quote("loc + own + shared", loc=loc, own=own, shared=shared), "[S, D]")
    body.comment("the log density of each coordinate given those before it")
    log_density = quote("low_rank_log_density(joint - loc, scale, factor)", loc=loc)
    body.assign("log_density", log_density, "[S, D]")


def _statements(blocks: list[Block]) -> list[Site]:
    """What the guide says of the sites that have a distribution there."""
    return [b.statement for b in blocks if b.statement is not None]


class LawWriter:
    """Writes the sites that have a distribution of their own in the guide."""

    def __init__(self, frame: Frame, graph: ModelGraph, plan: GuidePlan) -> None:
        self.frame = frame
        self.graph = graph
        self.laws = [b for b in plan.blocks if b.family == "law"]
        self.points = [b for b in plan.blocks if b.family == "point"]
        #: Those of the guide, and those of the model that it reads.
        self.definitions = {d.name: d for d in plan.definitions}
        for read in (n for d in (*plan.definitions, *_statements(self.laws)) for n in d.reads):
            self._enter(read)
        #: Names that have a value of their own in the function so far.
        self.drawn: set[str] = set()

    def _enter(self, name_: str) -> None:
        """Note a definition of the model, and those that it reads."""
        definition = self.graph.definitions.get(name_)
        if definition is None or definition.constant or name_ in self.definitions:
            return
        self.definitions[name_] = definition
        for read in definition.reads:
            self._enter(read)

    @property
    def own(self) -> frozenset[str]:
        """What the guide computes itself."""
        return frozenset({*self._latents, *self.definitions})

    def write(self, body: Writer) -> None:
        """Points and laws: their values in unconstrained space, and `log_q`."""
        for block in self.points:
            size = quote("len(x)", x=item("noise", block.name))
            for site in block.sites:
                if not unbounded(self.graph.sites[site]):
                    zeros = quote("torch.zeros(n, **data.options)", n=size)
                    body.assign(item("log_q", site), zeros)
        for block in self.laws:
            assert block.statement is not None
            for read in sorted(self._needs(block.statement)):
                self._value(read, body)
            self._law(block, block.statement, body)

    def write_unbounded(self, body: Writer) -> None:
        """`log_q` of points whose prior has no mode but in unconstrained space."""
        for site in (s for block in self.points for s in block.sites):
            if unbounded(self.graph.sites[site]):
                body.comment(f"{site} has a mode in unconstrained space only: the Jacobian counts")
                body.assign(item("log_q", site), quote("-x", x=item("log_jacobian", site)))

    def _needs(self, statement: Site | Definition) -> frozenset[str]:
        return statement.reads & (set(self.definitions) | self._latents)

    @property
    def _latents(self) -> set[str]:
        return {s.name for s in self.graph.sites.values() if s.latent}

    def _value(self, read: str, body: Writer) -> None:
        """A definition or a latent that a law reads, unless it is there already."""
        if read in self.drawn:
            return
        self.drawn.add(read)
        if read in self.definitions:
            definition = self.definitions[read]
            for inner in sorted(self._needs(definition)):
                self._value(inner, body)
            body.comment(definition.text)
            value = emit_definition(self.frame, definition)
            body.assign(identifier(read), value.node, self.frame.comment(value))
            return
        site = self.graph.sites[read]
        for end in site.bounds or ():
            for inner in sorted(names_read(end) & (set(self.definitions) | self._latents)):
                self._value(inner, body)
        value_ = quote("c.value(x)", c=constraint(self.frame, site), x=item("u", read))
        body.assign(identifier(read), value_, self.frame.shape((PARTICLES,), site.dims))

    def density(self, out: Writer) -> None:
        """`guide_density(latents, data, params)`; nothing where there are no laws."""
        if not self.laws:
            return
        self.drawn = set(self._latents)
        body = Writer()
        body.indent()
        for block in self.laws:
            assert block.statement is not None
            for read in sorted(self._needs(block.statement) - self.drawn):
                self._value(read, body)
            (site,) = block.sites
            self._distribution(block.statement, body)
            self.frame.base(site)
            self._log_q(site, block.statement, body)
        out.function("guide_density", "latents", "data", "params")
        out.docstring(
            "The log density in the guide, [S], of latents with a distribution of their own there."
        )
        self.frame.header(out, frozenset(self.definitions))
        out.raw("log_q = {}")
        out.extend(body)
        out.raw("return log_q")
        out.end()

    def _distribution(self, statement: Site, body: Writer) -> None:
        emitter = LawEmitter(self.frame, statement)
        axes = (PARTICLES, *(emitter.expressions.axis(b) for b in statement.binders))
        body.comment(statement.text)

        def in_order(value: Value) -> Value:
            return permuted(value, tuple(a for a in axes if a in value.axes))

        body.assign("law", emitter.law.call(axes, in_order))

    def _law(self, block: Block, statement: Site, body: Writer) -> None:
        (site,) = block.sites
        self.drawn.add(site)
        self._distribution(statement, body)
        draw = call("reparameterised", name("law"), item("noise", block.name))
        body.assign(identifier(site), draw, self.frame.shape((PARTICLES,), statement.dims))
        inverse = quote("c.inverse", c=constraint(self.frame, self.graph.sites[site]))
        body.assign(item("u", site), call(inverse, name(identifier(site))))
        self._log_q(site, statement, body)

    @staticmethod
    def _log_q(site: str, statement: Site, body: Writer) -> None:
        density = quote("law.log_prob(x)", x=name(identifier(site)))
        depth = len(statement.binders)
        if depth:
            over: ast.expr = constant(-1)
            if depth > 1:
                over = tuple_of([constant(-i) for i in range(depth, 0, -1)])
            density = quote("x.sum(over)", x=density, over=over)
        body.assign(item("log_q", site), density, "[S]")
