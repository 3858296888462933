"""L-BFGS that survives points where the function is infinite or undefined.

Written out because the library that has it takes as long to import as a small model to fit. The
algorithms are those of Nocedal and Wright 2006, "Numerical Optimization": 7.4 (two-loop
recursion) and 3.5 and 3.6 (strong Wolfe conditions) in one loop.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float64]
ValueAndGradient = Callable[[Vector], tuple[float, Vector]]

_HISTORY = 30
_SUFFICIENT = 1e-3  # Armijo's share of the fall that the slope promises
_FLAT = 0.9  # of the slope at the start of a search, below which it ends
_TRIALS = 20  # in a search along a line
_FURTHER = 4.0  # where the function still falls
_MARGIN = 0.1  # of a bracket, at either end, that interpolation stays away from


@dataclass(frozen=True)
class Minimum:
    """Where a minimisation ended; `slope` is the largest partial derivative there."""

    x: Vector
    value: float
    gradient: Vector
    evaluations: int
    slope: float
    converged: bool
    interrupted: bool


@dataclass(frozen=True)
class _Point:
    """A point, and the value and the gradient there."""

    x: Vector
    value: float
    gradient: Vector

    @property
    def steepest(self) -> float:
        """The largest partial derivative."""
        return float(np.abs(self.gradient).max(initial=0.0))


class _NotFiniteAtStartError(Exception):
    """The first point of a minimisation is no place to start from."""


class _Guarded:
    """A function with a wall where it is not finite, and a memory of its best point.

    The wall rises from the best point seen in proportion to the slope there, so that the
    interpolation of the line search steps back by a moderate factor.
    """

    def __init__(
        self, function: ValueAndGradient, on_evaluation: Callable[[float, float], None]
    ) -> None:
        self.function = function
        self.on_evaluation = on_evaluation
        self.evaluations = 0
        self.best: _Point | None = None

    def __call__(self, x: Vector) -> _Point:
        found = _Point(x, *self.function(x))
        self.evaluations += 1
        if np.isfinite(found.value) and np.isfinite(found.gradient).all():
            if self.best is None or found.value < self.best.value:
                self.best = found
            self.on_evaluation(found.value, found.steepest)
            return found
        if self.best is None:
            raise _NotFiniteAtStartError
        step = x - self.best.x
        rise = 1.0 + abs(float(self.best.gradient @ step))
        back = step * (2 * rise / max(float(step @ step), 1e-300))
        return _Point(x, self.best.value + rise, back)


def minimise(
    function: ValueAndGradient,
    start: Vector,
    *,
    tolerance: float,
    iterations: int,
    on_evaluation: Callable[[float, float], None] = lambda value, slope: None,
) -> Minimum | None:
    """Minimise from `start` by L-BFGS until the largest partial derivative is below `tolerance`.

    None where the function is not finite at `start`. An interrupt from the keyboard ends the
    search with the best point so far; `converged` says whether the tolerance was met.
    `on_evaluation` is told each finite value and its largest partial derivative.
    """
    guarded = _Guarded(function, on_evaluation)
    interrupted = False
    try:
        now = _descended(guarded, start, tolerance, iterations)
    except _NotFiniteAtStartError:
        return None
    except KeyboardInterrupt:
        if guarded.best is None:
            raise
        now, interrupted = guarded.best, True
    slope = now.steepest
    return Minimum(
        x=now.x,
        value=now.value,
        gradient=now.gradient,
        evaluations=guarded.evaluations,
        slope=slope,
        converged=slope <= tolerance,
        interrupted=interrupted,
    )


def _descended(function: _Guarded, start: Vector, tolerance: float, iterations: int) -> _Point:
    """Where the search ends: below the tolerance, out of iterations, or where no step falls."""
    now = function(start)
    history: deque[_Pair] = deque(maxlen=_HISTORY)
    for _ in range(iterations):
        if now.steepest <= tolerance:
            break
        direction = -_inverse_hessian(history, now.gradient)
        length = 1.0 if history else 1 / max(float(np.linalg.norm(direction)), 1.0)
        after = _searched(function, now, direction, length)
        if after is None and not history:
            break
        if after is None:
            history.clear()
            continue
        pair = _Pair(after.x - now.x, after.gradient - now.gradient)
        if pair.product > 0:
            history.append(pair)
        now = after
    return now


@dataclass(frozen=True)
class _Pair:
    """A step, and how the gradient changed along it."""

    step: Vector
    change: Vector

    @property
    def product(self) -> float:
        return float(self.step @ self.change)


def _inverse_hessian(history: deque[_Pair], gradient: Vector) -> Vector:
    """The product of the inverse Hessian that the history suggests with the gradient."""
    q = gradient.copy()
    shares = []
    for pair in reversed(history):
        share = float(pair.step @ q) / pair.product
        shares.append(share)
        q -= share * pair.change
    if history:
        q *= history[-1].product / float(history[-1].change @ history[-1].change)
    for pair, share in zip(history, reversed(shares), strict=True):
        q += (share - float(pair.change @ q) / pair.product) * pair.step
    return q


@dataclass(frozen=True)
class _Trial:
    """A point along a line, and the derivative there."""

    length: float
    point: _Point
    slope: float


def _searched(function: _Guarded, start: _Point, direction: Vector, length: float) -> _Point | None:
    """A point along a direction that meets the strong Wolfe conditions, or else is lower."""
    first = _Trial(0.0, start, float(start.gradient @ direction))
    if not first.slope < 0:
        return None
    low, high = first, None
    for _ in range(_TRIALS):
        point = function(start.x + length * direction)
        trial = _Trial(length, point, float(point.gradient @ direction))
        promised = start.value + _SUFFICIENT * length * first.slope
        if point.value > promised or point.value >= low.point.value:
            high = trial
        elif abs(trial.slope) <= -_FLAT * first.slope:
            return point
        else:
            ahead = 1.0 if high is None else high.length - low.length
            if trial.slope * ahead >= 0:
                high = low
            low = trial
        length = _FURTHER * low.length if high is None else _between(low, high)
        if high is not None and length in (low.length, high.length):
            break  # there is no number in between
    return low.point if low is not first else None


def _between(a: _Trial, b: _Trial) -> float:
    """Where the cubic through values and slopes of two trials is lowest, not too near either."""
    width = b.length - a.length
    d = a.slope + b.slope - 3 * (b.point.value - a.point.value) / width
    root = math.sqrt(max(d * d - a.slope * b.slope, 0.0))
    root = math.copysign(root, width)
    below = b.slope - a.slope + 2 * root
    share = 1 - (b.slope + root - d) / below if below else 0.5
    return a.length + min(max(share, _MARGIN), 1 - _MARGIN) * width
