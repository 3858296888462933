"""Names: what each stands for, which are given twice, and in which order they can be computed."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import networkx as nx

from pplc.compiler.distributions import DISTRIBUTIONS
from pplc.compiler.functions import CONSTANTS
from pplc.grammar import nodes
from pplc.grammar.catalogue.names import Cycle, DefinedTwice, ReservedName
from pplc.grammar.diagnostics import Diagnostic, Note, Result
from pplc.grammar.source import Span


@dataclass(frozen=True)
class Entry:
    """A statement of the model with the loops around it (outermost first)."""

    statement: nodes.SiteStatement | nodes.DefinitionStatement | nodes.FactorStatement
    loops: tuple[nodes.Loop, ...]
    generated: bool

    @property
    def name(self) -> str:
        """What it defines; empty for a factor."""
        if isinstance(self.statement, nodes.FactorStatement):
            return ""
        return self.statement.target.name.id


@dataclass
class Names:
    """Everything a spec declares, by kind."""

    index_sets: dict[str, nodes.IndexDecl] = field(default_factory=dict)
    data: dict[str, nodes.DataDecl] = field(default_factory=dict)
    params: dict[str, nodes.ParamDecl] = field(default_factory=dict)
    nets: dict[str, nodes.NetDecl] = field(default_factory=dict)
    sites: dict[str, Entry] = field(default_factory=dict)
    definitions: dict[str, Entry] = field(default_factory=dict)
    factors: list[Entry] = field(default_factory=list)
    guides: list[nodes.GuideBlock] = field(default_factory=list)
    fits: list[nodes.FitBlock] = field(default_factory=list)

    @property
    def values(self) -> set[str]:
        """The names that can be read."""
        return {*self.data, *self.params, *self.sites, *self.definitions}

    def has_value(self, name: str) -> bool:
        """Whether a name can be read."""
        return any(name in t for t in (self.data, self.params, self.sites, self.definitions))

    @property
    def entries(self) -> list[Entry]:
        """All statements; of an observed definition both."""
        return [*self.definitions.values(), *self.sites.values(), *self.factors]


def closest(name: str, candidates: Iterable[str]) -> str | None:
    """The candidate that `name` is most likely a slip of, if any is near."""
    pool = list(candidates)
    folded = {c.lower(): c for c in pool}
    if name.lower() in folded:
        return folded[name.lower()]
    matches = difflib.get_close_matches(name, pool, n=1, cutoff=0.6)
    if not matches and len(name) <= 2:
        return None
    if not matches:
        near = difflib.get_close_matches(name.lower(), folded, n=1, cutoff=0.6)
        return folded[near[0]] if near else None
    return matches[0]


def resolve(spec: nodes.Spec) -> Result[Names]:
    """Collect what a spec declares.

    Diagnostics: a name that is defined twice, or one that the language itself uses.
    """
    names = Names()
    problems: list[Diagnostic] = []
    places: dict[str, Span] = {}
    taken = _taken()

    def claim(name: nodes.Name) -> bool:
        if name.id in taken:
            problems.append(ReservedName(span=name.span, name=name.id, meaning=taken[name.id]))
        elif name.id in places:
            note = Note(f"`{name.id}` is first defined here", places[name.id])
            problems.append(DefinedTwice(span=name.span, notes=(note,), name=name.id))
            return False
        places.setdefault(name.id, name.span)
        return True

    for statement in spec.statements:
        match statement:
            case nodes.IndexDecl() if claim(statement.name):
                names.index_sets[statement.name.id] = statement
            case nodes.DataDecl() if claim(statement.name):
                names.data[statement.name.id] = statement
            case nodes.ParamDecl() if claim(statement.name):
                names.params[statement.name.id] = statement
            case nodes.NetDecl() if claim(statement.name):
                names.nets[statement.name.id] = statement
            case nodes.GuideBlock():
                names.guides.append(statement)
            case nodes.FitBlock():
                names.fits.append(statement)
            case _:
                pass
    sites: list[Entry] = []
    for entry in _flatten(spec.statements, (), generated=False):
        if isinstance(entry.statement, nodes.FactorStatement):
            names.factors.append(entry)
        elif isinstance(entry.statement, nodes.DefinitionStatement):
            if claim(entry.statement.target.name):
                names.definitions[entry.name] = entry
        else:
            sites.append(entry)
    for entry in sites:
        target = _target(entry)
        observes = entry.name in names.data or entry.name in names.definitions
        if (observes and entry.name not in names.sites) or claim(target):
            names.sites[entry.name] = entry
        elif observes:
            note = Note(f"`{target.id}` already has a distribution here", places[target.id])
            problems.append(DefinedTwice(span=target.span, notes=(note,), name=target.id))
        if observes:
            places[entry.name] = target.span
    return Result(names, tuple(problems))


def _target(entry: Entry) -> nodes.Name:
    assert not isinstance(entry.statement, nodes.FactorStatement)
    return entry.statement.target.name


def _taken() -> dict[str, str]:
    """Names that the language uses itself, with what they mean.

    Functions are not among them: `phi[k]` and `phi(x)` cannot be confused.
    """
    table = dict.fromkeys(DISTRIBUTIONS, "a distribution")
    table.update(dict.fromkeys(CONSTANTS, "a constant"))
    return table


def _flatten(
    statements: tuple[nodes.Statement, ...], loops: tuple[nodes.Loop, ...], generated: bool
) -> Iterator[Entry]:
    for statement in statements:
        match statement:
            case nodes.SiteStatement() | nodes.DefinitionStatement() | nodes.FactorStatement():
                yield Entry(statement, loops, generated)
            case nodes.Loop():
                yield from _flatten(statement.body, (*loops, statement), generated)
            case nodes.GenerateBlock():
                yield from _flatten(statement.body, loops, generated=True)
            case _:
                pass


def order(names: Names) -> Result[list[Entry]]:
    """The statements in an order in which each can be computed, otherwise as they were written.

    Diagnostics: names that depend on each other in a circle.
    """
    entries = sorted(names.entries, key=lambda e: (e.generated, e.statement.span.start))
    defines = {e.name: i for i, e in enumerate(entries) if e.name not in names.definitions}
    defines.update({e.name: i for i, e in enumerate(entries) if _is_definition(e)})
    graph = nx.DiGraph()
    graph.add_nodes_from(range(len(entries)))
    for i, entry in enumerate(entries):
        for name in sorted(_names_in(entry)):
            # An observed definition is computed first and then observed.
            source = defines.get(name)
            if source is not None and source != i and name not in names.data:
                graph.add_edge(source, i)
        if entry.name in names.definitions and not _is_definition(entry):
            graph.add_edge(defines[entry.name], i)
    problems: list[Diagnostic] = []
    for component in nx.strongly_connected_components(graph):
        if len(component) > 1:
            cycle = [a for a, _ in nx.find_cycle(graph.subgraph(component))]
            problems.append(_cycle([entries[i] for i in reversed(cycle)]))
    if problems:
        return Result(None, tuple(problems))
    ordered = nx.lexicographical_topological_sort(graph)
    return Result([entries[i] for i in ordered])


def _is_definition(entry: Entry) -> bool:
    return isinstance(entry.statement, nodes.DefinitionStatement)


def _cycle(entries: list[Entry]) -> Diagnostic:
    first = min(range(len(entries)), key=lambda i: entries[i].statement.span.start)
    entries = entries[first:] + entries[:first]
    names = [e.name for e in entries]
    path = ", ".join(f"`{n}`" for n in names[:-1]) + f" and `{names[-1]}`"
    notes = tuple(Note(f"and `{e.name}` is defined here", e.statement.span) for e in entries[1:])
    return Cycle(span=entries[0].statement.span, notes=notes, name=names[0], path=path)


def _names_in(entry: Entry) -> set[str]:
    """Every name that the right side of a statement mentions."""
    statement = entry.statement
    found: set[str] = set()

    def visit(node: object) -> None:
        if isinstance(node, nodes.Name):
            found.add(node.id)
        elif isinstance(node, nodes.Node):
            for value in node.__dict__.values():
                visit(value)
        elif isinstance(node, tuple):
            for value in node:
                visit(value)

    if isinstance(statement, nodes.SiteStatement):
        visit((statement.law, statement.truncation, statement.starts))
    elif isinstance(statement, nodes.DefinitionStatement):
        visit((statement.value, statement.starts))
    else:
        visit(statement.value)
    if not isinstance(statement, nodes.FactorStatement):
        visit(statement.target.indices)
    return found
