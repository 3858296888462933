"""Discrete latents that the guide keeps: tables of probabilities in place of values.

`constrain` puts the table of each into the latents. The density of a statement that reads one is
averaged over its values as it is computed, so that its expectation is exact.
"""

from __future__ import annotations

import ast

from pplc.compiler.codegen.axes import PARTICLES, Axis, Value, align, permuted, total
from pplc.compiler.codegen.definitions import emit_definition, fill_in
from pplc.compiler.codegen.expressions import ExpressionEmitter
from pplc.compiler.codegen.frame import Frame
from pplc.compiler.codegen.gather import gather
from pplc.compiler.codegen.laws import LawEmitter
from pplc.compiler.codegen.writer import Writer, constant, identifier, item, name, quote, tuple_of
from pplc.compiler.elimination.eliminate import EliminationPlan
from pplc.compiler.elimination.factor_graph import Slot, kept_reads
from pplc.compiler.expressions import Read
from pplc.compiler.graph import Factor, ModelGraph, Site
from pplc.compiler.guide.plan import Block, GuidePlan


def kept_blocks(plan: GuidePlan) -> list[Block]:
    """The blocks of discrete latents."""
    return [b for b in plan.blocks if b.family == "discrete"]


def write_tables(
    body: Writer, graph: ModelGraph, elimination: EliminationPlan, plan: GuidePlan
) -> Frame:
    """Put the probabilities of each kept latent into `latents`; returns the frame of the code."""
    frame = Frame(graph.with_more(plan.definitions), elimination, enumerate=True)
    needed: set[str] = set()
    for block in kept_blocks(plan):
        assert block.statement is not None
        needed |= block.statement.reads
    for definition in reversed(plan.definitions):
        if definition.name in needed:
            needed |= definition.reads
    for definition in plan.definitions:
        if definition.name in needed:
            body.comment(definition.text)
            value = emit_definition(frame, definition)
            body.assign(identifier(definition.name), value.node, frame.comment(value))
    for block in kept_blocks(plan):
        assert block.statement is not None
        statement = block.statement
        body.comment(f"{statement.text}: the probability of each of its values")
        value = LawEmitter(frame, statement).log_density()
        lengths = {frame.plate(b.axis): b for b in statement.binders}
        own = frame.values_axis(Slot(statement.name))
        axes = (PARTICLES, *lengths, own)
        value = permuted(value, tuple(a for a in axes if a in value.axes))
        value = fill_in(frame, value, axes, lengths)
        node = quote("x.exp()", x=value.node)
        body.assign(item("latents", statement.name), node, frame.comment(value))
    return frame


def averaged(frame: Frame, statement: Site | Factor, value: Value, body: Writer) -> Value:
    """The expectation of a density over the kept latents that it varies with.

    Each slot stands for one element of a latent for each element of the statement, and all are
    independent in the guide: one sum after the other.
    """
    emitter = ExpressionEmitter(frame, statement.binders)
    for slot, read in kept_reads(statement, frame.elimination.kept).items():
        axis = frame.values_axis(slot)
        if axis not in value.axes:
            continue
        value = total(value, [])
        body.assign("density", value.node, frame.comment(value))
        value = Value(name("density"), value.axes)
        probabilities = _table(emitter, read, axis)
        axes = tuple(sorted({*value.axes, *probabilities.axes}))
        node = quote("p * x", p=align(probabilities, axes), x=align(value, axes))
        value = total(Value(node, axes), [axis])
    return value


def _table(emitter: ExpressionEmitter, read: Read, axis: Axis) -> Value:
    """The probabilities of the element that is read, its values along `axis`."""
    variable = emitter.frame.elimination.kept[read.name]
    whole = Value(item("latents", read.name), (PARTICLES,), (*variable.plates, str(variable.size)))
    there = gather(emitter, read, whole)
    return Value(there.node, (*there.axes, axis))


def entropy_term(block: Block, elimination: EliminationPlan) -> ast.expr:
    """The expectation of the log probability of a kept latent in the guide, [S]."""
    (site,) = block.sites
    depth = len(elimination.kept[site].plates) + 1
    over = constant(-1) if depth == 1 else tuple_of([constant(-i) for i in range(depth, 0, -1)])
    return quote("-torch.special.entr(x).sum(over)", x=item("latents", site), over=over)
