"""Pareto smoothing against arviz_stats, and its shape on ratios whose tail is known."""

import numpy as np
import pytest
from arviz_stats.base import array_stats
from scipy import special, stats

from pplc.runtime.correction.pareto import generalised_pareto, smoothed

CASES = {
    "normal": lambda r: r.normal(size=4000),
    "wide": lambda r: 4 * r.normal(size=1000),
    "heavy": lambda r: stats.genpareto(0.9).logpdf(r.pareto(1.5, 16384)) * -1,
    "few": lambda r: r.normal(size=60),
    "the fewest": lambda r: r.normal(size=25),
    "large numbers": lambda r: r.normal(size=500) - 1e4,
}


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("seed", range(3))
def test_weights_and_shape_are_those_of_arviz(case, seed):
    log_ratio = CASES[case](np.random.default_rng(seed))
    log_weights, k = smoothed(log_ratio.copy())
    expected, expected_k = array_stats.psislw(-log_ratio)  # it takes the negative
    assert k == pytest.approx(float(expected_k), abs=1e-10)
    expected = expected - np.logaddexp.reduce(expected)
    np.testing.assert_allclose(log_weights, expected, atol=1e-8)


def test_ties_do_no_harm():
    log_weights, k = smoothed(np.round(np.random.default_rng(0).normal(size=2000), 1))
    assert np.isfinite(k)
    assert np.exp(log_weights).sum() == pytest.approx(1)


def test_too_few_draws_have_no_shape():
    assert smoothed(np.random.default_rng(0).normal(size=24))[1] == np.inf


def test_a_tail_too_far_down_to_be_numbers_has_no_shape():
    """All but a few weights are below 1e-308 of the largest."""
    log_ratio = 1e4 * np.random.default_rng(0).normal(size=1000)
    log_weights, k = smoothed(log_ratio.copy())
    assert k == np.inf
    np.testing.assert_allclose(log_weights, special.log_softmax(log_ratio))


@pytest.mark.parametrize("k", [-0.3, 0.0, 0.4, 0.9])
def test_the_shape_of_a_pareto_sample_is_found(k):
    x = np.sort(stats.genpareto(k, scale=2.5).rvs(20_000, random_state=1))
    shape, scale = generalised_pareto(x)
    # The asymptotic sd of the shape is (1 + k) / sqrt(n) = 0.013 at most; the prior moves it by
    # less than 0.0005.
    assert shape == pytest.approx(k, abs=4 * 0.0135)
    assert scale == pytest.approx(2.5, rel=0.08)
