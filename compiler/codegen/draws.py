"""The functions that draw: `prior`, `recover` (summed-out sites) and `generate`."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from pplc.compiler.codegen.axes import PARTICLES, Value, permuted
from pplc.compiler.codegen.cells import increasing
from pplc.compiler.codegen.definitions import emit_definition, in_full
from pplc.compiler.codegen.frame import Frame
from pplc.compiler.codegen.laws import LawEmitter
from pplc.compiler.codegen.loops import Loop
from pplc.compiler.codegen.writer import (
    Writer,
    call,
    constant,
    identifier,
    item,
    mapping,
    name,
    quote,
)
from pplc.compiler.elimination.eliminate import EliminationPlan
from pplc.compiler.graph import Definition, Factor, ModelGraph, Site
from pplc.compiler.scans import pieces, recurrences


def write_prior(out: Writer, graph: ModelGraph, plan: EliminationPlan) -> None:
    """`prior(draws, data, params)`: the guided latents, each from its own distribution."""
    frame = Frame(graph, plan, enumerate=False)
    body = Writer()
    body.indent()
    wanted = [s.name for s in graph.sites.values() if s.latent and s.name not in plan.enumerated]
    own = _ancestors(graph, wanted)
    drawn = [s for s in graph.statements if s.name in own and not isinstance(s, Factor)]
    emit_all(frame, drawn, body, name("draws"))
    out.function("prior", "draws", "data", "params")
    out.docstring(
        "Latents drawn from the prior, [draws, ...]; from a stand-in where the prior is improper."
    )
    if frame.counts_particles:
        out.assign("particles", name("draws"))
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
    latent = next((s.name for s in graph.sites.values() if s.latent), None)
    values: dict[str, ast.expr] = {}
    emit_all(frame, reported(graph), body, name("particles"))
    for statement in reported(graph):
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
        particles = constant(1) if latent is None else call("len", item("latents", latent))
        out.assign("particles", particles)
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
    reads = {s.name: s.reads for s in graph.statements}
    needed: set[str] = set()
    ahead = list(wanted)
    while ahead:
        name = ahead.pop()
        if name not in needed:
            needed.add(name)
            ahead += reads.get(name, ())
    given = {name for name in needed if graph.is_given(name)}
    return needed - given - set(graph.params) - set(graph.nets)


def emit_all(
    frame: Frame, statements: Sequence[Site | Definition], body: Writer, particles: ast.expr
) -> None:
    """Draw sites and compute definitions, each from those before; recurrences step by step."""
    groups = {s.name: group for group in recurrences(statements) for s in group}
    done: set[str] = set()
    for statement in statements:
        if statement.name in groups and statement.name not in done:
            group = groups[statement.name]
            Loop(frame, group, particles).write(body)
            done |= {s.name for s in group}
        elif statement.name not in done:
            body.comment(statement.text)
            value = _value(frame, statement, particles)
            body.assign(identifier(statement.name), value.node, frame.comment(value))


def _value(frame: Frame, statement: Site | Definition, particles: ast.expr) -> Value:
    if isinstance(statement, Definition):
        return emit_definition(frame, statement)
    parts = [LawEmitter(frame, p).sample(particles) for p in pieces(statement, {})]
    value = parts[0]
    if len(parts) > 1:
        scan = next(frame.plate(b.axis) for b in statement.binders if b.scan)
        node = call("join", constant(value.position(scan)), *(p.node for p in parts))
        value = Value(node, value.axes, value.dims)
    value = permuted(value, (PARTICLES, *frame.axes(statement.binders)))
    if statement.ordered:
        value = increasing(frame, statement, value)
    return in_full(frame, value, statement.binders)
