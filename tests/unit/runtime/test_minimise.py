"""L-BFGS beside walls, and under interrupts."""

import numpy as np
import pytest

from pplc.runtime.minimise import minimise


def quadratic(x):
    return float(x @ x) / 2, x.copy()


def test_reaches_the_tolerance_and_says_so():
    found = minimise(quadratic, np.array([3.0, -4.0]), tolerance=1e-9, iterations=50)
    np.testing.assert_allclose(found.x, 0, atol=1e-9)
    assert found.converged
    assert found.slope <= 1e-9


def test_too_few_iterations_are_not_convergence():
    def curved(x):
        return float((x**4).sum()), 4 * x**3

    found = minimise(curved, np.array([3.0, -4.0]), tolerance=1e-12, iterations=2)
    assert not found.converged


@pytest.mark.parametrize("beyond", [np.inf, np.nan])
def test_a_wall_is_stepped_back_from(beyond):
    def walled(x):  # -log(x) + 3 x has its minimum at 1/3
        if x[0] <= 0:
            return beyond, np.full(1, np.nan)
        return float(3 * x[0] - np.log(x[0])), 3 - 1 / x

    found = minimise(walled, np.array([40.0]), tolerance=1e-8, iterations=100)
    assert found.converged
    np.testing.assert_allclose(found.x, 1 / 3, rtol=1e-6)


def test_no_minimum_from_where_the_function_is_not_finite():
    assert minimise(lambda x: (np.nan, x), np.ones(2), tolerance=1e-3, iterations=5) is None


def test_an_interrupt_keeps_the_best_point():
    seen = []

    def interrupted(x):
        if len(seen) == 4:
            raise KeyboardInterrupt
        seen.append(x.copy())
        return float((x**4).sum()), 4 * x**3

    found = minimise(interrupted, np.array([3.0, -4.0]), tolerance=1e-12, iterations=50)
    assert found.interrupted
    assert found.value == min(float((x**4).sum()) for x in seen)


def test_an_interrupt_before_there_is_a_point_is_passed_on():
    def interrupted(x):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        minimise(interrupted, np.ones(2), tolerance=1e-3, iterations=5)
