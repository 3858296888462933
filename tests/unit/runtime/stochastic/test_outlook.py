"""About how many iterations are left."""

import pytest
import torch

from pplc.runtime.stochastic.engine import State
from pplc.runtime.stochastic.local_guides import LocalGuides
from pplc.runtime.stochastic.outlook import iterations_left


def state(rows, **facts):
    history = (rows,) if len(rows) else ()
    return State({}, LocalGuides({}, {}), {}, 0, history=history, **facts)


def noise(count, sd):
    """Two independent sequences that are tracked, and an objective; sd is that of the second."""
    rows = torch.randn(count, 3, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    return rows * torch.tensor([0.1, sd, 100.0], dtype=torch.float64)


def test_two_rounds_as_short_as_they_can_be():
    assert iterations_left(state(noise(0, 1)), 30_000) == 1200
    assert iterations_left(state(noise(200, 1)), 30_000) == 1000
    assert iterations_left(state(noise(0, 1)), 500) == 500
    assert iterations_left(state(noise(0, 1), iterations=900, objectives=(0.0,)), 1000) == 100


def test_a_search_goes_on_half_as_long_again():
    assert iterations_left(state(noise(2000, 1), objectives=(0.0,)), 30_000) == 1300


def test_an_average_goes_on_until_its_error_is_small():
    facts = {"stage": "averaging", "objectives": (0.0, 0.0)}
    assert iterations_left(state(noise(100, 1), **facts), 30_000) == 200
    assert iterations_left(state(noise(1000, 0.1), **facts), 30_000) == 0
    # an error of 1 / sqrt(n) is 0.02 from 2500 on
    assert iterations_left(state(noise(1000, 1), **facts), 30_000) == pytest.approx(1500, rel=0.5)
