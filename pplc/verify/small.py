"""Sizes of index sets at which all joint values of the discrete latents can be gone through."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from itertools import cycle

from pplc.compiler.expressions import Binder, Constant, Expr, Position, Read, Reduce, walk
from pplc.compiler.graph import ModelGraph, Site, Statement

Sizes = dict[str, int]

#: Counts without an end are drawn up to this one.
LARGEST_COUNT = 4

#: Joint values that are gone through at most.
MOST = 4096

#: Sizes that are tried, the first that is small enough wins. Unequal sizes tell axes apart.
_SCAN = 3
_TRIED = ((2, 3), (3, 2), (2,), (1, 2), (1,))


def small_sizes(graph: ModelGraph) -> Sizes:
    """The first of several sizes at which there are few joint values, or else the smallest."""
    sizes: Sizes = {}
    for sizes in _candidates(graph):
        if joint_values(graph, sizes) <= MOST:
            break
    return sizes


def joint_values(graph: ModelGraph, sizes: Sizes) -> int:
    """How many joint values the discrete latents have."""
    sites = discrete_latents(graph)
    return math.prod(number_of_values(s, sizes) ** elements(s, sizes) for s in sites.values())


def discrete_latents(graph: ModelGraph) -> dict[str, Site]:
    """The discrete sites without data, by name."""
    return {s.name: s for s in graph.sites.values() if s.latent and s.discrete}


def number_of_values(site: Site, sizes: Sizes) -> int:
    """How many values one element of a discrete site takes."""
    if site.kind.values is not None:
        return sizes[site.kind.values]
    if site.kind.support.upper == math.inf:
        return LARGEST_COUNT + 1  # the largest is data
    return int(site.kind.support.upper - site.kind.support.lower) + 1


def elements(site: Site, sizes: Sizes) -> int:
    """How many elements a site has."""
    return math.prod(sizes[b.index_set] - b.start for b in site.binders)


def row_lengths(count: int, longest: int) -> list[int]:
    """The lengths of a ragged index set at so many elements: every other one is shorter."""
    return [max(1, longest - i % 2) for i in range(count)]


def _candidates(graph: ModelGraph) -> Iterator[Sizes]:
    scans = {b.index_set for s in graph.statements for b in s.binders if b.scan}
    least = _least(graph)
    for tried in _TRIED:
        wanted = dict(zip(graph.index_sets, cycle(tried)))
        if max(tried) > 1:
            wanted |= {name: max(tried[0], _SCAN if len(tried) > 1 else 2) for name in scans}
        yield {
            name: s.length.size if s.length is not None else max(wanted[name], least[name])
            for name, s in graph.index_sets.items()
        }


def _least(graph: ModelGraph) -> Mapping[str, int]:
    """The size that each index set needs at least: constants of the spec index it."""
    least = {name: 2 if name in _values(graph) else 1 for name in graph.index_sets}

    def need(name: str, size: int) -> None:
        if name in least:
            least[name] = max(least[name], size)

    for statement in graph.statements:
        starts = len(getattr(statement, "starts", ()))
        for binder in statement.binders:
            need(binder.index_set, binder.start + (starts + 1 if binder.scan else 1))
        for node in _nodes(statement):
            if isinstance(node, Position):
                need(node.binder.index_set, _reached(node.binder, node.offset))
            elif isinstance(node, Reduce):
                need(node.binder.index_set, node.binder.start + 1)
            elif isinstance(node, Read):
                for dim, index in zip(_dims(graph, node.name), node.indices, strict=False):
                    if isinstance(index, Constant):
                        need(dim, int(index.value) + 1)
    return least


def _reached(binder: Binder, offset: int) -> int:
    return binder.start + max(1, 1 - offset if binder.scan else 1)


def _values(graph: ModelGraph) -> set[str]:
    """The index sets that discrete latents have values in: with one value nothing is to sum."""
    return {s.kind.values for s in discrete_latents(graph).values() if s.kind.values is not None}


def _nodes(statement: Statement) -> Iterator[Expr]:
    for expression in statement.expressions:
        yield from walk(expression)


def _dims(graph: ModelGraph, name: str) -> tuple[str, ...]:
    for group in (graph.sites, graph.definitions, graph.data, graph.params):
        if name in group:
            return group[name].dims
    return ()
