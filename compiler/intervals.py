"""Arithmetic of intervals: what a function keeps of the supports of its arguments."""

from __future__ import annotations

import math
from collections.abc import Callable

from pplc.compiler.kinds import NONNEGATIVE, POSITIVE, REAL, Interval, inf

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
    return Interval(
        x.lower + y.lower,
        x.upper + y.upper,
        x.lower_open or y.lower_open,
        x.upper_open or y.upper_open,
        x.integer and y.integer,
    )


def negate(x: Interval) -> Interval:
    """-x."""
    return Interval(-x.upper, -x.lower, x.upper_open, x.lower_open, x.integer)


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
    if x.lower > 0 or (x.lower == 0 and x.lower_open):
        upper = inf if x.lower == 0 else 1 / x.lower
        return Interval(1 / x.upper if x.upper < inf else 0.0, upper, x.upper_open, x.lower_open)
    if x.lower == 0:
        return Interval(1 / x.upper if x.upper < inf else 0.0, inf, x.upper_open, True)
    if x.upper < 0 or (x.upper == 0 and x.upper_open):
        return negate(reciprocal(negate(x)))
    return REAL


def divide(x: Interval, y: Interval) -> Interval:
    """x / y."""
    return multiply(Interval(x.lower, x.upper, x.lower_open, x.upper_open), reciprocal(y))


def power(x: Interval, y: Interval) -> Interval:
    """x ^ y. An even power of a real is not negative; a power of a positive is positive."""
    exponent = y.lower if y.lower == y.upper else None
    if exponent is not None and float(exponent).is_integer() and exponent % 2 == 0 and exponent > 0:
        size = absolute(x)
        return _monotone(size, lambda v: v**exponent, x.integer)
    if x.within(POSITIVE):
        if exponent is not None and exponent > 0:
            return _monotone(x, lambda v: v**exponent, False)
        return POSITIVE
    if x.within(NONNEGATIVE):
        return NONNEGATIVE
    return REAL


def square(x: Interval) -> Interval:
    """x * x with the same x."""
    return power(x, Interval(2, 2, False, False, True))


def absolute(x: Interval) -> Interval:
    """|x|."""
    if x.lower >= 0:
        return x
    if x.upper <= 0:
        return negate(x)
    far = max((-x.lower, x.lower_open), (x.upper, x.upper_open))
    return Interval(0, far[0], False, far[1], x.integer)


def _monotone(x: Interval, f: Callable[[float], float], integer: bool = False) -> Interval:
    """The image of an interval under an increasing function."""

    def at(v: float) -> float:
        try:
            return f(v)
        except OverflowError:
            return inf
        except (ValueError, ZeroDivisionError):
            return -inf

    return Interval(at(x.lower), at(x.upper), x.lower_open, x.upper_open, integer)


def increasing(f: Callable[[float], float]) -> Callable[[Interval], Interval]:
    """The interval version of an increasing function of one number."""
    return lambda x: _monotone(x, f)


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

    def down(v: float) -> float:
        return v if math.isinf(v) else float(math.floor(v))

    return Interval(down(x.lower), down(x.upper), math.isinf(x.lower), math.isinf(x.upper), True)
