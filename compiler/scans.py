"""Chains (`scan`) in the IR: earlier elements, first elements, recurrences."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import TypeVar

from pplc.compiler.expressions import (
    Binder,
    Expr,
    Family,
    Position,
    Read,
    Reduce,
    names_read,
    walk,
)
from pplc.compiler.graph import Definition, Factor, Site, Statement

S = TypeVar("S", bound=Statement)
Definitions = Mapping[str, Definition]


def steps_back(read: Read) -> int:
    """How many steps earlier than its statement a read looks: 1 for `x[t-1]`."""
    return max(
        (-i.offset for i in read.indices if isinstance(i, Position) and i.binder.scan), default=0
    )


def pieces(statement: S, definitions: Definitions) -> tuple[S, ...]:
    """The statement as one for each of its first elements and one for all the others.

    The given definitions are put in the place of reads of them. None of the pieces has starts;
    each says by its binder at which positions it stands.
    """
    first = _first_elements(statement, definitions)
    scan = next((b for b in statement.binders if b.scan), None)
    if scan is None or not first:
        return (_rewrite(statement, lambda e: inline(e, definitions, _axes(statement))),)
    split: list[S] = []
    for step in range(first + 1):
        stop = scan.start + step + 1 if step < first else None
        binder = scan.replaced(start=scan.start + step, stop=stop)
        split.append(_piece(statement, step, binder, definitions))
    return tuple(split)


def _piece(statement: S, step: int, binder: Binder, definitions: Definitions) -> S:
    change: dict[str, object] = {
        "binders": tuple(binder if b.axis == binder.axis else b for b in statement.binders),
        "starts": (),
    }
    if isinstance(statement, Site) and step < len(statement.starts):
        change["law"] = statement.starts[step]
    elif isinstance(statement, Definition) and step < len(statement.starts):
        change["value"] = statement.starts[step]
    elif isinstance(statement, Factor):
        del change["starts"]
    chosen = statement.replaced(**change)
    taken = _axes(statement)
    return _rewrite(chosen, lambda e: inline(_narrowed(e, binder), definitions, taken))


def _axes(statement: Statement) -> set[str]:
    return {b.axis for b in statement.binders}


def _first_elements(statement: Statement, definitions: Definitions) -> int:
    """How many of the first elements of a statement are not like the others."""
    starts = len(statement.starts) if isinstance(statement, Site | Definition) else 0
    for expression in statement.expressions:
        for node in walk(expression):
            if isinstance(node, Read) and node.name in definitions:
                inner = _first_elements(definitions[node.name], definitions)
                starts = max(starts, inner + steps_back(node) if inner else 0)
    return starts


def _rewrite(statement: S, change: Callable[[Expr], Expr]) -> S:
    """The statement with all its expressions changed."""
    update: dict[str, object]
    if isinstance(statement, Site):
        update = {"law": statement.law.rebuild(lambda argument, _: change(argument))}
    else:
        assert isinstance(statement, Definition | Factor)
        update = {"value": change(statement.value)}
    return statement.replaced(**update)


def _narrowed(expression: Expr, binder: Binder) -> Expr:
    """The expression where a binder stands at fewer positions."""

    def change(node: Expr) -> Expr:
        if isinstance(node, Position) and node.binder.axis == binder.axis:
            return node.replaced(binder=binder)
        return node.rebuild(change)

    return change(expression)


def inline(expression: Expr, definitions: Definitions, taken: set[str]) -> Expr:
    """The expression with the values of definitions in the place of reads of them.

    `taken` are the axes that stand for something around it: binders of reductions inside of
    definitions get other ones.
    """

    def change(node: Expr) -> Expr:
        if isinstance(node, Reduce | Family):
            taken.add(node.binder.axis)
        node = node.rebuild(change)
        if not isinstance(node, Read) or node.name not in definitions:
            return node
        return change(_at(definitions[node.name], node, taken))

    return change(expression)


def _at(definition: Definition, read: Read, taken: set[str]) -> Expr:
    """The value of a definition at the indices of a read of it."""
    places = {b.axis: i for b, i in zip(definition.binders, read.indices, strict=False)}
    value = _over(definition.binders[len(read.indices) :], definition.value)
    for binder in definition.binders:
        place = places.get(binder.axis)
        if binder.scan and isinstance(place, Position) and place.binder.stop is not None:
            step = place.binder.start + place.offset - binder.start
            if step < len(definition.starts):
                value = _over(definition.binders[len(read.indices) :], definition.starts[step])

    def change(node: Expr) -> Expr:
        if isinstance(node, Reduce | Family) and node.binder.axis in taken:
            fresh = node.binder
            while fresh.axis in taken:
                fresh = fresh.replaced(occurrence=fresh.occurrence + 1)
            places[node.binder.axis] = Position(kind=node.kind, span=node.span, binder=fresh)
            changed = node.rebuild(change).replaced(binder=fresh)
            del places[node.binder.axis]
            taken.add(fresh.axis)
            return changed
        if isinstance(node, Position) and node.binder.axis in places:
            place = places[node.binder.axis]
            if isinstance(place, Position):
                return place.replaced(kind=node.kind, offset=place.offset + node.offset)
            return place
        return node.rebuild(change)

    return change(value)


def _over(binders: tuple[Binder, ...], value: Expr) -> Expr:
    """A value as a vector over some binders, where a read leaves their indices out."""
    for binder in reversed(binders):
        kind = replace(value.kind, shape=(binder.index_set, *value.kind.shape), structure=None)
        value = Family(kind=kind, span=value.span, binder=binder, body=value)
    return value


def recurrences(statements: Iterable[Statement]) -> list[tuple[Statement, ...]]:
    """The groups of statements that need each other's earlier elements, each in its order."""
    ordered = list(statements)
    reads = {s.name: _names(s) for s in ordered}
    chained = [s for s in ordered if any(b.scan for b in s.binders)]
    below = {s.name: reachable(s.name, reads) & set(reads) for s in chained}
    groups: list[tuple[Statement, ...]] = []
    for statement in chained:
        group = tuple(
            s
            for s in chained
            if s.name in below[statement.name] and statement.name in below[s.name]
        )
        if group and group not in groups:
            groups.append(group)
    return groups


def _names(statement: Statement) -> set[str]:
    return set().union(*map(names_read, statement.expressions))


def reachable(name: str, reads: Mapping[str, set[str]]) -> set[str]:
    """The names that a statement reads, directly or through others of `reads`."""
    found: set[str] = set()
    waiting = [name]
    while waiting:
        for read in reads.get(waiting.pop(), set()) - found:
            found.add(read)
            waiting.append(read)
    return found
