"""The functions that draw: `prior`, `recover` (summed-out sites) and `generate`."""

from __future__ import annotations

import ast

import networkx as nx

from pplc.compiler.codegen.axes import PARTICLES, Value, align
from pplc.compiler.codegen.densities import (
    emit_definition,
    joint,
    product_step,
    sum_comment,
    sum_step,
)
from pplc.compiler.codegen.frame import Frame, statement_axes
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
)
from pplc.compiler.eliminate import EliminationPlan, Sum
from pplc.compiler.graph import Definition, Factor, ModelGraph, Site


def write_prior(out: Writer, graph: ModelGraph, plan: EliminationPlan) -> None:
    """`prior(draws, data)`: the guided latents, each from its own distribution."""
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
    out.function("prior", "draws", "data")
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
    latent = next((s.name for s in graph.sites.values() if s.latent), None)
    for statement in reported(graph):
        body.comment(statement.text)
        _emit_draw(frame, statement, body, name("particles"))
    out.function("generate", "latents", "data", "params")
    out.docstring(
        "Quantities that depend on latents and the generate block, [S, ...].",
        "",
        "`latents` holds draws of the summed-out sites too, as `recover` gives them.",
    )
    if any(isinstance(s, Site) for s in reported(graph)):
        particles = constant(1) if latent is None else call("len", item("latents", latent))
        out.assign("particles", particles)
    frame.header(out, frozenset(own))
    out.extend(body)
    names = [s.name for s in reported(graph)]
    out.returns(mapping({n: name(identifier(n)) for n in names}))
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
    return needed - set(graph.data) - constant_


def _emit_draw(
    frame: Frame, statement: Site | Definition, body: Writer, particles: ast.expr
) -> None:
    if isinstance(statement, Definition):
        value = emit_definition(frame, statement)
        body.assign(identifier(statement.name), value.node, frame.comment(value))
        return
    node = LawEmitter(frame, statement).sample(particles)
    if statement.ordered:
        node = quote("x.sort(-1).values", x=node)
    body.assign(identifier(statement.name), node, frame.shape((PARTICLES,), statement.dims))


class RecoveryWriter:
    """Writes `recover`: the elimination forwards, then draws backwards."""

    def __init__(self, frame: Frame, log_f: dict[str, Value]) -> None:
        self.frame = frame
        self.plan = frame.elimination
        self.tensors = {n: Value(item("log_f", n), v.axes, v.dims) for n, v in log_f.items()}

    def write(self, out: Writer) -> None:
        """`recover(latents, data, params)`."""
        if not self.plan.variables:
            out.function("recover", "latents", "data", "params")
            out.docstring("Nothing is summed out in this model.")
            out.raw("return {}, {}")
            out.end()
            return
        body = Writer()
        body.indent()
        joints = self._forwards(body)
        for step in reversed([s for s in self.plan.steps if isinstance(s, Sum)]):
            self._backwards(body, step, joints[step.variable])
        out.function("recover", "latents", "data", "params")
        out.docstring(
            "Draws of the summed-out sites given the latents, and the probability of each value."
        )
        self.frame.header(out)
        out.raw("log_f = factors(latents, data, params)")
        out.raw("draws = {}")
        out.extend(body)
        plates = mapping({n: constant(len(v.plates)) for n, v in self.plan.variables.items()})
        out.assign(
            "probabilities", quote("marginals(contract, log_f, data, plates)", plates=plates)
        )
        out.raw("return draws, probabilities")
        out.end()

    def _forwards(self, body: Writer) -> dict[str, Value]:
        """Compute what each site is summed out of, as far as the draws need it."""
        joints: dict[str, Value] = {}
        feeds = {t.name for s in self.plan.steps for t in s.inputs}
        for step in self.plan.steps:
            output = identifier(step.output.name)
            if isinstance(step, Sum):
                body.comment(sum_comment(self.frame, step))
                value = joint(step, self.tensors)
                local = identifier(f"{step.variable}_joint")
                body.assign(local, value.node, self.frame.comment(value))
                joints[step.variable] = Value(name(local), value.axes)
                value = sum_step(self.frame, step, self.tensors)
            else:
                value = product_step(self.frame, step, self.tensors)
            self.tensors[step.output.name] = Value(name(output), value.axes)
            if step.output.name in feeds and self._leads_to_sum(step.output.name):
                body.assign(output, value.node, self.frame.comment(value))
        return joints

    def _leads_to_sum(self, term: str) -> bool:
        """Whether a later sum reads a term, through products or directly."""
        for step in self.plan.steps:
            if term in {t.name for t in step.inputs}:
                return isinstance(step, Sum) or self._leads_to_sum(step.output.name)
        return False

    def _backwards(self, body: Writer, step: Sum, value: Value) -> None:
        """Draw one site given those that are drawn already."""
        variable = self.plan.variables[step.variable]
        own = self.frame.values_axis(variable)
        for other in [v for v in self.plan.variables if v != step.variable]:
            axis = self.frame.values_axis(self.plan.variables[other])
            if axis in value.axes:
                value = self._pick(value, other)
        plates = statement_axes(self.frame.graph.sites[step.variable].binders)
        missing = [a for a in (PARTICLES, *plates.values()) if a not in value.axes]
        assert not missing and value.axes[-1] == own
        node = quote("draw(x)", x=value.node)
        if variable.first:
            node = quote("x + first", x=node, first=variable.first)
        shape = self.frame.shape((PARTICLES,), variable.plates)
        body.assign(item("draws", step.variable), node, shape)

    def _pick(self, value: Value, other: str) -> Value:
        """The entries at the drawn values of another site."""
        variable = self.plan.variables[other]
        axis = self.frame.values_axis(variable)
        plates = statement_axes(self.frame.graph.sites[other].binders)
        drawn = Value(item("draws", other), (PARTICLES, *plates.values()))
        if variable.first:
            drawn = Value(quote("x - first", x=drawn.node, first=variable.first), drawn.axes)
        index = align(drawn, value.axes)
        at = constant(value.position(axis))
        node = quote("x.take_along_dim(i, at).squeeze(at)", x=value.node, i=index, at=at)
        return Value(node, tuple(a for a in value.axes if a != axis))
