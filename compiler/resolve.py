"""Names: what each stands for, which are given twice, and in which order they can be computed."""

from __future__ import annotations

import difflib
import graphlib
import heapq
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from pplc.compiler.distributions import DISTRIBUTIONS
from pplc.compiler.functions import CONSTANTS
from pplc.grammar import nodes
from pplc.grammar.catalogue.indices import TargetIndex
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

    @cached_property
    def names(self) -> frozenset[str]:
        """Every name that its right side mentions."""
        return frozenset(n.id for n in nodes_in(*_right_side(self)) if isinstance(n, nodes.Name))


@dataclass
class Names:
    """Everything a spec declares, by kind.

    `unread` are the names on lines with syntax errors, which may have meant to declare them.
    """

    index_sets: dict[str, nodes.IndexDecl] = field(default_factory=dict)
    data: dict[str, nodes.DataDecl] = field(default_factory=dict)
    params: dict[str, nodes.ParamDecl] = field(default_factory=dict)
    nets: dict[str, nodes.NetDecl] = field(default_factory=dict)
    sites: dict[str, Entry] = field(default_factory=dict)
    definitions: dict[str, Entry] = field(default_factory=dict)
    factors: list[Entry] = field(default_factory=list)
    guides: list[nodes.GuideBlock] = field(default_factory=list)
    fits: list[nodes.FitBlock] = field(default_factory=list)
    unread: frozenset[str] = frozenset()
    #: Those with two definitions: what readers mean is not known.
    doubted: set[str] = field(default_factory=set)

    @property
    def values(self) -> set[str]:
        """The names that can be read."""
        return {*self.data, *self.params, *self.sites, *self.definitions}

    def is_observed(self, name: str) -> bool:
        """Whether a name is declared as data, all of which are known or left out."""
        return name in self.data and name not in self.completed

    def has_value(self, name: str) -> bool:
        """Whether a name can be read."""
        return any(name in t for t in (self.data, self.params, self.sites, self.definitions))

    @cached_property
    def completed(self) -> frozenset[str]:
        """Data with missing cells that some statement reads: these cells are latents."""
        incomplete = {n for n, d in self.data.items() if d.type.missing and n in self.sites}
        read = {name for entry in self.entries if incomplete for name in entry.names}
        return frozenset(incomplete & read)

    @cached_property
    def sets_named(self) -> frozenset[str]:
        """What stands in the place of an index set: behind `in`, or in a declaration."""
        dims = (d.id for table in (self.data, self.params) for x in table.values() for d in x.dims)
        return frozenset([*(b.index_set for b in self.binders), *dims])

    @property
    def entries(self) -> list[Entry]:
        """All statements; of an observed definition both."""
        return [*self.definitions.values(), *self.sites.values(), *self.factors]

    @property
    def binders(self) -> Iterator[nodes.Binder]:
        """Every binder of the model, wherever it stands."""
        for entry in self.entries:
            yield from (loop.binder for loop in entry.loops)
            yield from (n for n in nodes_in(entry.statement) if isinstance(n, nodes.Binder))


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


def counted(number: int, noun: str, several: str = "") -> str:
    """`one argument`, `2 arguments`."""
    return f"one {noun}" if number == 1 else f"{number} {several or noun + 's'}"


def resolve(spec: nodes.Spec, unread: frozenset[str] = frozenset()) -> Result[Names]:
    """Collect what a spec declares.

    Diagnostics: a name that is defined twice, or one that the language itself uses.
    """
    names = Names(unread=unread)
    claims = _Claims()
    for statement in spec.statements:
        match statement:
            case nodes.IndexDecl():
                claims.claim(statement.name, "index")
                names.index_sets.setdefault(statement.name.id, statement)
            case nodes.DataDecl() if claims.claim(statement.name, "data"):
                names.data[statement.name.id] = statement
            case nodes.ParamDecl() if claims.claim(statement.name, "param"):
                names.params[statement.name.id] = statement
            case nodes.NetDecl() if claims.claim(statement.name, "net"):
                names.nets[statement.name.id] = statement
            case nodes.GuideBlock():
                names.guides.append(statement)
            case nodes.FitBlock():
                names.fits.append(statement)
            case _:
                pass
    sites: list[tuple[Entry, nodes.Target]] = []
    for entry in _flatten(spec.statements, (), generated=False):
        if isinstance(entry.statement, nodes.FactorStatement):
            names.factors.append(entry)
        elif isinstance(entry.statement, nodes.SiteStatement):
            sites.append((entry, entry.statement.target))
        elif claims.claim_target(entry.statement.target, "definition", entry):
            names.definitions[entry.name] = entry
    for entry, target in sites:
        observes = entry.name in names.data or entry.name in names.definitions
        if claims.claim_target(target, "observation" if observes else "site", entry):
            names.sites[entry.name] = entry
    names.doubted = {p.name for p in claims.problems if isinstance(p, DefinedTwice)}
    return Result(names, tuple(claims.problems))


@dataclass
class _Claims:
    """Which names are taken, where and by what."""

    problems: list[Diagnostic] = field(default_factory=list)
    _places: dict[str, tuple[Span, str]] = field(default_factory=dict)
    _by_element: set[str] = field(default_factory=set)

    def claim(self, name: nodes.Name, kind: str, help_text: str | None = None) -> bool:
        """Take a name for a meaning of its own; False, and a report, where it has one already."""
        meaning = _meaning(name.id)
        if meaning is not None:
            self.problems.append(ReservedName(span=name.span, name=name.id, meaning=meaning))
        if name.id not in self._places:
            self._places[name.id] = name.span, kind
            return True
        place, earlier = self._places[name.id]
        if kind == "observation" and earlier != "observation":
            # Data, or a definition made of data, that is given its distribution.
            self._places[name.id] = name.span, kind
            return True
        self.problems.append(
            DefinedTwice(
                span=name.span,
                notes=(Note(f"`{name.id}` is {_HOW[earlier]} here", place),),
                name=name.id,
                again=_HOW[kind],
                help_text=help_text or _ONE_OF_TWO.get(frozenset((earlier, kind))),
            )
        )
        return False

    def claim_target(self, target: nodes.Target, kind: str, entry: Entry) -> bool:
        """Take the name of a statement. Elements defined one by one are one mistake, not many."""
        name = target.name.id
        constant = next((i for i in target.indices if isinstance(i, nodes.Number)), None)
        if constant is not None and name in self._places and name not in self._by_element:
            self._by_element.add(name)
            start = _CHAIN_START.format(name=name) if constant.value <= _FIRST else None
            self.problems.append(
                TargetIndex(span=constant.span, name=name, found="one element", help_text=start)
            )
        if name in self._by_element:
            return False
        if constant is not None:
            self._by_element.add(name)
        help_text = None
        if isinstance(entry.statement, nodes.DefinitionStatement):
            value = entry.statement.value
            if isinstance(value, nodes.Call) and value.function in DISTRIBUTIONS:
                help_text = "write `~` before a distribution, not `=`"
            elif name in entry.names:
                help_text = _NOT_A_PROGRAM
        return self.claim(target.name, kind, help_text)


#: Elements up to this one are where a chain may start, counted from 0 or from 1.
_FIRST = 2
_CHAIN_START = (
    "how a chain starts is said behind `from`: `{name}[t] ~ ... from ...` in `scan t in T`;\n"
    "first elements of data are conditioned on in `for t in T from 1`"
)
_HOW = {
    "index": "declared as an index set",
    "data": "declared as data",
    "param": "declared as a param",
    "net": "declared as a net",
    "definition": "defined",
    "site": "given a distribution",
    "observation": "given a distribution",
}
_ONE_OF_TWO = {
    frozenset(("index", "data")): (
        "an index set finds its size in the data file; leave out the line with `data`"
    ),
    frozenset(("param", "site")): (
        "a `param` is optimised and has no prior: leave out the line with `param` to infer it, or "
        "its distribution to optimise it"
    ),
    frozenset(("data", "definition")): (
        "data are read from the file, a definition is computed: keep one of the two"
    ),
    frozenset(("index", "site")): (
        "the size of an index set is fixed; give the random variable another name"
    ),
}
_NOT_A_PROGRAM = (
    "a spec is not run line by line: write the whole value in one definition, or give the second "
    "step a name of its own"
)


def _meaning(name: str) -> str | None:
    """What a name means in every spec. Functions are told from values by their brackets."""
    if name in DISTRIBUTIONS:
        return "a distribution"
    return f"the number {CONSTANTS[name]:.6g}" if name in CONSTANTS else None


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


Group = tuple[Entry, ...]


def order(names: Names) -> Result[list[Group]]:
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
    below = {i: _below(i, every) for i in looks_back}
    groups: list[list[int]] = []
    grouped: set[int] = set()
    for i in needs:
        if i in grouped:
            continue
        members = [i]
        through = next((b for b in below if i in below[b] and b in _below(i, every)), None)
        if through is not None:
            members = [j for j in needs if j in below[through] and through in _below(j, every)]
        grouped.update(members)
        groups.append(sorted({i, *members}))
    return groups


def _below(start: int, needs: Mapping[int, set[int]]) -> set[int]:
    """What a statement needs, directly or through others."""
    found: set[int] = set()
    waiting = [start]
    while waiting:
        for needed in needs[waiting.pop()] - found:
            found.add(needed)
            waiting.append(needed)
    return found


def reads_earlier(entry: Entry) -> set[str]:
    """The names of which a statement reads nothing but earlier elements of its own chain."""
    back = {id(i.base) for i, _, _ in looks_back(entry, *_right_side(entry))}
    if not back:
        return set()
    names = [n for n in nodes_in(*_right_side(entry)) if isinstance(n, nodes.Name)]
    return {n.id for n in names if id(n) in back} - {n.id for n in names if id(n) not in back}


def looks_back(entry: Entry, *parts: object) -> Iterator[tuple[nodes.Index, Span, int]]:
    """The reads of earlier elements (`x[t-1]`) in parts of a statement: index, place, steps."""
    chains = {loop.binder.variable for loop in entry.loops if loop.ordered}
    if not chains:
        return
    for node in nodes_in(*parts):
        if isinstance(node, nodes.Index) and isinstance(node.base, nodes.Name):
            for index in node.indices:
                if steps := _steps_back(index, chains):
                    yield node, index.span, steps


def _steps_back(index: nodes.Node, chains: set[str]) -> int:
    """1 for `t-1`, where `t` is the binder of a chain; otherwise 0."""
    if (
        isinstance(index, nodes.Binary)
        and index.operator == "-"
        and isinstance(index.left, nodes.Name)
        and index.left.id in chains
        and isinstance(index.right, nodes.Number)
    ):
        return int(index.right.value)
    return 0


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
    parts = _right_side(entry)
    found = (n for n in nodes_in(*parts) if isinstance(n, nodes.Name) and n.id == name)
    return next((n.span for n in found), entry.statement.span)


def nodes_in(*roots: object) -> Iterator[nodes.Node]:
    """The nodes of syntax trees, parents first, in the order in which they are written."""
    waiting: list[object] = [roots]
    while waiting:
        part = waiting.pop()
        if isinstance(part, nodes.Node):
            yield part
            waiting.extend(reversed(part.parts))
        elif isinstance(part, tuple):
            waiting.extend(reversed(part))


def _right_side(entry: Entry) -> Sequence[object]:
    """All of a statement but the name that it defines."""
    statement = entry.statement
    if isinstance(statement, nodes.FactorStatement):
        return (statement.value,)
    if isinstance(statement, nodes.DefinitionStatement):
        return (statement.value, statement.starts, statement.target.indices)
    return (statement.law, statement.truncation, statement.starts, statement.target.indices)
