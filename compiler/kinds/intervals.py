"""Arithmetic of intervals: what a function keeps of the supports of its arguments."""

from __future__ import annotations

import math
from collections.abc import Callable

from pplc.compiler.kinds.kinds import NONNEGATIVE, POSITIVE, REAL, UNIT, Interval, constant, inf

#: An end of an interval: the number, and whether it is left out.
_End = tuple[float, bool]


def _ends(x: Interval) -> tuple[_End, _End]:
    return (x.lower, x.lower_open), (x.upper, x.upper_open)


def _hull(ends: list[_End], integer: bool) -> Interval:
    """The smallest interval with the given ends; of equal ends the closed one counts."""
    lower = min(v for v, _ in ends)
    upper = max(v for v, _ in ends)
    lower_open = all(is_open for v, is_open in ends if v == lower)
    upper_open = all(is_open for v, is_open in ends if v == upper)
    return Interval(lower, upper, lower_open, upper_open, integer)


def add(x: Interval, y: Interval) -> Interval:
    """x + y."""
    lower, upper = x.lower + y.lower, x.upper + y.upper
    return Interval(
        -inf if math.isnan(lower) else lower,
        inf if math.isnan(upper) else upper,
        x.lower_open or y.lower_open,
        x.upper_open or y.upper_open,
        x.integer and y.integer,
    )


def negate(x: Interval) -> Interval:
    """-x."""
    # Adding 0 makes 0 of -0.
    return Interval(0 - x.upper, 0 - x.lower, x.upper_open, x.lower_open, x.integer)


def subtract(x: Interval, y: Interval) -> Interval:
    """x - y."""
    return add(x, negate(y))


def _product(a: _End, b: _End) -> _End:
    (x, x_open), (y, y_open) = a, b
    if x == 0 or y == 0:
        reached = (x == 0 and not x_open) or (y == 0 and not y_open)
        return 0.0, not reached
    return x * y, x_open or y_open


def multiply(x: Interval, y: Interval) -> Interval:
    """x * y."""
    return _hull([_product(a, b) for a in _ends(x) for b in _ends(y)], x.integer and y.integer)


def reciprocal(x: Interval) -> Interval:
    """1 / x."""
    if x.lower >= 0:
        lower = 1 / x.upper if x.upper > 0 else inf
        upper = 1 / x.lower if x.lower > 0 else inf
        return Interval(lower, upper, x.upper_open, x.lower_open or x.lower == 0)
    if x.upper < 0 or (x.upper == 0 and x.upper_open):
        return negate(reciprocal(negate(x)))
    return REAL


def divide(x: Interval, y: Interval) -> Interval:
    """x / y."""
    return multiply(Interval(x.lower, x.upper, x.lower_open, x.upper_open), reciprocal(y))


def power(x: Interval, y: Interval) -> Interval:
    """x ^ y. An even power of a real is not negative; a power of a positive is positive."""
    if y.lower == y.upper:
        return _constant_power(x, float(y.lower))
    if x.within(UNIT) and y.within(NONNEGATIVE):
        if y.lower == 0 and not y.lower_open:
            return Interval(0, 1, x.lower_open or x.lower > 0, False)
        upper = x.upper**y.lower
        return Interval(0, upper, x.lower_open or x.lower > 0, x.upper_open or 0 < x.upper < 1)
    if x.within(POSITIVE):
        return POSITIVE
    return NONNEGATIVE if x.within(NONNEGATIVE) else REAL


def _constant_power(x: Interval, exponent: float) -> Interval:
    if exponent == 0:
        return constant(1)
    if exponent < 0:
        return reciprocal(_constant_power(x, -exponent))
    if not exponent.is_integer():
        return _monotone(x, lambda v: v**exponent) if x.lower >= 0 else REAL
    size = absolute(x) if exponent % 2 == 0 else x
    return _monotone(size, lambda v: _whole_power(v, exponent), x.integer)


def _whole_power(v: float, exponent: float) -> float:
    try:
        return float(v**exponent)
    except OverflowError:
        return -inf if v < 0 and exponent % 2 else inf


def square(x: Interval) -> Interval:
    """x * x with the same x."""
    return power(x, constant(2))


def absolute(x: Interval) -> Interval:
    """|x|."""
    if x.lower >= 0:
        return x
    if x.upper <= 0:
        return negate(x)
    farthest = _hull([(-x.lower, x.lower_open), (x.upper, x.upper_open)], x.integer)
    return Interval(0, farthest.upper, False, farthest.upper_open, x.integer)


def _monotone(
    x: Interval, f: Callable[[float], float], integer: bool = False, gives: Interval = REAL
) -> Interval:
    """The image of an interval under an increasing function, which stays inside `gives`."""

    def at(v: float) -> float:
        try:
            return f(v)
        except OverflowError:
            return inf
        except (ValueError, ZeroDivisionError):
            return -inf

    lower, upper = at(x.lower), at(x.upper)
    # An end of `gives` that is open is not reached, even where rounding says so.
    lower_open = x.lower_open or (lower == gives.lower and gives.lower_open)
    upper_open = x.upper_open or (upper == gives.upper and gives.upper_open)
    return Interval(lower, upper, lower_open, upper_open, integer)


def increasing(
    f: Callable[[float], float], gives: Interval = REAL
) -> Callable[[Interval], Interval]:
    """The interval version of an increasing function of one number with values in `gives`."""
    return lambda x: _monotone(x, f, gives=gives)


def minimum(x: Interval, y: Interval) -> Interval:
    """min(x, y)."""
    upper = min((x.upper, not x.upper_open), (y.upper, not y.upper_open))
    lower = min((x.lower, x.lower_open), (y.lower, y.lower_open))
    return Interval(lower[0], upper[0], lower[1], not upper[1], x.integer and y.integer)


def maximum(x: Interval, y: Interval) -> Interval:
    """max(x, y)."""
    return negate(minimum(negate(x), negate(y)))


def sigmoid(v: float) -> float:
    """1 / (1 + exp(-v)), with the limits at the infinities."""
    return 1 / (1 + math.exp(-v)) if v > 0 else math.exp(v) / (1 + math.exp(v))


def softplus(v: float) -> float:
    """log(1 + exp(v))."""
    return v if v > 30 else math.log1p(math.exp(v))


def logit(v: float) -> float:
    """log(v / (1 - v))."""
    return inf if v == 1 else math.log(v / (1 - v))


def floor(x: Interval) -> Interval:
    """The largest integer not above x."""
    lower = x.lower if math.isinf(x.lower) else float(math.floor(x.lower))
    upper = x.upper
    if not math.isinf(upper):
        below = x.upper_open and float(upper).is_integer()
        upper = upper - 1 if below else float(math.floor(upper))
    return Interval(lower, upper, math.isinf(lower), math.isinf(upper), True)


def reduction(function: str, x: Interval, may_be_empty: bool = False) -> Interval:
    """What a reduction over elements of x keeps: of at least one, or of none too."""
    match function:
        case "mean":
            return Interval(x.lower, x.upper, x.lower_open, x.upper_open)
        case "sd":
            return NONNEGATIVE
        case "max":
            return x.join(Interval(-inf, x.upper)) if may_be_empty else x
        case "min":
            return x.join(Interval(x.lower, inf)) if may_be_empty else x
        case "logsumexp":
            return REAL if may_be_empty else Interval(x.lower, inf, x.lower_open)
        case "prod":
            return _product_of_any(x).join(constant(1)) if may_be_empty else _product_of_any(x)
        case _:
            return _sum_of_any(x).join(constant(0)) if may_be_empty else _sum_of_any(x)


def _sum_of_any(x: Interval) -> Interval:
    lower = x.lower if x.lower >= 0 else -inf
    upper = x.upper if x.upper <= 0 else inf
    return Interval(
        lower,
        upper,
        x.lower_open if lower == x.lower else True,
        x.upper_open if upper == x.upper else True,
        x.integer,
    )


def _product_of_any(x: Interval) -> Interval:
    if x.lower < 0:
        bounded = x.lower >= -1 and x.upper <= 1
        return Interval(-1, 1, False, False, x.integer) if bounded else Interval(integer=x.integer)
    shrinks = x.lower < 1
    reaches_zero = x.lower == 0 and not x.lower_open
    return Interval(
        0 if shrinks else x.lower,
        x.upper if x.upper <= 1 else inf,
        not reaches_zero if shrinks else x.lower_open,
        x.upper_open if x.upper <= 1 else True,
        x.integer,
    )
