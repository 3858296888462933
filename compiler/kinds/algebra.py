"""Expressions taken apart: what they are, what they add up and multiply, whether they make one."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from functools import reduce

from pplc.compiler.expressions import Apply, Binder, Constant, Expr, Position

#: What an expression is, wherever it is written.
Form = Hashable
#: A product of atoms, each with its power.
Monomial = frozenset[tuple[Form, int]]
Polynomial = dict[Monomial, float]
#: A numerator and a denominator.
Ratio = tuple[Polynomial, Polynomial]

_ONE: Polynomial = {frozenset(): 1.0}
#: Longer polynomials are not worked out.
_LONGEST = 200
_TOLERANCE = 1e-9


def form(e: Expr) -> Form:
    """The expression without the places it was written at: equal for equal expressions."""
    return (type(e).__name__, e.said, tuple(map(form, e.children)))


def forms(e: Expr) -> dict[int, Form]:
    """The form of an expression and of each below it, by their `id`."""
    found: dict[int, Form] = {}

    def enter(node: Expr) -> Form:
        form_ = (type(node).__name__, node.said, tuple(map(enter, node.children)))
        return found.setdefault(id(node), form_)

    enter(e)
    return found


def summands(e: Expr) -> list[tuple[int, Expr]]:
    """The terms of a sum, each with its sign."""
    if isinstance(e, Apply) and e.function in ("+", "-"):
        left, right = e.arguments
        sign = 1 if e.function == "+" else -1
        return [*summands(left), *((sign * s, t) for s, t in summands(right))]
    if isinstance(e, Apply) and e.function == "negate":
        return [(-s, t) for s, t in summands(e.arguments[0])]
    return [(1, e)]


def factors(e: Expr) -> list[Expr]:
    """The factors of a product."""
    if isinstance(e, Apply) and e.function == "*":
        return [f for a in e.arguments for f in factors(a)]
    return [e]


def taken_from_one(e: Expr) -> Expr | None:
    """The x of `1 - x`; None where an expression is something else."""
    if not isinstance(e, Apply) or e.function != "-":
        return None
    one, x = e.arguments
    return x if isinstance(one, Constant) and one.value == 1 else None


def place_in(e: Expr, pattern: Expr, binder: Binder) -> Expr | None:
    """What `e` has in the place of a binder of `pattern`; None where they differ in more."""
    found: list[Expr] = []

    def matches(p: Expr, x: Expr) -> bool:
        if isinstance(p, Position) and p.binder == binder and p.offset == 0:
            found.append(x)
            return True
        if type(p) is not type(x) or p.said != x.said or len(p.children) != len(x.children):
            return False
        return all(matches(a, b) for a, b in zip(p.children, x.children, strict=True))

    if not matches(pattern, e) or len(set(map(form, found))) != 1:
        return None
    return found[0]


def add_up_to_one(terms: Iterable[Expr]) -> bool:
    """Whether numbers add up to 1 whatever their parts are: `t`, `(1 - t) * v`, ..."""
    try:
        numerator, denominator = reduce(_add, map(_ratio, terms))
    except _TooLongError:
        return False
    size = max(map(abs, denominator.values()))
    left = (
        numerator.get(m, 0) - denominator.get(m, 0) for m in numerator.keys() | denominator.keys()
    )
    return all(abs(c) < _TOLERANCE * size for c in left)


class _TooLongError(Exception):
    """A polynomial has too many terms to be worked out."""


def _ratio(e: Expr) -> Ratio:
    if isinstance(e, Constant):
        return {frozenset(): e.value}, _ONE
    if isinstance(e, Apply):
        match e.function, e.arguments:
            case "+", (a, b):
                return _add(_ratio(a), _ratio(b))
            case "-", (a, b):
                return _add(_ratio(a), _scale(_ratio(b), -1))
            case "negate", (a,):
                return _scale(_ratio(a), -1)
            case "*", (a, b):
                (n, d), (m, c) = _ratio(a), _ratio(b)
                return _product(n, m), _product(d, c)
            case "/", (a, b):
                (n, d), (m, c) = _ratio(a), _ratio(b)
                return _product(n, c), _product(d, m)
            case "^", (a, Constant(value=power)) if power in (1, 2, 3, 4):
                n, d = _ratio(a)
                return _power(n, int(power)), _power(d, int(power))
    return {frozenset({(form(e), 1)}): 1.0}, _ONE


def _add(a: Ratio, b: Ratio) -> Ratio:
    (n, d), (m, c) = a, b
    if d == c:
        return _sum(n, m), d
    return _sum(_product(n, c), _product(m, d)), _product(d, c)


def _scale(a: Ratio, number: float) -> Ratio:
    return {m: number * c for m, c in a[0].items()}, a[1]


def _sum(a: Polynomial, b: Polynomial) -> Polynomial:
    return {m: a.get(m, 0.0) + b.get(m, 0.0) for m in [*a, *(m for m in b if m not in a)]}


def _product(a: Polynomial, b: Polynomial) -> Polynomial:
    if len(a) * len(b) > _LONGEST:
        raise _TooLongError
    found: Polynomial = {}
    for m, x in a.items():
        for n, y in b.items():
            powers = dict(m)
            for atom, power in n:
                powers[atom] = powers.get(atom, 0) + power
            both = frozenset(powers.items())
            found[both] = found.get(both, 0.0) + x * y
    return found


def _power(a: Polynomial, power: int) -> Polynomial:
    return reduce(_product, [a] * power)
