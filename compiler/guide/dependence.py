"""Which elements of which latents every factor of a model reads: the graph behind the guide.

A factor is a site's density, a `factor` statement, or several of them that a summed-out site
ties together. Definitions are read through, down to the latents, their indices composed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from typing import cast

from pplc.compiler.expressions import (
    Apply,
    Binder,
    Constant,
    Expr,
    Position,
    Read,
    Reduce,
    Size,
)
from pplc.compiler.graph import Definition, Factor, ModelGraph, Site, Statement
from pplc.compiler.kinds.kinds import NAT, Kind
from pplc.compiler.records import Record
from pplc.grammar.source import Span

#: What an index is, whatever it was written for: two indices with one key are one element.
Key = tuple[object, ...]
#: The index at which each binder of a statement stands; None where it stands at several.
_Scope = Mapping[str, Expr | None]


class Touch(Record):
    """One read of a latent by a factor.

    `at` has an index for each of the site's binders: the one element that an instance of the
    factor reads along that axis, or None where it reads several.
    """

    site: str
    at: tuple[Expr | None, ...]

    @property
    def keys(self) -> tuple[Key | None, ...]:
        """The keys of `at`."""
        return tuple(None if e is None else key(e) for e in self.at)


class Coupling(Record):
    """A factor: the statements that it consists of, and all its reads of continuous latents."""

    statements: tuple[str, ...]
    touches: tuple[Touch, ...]

    @cached_property
    def by_site(self) -> dict[str, list[Touch]]:
        """Its reads of each site."""
        found: dict[str, list[Touch]] = {}
        for touch in self.touches:
            found.setdefault(touch.site, []).append(touch)
        return found

    def of(self, site: str) -> list[Touch]:
        """Its reads of one site."""
        return self.by_site.get(site, [])


def factors_by_site(factors: Iterable[Coupling]) -> dict[str, list[Coupling]]:
    """The factors that read each site."""
    found: dict[str, list[Coupling]] = {}
    for factor in factors:
        for site in factor.by_site:
            found.setdefault(site, []).append(factor)
    return found


def key(expression: Expr) -> Key:
    """An index without the place it was written at."""
    match expression:
        case Position():
            return "position", expression.binder.axis, expression.offset
        case Constant():
            return "number", expression.value
        case Size():
            return "size", expression.index_set
        case Read():
            return "read", expression.name, *map(key, expression.indices)
        case Apply():
            return "apply", expression.function, *map(key, expression.arguments)
    return type(expression).__name__, id(expression)  # equal to nothing else


def position(binder: Binder, span: Span) -> Position:
    """A binder as an index."""
    return Position(kind=Kind(NAT), span=span, binder=binder)


def in_terms_of(expression: Expr, known: Mapping[Key, Expr]) -> Expr | None:
    """The expression with known parts put in place; None where it needs another binder."""
    found = known.get(key(expression))
    if found is not None:
        return found
    if isinstance(expression, Position):
        return None
    parts = {key(child): in_terms_of(child, known) for child in expression.children}
    if None in parts.values():
        return None
    return expression.rebuild(lambda child: cast("Expr", parts[key(child)]))


def couplings(reader: Reader, summed_out: set[str]) -> tuple[Coupling, ...]:
    """The factors of a model, with the named discrete sites summed out."""
    graph = reader.graph
    touches = {
        s.name: reader.touches(s)
        for s in graph.statements
        if not isinstance(s, Definition) and not s.generated
    }
    ties = {n: {t.site for t in found if t.site in summed_out} for n, found in touches.items()}
    made = []
    for group in _connected(ties):
        tied = set().union(*(ties[name] for name in group))
        members = {s: touches[s] for s in group}
        found = _tied(graph, members, tied) if tied else touches[group[0]]
        made.append(Coupling(statements=tuple(group), touches=tuple(found)))
    return tuple(made)


def _connected(ties: Mapping[str, set[str]]) -> list[list[str]]:
    """The names in groups that share a tie, directly or through others; first names first."""
    groups: list[tuple[list[str], set[str]]] = []
    for name, own in ties.items():
        if not own:
            continue
        joined = [g for g in groups if g[1] & own]
        groups = [g for g in groups if g not in joined]
        names = [n for group, _ in joined for n in group]
        groups.append(([*names, name], own.union(*(t for _, t in joined))))
    rank = {name: i for i, name in enumerate(ties)}
    tied = [sorted(names, key=rank.__getitem__) for names, _ in groups]
    alone = [[name] for name, own in ties.items() if not own]
    return sorted([*tied, *alone], key=lambda group: rank[group[0]])


def _tied(
    graph: ModelGraph, members: Mapping[str, tuple[Touch, ...]], tied: set[str]
) -> Iterator[Touch]:
    """The reads of several statements, an instance for each element that ties them together.

    Those are the elements of the plates that all summed-out sites have in common. Along any other
    binder one instance holds all elements.
    """
    sites = graph.sites
    common = [
        b
        for b in sites[min(tied)].binders
        if not b.scan and all(b.axis in sites[z].plates for z in tied)
    ]
    for touches in members.values():
        known: dict[Key, Expr] = {}
        for touch in touches:
            if touch.site not in tied:
                continue
            for binder in common:
                index = touch.at[sites[touch.site].plates.index(binder.axis)]
                if index is not None:
                    known[key(index)] = position(binder, index.span)
        for touch in touches:
            if touch.site not in tied:
                at = [None if e is None else in_terms_of(e, known) for e in touch.at]
                yield Touch(site=touch.site, at=tuple(at))


class Reader:
    """Finds the reads of latents in statements, through definitions."""

    def __init__(self, graph: ModelGraph) -> None:
        self.graph = graph
        self.latents = {s.name: s for s in graph.sites.values() if s.latent}
        #: The reads of each definition, over its own binders: gone through once, however often
        #: and however deep down it is read.
        self.known: dict[str, tuple[Touch, ...]] = {}
        self._touches: dict[str, tuple[Touch, ...]] = {}
        #: The definitions within whose recurrence others were left out of what was found.
        self.open: set[str] = set()
        for statement in graph.statements:
            if isinstance(statement, Definition) and not statement.constant:
                self._definition(statement, ())

    def touches(self, statement: Site | Factor) -> tuple[Touch, ...]:
        """All of them, that of a site by its own density included."""
        name = statement.name
        if name not in self._touches:
            own = {b.axis: position(b, statement.span) for b in statement.binders}
            density = [Touch(site=name, at=tuple(own.values()))] if name in self.latents else []
            reads = (t for e in statement.expressions for t in self._visit(e, own, ()))
            self._touches[name] = (*density, *reads)
        return self._touches[name]

    def reads(self, statement: Statement, expression: Expr) -> set[str]:
        """The latents that an expression of a statement depends on."""
        own = {b.axis: position(b, statement.span) for b in statement.binders}
        return {t.site for t in self._visit(expression, own, ())}

    def _definition(self, definition: Definition, within: tuple[str, ...]) -> tuple[Touch, ...]:
        name = definition.name
        if name in self.known:
            return self.known[name]
        own = {b.axis: position(b, definition.span) for b in definition.binders}
        inside = (*within, name)
        found = {
            (touch.site, touch.keys): touch
            for part in definition.expressions
            for touch in self._visit(part, own, inside)
        }
        self.open.discard(name)
        touches = tuple(found.values())
        if not self.open:
            self.known[name] = touches
        return touches

    def _visit(self, expression: Expr, scope: _Scope, within: tuple[str, ...]) -> Iterator[Touch]:
        if isinstance(expression, Reduce):
            inner = {**scope, expression.binder.axis: None}
            for child in expression.children:
                yield from self._visit(child, inner, within)
            return
        for child in expression.children:
            yield from self._visit(child, scope, within)
        if not isinstance(expression, Read):
            return
        indices = [self._index(i, scope) for i in expression.indices]
        if expression.name in self.latents:
            count = len(self.latents[expression.name].binders)
            whole = [None] * (count - len(indices))
            yield Touch(site=expression.name, at=(*indices[:count], *whole))
            return
        definition = self.graph.definitions.get(expression.name)
        if definition is None or definition.constant:
            return
        if definition.name in within:
            self.open.add(definition.name)
            return
        inner = {b.axis: None for b in definition.binders}
        for binder, index in zip(definition.binders, indices, strict=False):
            # A recurrence reads all that came before it.
            inner[binder.axis] = None if binder.scan else index
        for touch in self._definition(definition, within):
            at = (None if e is None else self._index(e, inner) for e in touch.at)
            yield Touch(site=touch.site, at=tuple(at))

    def _index(self, expression: Expr, scope: _Scope) -> Expr | None:
        """An index in terms of the binders of the statement; None where it is not one element."""
        if isinstance(expression, Position):
            return _shifted(scope.get(expression.binder.axis), expression.offset)
        if isinstance(expression, Reduce):
            return None
        if isinstance(expression, Read) and not self.graph.is_given(expression.name):
            return None
        parts = [self._index(child, scope) for child in expression.children]
        if None in parts:
            return None
        replaced = iter(parts)
        return expression.rebuild(lambda child: cast("Expr", next(replaced)))


def _shifted(index: Expr | None, offset: int) -> Expr | None:
    if not offset or index is None:
        return index
    if not isinstance(index, Position):
        return None
    return index.replaced(offset=index.offset + offset)
