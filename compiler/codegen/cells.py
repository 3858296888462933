"""Latents at some of the elements of their array: the missing cells of data, later positions.

In unconstrained space they are packed, one behind the other; `constrain` spreads them out over the
whole array. The positions of the cells are an array `[dimensions, cells]` that `prepare` adds to
the data.
"""

from __future__ import annotations

import ast
from dataclasses import replace

from pplc.compiler.codegen.axes import Value, align, permuted, union
from pplc.compiler.codegen.definitions import in_order
from pplc.compiler.codegen.expressions import ExpressionEmitter
from pplc.compiler.codegen.frame import Frame, cells_name
from pplc.compiler.codegen.writer import call, constant, quote, tuple_of
from pplc.compiler.expressions import Apply, Binder, Constant, Expr, Position
from pplc.compiler.graph import ModelGraph, Site
from pplc.compiler.kinds.kinds import BOOL, NAT, Kind
from pplc.compiler.lower.ragged import both, inside
from pplc.grammar.source import Span


def sites_in_cells(graph: ModelGraph) -> dict[str, Site]:
    """The continuous latents at some of their elements: one site for each set of cells."""
    return {s.cells: s for s in graph.sites.values() if s.cells is not None and not s.discrete}


def positions_of_cells(frame: Frame, graph: ModelGraph) -> dict[str, ast.expr]:
    """What `prepare` adds: the positions of each set of cells, [dimensions, cells]."""
    return {
        cells_name(of): quote("mask.nonzero().T", mask=_mask(frame, site))
        for of, site in sites_in_cells(graph).items()
    }


def _mask(frame: Frame, site: Site) -> ast.expr:
    binders = _from_zero(site)
    condition = _exists(site, binders)
    there: ast.expr | None = None
    if condition is not None:
        value = ExpressionEmitter(frame, binders).condition(condition)
        there = in_order(frame, value, binders).node
    if not site.completed:
        assert there is not None
        return there
    missing = quote("~data.present[name]", name=constant(site.name))
    return missing if there is None else quote("x & y", x=missing, y=there)


def _exists(site: Site, binders: tuple[Binder, ...]) -> Expr | None:
    """Which elements of its array a site has; None where it has all."""
    condition = inside(binders, site.span)
    for binder, whole in zip(site.binders, binders, strict=True):
        if binder.start and not site.completed:
            at = Position(kind=Kind(NAT), span=site.span, binder=whole)
            first = Constant(kind=Kind(NAT), span=site.span, value=binder.start)
            later = Apply(kind=Kind(BOOL), span=site.span, function=">=", arguments=(at, first))
            condition = both(condition, later)
    return condition


def _from_zero(site: Site) -> tuple[Binder, ...]:
    return tuple(b.replaced(start=0) for b in site.binders)


def spread(frame: Frame, site: Site, constraint: ast.expr) -> ast.expr:
    """A constraint on the cells of a site alone, as one on the whole array."""
    assert site.cells is not None
    cells = frame.cells(site.cells)
    if site.completed:
        values = quote("data[name]", name=constant(site.name))
        return call("constraints.completed", constraint, cells, values)
    sizes = tuple_of([frame.size(b.index_set).node for b in site.binders])
    return call("constraints.spread", constraint, cells, sizes)


def existing(frame: Frame, binders: tuple[Binder, ...], span: Span, value: Value) -> Value:
    """Log densities over some binders, 0 where a ragged one is beyond its length."""
    condition = inside(binders, span)
    if condition is None:
        return value
    mask = ExpressionEmitter(frame, binders).condition(condition)
    axes = union(mask, value)
    parts = (align(v, axes, value.dims) for v in (mask, value))
    return Value(call("torch.where", *parts, constant(0.0)), axes, value.dims)


def increasing(frame: Frame, site: Site, value: Value) -> Value:
    """Draws of an ordered family, [S, ..., K], in order along their last axis."""
    condition = inside(site.binders[-1:], site.span)
    if condition is None:
        return replace(value, node=call("sort_rows", value.node))
    mask = ExpressionEmitter(frame, site.binders).condition(condition)
    there = align(permuted(mask, tuple(a for a in value.axes if a in mask.axes)), value.axes)
    return replace(value, node=call("sort_rows", value.node, there))
