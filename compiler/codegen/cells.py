"""Latents at some of the elements of their array: the missing cells of data, later positions.

In unconstrained space they are packed, one behind the other; `constrain` spreads them out over the
whole array. The positions of the cells are an array `[dimensions, cells]` that `prepare` adds to
the data.
"""

from __future__ import annotations

import ast

from pplc.compiler.codegen.axes import Value
from pplc.compiler.codegen.definitions import in_order
from pplc.compiler.codegen.expressions import ExpressionEmitter
from pplc.compiler.codegen.frame import Frame, cells_name
from pplc.compiler.codegen.writer import call, constant, quote, tuple_of
from pplc.compiler.expressions import Apply, Binder, Constant, Expr, Position
from pplc.compiler.graph import ModelGraph, Site
from pplc.compiler.kinds import BOOL, NAT, Kind


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
    if site.completed:
        return quote("~data.present[name]", name=constant(site.name))
    value = _exists(frame, site)
    return in_order(frame, value, _from_zero(site)).node


def _exists(frame: Frame, site: Site) -> Value:
    """Which elements of its array a site has."""
    emitter = ExpressionEmitter(frame, _from_zero(site))
    condition: Expr | None = None
    for binder, whole in zip(site.binders, _from_zero(site), strict=True):
        if not binder.start:
            continue
        at = Position(kind=Kind(NAT), span=site.span, binder=whole)
        first = Constant(kind=Kind(NAT), span=site.span, value=binder.start)
        later = Apply(kind=Kind(BOOL), span=site.span, function=">=", arguments=(at, first))
        condition = _both(condition, later)
    assert condition is not None
    return emitter.condition(condition)


def _both(first: Expr | None, second: Expr) -> Expr:
    if first is None:
        return second
    return Apply(kind=Kind(BOOL), span=second.span, function="and", arguments=(first, second))


def _from_zero(site: Site) -> tuple[Binder, ...]:
    return tuple(b.model_copy(update={"start": 0}) for b in site.binders)


def spread(frame: Frame, site: Site, constraint: ast.expr) -> ast.expr:
    """A constraint on the cells of a site alone, as one on the whole array."""
    assert site.cells is not None
    cells = frame.cells(site.cells)
    if site.completed:
        values = quote("data[name]", name=constant(site.name))
        return call("constraints.completed", constraint, cells, values)
    sizes = tuple_of([frame.size(b.index_set).node for b in site.binders])
    return call("constraints.spread", constraint, cells, sizes)
