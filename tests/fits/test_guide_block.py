"""Guides that the user asks for: fits with known answers."""

import numpy as np
import pytest

import pplc

NORMAL = """
index N
data y[N]: real
mu    ~ Normal(0, 10)
sigma ~ HalfNormal(5)
for n in N { y[n] ~ Normal(mu, sigma) }
"""
EXPONENTIAL = """
index N
data y[N]: positive
for n in N {
  size[n] ~ Gamma(3, rate)
  y[n]    ~ Exponential(size[n])
}
"""


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    y = np.random.default_rng(1).normal(3.0, 2.0, 50)
    path = tmp_path_factory.mktemp("data") / "y.csv"
    path.write_text("y\n" + "\n".join(map(repr, map(float, np.abs(y)))))
    return path


def numbers(fit, what="mean"):
    return {(row.site, *row.index): getattr(row, what) for row in fit.rows}


def test_a_param_is_a_flat_hyperprior_with_a_point(path):
    # The prior of `rate` is flat: both maximise the same thing.
    param = pplc.fit("param rate: positive = 5\n" + EXPONENTIAL, path)
    point = pplc.fit("rate ~ Flat(0, inf)\n" + EXPONENTIAL + "guide { rate ~ point }", path)
    assert numbers(point)["rate",] == pytest.approx(numbers(param)["rate",], rel=1e-3)
    assert next(row for row in point.rows if row.site == "rate").optimised
    assert point.posterior.elbo == pytest.approx(param.posterior.elbo, abs=1e-2)


def test_points_are_the_mode_of_the_density_as_it_is_written(path):
    # Without a Jacobian: the mode of p(mu, sigma | y), in sigma and not in its logarithm.
    fit = pplc.fit(NORMAL + "guide { * ~ point }", path)
    y = np.loadtxt(path, skiprows=1)
    mu, sigma = numbers(fit)["mu",], numbers(fit)["sigma",]
    slope_mu = -mu / 100 + (y - mu).sum() / sigma**2
    slope_sigma = -sigma / 25 - len(y) / sigma + ((y - mu) ** 2).sum() / sigma**3
    assert (slope_mu, slope_sigma) == pytest.approx((0, 0), abs=0.05)


@pytest.mark.parametrize(
    "guide",
    [
        "(mu, log(sigma)) ~ lowrank(1)",
        "mu ~ normal",
        "param m: real\nparam s: positive\nsigma ~ LogNormal(m, s)",
        "param a: positive = 20\nparam b: positive = 10\nsigma ~ Gamma(a, b)",
        "param m: real\nparam c: real\nparam s: positive\n"
        "mu ~ Normal(m, s)\nsigma ~ LogNormal(c + 0.001 * mu, s / 2)",
    ],
)
def test_asked_for_guides_reach_the_posterior(path, guide):
    derived = pplc.fit(NORMAL, path)
    asked = pplc.fit(NORMAL + f"guide {{\n{guide}\n}}", path)
    for site in ("mu", "sigma"):
        sd = numbers(derived, "sd")[site,]
        assert numbers(asked)[site,] == pytest.approx(numbers(derived)[site,], abs=0.05 * sd)
        assert numbers(asked, "sd")[site,] == pytest.approx(sd, rel=0.07)


ASSIGNMENTS = """
index N
index K = 2
data y[N]: real
shift   ~ Normal(0, 1)
loc[K]  = [0, 4]
w[K]    = [0.3, 0.7]
other   ~ Normal(shift, 1)
for n in N {
  z[n] ~ Categorical(assume(w, simplex))
  y[n] ~ Normal(loc[z[n]], 1.5)
}
factor -0.5 * (shift - 1) ^ 2
"""


def test_a_kept_discrete_latent_has_an_exact_expectation(path):
    # The assignments are independent given the constants: the table can hold their posterior.
    summed = pplc.fit(ASSIGNMENTS, path)
    table = "guide {\nparam q[N]: simplex[K]\nz[n] ~ Categorical(q[n])\n}"
    kept = pplc.fit(ASSIGNMENTS + table, path)
    assert kept.posterior.elbo == pytest.approx(summed.posterior.elbo, abs=1e-2)
    expected, found = summed.posterior.probabilities["z"], kept.posterior.probabilities["z"]
    np.testing.assert_allclose(found.numpy(), expected.numpy(), atol=2e-3)
    y, w, loc = np.loadtxt(path, skiprows=1), np.array([0.3, 0.7]), np.array([0.0, 4.0])
    joint = w * np.exp(-0.5 * ((y[:, None] - loc) / 1.5) ** 2)
    np.testing.assert_allclose(found.numpy(), joint / joint.sum(1, keepdims=True), atol=2e-3)
    share = (kept.draws["z"] == 1).mean()
    assert share == pytest.approx(float(found[:, 1].mean()), abs=0.01)


def test_a_gaussian_for_each_element_has_its_correlations(tmp_path):
    # A line for each group: its posterior is a Gaussian in two dimensions.
    rng = np.random.default_rng(3)
    group, x = np.repeat(np.arange(4), 5), rng.normal(1, 1, 20)
    y = rng.normal(0.5 * group + x, 0.7)
    data = tmp_path / "d.csv"
    rows = (f"{a!r},{b!r},{c}" for a, b, c in zip(map(float, y), map(float, x), group, strict=True))
    data.write_text("y,x,g\n" + "\n".join(rows) + "\n")
    text = """
index N, G
data y[N]: real
data x[N]: real
data g[N]: G
a[j in G] ~ Normal(0, 1)
b[j in G] ~ Normal(0, 2)
y[n in N] ~ Normal(a[g[n]] + b[g[n]] * x[n], 0.7)
guide { (a[j], b[j]) ~ mvn }
"""
    fit = pplc.fit(text, data)
    for j in range(4):
        design = np.stack([np.ones(5), x[group == j]], -1)
        covariance = np.linalg.inv(np.diag([1, 1 / 4]) + design.T @ design / 0.49)
        mean = covariance @ design.T @ y[group == j] / 0.49
        for i, name in enumerate("ab"):
            sd = np.sqrt(covariance[i, i])
            assert numbers(fit)[name, j] == pytest.approx(mean[i], abs=0.05 * sd)
            assert numbers(fit, "sd")[name, j] == pytest.approx(sd, rel=0.05)


def test_exact_probabilities_of_kept_latents_are_as_good_as_summing_out(tmp_path):
    rng = np.random.default_rng(5)
    y = np.where(rng.random(60) < 0.4, rng.normal(-2, 0.8, 60), rng.normal(2, 0.8, 60))
    data = tmp_path / "d.csv"
    data.write_text("y\n" + "\n".join(map(repr, map(float, y))) + "\n")
    model = """
index N
index K = 2
data y[N]: real
mu[k in K] ~ Normal(0, 5) ordered
s ~ HalfNormal(1)
for n in N {
  z[n] ~ Categorical(fill(1 / size(K), K))
  y[n] ~ Normal(mu[z[n]], s)
}
"""
    kept = (
        "guide {\n score[n] = -0.5 * ((y[n] - mu) / s)^2\n z[n] ~ Categorical(logits=score[n])\n}"
    )
    summed, guided = pplc.fit(model, data), pplc.fit(model + kept, data)
    for key, mean in numbers(summed).items():
        if key[0] in ("mu", "s"):
            sd = numbers(summed, "sd")[key]
            assert numbers(guided)[key] == pytest.approx(mean, abs=0.05 * sd)
            assert numbers(guided, "sd")[key] == pytest.approx(sd, rel=0.05)
    assert guided.posterior.elbo == pytest.approx(summed.posterior.elbo, abs=0.05)
