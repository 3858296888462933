"""The plated factor graph of a model: its discrete latents, and the terms that read them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from math import isfinite
from typing import NamedTuple

from pplc.compiler.distributions import Support
from pplc.compiler.expressions import Constant, Expr, Position, Read, names_read, walk
from pplc.compiler.graph import Definition, Factor, ModelGraph, Site
from pplc.compiler.kinds.kinds import NAT, Kind
from pplc.compiler.naming import unused_name
from pplc.compiler.records import Record
from pplc.compiler.scans import pieces, recurrences, steps_back
from pplc.grammar.catalogue.elimination import (
    DiscreteRecurrence,
    EndNotKnown,
    InfiniteSupport,
    ReadElsewhere,
    ReducedSite,
    VectorLatent,
)
from pplc.grammar.catalogue.guide import KeptAndSummed, KeptElsewhere
from pplc.grammar.diagnostics import Diagnostic, Result

#: The arguments that are the largest value of what they are arguments of.
_ENDS = {Support.UP_TO_FIRST: "total_count", Support.INTEGERS_BETWEEN: "high"}


class Variable(Record):
    """A discrete random variable that is summed out: one for each element of its plates.

    `size` is how many values it takes: the name of an index set, or a number. `first` is its
    smallest value. Where `largest`, from data, is its largest one, `size` is a name for the number
    of values that the largest of these leaves.
    """

    site: str
    plates: tuple[str, ...]
    size: str | int
    first: int = 0
    largest: Expr | None = None


class Slot(NamedTuple):
    """The values of a summed-out site in a term: `z`, or `z[-1]` at the step before."""

    site: str
    back: int = 0

    def __str__(self) -> str:
        return f"{self.site}[-{self.back}]" if self.back else self.site


class Term(Record):
    """A summand of the log density: a tensor over plates and the values of variables."""

    name: str
    plates: tuple[str, ...]
    slots: tuple[Slot, ...]

    @property
    def sites(self) -> set[str]:
        """The summed-out sites that it depends on."""
        return {s.site for s in self.slots}


class Nesting(Record):
    """A plate whose elements each belong to one element of `outer`: the one at `index`."""

    outer: str
    index: Expr


class FactorGraph(Record):
    """The variables, the terms, and which plates are nested in others through data."""

    variables: dict[str, Variable]
    kept: dict[str, Variable]
    terms: tuple[Term, ...]
    nested: dict[str, tuple[Nesting, ...]]
    #: The axis of the steps of each scan.
    scans: frozenset[str]

    def plates(self, term: Term) -> set[str]:
        """The plates of a term, those included that its own are nested in."""
        return {*term.plates, *(n.outer for p in term.plates for n in self.nested.get(p, ()))}


def factor_graph(graph: ModelGraph, named: frozenset[str] = frozenset()) -> Result[FactorGraph]:
    """The factor graph of what is to be summed out: all discrete latents but those `named`.

    Diagnostics: unbounded supports (E502), values that are vectors or not known (E508, E509),
    reads that couple elements of a plate (E503 to E505), statements that read both a summed-out
    latent and one that the guide keeps (E613).
    """
    problems: list[Diagnostic] = []
    discrete: dict[str, Variable] = {}
    for site in graph.sites.values():
        if site.latent and site.discrete:
            variable = _variable(graph, site, discrete, problems)
            if variable is not None:
                discrete[site.name] = variable
    inlined = definitions_of_values(graph, set(discrete))
    for group in recurrences(inlined.values()):
        problems.append(_recurrence(group[0].name, inlined, discrete))
    variables = {n: v for n, v in discrete.items() if n not in named}
    kept = {n: v for n, v in discrete.items() if n in named}
    if problems:
        return Result(None, tuple(problems))
    terms: list[Term] = []
    nested: dict[str, dict[str, Nesting]] = {}
    for statement in graph.statements:
        if isinstance(statement, Definition) or statement.generated:
            continue
        slots = {Slot(statement.name)} if statement.name in discrete else set()
        for piece in pieces(statement, inlined):
            for read in _reads(piece, discrete):
                if read.name in kept:
                    problems.extend(_kept_elsewhere(read, piece, kept, graph))
                    slots.add(Slot(read.name))
                    continue
                slot = _slot(read, piece, variables[read.name], nested, problems)
                if slot is not None:
                    slots.add(slot)
        both = {s.site for s in slots}
        if both & set(kept) and both & set(variables):
            problems.append(_kept_and_summed(statement, both, set(kept)))
        elif slots and not both & set(kept):
            terms.append(term_of(statement.name, statement.plates, slots, variables))
    if problems:
        return Result(None, tuple(problems))
    scans = frozenset(b.axis for s in graph.statements for b in s.binders if b.scan)
    return Result(
        FactorGraph(
            variables=variables,
            kept=kept,
            terms=tuple(terms),
            nested={p: tuple(n.values()) for p, n in nested.items()},
            scans=scans,
        )
    )


def term_of(
    name: str, plates: tuple[str, ...], slots: set[Slot], variables: dict[str, Variable]
) -> Term:
    """A term, its slots in the order of the model, earlier steps first."""
    rank = {v: i for i, v in enumerate(variables)}
    ordered = sorted(slots, key=lambda s: (rank[s.site], -s.back))
    return Term(name=name, plates=plates, slots=tuple(ordered))


def definitions_of_values(graph: ModelGraph, variables: set[str]) -> dict[str, Definition]:
    """The definitions that read a summed-out site, directly or through others."""
    found: dict[str, Definition] = {}
    varying = set(variables)
    for definition in graph.definitions.values():
        if not definition.generated and definition.reads & varying:
            found[definition.name] = definition
            varying.add(definition.name)
    return found


def _variable(
    graph: ModelGraph, site: Site, earlier: dict[str, Variable], problems: list[Diagnostic]
) -> Variable | None:
    law = site.law.distribution
    if site.kind.shape:
        problems.append(
            VectorLatent(span=site.law.span, name=site.name, over=" and ".join(site.kind.shape))
        )
        return None
    if site.kind.values is not None:
        return Variable(site=site.name, plates=site.plates, size=site.kind.values)
    support = site.kind.support
    if isfinite(support.lower) and isfinite(support.upper):
        first, last = int(support.lower), int(support.upper)
        return Variable(site=site.name, plates=site.plates, size=last - first + 1, first=first)
    bounded = _bounded_by_data(graph, site, earlier)
    if bounded is not None:
        return bounded
    if not law.finite:
        problems.append(InfiniteSupport(span=site.law.span, name=site.name, distribution=law.name))
        return None
    if not problems:  # of a latent that it depends on, perhaps
        problems.append(EndNotKnown(span=site.law.span, name=site.name))
    return None


def _bounded_by_data(
    graph: ModelGraph, site: Site, earlier: dict[str, Variable]
) -> Variable | None:
    """A latent whose largest value data tell, or another one that is bounded so."""
    lower = site.kind.support.lower
    argument = _ENDS.get(site.law.distribution.support_rule)
    if argument is None or not isfinite(lower):
        return None
    largest = site.law.arguments[argument]
    if isinstance(largest, Read) and largest.name in earlier:
        outer = earlier[largest.name]
        if outer.largest is None or outer.first != lower:
            return None
        return outer.replaced(site=site.name, plates=site.plates)
    if not all(map(graph.is_given, names_read(largest))):
        return None
    size = unused_name(f"{site.name}_values", graph.names)
    return Variable(
        site=site.name, plates=site.plates, size=size, first=int(lower), largest=largest
    )


def _recurrence(
    name: str, inlined: dict[str, Definition], variables: dict[str, Variable]
) -> Diagnostic:
    site = next(v for v in variables if _reads_through(name, v, inlined))
    return DiscreteRecurrence(span=inlined[name].span, name=name, site=site)


def _reads_through(name: str, site: str, inlined: dict[str, Definition]) -> bool:
    seen: set[str] = set()
    waiting = [name]
    while waiting:
        at = waiting.pop()
        if at == site:
            return True
        if at in inlined and at not in seen:
            seen.add(at)
            waiting.extend(inlined[at].reads)
    return False


def _reads(statement: Site | Factor, variables: Mapping[str, Variable]) -> Iterator[Read]:
    law = statement.law.expressions if isinstance(statement, Site) else (statement.value,)
    for expression in law:
        for node in walk(expression):
            if isinstance(node, Read) and node.name in variables:
                yield node


def _slot(
    read: Read,
    statement: Site | Factor,
    variable: Variable,
    nested: dict[str, dict[str, Nesting]],
    problems: list[Diagnostic],
) -> Slot | None:
    """Which values of a summed-out site a read stands for; None where it was reported."""
    own = {b.axis for b in statement.binders}
    back = 0
    for plate, index in zip(variable.plates, read.indices, strict=False):
        if isinstance(index, Position):
            if index.binder.axis not in own:
                problems.append(_reduced(read, variable, index.binder.index_set))
                return None
            if index.binder.axis != plate:
                break
            back = max(back, -index.offset)
        elif not _nest(index, plate, own, nested):
            break
    else:
        if len(read.indices) < len(variable.plates):
            problems.append(_reduced(read, variable, variable.plates[len(read.indices)]))
            return None
        return Slot(variable.site, back)
    problems.append(
        ReadElsewhere(span=read.span, name=variable.site, plates=" and ".join(variable.plates))
    )
    return None


def kept_reads(statement: Site | Factor, kept: Mapping[str, Variable]) -> dict[Slot, Read]:
    """The element of a kept latent that each slot of a piece of a statement stands for."""
    found: dict[Slot, Read] = {}
    if isinstance(statement, Site) and statement.name in kept:
        own = tuple(
            Position(kind=Kind(NAT), span=statement.span, binder=b) for b in statement.binders
        )
        found[Slot(statement.name)] = Read(
            kind=statement.kind, span=statement.span, name=statement.name, indices=own
        )
    for read in _reads(statement, kept):
        found.setdefault(Slot(read.name, steps_back(read)), read)
    return found


def _kept_elsewhere(
    read: Read, statement: Site | Factor, kept: Mapping[str, Variable], graph: ModelGraph
) -> list[Diagnostic]:
    """A statement reads one element of a latent that the guide keeps, and earlier steps of it.

    Which one, data tell.
    """
    own = {b.axis for b in statement.binders}
    first = kept_reads(statement, kept)[Slot(read.name, steps_back(read))]
    is_one = len(read.indices) == len(kept[read.name].plates) and all(
        _binders(i) <= own and all(map(graph.is_given, names_read(i))) for i in read.indices
    )
    if is_one and all(map(_same, read.indices, first.indices)):
        return []
    return [KeptElsewhere(span=read.span, name=read.name)]


def _kept_and_summed(statement: Site | Factor, both: set[str], kept: set[str]) -> Diagnostic:
    first, second = sorted(both & kept)[0], sorted(both - kept)[0]
    return KeptAndSummed(span=statement.span, kept=first, summed=second)


def _nest(index: Expr, plate: str, own: set[str], nested: dict[str, dict[str, Nesting]]) -> bool:
    """Note that an index nests a plate of the statement in `plate`; whether it does."""
    through = _binders(index)
    if len(through) != 1 or not isinstance(index, Read):
        return False
    inner = next(iter(through))
    if inner not in own or plate in own:
        return False
    known = nested.setdefault(inner, {}).setdefault(plate, Nesting(outer=plate, index=index))
    return _same(known.index, index)


def _binders(index: Expr) -> set[str]:
    return {n.binder.axis for n in walk(index) if isinstance(n, Position)}


def _same(a: Expr, b: Expr) -> bool:
    """Whether two indices are the same number, or read the same data at the same place."""
    if isinstance(a, Constant) and isinstance(b, Constant):
        return a.value == b.value
    if isinstance(a, Position) and isinstance(b, Position):
        return (a.binder.axis, a.offset) == (b.binder.axis, b.offset)
    return (
        isinstance(a, Read)
        and isinstance(b, Read)
        and a.name == b.name
        and len(a.indices) == len(b.indices)
        and all(map(_same, a.indices, b.indices))
    )


def _reduced(read: Read, variable: Variable, plate: str) -> Diagnostic:
    return ReducedSite(span=read.span, name=variable.site, plate=plate)
