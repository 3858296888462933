"""Shares of a whole: which quotients lie between 0 and 1, as `p / (p + q)`."""

from __future__ import annotations

from functools import reduce

from pplc.compiler.elements import element_at
from pplc.compiler.expressions import Apply, Expr, Reduce
from pplc.compiler.kinds.algebra import factors, form, place_in, summands
from pplc.compiler.kinds.intervals import multiply
from pplc.compiler.kinds.kinds import NONNEGATIVE, POSITIVE, UNIT, Interval, Kind


def share(part: Expr, whole: Expr) -> Interval | None:
    """The support of `part / whole` where the part is at most the whole, and not negative."""
    if not part.kind.support.within(NONNEGATIVE) or not whole.kind.support.within(NONNEGATIVE):
        return None
    below = _at_most(part, whole)
    if below is None:
        return None
    return Interval(0, 1, part.kind.support.within(POSITIVE), below)


def _at_most(part: Expr, whole: Expr) -> bool | None:
    """Whether a part is always at most the whole; True where it is always less."""
    if form(part) == form(whole):
        return False
    found = [
        less
        for less in (
            _in_sum(part, whole),
            _in_reduction(part, whole),
            _in_extreme(part, whole),
            _shrunk(part, whole),
        )
        if less is not None
    ]
    return any(found) if found else None


def _in_sum(part: Expr, whole: Expr) -> bool | None:
    """`r + q` in `r + s + q`: all its terms are there, and what is left is not negative."""
    left = [t for s, t in summands(whole) if s > 0]
    if len(left) < len(summands(whole)) or len(left) < 2:
        return None
    for sign, term in summands(part):
        at = next((i for i, t in enumerate(left) if form(t) == form(term)), None)
        if sign < 0 or at is None:
            return _one_of(part, left)
        del left[at]
    if not all(t.kind.support.within(NONNEGATIVE) for t in left):
        return None
    return any(t.kind.support.within(POSITIVE) for t in left)


def _one_of(part: Expr, terms: list[Expr]) -> bool | None:
    """A part that is at most one of several terms, none of them negative."""
    if not all(t.kind.support.within(NONNEGATIVE) for t in terms):
        return None
    for i, term in enumerate(terms):
        others = terms[:i] + terms[i + 1 :]
        less = _shrunk(part, term) if form(part) != form(term) else False
        if less is not None:
            return less or any(t.kind.support.within(POSITIVE) for t in others)
    return None


def _in_reduction(part: Expr, whole: Expr) -> bool | None:
    """`x[0]` in `sum(x)`, `exp(m[k])` in `sum(j in K: exp(m[j]))`, and the same in `max`."""
    if not isinstance(whole, Reduce) or whole.where is not None or whole.binder.start:
        return None
    if whole.function not in ("sum", "max") or not whole.body.kind.support.within(NONNEGATIVE):
        return None
    if part.kind.shape == (whole.binder.index_set,):
        part = element_at(part, whole.binder)
    return None if place_in(part, whole.body, whole.binder) is None else False


def _in_extreme(part: Expr, whole: Expr) -> bool | None:
    """`x` in `max(x, y)`, `min(x, y)` in `x`."""
    for inner in whole.arguments if isinstance(whole, Apply) and whole.function == "max" else ():
        if _at_most(part, inner) is not None:
            return False
    for inner in part.arguments if isinstance(part, Apply) and part.function == "min" else ():
        if _at_most(inner, whole) is not None:
            return False
    return None


def _shrunk(part: Expr, whole: Expr) -> bool | None:
    """`t * x` in `x`, with `t` between 0 and 1."""
    parts = factors(part)
    for i, shrink in enumerate(parts if len(parts) > 1 else ()):
        if shrink.kind.support.within(UNIT):
            less = _at_most(reduce(_times, parts[:i] + parts[i + 1 :]), whole)
            if less is not None:
                return less or shrink.kind.support.upper_open
    return None


def _times(a: Expr, b: Expr) -> Expr:
    kind = Kind(multiply(a.kind.support, b.kind.support), a.kind.shape or b.kind.shape)
    return Apply(kind=kind, span=a.span, function="*", arguments=(a, b))
