"""What a draw of a distribution is: its kind, the ends of its support, its independent elements."""

from __future__ import annotations

import math
from dataclasses import replace
from functools import reduce

from pplc.compiler.distributions import Support
from pplc.compiler.elements import element_at, fresh_binder
from pplc.compiler.expressions import Apply, Binder, Constant, Expr, Size
from pplc.compiler.graph import Law
from pplc.compiler.kinds.intervals import maximum, minimum
from pplc.compiler.kinds.kinds import NAT, Interval, Kind, Structure, constant, inf

#: The distributions of which an argument may be an end of the support.
_ENDS_FROM_ARGUMENTS = (Support.BETWEEN, Support.ABOVE_FIRST, Support.CUT)


def kind_of(law: Law) -> Kind:
    """The kind of one draw: vector arguments of a distribution of numbers make a vector."""
    support, values = _support(law)
    return Kind(support, lifted(law) + event_of(law), structure_of(law), values)


def disagreement(law: Law) -> tuple[Kind, Kind] | None:
    """Two arguments that are vectors over different index sets, where there are such."""
    kinds = [(a.kind, law.event(n)) for n, a in law.arguments.items()]
    batches = [(k, batch) for k, event in kinds if (batch := _split(k, event)[0])]
    batches += [(kind_of(c), batch) for c in law.components if (batch := lifted(c))]
    events = [(k, set(_split(k, event)[1])) for k, event in kinds if event]
    inner = [(kind_of(c), event_of(c)) for c in law.components]
    for group in (batches, events, inner):
        for other, sets in group[1:]:
            if sets != group[0][1]:
                return group[0][0], other
    return None


def _split(kind: Kind, event: int) -> tuple[tuple[str, ...], tuple[str, ...]]:
    at = len(kind.shape) - event
    return kind.shape[:at], kind.shape[at:]


def lifted(law: Law) -> tuple[str, ...]:
    """The index sets over which vector arguments make independent draws."""
    for name, argument in law.arguments.items():
        batch, _ = _split(argument.kind, law.event(name))
        if batch:
            return batch
    return next((batch for c in law.components if (batch := lifted(c))), ())


def event_of(law: Law) -> tuple[str, ...]:
    """The index sets of one independent draw: none where it is a number."""
    if law.components:
        return event_of(law.components[0])
    if law.distribution.event == 0:
        return ()
    for argument in law.arguments.values():
        if isinstance(argument, Size):
            return (argument.index_set,) * law.distribution.event
    return (_vector_set(law),) * law.distribution.event


def _vector_set(law: Law) -> str:
    """The index set of the vector argument."""
    return next(a.kind.shape[-1] for n, a in law.arguments.items() if law.event(n))


def structure_of(law: Law) -> Structure | None:
    """What ties the elements of one draw together."""
    if not law.components:
        return law.distribution.structure
    structures = {structure_of(c) for c in law.components}
    return structures.pop() if len(structures) == 1 else None


def _support(law: Law) -> tuple[Interval, str | None]:
    arguments = list(law.arguments.values())
    supports = [a.kind.support for a in arguments]
    inner = [_support(c) for c in law.components]
    match law.distribution.support_rule:
        case Support.BETWEEN:
            return _between(law), None
        case Support.INTEGERS_BETWEEN:
            low, high = supports[0].lower, supports[1].upper
            return Interval(low, high, math.isinf(low), math.isinf(high), True), None
        case Support.UP_TO_FIRST:
            return _up_to(supports[0].upper), None
        case Support.UP_TO_SIZE:
            size = _vector_set(law)
            return _up_to(float(size) if size.isdigit() else inf), None
        case Support.ABOVE_FIRST:
            return replace(law.distribution.support, lower=supports[0].lower), None
        case Support.POSITIONS:
            return NAT, _vector_set(law)
        case Support.OF_FIRST:
            return supports[0], arguments[0].kind.values
        case Support.WITH_ZERO:
            return inner[0][0].join(constant(0)), None
        case Support.JOINED:
            values = {v for _, v in inner}
            joined = reduce(Interval.join, (s for s, _ in inner))
            return joined, values.pop() if len(values) == 1 else None
        case Support.CUT:
            return _cut(law, inner[0][0]), inner[0][1]
        case Support.FIXED:
            return law.distribution.support, None


def _up_to(upper: float) -> Interval:
    return Interval(0, upper, False, upper == inf, True)


def _between(law: Law) -> Interval:
    lower, upper = (e.kind.support for e in _own_ends(law))
    return Interval(lower.lower, upper.upper)


def _cut(law: Law, inner: Interval) -> Interval:
    """The support of a distribution that is cut off at two bounds."""
    lower, upper = (e.kind.support for e in _own_ends(law))
    low, high = max(inner.lower, lower.lower), min(inner.upper, upper.upper)
    if inner.integer:
        low = low if math.isinf(low) else math.ceil(low)
        high = high if math.isinf(high) else math.floor(high)
        return Interval(low, high, math.isinf(low), math.isinf(high), True)
    reached = law.distribution.atoms
    return Interval(
        low,
        high,
        not reached if low > inner.lower else inner.lower_open,
        not reached if high < inner.upper else inner.upper_open,
    )


def _own_ends(law: Law) -> tuple[Expr, Expr]:
    """The two bounds that are arguments; infinite where they are left out."""
    first, second = law.distribution.parameters[-2:]
    return (
        law.arguments.get(first.name, _number(-inf, law)),
        law.arguments.get(second.name, _number(inf, law)),
    )


def _number(value: float, law: Law) -> Constant:
    return Constant(kind=Kind(constant(value)), span=law.span, value=value)


def ends(law: Law) -> tuple[Expr, Expr]:
    """The lower and the upper end of the support of a draw."""
    match law.distribution.support_rule:
        case Support.BETWEEN:
            return _own_ends(law)
        case Support.ABOVE_FIRST:
            return next(iter(law.arguments.values())), _number(inf, law)
        case Support.CUT:
            (low, high), (lower, upper) = ends(law.components[0]), _own_ends(law)
            return _larger(low, lower), _smaller(high, upper)
        case _:
            support, _ = _support(law)
            return _number(support.lower, law), _number(support.upper, law)


def non_constant_ends(law: Law) -> tuple[Expr, Expr] | None:
    """The ends of the support, where they are more than two numbers."""
    if law.distribution.support_rule not in _ENDS_FROM_ARGUMENTS:
        return None
    lower, upper = ends(law)
    return None if isinstance(lower, Constant) and isinstance(upper, Constant) else (lower, upper)


def _larger(a: Expr, b: Expr) -> Expr:
    if a.kind.support.upper <= b.kind.support.lower:
        return b
    if b.kind.support.upper <= a.kind.support.lower:
        return a
    kind = Kind(maximum(a.kind.support, b.kind.support), a.kind.shape or b.kind.shape)
    return Apply(kind=kind, span=b.span, function="max", arguments=(a, b))


def _smaller(a: Expr, b: Expr) -> Expr:
    if a.kind.support.lower >= b.kind.support.upper:
        return b
    if b.kind.support.lower >= a.kind.support.upper:
        return a
    kind = Kind(minimum(a.kind.support, b.kind.support), a.kind.shape or b.kind.shape)
    return Apply(kind=kind, span=b.span, function="min", arguments=(a, b))


def spread(
    laws: tuple[Law, ...], binders: tuple[Binder, ...]
) -> tuple[tuple[Law, ...], tuple[Binder, ...]]:
    """Independent draws over vector arguments, as a family: with a binder for each dimension.

    `x ~ Normal(mu, 1)` with `mu` over K is `x[k in K] ~ Normal(mu[k], 1)`. The distributions are
    those of one site, all over the same index sets.
    """
    for index_set in lifted(laws[0]):
        binder = fresh_binder(index_set, binders, [e for law in laws for e in law.expressions])
        binders = (*binders, binder)
        laws = tuple(element_of(law, binder) for law in laws)
    return laws, binders


def element_of(law: Law, binder: Binder) -> Law:
    """The distribution of one of the independent draws over an index set."""

    def pick(argument: Expr, event: int) -> Expr:
        return element_at(argument, binder) if len(argument.kind.shape) > event else argument

    return law.rebuild(pick)
