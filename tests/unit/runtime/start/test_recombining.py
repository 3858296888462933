"""Places that are a mode with single elements as at another."""

import torch
from numeric.compiled import compiled, data_for

from pplc.runtime.coordinates.arrow_factor import Factor
from pplc.runtime.start.modes import Mode, recombined_modes
from pplc.runtime.start.recombining import recombined
from pplc.runtime.target import Target

SIGNS = """index N
data y[N]: real
z[n in N] ~ Normal(0, 3)
y[n in N] ~ Normal(abs(z[n]), 0.5)
"""
HEIGHT = 2.0 / 0.5**2 / (1 / 0.5**2 + 1 / 3**2)  # of a mode, where y is 2


def target_and_factor(u):
    module = compiled(SIGNS)
    target = Target(module, data_for(module, {"N": 3}, y=[2.0, 2.0, 2.0]))
    return target, Factor.of(target.arrow, target.precision(u[None]))[0]


def test_each_element_once_the_furthest_first():
    u = torch.tensor([2.0, 2.0, 2.0], dtype=torch.float64)
    _, factor = target_and_factor(u)
    others = torch.tensor([[-2.0, 2.0, 2.1], [2.0, -3.0, 3.0]], dtype=torch.float64)
    points = recombined(u, factor, others)
    assert points.tolist() == [[2.0, -3.0, 2.0], [-2.0, 2.0, 2.0]]  # 0.5 and 1 are not far


def test_of_many_elements_those_that_are_furthest():
    """Each point is as long as there are elements: all of them would be too much to hold."""
    size = 5000
    u = torch.ones(size, dtype=torch.float64)
    module = compiled(SIGNS)
    target = Target(module, data_for(module, {"N": size}, y=[1.0] * size))
    factor = Factor.of(target.arrow, target.precision(u[None]))[0]
    there = -torch.linspace(10, 20, size, dtype=torch.float64)
    points = recombined(u, factor, there[None])
    assert [int(point.argmin()) for point in points] == list(range(size - 1, size - 65, -1))


def test_climbs_find_the_modes_next_to_one():
    u = torch.full((3,), HEIGHT, dtype=torch.float64)
    target, factor = target_and_factor(u)
    opposite = Mode(-u, 0.0, factor, reached=True)
    found = recombined_modes(target, Mode(u, 0.0, factor, reached=True), [opposite])
    places = sorted(mode.u.tolist() for mode in found)
    expected = torch.tensor([[-1.0, 1, 1], [1, -1, 1], [1, 1, -1]]).double() * HEIGHT
    torch.testing.assert_close(torch.tensor(places).double(), expected, rtol=0, atol=1e-3)


def test_nothing_to_combine_with():
    u = torch.full((3,), HEIGHT, dtype=torch.float64)
    target, factor = target_and_factor(u)
    assert recombined_modes(target, Mode(u, 0.0, factor, reached=True), []) == []
