"""Weights whose tail is known, and summaries against numpy and scipy."""

import math
from dataclasses import replace

import numpy as np
import pytest
import scipy.stats
import torch
from by_hand import gaussian

from pplc.runtime.correction.importance import (
    pareto_smoothed,
    resampled,
    tail_of_moment,
    weighted,
)
from pplc.runtime.correction.pareto import smoothed
from pplc.runtime.correction.weighing import weighted_sample
from pplc.runtime.target import Target


def equal_weights(size):
    return torch.full((size,), 1 / size, dtype=torch.float64)


@pytest.mark.parametrize("k", [0.2, 0.5, 0.9])
def test_shape_of_an_exact_pareto_tail(k):
    log_ratio = k * torch.from_numpy(np.random.default_rng(0).exponential(size=16384))
    weights, found = pareto_smoothed(log_ratio)
    assert found == pytest.approx(k, abs=0.08)
    assert float(weights.sum()) == pytest.approx(1)
    order = log_ratio.argsort()
    assert (weights[order].diff() >= 0).all()


def test_weights_make_draws_of_a_narrow_normal_those_of_a_wide_one():
    z = torch.from_numpy(np.random.default_rng(0).standard_normal(100_000))
    wide = scipy.stats.norm(0.3, 1.2)
    log_ratio = torch.from_numpy(wide.logpdf(z) - scipy.stats.norm.logpdf(z))
    weights, k = pareto_smoothed(log_ratio)
    assert k < 0.7
    summary = weighted(z, weights)
    assert float(summary.mean) == pytest.approx(0.3, abs=0.02)
    assert float(summary.sd) == pytest.approx(1.2, rel=0.02)
    np.testing.assert_allclose(summary.quantiles, wide.ppf([0.05, 0.5, 0.95]), atol=0.05)


def test_a_tail_that_is_bounded_is_no_heavy_one():
    """Weights that crowd below an upper end have excesses whose fitted shape means nothing."""
    rng = np.random.default_rng(0)
    log_ratio = torch.from_numpy(rng.uniform(-1, 1, 1000))
    log_ratio[rng.choice(1000, 200, replace=False)] = 1.2 + 1e-9 * torch.from_numpy(
        rng.pareto(0.5, 200)
    )
    assert smoothed(log_ratio.numpy())[1] > 1
    _, k = pareto_smoothed(log_ratio)
    assert k <= 0
    _, k = pareto_smoothed(log_ratio + 100)  # of a density that is not normalised
    assert k <= 0


def test_an_impossible_draw_has_no_weight():
    log_ratio = torch.randn(4096, generator=torch.Generator().manual_seed(0)).double() / 10
    log_ratio[[3, 5]] = torch.tensor([-math.inf, math.nan]).double()
    weights, k = pareto_smoothed(log_ratio)
    assert weights[3] == weights[5] == 0
    assert k < 0.7


def test_hardly_any_possible_draw_is_the_worst_shape():
    log_ratio = torch.full((1000,), -math.inf).double()
    log_ratio[:300] = 0
    weights, k = pareto_smoothed(log_ratio)
    assert k == math.inf
    assert torch.equal(weights, equal_weights(1000))


def test_summary_of_equal_weights_is_that_of_numpy():
    values = torch.from_numpy(np.random.default_rng(1).gamma(2.0, size=(500, 3, 2)))
    summary = weighted(values, equal_weights(500))
    x = values.numpy()
    np.testing.assert_allclose(summary.mean, x.mean(0))
    np.testing.assert_allclose(summary.sd, x.std(0))
    np.testing.assert_allclose(summary.mcse_mean, x.std(0) / math.sqrt(500))
    np.testing.assert_allclose(summary.ess, 500)
    expected = np.quantile(x, [0.05, 0.5, 0.95], axis=0, method="hazen")
    np.testing.assert_allclose(summary.quantiles, expected)


def test_summary_of_whole_number_weights_is_that_of_repeated_values():
    rng = np.random.default_rng(2)
    x, counts = rng.standard_normal(40), rng.integers(1, 5, 40)
    repeated = np.repeat(x, counts)
    summary = weighted(torch.from_numpy(x), torch.from_numpy(counts / counts.sum()))
    assert float(summary.mean) == pytest.approx(repeated.mean())
    assert float(summary.sd) == pytest.approx(repeated.std())


def test_error_of_a_weighted_mean_is_its_spread_over_replications():
    rng = np.random.default_rng(3)
    means, errors = [], []
    for _ in range(400):
        z = rng.standard_normal(400)
        w = np.exp(scipy.stats.norm.logpdf(z, 0.5, 0.9) - scipy.stats.norm.logpdf(z))
        summary = weighted(torch.from_numpy(z), torch.from_numpy(w / w.sum()))
        means.append(float(summary.mean))
        errors.append(float(summary.mcse_mean))
    assert np.mean(errors) == pytest.approx(np.std(means), rel=0.1)


def test_summary_of_a_constant():
    summary = weighted(torch.ones(100, 2), equal_weights(100))
    np.testing.assert_allclose(summary.sd, 0, atol=1e-12)
    np.testing.assert_allclose(summary.mcse_mean, 0, atol=1e-12)
    np.testing.assert_allclose(summary.ess, 100)
    np.testing.assert_allclose(summary.quantiles, 1)


def test_systematic_resampling_is_as_even_as_can_be():
    weights = torch.from_numpy(np.random.default_rng(4).dirichlet(np.ones(50)))
    chosen = resampled(weights, 1000, seed=0)
    counts = np.bincount(chosen, minlength=50)
    assert np.abs(counts - 1000 * weights.numpy()).max() < 1
    assert torch.equal(chosen, resampled(weights, 1000, seed=0))
    assert not torch.equal(chosen, resampled(weights, 1000, seed=1))


def test_resampled_draws_are_in_no_order():
    chosen = resampled(equal_weights(2000), 2000, seed=0).numpy()
    assert abs(np.corrcoef(chosen[1:], chosen[:-1])[0, 1]) < 0.06


def gaussian_sample(scale, size):
    """Draws of the guide N(0, I), weighted towards N(0, scale^2 I)."""
    target = Target(*gaussian(torch.zeros(size).double(), torch.eye(size).double() * scale**2))
    phi = {
        "globals.loc": torch.zeros(size).double(),
        "globals.log_scale": torch.zeros(size).double(),
        "globals.lower": torch.zeros(size, size).double(),
    }
    return weighted_sample(target, phi, 16384, seed=0)


def test_sample_from_the_target_itself_has_equal_weights():
    sample = gaussian_sample(1.0, 2)
    assert sample.effective_size == pytest.approx(16384)
    assert len(sample.weights) == 16384
    elbo, error = sample.elbo
    assert elbo == pytest.approx(math.log(2 * math.pi))  # the target's normalising constant
    assert error < 1e-10


@pytest.mark.parametrize("independent", [1.0, 0.25])
def test_errors_of_normal_draws(independent):
    """1 / sqrt(n) of a mean, and 1 / sqrt(2 n) of the logarithm of an sd."""
    sample = replace(gaussian_sample(1.0, 1), independent=independent)
    n = 16384 * independent
    ((mean, log_sd),) = sample.errors().values()
    assert mean == pytest.approx(n**-0.5, rel=1e-6)
    assert log_sd == pytest.approx((2 * n) ** -0.5, rel=0.03)
    assert not sample.worth.vague


def test_the_sd_of_what_has_a_long_tail_is_vague():
    """The fourth moment of exp(3 z) is that of its largest draws."""
    sample = gaussian_sample(1.0, 2)
    ((name, values),) = sample.latents.items()
    long = replace(sample, latents={name: values, "long": (3 * values[:, 0]).exp()})
    assert list(long.worth.vague) == ["long"]
    assert long.worth.vague["long"] > 0.2


def test_few_effective_draws_are_made_up_for_by_more():
    """Where there are too many dimensions to adapt the noise to."""
    sample = gaussian_sample(0.87, 60)
    worth = (0.87**2 * (2 - 0.87**2)) ** 30  # a sixth
    assert len(sample.weights) == 4 * 16384
    assert sample.effective_size == pytest.approx(len(sample.weights) * worth, rel=0.1)
    elbo, error = sample.elbo
    expected = 60 * (0.5 - 0.5 / 0.87**2 + 0.5 * math.log(2 * math.pi))  # E[log p] + entropy
    assert elbo == pytest.approx(expected, abs=4 * error)


def test_quantiles_of_numbers_far_from_zero_and_of_few():
    x = 1e9 + torch.randn(5000, 2, dtype=torch.float64, generator=torch.manual_seed(3))
    x[:, 1] = 7.0
    summary = weighted(x, torch.full((5000,), 1 / 5000, dtype=torch.float64))
    expected = np.quantile(x, [0.05, 0.5, 0.95], axis=0, method="hazen")
    np.testing.assert_allclose(summary.quantiles, expected, rtol=0, atol=1e-6)
    assert (summary.quantiles[:, 1] == 7).all()


def test_quantiles_where_some_numbers_are_infinite():
    x = torch.cat([torch.arange(98.0), torch.tensor([torch.inf, -torch.inf])]).double()[:, None]
    summary = weighted(x, torch.full((100,), 0.01, dtype=torch.float64))
    np.testing.assert_allclose(summary.quantiles[:, 0], [3.5, 48.5, 93.5], atol=1e-9)


@pytest.mark.parametrize("largest", [1e30, 1e300, math.inf])
def test_quantiles_of_draws_whose_mean_is_that_of_one_of_them(largest):
    x = torch.from_numpy(np.random.default_rng(5).standard_cauchy((16384, 3)))
    expected = np.quantile(x, [0.05, 0.5, 0.95], axis=0, method="hazen")
    x[0, 1] = largest  # one more above the upper quantile, where so many are that it moves little
    summary = weighted(x, equal_weights(16384))
    np.testing.assert_allclose(summary.quantiles, expected, rtol=0.01, atol=1e-3)


def test_draws_of_weight_zero_are_not_in_a_tail():
    """As many as all others are there where each of two guides counts at its own mode."""
    x = torch.randn(4000, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    even = torch.full((4000,), 1 / 4000, dtype=torch.float64)
    alone = tail_of_moment(x, even, 1)
    beside = tail_of_moment(torch.cat([x, x, x]), torch.cat([even, 0 * even, 0 * even]), 1)
    assert beside == pytest.approx(alone, abs=1e-9)
    assert alone < 0.5


def test_quantiles_of_numbers_of_all_magnitudes():
    x = torch.linspace(-600, 600, 1001, dtype=torch.float64).exp()[:, None]
    summary = weighted(x, equal_weights(1001))
    expected = np.quantile(x, [0.05, 0.5, 0.95], axis=0, method="hazen")
    np.testing.assert_allclose(summary.quantiles, expected, rtol=1e-9)
