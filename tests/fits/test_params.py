"""Params are optimised together with the guide: empirical Bayes with known answers."""

import numpy as np
import pytest

import pplc

NORMAL_MEANS = """
index N
data y[N]: real
param mu: real
param tau: positive = 5
for n in N {
  theta[n] ~ Normal(mu, tau)
  y[n]     ~ Normal(theta[n], 1)
}
spread = tau ^ 2
"""


@pytest.fixture(scope="module")
def normal_means(tmp_path_factory):
    """Twelve group means, and the fit of their prior."""
    y = np.random.default_rng(1).normal(3.0, 2.0, 12)
    path = tmp_path_factory.mktemp("data") / "y.csv"
    path.write_text("y\n" + "\n".join(map(repr, map(float, y))))
    return y, pplc.fit(NORMAL_MEANS, path)


def test_params_maximise_the_evidence(normal_means):
    # Marginally y ~ Normal(mu, sqrt(tau^2 + 1)); the guide holds the exact posterior.
    y, fit = normal_means
    params = fit.posterior.params
    assert float(params["mu"]) == pytest.approx(y.mean(), abs=1e-3)
    assert float(params["tau"]) == pytest.approx(np.sqrt(y.var() - 1), rel=1e-3)
    evidence = -0.5 * len(y) * (np.log(2 * np.pi * y.var()) + 1)
    assert fit.posterior.elbo == pytest.approx(evidence, abs=1e-4)


def test_latents_are_those_at_the_optimum(normal_means):
    y, fit = normal_means
    shrink = 1 - 1 / y.var()
    theta = [row for row in fit.rows if row.site == "theta"]
    expected = y.mean() + shrink * (y - y.mean())
    assert [row.mean for row in theta] == pytest.approx(expected, abs=0.02)
    assert [row.sd for row in theta] == pytest.approx([np.sqrt(shrink)] * len(y), rel=0.02)


def test_params_are_rows_without_a_distribution(normal_means):
    _, fit = normal_means
    row = next(row for row in fit.rows if row.site == "tau")
    assert row.optimised and row.sd == 0 and row.q05 == row.mean == row.q95
    assert not any(row.optimised for row in fit.rows if row.site not in ("mu", "tau"))
    assert "optimised" in str(fit)


def test_the_record_lists_theta_and_phi_by_name(normal_means):
    optimised = normal_means[1].record().optimised
    assert optimised.theta == {"mu": (), "tau": ()}
    assert "N.loc" in optimised.phi


def test_a_quantity_of_params_alone_has_one_value_a_draw(normal_means):
    _, fit = normal_means
    assert fit.draws["spread"].shape == (4000,)
    assert np.ptp(fit.draws["spread"]) == 0
