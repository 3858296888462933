"""Supports of expressions whose parts depend on each other.

The arithmetic of intervals takes the arguments of a function for independent. It is right, but
wide, where something occurs twice: of `p / (p + q)` it says that it is positive, of
`t + (1 - t) * v` that it is below 2. What follows knows such forms, and tells a smaller interval.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from pplc.compiler.expressions import Apply, Constant, Expr, Position, Read, Reduce, names_read
from pplc.compiler.functions import OPERATORS
from pplc.compiler.kinds import intervals
from pplc.compiler.kinds.algebra import Form, factors, form, forms, summands, taken_from_one
from pplc.compiler.kinds.kinds import UNIT, Interval, Structure, constant, inf
from pplc.compiler.kinds.shares import share
from pplc.compiler.lower.environment import Environment

#: Expressions with more leaves than this are taken as they are.
_MOST_LEAVES = 40
#: So many parts that occur more than once are told apart.
_MOST_REPEATED = 5
#: The degree in something of what is not a polynomial in it.
_NOT_POLYNOMIAL = 99


def refined(env: Environment, e: Apply) -> Interval:
    """The support of an operation, where it is smaller than that of independent arguments."""
    support = e.kind.support
    if e.function not in ("+", "-", "*", "/") or support.lower == support.upper:
        return support
    if any(isinstance(a, Constant) for a in e.arguments) and e.function != "/":
        return support  # of what is moved or scaled, all that is known is known already
    if e.function == "/":
        part = share(*e.arguments)
        support = support if part is None else _both(support, part)
    if e.function == "*":
        support = _both(support, _product(factors(e)))
    if e.function == "+" and _parts_of_a_simplex(env, e):
        support = _both(support, UNIT)
    return _both(support, _blended(e))


def weighted(env: Environment, total: Reduce) -> Interval | None:
    """The support of `sum(k in K: w[k] * x)` with a simplex `w`: a mean of `x`."""
    if total.function != "sum" or total.where is not None or total.binder.start:
        return None
    parts = factors(total.body)
    for i, part in enumerate(parts):
        if isinstance(part, Read) and _is_weight(env, part, total):
            rest = [p.kind.support for p in (*parts[:i], *parts[i + 1 :])]
            product = constant(1)
            for support in rest:
                product = intervals.multiply(product, support)
            return intervals.reduction("mean", product)
    return None


def _is_weight(env: Environment, read: Read, total: Reduce) -> bool:
    if not _is_of_simplex(env, read):
        return False
    *others, last = read.indices
    own = total.binder
    return (
        isinstance(last, Position)
        and (last.binder, last.offset) == (own, 0)
        and not any(isinstance(o, Position) and o.binder == own for o in others)
    )


def _is_of_simplex(env: Environment, read: Read) -> bool:
    """Whether a read is of a single element of a simplex."""
    kind = env.kinds.get(read.name)
    return (
        kind is not None
        and kind.structure is not None
        and kind.structure.is_a(Structure.SIMPLEX)
        and len(read.indices) == len(kind.shape)
    )


def _parts_of_a_simplex(env: Environment, e: Apply) -> bool:
    """Whether it adds up different elements of one simplex."""
    terms = [t for _, t in summands(e)]
    reads = [t for t in terms if isinstance(t, Read) and _is_of_simplex(env, t)]
    lasts = [r.indices[-1] for r in reads]
    places = {i.value for i in lasts if isinstance(i, Constant)}
    owners = {(r.name, tuple(map(form, r.indices[:-1]))) for r in reads}
    added = all(sign > 0 for sign, _ in summands(e))
    return added and len(places) == len(terms) and len(owners) == 1


def _both(x: Interval, y: Interval) -> Interval:
    """What lies in both of two sets that hold the same number."""
    lower, lower_open = max((x.lower, x.lower_open), (y.lower, y.lower_open))
    upper, upper_closed = min((x.upper, not x.upper_open), (y.upper, not y.upper_open))
    return Interval(lower, upper, lower_open, not upper_closed, x.integer)


# --- products ---


def _product(parts: list[Expr]) -> Interval:
    """The support of a product; of `x` and `1 - x` it is at most 1/4."""
    left = dict(enumerate(parts))
    rests = [(i, x) for i, part in left.items() if (x := taken_from_one(part)) is not None]
    places: dict[Form, list[int]] = {}
    for i, part in left.items() if rests else ():
        places.setdefault(form(part), []).append(i)
    product = constant(1)
    for i, x in rests:
        at = next((k for k in places.get(form(x), ()) if k in left), None)
        if i in left and at is not None:
            del left[i], left[at]
            product = intervals.multiply(product, _with_rest(x.kind.support))
    for part in left.values():
        product = intervals.multiply(product, part.kind.support)
    return product


def _with_rest(x: Interval) -> Interval:
    """x * (1 - x)."""
    ends = [
        Interval(v, v, is_open, is_open)
        for v, is_open in (
            (end * (1 - end), is_open) if abs(end) < inf else (-inf, True)
            for end, is_open in ((x.lower, x.lower_open), (x.upper, x.upper_open))
        )
    ]
    found = ends[0].join(ends[1])
    return found.join(constant(0.25)) if 0.5 in x else found


# --- averages ---


def _blended(e: Apply) -> Interval:
    """The support of what is affine in a part that occurs more than once: `t * x + (1 - t) * y`.

    Such an expression lies between its values where that part is at its ends.
    """
    if len(e.arguments) == 2 and not names_read(e.arguments[0]) & names_read(e.arguments[1]):
        return e.kind.support
    leaves = _leaves(e)
    if len(leaves) > _MOST_LEAVES:
        return e.kind.support
    known = forms(e)
    count = Counter(known[id(x)] for x in leaves)
    repeated = {f: x.kind.support for x in leaves if count[f := known[id(x)]] > 1}
    chosen = {
        f: s
        for f, s in repeated.items()
        if abs(s.lower) < inf and abs(s.upper) < inf and _degree(e, f, known) == 1
    }
    if not chosen or len(chosen) > _MOST_REPEATED:
        return e.kind.support
    return _at_ends(e, chosen, {}, known)


def _leaves(e: Expr) -> list[Expr]:
    """What an expression is made of by arithmetic, constants left out."""
    if isinstance(e, Apply) and e.function in ("+", "-", "*", "/", "negate"):
        return [leaf for a in e.arguments for leaf in _leaves(a)]
    return [] if isinstance(e, Constant) else [e]


def _degree(e: Expr, part: Form, known: Mapping[int, Form]) -> int:
    """The degree of an expression as a polynomial in a part of it."""
    if known[id(e)] == part:
        return 1
    if isinstance(e, Apply) and e.function in ("+", "-", "*", "/", "negate"):
        degrees = [_degree(a, part, known) for a in e.arguments]
        if e.function == "*":
            return sum(degrees)
        if e.function == "/" and degrees[1]:
            return _NOT_POLYNOMIAL
        return max(degrees)
    return _NOT_POLYNOMIAL if _occurs(part, e, known) else 0


def _occurs(part: Form, e: Expr, known: Mapping[int, Form]) -> bool:
    return known[id(e)] == part or any(_occurs(part, child, known) for child in e.children)


def _at_ends(
    e: Expr,
    parts: Mapping[Form, Interval],
    fixed: dict[Form, Interval],
    known: Mapping[int, Form],
) -> Interval:
    """The support of an expression that is affine in each of some parts."""
    if not parts:
        return _evaluated(e, fixed, known)[0]
    (part, support), *rest = parts.items()
    low, high = (
        _at_ends(
            e, dict(rest), {**fixed, part: Interval(v, v, False, False, support.integer)}, known
        )
        for v in (support.lower, support.upper)
    )
    # Between two values, one of which may be reached where the part reaches its end.
    lower, upper = min(low.lower, high.lower), max(low.upper, high.upper)
    return Interval(
        lower,
        upper,
        not _reached(
            (low.lower == lower and not low.lower_open, not support.lower_open),
            (high.lower == lower and not high.lower_open, not support.upper_open),
        ),
        not _reached(
            (low.upper == upper and not low.upper_open, not support.lower_open),
            (high.upper == upper and not high.upper_open, not support.upper_open),
        ),
    )


def _reached(*ends: tuple[bool, bool]) -> bool:
    """Whether a bound is reached: at an end where the part can be, or everywhere."""
    return any(there and closed for there, closed in ends) or all(there for there, _ in ends)


def _evaluated(
    e: Expr, fixed: Mapping[Form, Interval], known: Mapping[int, Form]
) -> tuple[Interval, bool]:
    """The arithmetic of intervals, with some parts fixed; and whether any of them occurs."""
    found = fixed.get(known[id(e)])
    if found is not None:
        return found, True
    inner = [_evaluated(a, fixed, known) for a in e.children]
    if not isinstance(e, Apply) or not any(occurs for _, occurs in inner):
        return e.kind.support, False
    supports = [support for support, _ in inner]
    if e.function == "negate":
        return intervals.negate(*supports), True
    return OPERATORS[e.function].gives(*supports), True
