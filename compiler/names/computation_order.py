"""In which order the statements of a spec can be computed, whatever order they are written in."""

from __future__ import annotations

import graphlib
import heapq
from collections.abc import Iterator, Mapping
from typing import TypeAlias

from pplc.compiler.names.earlier_elements import reads_earlier
from pplc.compiler.names.names import Entry, Names
from pplc.grammar import nodes
from pplc.grammar.catalogue.names import Cycle
from pplc.grammar.diagnostics import Diagnostic, Note, Result
from pplc.grammar.source import Span
from pplc.grammar.walk import nodes_in

#: Statements of a chain that need each other's earlier elements, or a single statement.
Group: TypeAlias = tuple[Entry, ...]


def computation_order(names: Names) -> Result[list[Group]]:
    """The statements in an order in which each can be computed, otherwise as they were written.

    Statements of a chain that need each other's earlier elements make a group.
    Diagnostics: names that depend on each other in a circle.
    """
    entries = sorted(names.entries, key=lambda e: (e.generated, e.statement.span.start))
    defines = {e.name: i for i, e in enumerate(entries) if e.name not in names.definitions}
    defines.update({e.name: i for i, e in enumerate(entries) if _is_definition(e)})
    needs: dict[int, set[int]] = {i: set() for i in range(len(entries))}
    looks_back: dict[int, set[int]] = {}
    for i, entry in enumerate(entries):
        earlier = reads_earlier(entry)
        for name in entry.names:
            # An observed definition is computed first and then observed.
            source = defines.get(name)
            if source is not None and source != i and not names.is_observed(name):
                table = looks_back.setdefault(i, set()) if name in earlier else needs[i]
                table.add(source)
        if entry.name in names.definitions and not _is_definition(entry):
            needs[i].add(defines[entry.name])
    groups = _groups(needs, looks_back)
    of = {i: g for g, members in enumerate(groups) for i in members}
    between = {
        g: {of[j] for i in members for j in needs[i] | looks_back.get(i, set())} - {g}
        for g, members in enumerate(groups)
    }
    within = {i: {j for j in needs[i] if of[j] == of[i]} for i in needs}
    try:
        inner = [
            _sorted({i: within[i] for i in members}) if len(members) > 1 else members
            for members in groups
        ]
        outer = _sorted(between)
    except graphlib.CycleError:
        return Result(None, tuple(_cycles(entries, needs)))
    return Result([tuple(entries[i] for i in inner[g]) for g in outer])


def _sorted(needs: Mapping[int, set[int]]) -> list[int]:
    """Everything behind what it needs, otherwise by number."""
    sorter = graphlib.TopologicalSorter(needs)
    sorter.prepare()
    ordered: list[int] = []
    ready = list(sorter.get_ready())
    heapq.heapify(ready)
    while ready:
        first = heapq.heappop(ready)
        ordered.append(first)
        sorter.done(first)
        for freed in sorter.get_ready():
            heapq.heappush(ready, freed)
    return ordered


def _groups(needs: Mapping[int, set[int]], looks_back: Mapping[int, set[int]]) -> list[list[int]]:
    """Statements that need each other through earlier elements, each other one by itself."""
    every = {i: needs[i] | looks_back.get(i, set()) for i in needs}
    needed_by: dict[int, set[int]] = {i: set() for i in needs}
    for i, sources in every.items():
        for source in sources:
            needed_by[source].add(i)
    group_of: dict[int, list[int]] = {}
    for i in looks_back:
        if i not in group_of:
            circle = _reached(i, every) & _reached(i, needed_by)
            group_of.update(dict.fromkeys(circle, sorted(circle)))
    groups = (group_of.get(i, [i]) for i in needs)
    return [group for i, group in zip(needs, groups, strict=True) if group[0] == i]


def _reached(start: int, links: Mapping[int, set[int]]) -> set[int]:
    """Where links lead to from a statement, directly or through others."""
    found: set[int] = set()
    waiting = [start]
    while waiting:
        new = links[waiting.pop()] - found
        found |= new
        waiting.extend(new)
    return found


def _cycles(entries: list[Entry], needs: dict[int, set[int]]) -> Iterator[Diagnostic]:
    """A diagnostic for each group of statements that need each other."""
    import networkx as nx  # late: it takes longer to import than a spec takes to check

    graph = nx.DiGraph((source, i) for i in sorted(needs) for source in sorted(needs[i]))
    for component in nx.strongly_connected_components(graph):
        if len(component) > 1:
            cycle = [a for a, _ in nx.find_cycle(graph.subgraph(component))]
            yield _cycle([entries[i] for i in reversed(cycle)])


def _is_definition(entry: Entry) -> bool:
    return isinstance(entry.statement, nodes.DefinitionStatement)


def _cycle(entries: list[Entry]) -> Diagnostic:
    """The circle, from the statement that stands first; each needs the one after it."""
    first = min(range(len(entries)), key=lambda i: entries[i].statement.span.start)
    entries = entries[first:] + entries[:first]
    names = [e.name for e in entries]
    following = names[1:] + names[:1]
    reads = [_read_of(e, name) for e, name in zip(entries, following, strict=True)]
    notes = tuple(
        Note(f"`{name}` needs `{needed}`", place)
        for name, needed, place in list(zip(names, following, reads, strict=True))[1:]
    )
    path = ", ".join(f"`{n}`" for n in names[:-1]) + f" and `{names[-1]}` need each other"
    needed = f"`{following[0]}`"
    return Cycle(span=reads[0], notes=notes, name=names[0], needed=needed, path=path)


def _read_of(entry: Entry, name: str) -> Span:
    """Where a statement reads a name first."""
    found = (n for n in nodes_in(entry.right_side) if isinstance(n, nodes.Name) and n.id == name)
    return next((n.span for n in found), entry.statement.span)
