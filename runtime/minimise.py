"""L-BFGS that survives points where the function is infinite or undefined."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import scipy.optimize
from numpy.typing import NDArray

Vector = NDArray[np.float64]
ValueAndGradient = Callable[[Vector], tuple[float, Vector]]


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
        self.x: Vector | None = None
        self.value = np.inf
        self.gradient: Vector | None = None

    def __call__(self, x: Vector) -> tuple[float, Vector]:
        value, gradient = self.function(x)
        self.evaluations += 1
        if np.isfinite(value) and np.isfinite(gradient).all():
            if value < self.value:
                self.x, self.value, self.gradient = x.copy(), value, gradient
            self.on_evaluation(value, _slope(gradient))
            return value, gradient
        if self.x is None or self.gradient is None:
            raise _NotFiniteAtStartError
        step = x - self.x
        rise = 1.0 + abs(float(self.gradient @ step))
        return self.value + rise, step * (2 * rise / max(float(step @ step), 1e-300))


def _slope(gradient: Vector) -> float:
    return float(np.abs(gradient).max(initial=0.0))


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
        result = scipy.optimize.minimize(
            guarded,
            start,
            jac=True,
            method="L-BFGS-B",
            options={"maxcor": 30, "maxiter": iterations, "gtol": tolerance, "ftol": 0.0},
        )
        x, value, gradient = result.x, float(result.fun), result.jac
    except _NotFiniteAtStartError:
        return None
    except KeyboardInterrupt:
        if guarded.x is None or guarded.gradient is None:
            raise
        x, value, gradient = guarded.x, guarded.value, guarded.gradient
        interrupted = True
    return Minimum(
        x=x,
        value=value,
        gradient=gradient,
        evaluations=guarded.evaluations,
        slope=_slope(gradient),
        converged=_slope(gradient) <= tolerance,
        interrupted=interrupted,
    )
