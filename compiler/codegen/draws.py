"""The functions that draw: `prior`, `recover` (summed-out sites) and `generate`."""

from __future__ import annotations

import ast

import networkx as nx

from pplc.compiler.codegen.axes import PARTICLES, permuted
from pplc.compiler.codegen.definitions import emit_definition
from pplc.compiler.codegen.frame import Frame
from pplc.compiler.codegen.laws import LawEmitter
from pplc.compiler.codegen.writer import Writer, call, identifier, item, mapping, name, quote
from pplc.compiler.eliminate import EliminationPlan
from pplc.compiler.graph import Definition, Factor, ModelGraph, Site


def write_prior(out: Writer, graph: ModelGraph, plan: EliminationPlan) -> None:
    """`prior(draws, data, params)`: the guided latents, each from its own distribution."""
    frame = Frame(graph, plan, enumerate=False)
    body = Writer()
    body.indent()
    wanted = [s.name for s in graph.sites.values() if s.latent and s.name not in plan.variables]
    own = _ancestors(graph, wanted)
    for statement in graph.statements:
        if statement.name not in own or isinstance(statement, Factor):
            continue
        body.comment(statement.text)
        _emit_draw(frame, statement, body, name("draws"))
    out.function("prior", "draws", "data", "params")
    out.docstring(
        "Latents drawn from the prior, [draws, ...]; from a stand-in where the prior is improper."
    )
    frame.header(out, frozenset(own))
    out.extend(body)
    out.returns(mapping({n: name(identifier(n)) for n in wanted}))
    out.end()


def write_generate(out: Writer, graph: ModelGraph, plan: EliminationPlan) -> None:
    """`generate(latents, data, params)`: definitions and the generate block, given all latents."""
    frame = Frame(graph, plan, enumerate=False)
    body = Writer()
    body.indent()
    own = {s.name for s in reported(graph)}
    guided = next(s.name for s in graph.sites.values() if s.latent)
    values: dict[str, ast.expr] = {}
    for statement in reported(graph):
        body.comment(statement.text)
        _emit_draw(frame, statement, body, name("particles"))
        values[statement.name] = name(identifier(statement.name))
        if isinstance(statement, Definition) and not frame.varies(statement.name):
            frame.counts_particles = True
            template = "x.expand(particles, *x.shape)"
            values[statement.name] = quote(template, x=values[statement.name])
    out.function("generate", "latents", "data", "params")
    out.docstring(
        "Quantities that depend on latents and the generate block, [S, ...].",
        "",
        "`latents` holds draws of the summed-out sites too, as `recover` gives them.",
    )
    if frame.counts_particles or any(isinstance(s, Site) for s in reported(graph)):
        out.assign("particles", call("len", item("latents", guided)))
    frame.header(out, frozenset(own))
    out.extend(body)
    out.returns(mapping(values))
    out.end()


def reported(graph: ModelGraph) -> list[Site | Definition]:
    """What `generate` computes: random definitions, and everything in the generate block."""
    return [
        s
        for s in graph.statements
        if (isinstance(s, Definition) and not s.constant)
        or (s.generated and not isinstance(s, Factor))
    ]


def _ancestors(graph: ModelGraph, wanted: list[str]) -> set[str]:
    """The statements that must be drawn for the wanted sites, these included; data left out."""
    dependencies = graph.dependencies()
    needed = set(wanted)
    for site in wanted:
        needed |= nx.ancestors(dependencies, site)
    constant_ = {d.name for d in graph.definitions.values() if d.constant}
    return needed - set(graph.data) - set(graph.params) - constant_


def _emit_draw(
    frame: Frame, statement: Site | Definition, body: Writer, particles: ast.expr
) -> None:
    if isinstance(statement, Definition):
        value = emit_definition(frame, statement)
        body.assign(identifier(statement.name), value.node, frame.comment(value))
        return
    value = LawEmitter(frame, statement).sample(particles)
    value = permuted(value, (PARTICLES, *frame.axes(statement.binders)))
    node = value.node
    if statement.ordered:
        node = quote("x.sort(-1).values", x=node)
    body.assign(identifier(statement.name), node, frame.shape((PARTICLES,), statement.dims))
