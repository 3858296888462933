"""The running means of what a stochastic fit shows."""

import math

import pytest
import torch

from pplc.runtime.stochastic.trend import Trend


def test_a_plain_mean_at_first_and_then_of_about_the_last_hundred():
    trend = Trend()
    for value in (1.0, 2.0, 6.0):
        trend = trend.after(-value, {"x": torch.tensor([value, -2 * value])})
    assert trend.objective == pytest.approx(-3)
    assert trend.gradients["x"].tolist() == pytest.approx([3, -6])
    assert trend.slope == pytest.approx(6)
    for _ in range(400):
        trend = trend.after(5.0, {"x": torch.zeros(2)})
    assert trend.objective == pytest.approx(5 - 8 * 0.99**303 * 0.03, rel=0.03)
    assert trend.slope < 0.01


def test_most_of_the_noise_is_gone():
    generator = torch.Generator().manual_seed(0)
    trend, slopes = Trend(), []
    for _ in range(2000):
        noise = torch.randn(1, generator=generator)
        trend = trend.after(0.0, {"x": 0.5 + noise})
        slopes.append(trend.slope)
    late = torch.tensor(slopes[200:])
    # the variance of a running mean of weight w is w / (2 - w) of that of its values
    assert float(late.mean()) == pytest.approx(0.5, abs=0.1)
    assert float(late.std()) == pytest.approx((0.01 / 1.99) ** 0.5, rel=0.5)


def test_what_a_minibatch_does_not_touch_counts_as_zero():
    """Ten minibatches, each with a row of its own: the mean is the whole gradient."""
    trend = Trend()
    for step in range(40):
        row = torch.zeros(4)
        row[step % 4] = 4.0 * (step % 4)
        gradients = {"table": row, "seldom": torch.ones(1) if step % 2 else None}
        trend = trend.after(0.0, gradients)
    assert trend.gradients["table"].tolist() == pytest.approx([0, 1, 2, 3])
    assert float(trend.gradients["seldom"]) == pytest.approx(0.5)


def test_what_is_not_finite_is_left_out():
    trend = Trend().after(1.0, {"x": torch.ones(2)})
    trend = trend.after(math.nan, {"x": torch.tensor([math.inf, 3.0])})
    assert trend.objective == 1.0
    assert trend.slope == 2.0


def test_nothing_to_iterate_has_no_slope():
    assert Trend().slope == 0.0
