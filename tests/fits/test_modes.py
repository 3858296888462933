"""Posteriors with several modes: they are put together, or whoever is misled has been warned.

The truth comes from closed forms and quadrature. Where a mean is off by more than 0.3 sd, the
verdict must be `not reliable`.
"""

import json
import math
import statistics
from pathlib import Path

import numpy as np
import pytest
from honest import FAR, check, fitted, off, quadrature
from scipy import special, stats

from pplc.runtime.correction.importance import weighted

TWO_MODES = """index N
data y[N]: real
mu        ~ Normal(0, 10)
y[n in N] ~ Normal(abs(mu), 1)
"""


@pytest.mark.parametrize("seed", [0, 1])
def test_two_modes_are_put_together(seed):
    y = np.full(10, 5.0)
    posterior = fitted(TWO_MODES, seed, {"N": 10}, y=y)
    mu = np.linspace(-8, 8, 4001)
    log_density = stats.norm(0, 10).logpdf(mu) + stats.norm(abs(mu[:, None]), 1).logpdf(y).sum(1)
    truth = quadrature(log_density, {"mu": mu})
    check(posterior, truth)
    assert posterior.verdict.status == "usable with weights"
    assert posterior.verdict.text.endswith("2 modes")
    found = weighted(posterior.sample["mu"], posterior.weights)
    assert abs(math.log(found.sd / truth["mu"][1])) < 0.05


CLUSTERS = """index N
data y[N]: real
mu        ~ Normal(0, 10)
y[n in N] ~ Cauchy(mu, 0.3)
"""


def clusters(y, sd):
    """Cauchy observations around `mu`, which has a normal prior: a mode for each cluster."""
    mu = np.linspace(-4 * sd, 4 * sd, 200_001)
    log_density = stats.norm(0, sd).logpdf(mu)
    return quadrature(log_density + sum(stats.cauchy(x, 0.3).logpdf(mu) for x in y), {"mu": mu})


@pytest.mark.parametrize("seed", [0, 1])
def test_a_small_mode_far_away_counts(seed):
    """It holds half a percent of the posterior, and two thirds of its variance."""
    y = [0.0, 0.1, -0.2, 8.0, 8.3]
    truth = clusters(y, 10)
    posterior = fitted(CLUSTERS, seed, {"N": 5}, y=y)
    found = weighted(posterior.sample["mu"], posterior.weights)
    assert posterior.verdict.text.endswith("2 modes")
    assert off(posterior, truth) < 0.05
    assert abs(math.log(found.sd / truth["mu"][1])) < 0.05


@pytest.mark.parametrize("seed", [0, 1])
def test_modes_that_few_climbs_find(seed):
    y = [-30.0, -30.1, 0.0, 0.1, 60.0, 60.1]
    posterior = fitted(CLUSTERS.replace("0, 10", "0, 50"), seed, {"N": 6}, y=y)
    check(posterior, clusters(y, 50))


#: Three normals in the plane, of which the prior says nothing.
IN_THE_PLANE = """x ~ Flat()
y ~ Flat()
a = x^2 + y^2
b = (x - {far})^2 + y^2
c = (x - {far} / 2)^2 + (y - {far})^2
factor log(exp(-a / 2) + exp(-b / 2) + exp(-c / 2))
"""


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_modes_of_which_a_flat_prior_tells_nothing(seed, far=8.0):
    posterior = fitted(IN_THE_PLANE.format(far=far), seed)
    sd = math.sqrt(1 + far**2 / 6)  # of 0, far and far / 2
    truth = {"x": (far / 2, sd), "y": (far / 3, math.sqrt(1 + far**2 * 2 / 9))}
    check(posterior, truth)
    assert posterior.modes == 3


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_a_narrow_mode_on_a_wide_one(seed):
    """A hundredth as wide: draws from the guide come by it, chains and climbs do not."""
    text = """x ~ Flat()
y ~ Flat()
factor log(exp(-(x^2 + y^2) / 18) / 9 + exp(-((x - 1)^2 + (y - 1)^2) / 0.0018) / 0.0009)
"""
    mean, sd = 0.5, math.sqrt(0.5 * (9 + 0.0009) + 0.25)
    posterior = fitted(text, seed)
    check(posterior, {"x": (mean, sd), "y": (mean, sd)})
    if posterior.verdict.status != "not reliable":
        found = weighted(posterior.sample["x"], posterior.weights)
        assert abs(math.log(found.sd / sd)) < FAR


#: A number of either sign in one of many elements, and in all of them.
SIGNS = """index N
data y[N]: real
data s[N]: real
z[n in N] ~ Normal(0, 3)
y[n in N] ~ Normal((1 - s[n]) * z[n] + s[n] * abs(z[n]), 0.5)
"""
KNOWN = 1 / (1 / 0.5**2 + 1 / 3**2)  # the variance of an element whose sign is known


@pytest.mark.parametrize("seed", [0, 1])
def test_one_of_many_elements_with_two_modes(seed):
    """Eight sds apart, which is nothing beside the radius of a Gaussian in so many dimensions."""
    y = np.append(np.linspace(-1, 2, 29), 2.1)
    s = np.append(np.zeros(29), 1.0)
    mean = y * KNOWN / 0.5**2
    sd = np.sqrt(KNOWN + s * mean**2)
    posterior = fitted(SIGNS, seed, {"N": 30}, y=y, s=s)
    check(posterior, {"z": (np.where(s, 0, mean), sd)})
    assert posterior.verdict.text.endswith("2 modes")
    found = weighted(posterior.sample["z"], posterior.weights)
    assert np.abs(np.log(found.sd.numpy() / sd)).max() < 0.05


def test_as_many_modes_as_there_are_signs(seed=2):
    """2^30: each climb ends in another, of which the best seems to hold all by itself."""
    y = np.linspace(1, 3.9, 30)
    sd = np.sqrt(KNOWN + (y * KNOWN / 0.5**2) ** 2)
    check(fitted(SIGNS, seed, {"N": 30}, y=y, s=np.ones(30)), {"z": (np.zeros(30), sd)})


@pytest.mark.parametrize("seed", [0, 1])
def test_a_global_with_two_modes_beside_many_elements(seed):
    """The second holds half a percent of the posterior, and a tenth of the variance."""
    text = """index M, N
data w[M]: real
data y[N]: real
mu        ~ Normal(0, 3)
z[n in N] ~ Normal(0, 3)
w[m in M] ~ Normal(abs(mu), 2)
y[n in N] ~ Normal(z[n] + 0.1 * mu, 0.5)
"""
    w, y = np.linspace(1, 3.6, 9), np.linspace(-1, 5, 60)
    mu = np.linspace(-8, 8, 4001)
    log_density = stats.norm(0, 3).logpdf(mu) + stats.norm(abs(mu[:, None]), 2).logpdf(w).sum(1)
    log_density += stats.norm(0.1 * mu[:, None], math.sqrt(3**2 + 0.5**2)).logpdf(y).sum(1)
    truth = quadrature(log_density, {"mu": mu})
    posterior = fitted(text, seed, {"M": 9, "N": 60}, w=w, y=y)
    check(posterior, truth)
    found = weighted(posterior.sample["mu"], posterior.weights)
    assert abs(math.log(found.sd / truth["mu"][1])) < 0.05


MIXTURE = """index N
index K = 2
data y[N]: real
for k in K { mu[k] ~ Normal(0, 3) }
for n in N {
  z[n] ~ Categorical(fill(1 / size(K), K))
  y[n] ~ Normal(mu[z[n]], 1)
}
"""

WEIGHTED_MIXTURE = """index N
index K = 2
data y[N]: real
mu[k in K]    ~ Normal(0, 2)
sigma[k in K] ~ HalfNormal(2)
theta         ~ Beta(5, 5)
for n in N {
  z[n] ~ Bernoulli(theta)
  y[n] ~ Normal(if z[n] then mu[0] else mu[1], if z[n] then sigma[0] else sigma[1])
}
"""
LOW_DIMENSIONAL = Path(__file__).parents[2] / "specs/posteriordb/low_dim_gauss_mix.json"

TWO_GROUPS = [-2.1, -1.7, -2.5, -1.2, -2.9, -2.2, 2.4, 1.8, 2.2, 2.9, 1.5, 2.0]
THREE_GROUPS = [-5.1, -4.7, -5.5, -5.2, 0.1, 0.3, -0.5, -0.2, 5.4, 4.8, 5.2, 5.9]


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_a_mixture_without_names_for_its_components(seed):
    posterior = fitted(MIXTURE, seed, {"N": 12, "K": 2}, y=TWO_GROUPS)
    grid = np.linspace(-8, 8, 321)
    first, second = np.meshgrid(grid, grid, indexing="ij")
    log_density = stats.norm(0, 3).logpdf(first) + stats.norm(0, 3).logpdf(second)
    for y in TWO_GROUPS:
        both = np.logaddexp(stats.norm(first, 1).logpdf(y), stats.norm(second, 1).logpdf(y))
        log_density += both - math.log(2)
    marginal = special.logsumexp(log_density, axis=1)
    check(posterior, quadrature(marginal, {"mu": grid}))


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_labels_that_few_climbs_exchange(seed):
    """Of much data there are few climbs, which may all find the same order of the components."""
    y = json.loads(LOW_DIMENSIONAL.read_text())["y"]
    means = [statistics.fmean(v for v in y if (v > 0) == upper) for upper in (False, True)]
    centre, half = sum(means) / 2, (means[1] - means[0]) / 2
    posterior = fitted(WEIGHTED_MIXTURE, seed, {"N": len(y), "K": 2}, y=y)
    check(posterior, {"mu": (centre, half), "theta": (0.5, 0.2)})
    assert posterior.verdict.text.endswith("2 modes")


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_more_modes_than_are_found(seed):
    """Three components without names: six modes of equal weight, so that all means are equal."""
    text = MIXTURE.replace("K = 2", "K = 3").replace("0, 3", "0, 5")
    posterior = fitted(text, seed, {"N": 12, "K": 3}, y=THREE_GROUPS)
    precision = 4 + 1 / 25  # of a component, its four points being far from all others
    centres = np.array(THREE_GROUPS).reshape(3, 4).sum(1) / precision
    check(posterior, {"mu": (centres.mean(), math.sqrt(centres.var() + 1 / precision))})
