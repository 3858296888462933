"""The `METADATA` of a generated module: what the runtime must know besides its functions."""

from __future__ import annotations

import ast
from dataclasses import replace
from typing import Any

from pplc.compiler.align import Ledger
from pplc.compiler.codegen.densities import term_name
from pplc.compiler.codegen.draws import reported
from pplc.compiler.codegen.writer import constant, mapping
from pplc.compiler.distributions import Support
from pplc.compiler.elimination.eliminate import EliminationPlan
from pplc.compiler.graph import (
    Data,
    Definition,
    Length,
    ModelGraph,
    Net,
    Param,
    Site,
    Statement,
)
from pplc.compiler.guide.plan import Block, GuidePlan
from pplc.compiler.kinds.kinds import Interval, inf
from pplc.grammar.source import Span


def metadata(
    graph: ModelGraph,
    elimination: EliminationPlan,
    guide: GuidePlan,
    ledger: Ledger,
    spec: dict[str, str],
    version: str,
) -> dict[str, Any]:
    """A plain dictionary; its form is `pplc.runtime.manifest.Manifest`."""
    return {
        "format": 1,
        "pplc": version,
        "spec": spec,
        "index_sets": [
            _some(
                name=s.name,
                size=s.size,
                label_start=s.label_start,
                ragged=s.ragged,
                length=_length(s.length) if s.length else None,
                place=_place(s.span),
            )
            for s in graph.index_sets.values()
        ],
        "data": [_data(d, graph) for d in graph.data.values() if not d.implied],
        **({"params": list(map(_param, graph.params.values()))} if graph.params else {}),
        **({"nets": list(map(_net, graph.nets.values()))} if graph.nets else {}),
        "sites": [_site(s, ledger) for s in graph.sites.values()],
        "quantities": [
            _some(name=s.name, dims=list(s.dims), firsts=_firsts(s), place=_place(s.span))
            for s in reported(graph)
            if isinstance(s, Definition) and s.value.kind.net is None
        ],
        "terms": _terms(graph, elimination),
        "guide": [_block(b, graph) for b in guide.blocks],
    }


def _block(block: Block, graph: ModelGraph) -> dict[str, Any]:
    entry = _some(
        name=block.name,
        family=block.family,
        sites=list(block.sites),
        rank=block.rank or None,
        frozen=block.frozen or None,
    )
    if block.family == "local":
        axes = [graph.sites[s].plates for s in block.sites]
        packed = [[0] for _ in axes]
        entry["plates"] = (
            packed if block.cells else [[a.index(p) for p in block.plates] for a in axes]
        )
        entry["parents"] = list(block.parents)
        entry["outer"] = [o.block for o in block.outer]
    return entry


def literal(value: object) -> ast.expr:
    """A plain value as a display."""
    if isinstance(value, dict):
        return mapping({k: literal(v) for k, v in value.items()})
    if isinstance(value, list):
        return ast.List([literal(v) for v in value], ast.Load())
    if value is None:
        return ast.Constant(None)
    assert isinstance(value, str | int | float)
    return constant(value)


def _some(**entries: Any) -> dict[str, Any]:
    """The entries that say something."""
    return {k: v for k, v in entries.items() if v is not None and v is not False}


def _place(span: Span) -> list[int]:
    return [span.start, span.end]


def _firsts(statement: Statement) -> list[int] | None:
    firsts = [b.start for b in statement.binders]
    return firsts if any(firsts) else None


def _length(length: Length) -> dict[str, Any]:
    return {"size": length.size, "source": length.source, "place": _place(length.span)}


def _bounds(interval: Interval) -> dict[str, Any]:
    return _some(
        lower=interval.lower if interval.lower > -inf else None,
        upper=interval.upper if interval.upper < inf else None,
        lower_open=interval.lower > -inf and interval.lower_open,
        upper_open=interval.upper < inf and interval.upper_open,
        integer=interval.integer,
    )


def _data(data: Data, graph: ModelGraph) -> dict[str, Any]:
    site = graph.sites.get(data.name)
    return _some(
        name=data.name,
        dims=list(data.dims),
        type=data.type_text,
        bounds=_bounds(data.kind.support),
        index_set=data.kind.values,
        structure=data.kind.structure.value if data.kind.structure else None,
        missing=data.missing,
        firsts=_firsts(site) if site and site.completed else None,
        law=site.law.distribution.name if site else None,
        law_bounds=_law_bounds(site) if site else None,
        place=_place(data.span),
    )


def _law_bounds(site: Site) -> dict[str, Any] | None:
    """What the data of a site must be within; an end that is an argument may be reached."""
    distribution = site.law.distribution
    if distribution.periodic:
        return None
    support = site.kind.support
    if distribution.support_rule in (Support.BETWEEN, Support.CUT):
        support = replace(support, lower_open=False, upper_open=False)
    return _bounds(support)


def _param(param: Param) -> dict[str, Any]:
    return _some(
        name=param.name,
        dims=list(param.dims),
        support=str(param.kind.structure or param.kind.support),
        guide=param.guide,
        place=_place(param.span),
    )


def _net(net: Net) -> dict[str, Any]:
    return _some(name=net.name, guide=net.guide, place=_place(net.span))


def _site(site: Site, ledger: Ledger) -> dict[str, Any]:
    support = str(site.kind.structure or site.kind.support)
    if site.ordered:
        support = "ordered"
    elif site.kind.values is not None:
        support = "index"
    return _some(
        name=site.name,
        role=ledger.role(site.name),
        law=site.law.distribution.name,
        dims=list(site.dims),
        support=support,
        values=site.kind.values,
        integer=site.discrete,
        first=_first_value(site),
        firsts=None if site.observed else _firsts(site),
        missing=site.completed,
        place=_place(site.span),
    )


def _first_value(site: Site) -> int | None:
    lower = site.kind.support.lower
    return int(lower) if site.latent and site.discrete and lower not in (0, -inf) else None


def _terms(graph: ModelGraph, elimination: EliminationPlan) -> dict[str, list[str]]:
    covered = {s for names in elimination.covers.values() for s in names}
    terms = {
        s.name: [s.name]
        for s in graph.statements
        if not isinstance(s, Definition) and not s.generated and s.name not in covered
    }
    terms.update({term_name(names): list(names) for names in elimination.covers.values()})
    return terms
