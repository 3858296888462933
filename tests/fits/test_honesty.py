"""Posteriors that a Gaussian guide cannot fit: whoever is misled has been warned.

The truth comes from closed forms, quadrature or sums over a grid. Where a mean is off by more
than 0.3 sd, the verdict must be `not reliable`; where the verdict is good, so are the means.
"""

import json
import math
import re
import statistics
from pathlib import Path

import numpy as np
import pytest
import torch
from scipy import special, stats

from pplc.compiler.pipeline import compile_spec
from pplc.grammar.source import Source
from pplc.runtime.correction.importance import weighted
from pplc.runtime.data import Data
from pplc.runtime.deterministic.fit import fit
from pplc.runtime.module import load_module

FAR = 0.3

FUNNEL = """index I
v         ~ Normal(0, 3)
x[i in I] ~ Normal(0, exp(v / 2))
"""
#: The same density, from which no centring can be read off.
FUNNEL_WITHOUT_FORM = """index I
v         ~ Flat()
x[i in I] ~ Flat()
factor -v * v / 18
for i in I { factor -0.5 * x[i] * x[i] * exp(-v) - 0.5 * v }
"""
BANANA = """x ~ Normal(0, 1)
y ~ Normal(x * x, 0.1)
"""
TWO_MODES = """index N
data y[N]: real
mu        ~ Normal(0, 10)
y[n in N] ~ Normal(abs(mu), 1)
"""
HEAVY_SCALE = """index N
data y[N]: real
mu        ~ Normal(0, 100)
sigma     ~ HalfCauchy(5)
y[n in N] ~ Normal(mu, sigma)
"""
COLLINEAR = """index N
data x[N]: real
data y[N]: real
a         ~ Normal(0, 10)
b         ~ Normal(0, 10)
y[n in N] ~ Normal(a * x[n] + b * x[n], 1)
"""
IMPROPER = """index N
data y[N]: real
a         ~ Flat()
b         ~ Flat()
y[n in N] ~ Normal(a + b, 1)
"""
IMPROPER_SCALE = """data y: real
sigma ~ Flat(lower=0)
y     ~ Normal(0, sigma)
"""
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

THREE = [-1.0, 0.5, 3.0]
TWO_GROUPS = [-2.1, -1.7, -2.5, -1.2, -2.9, -2.2, 2.4, 1.8, 2.2, 2.9, 1.5, 2.0]
THREE_GROUPS = [-5.1, -4.7, -5.5, -5.2, 0.1, 0.3, -0.5, -0.2, 5.4, 4.8, 5.2, 5.9]


def fitted(text, seed=0, sizes=None, **arrays):
    compiled = compile_spec(Source("test.ppl", text)).value
    assert compiled is not None
    values = {name: torch.tensor(x, dtype=torch.float64) for name, x in arrays.items()}
    sizes = dict(sizes or {})
    labels = {name: tuple(range(size)) for name, size in sizes.items()}
    module = load_module(compiled.source, "test.ppl")
    return fit(module, module.prepare(Data(values, sizes, labels)), seed=seed, draws=100)


def off(posterior, truth):
    """The largest error of a mean, in sds of the truth: {site: (mean, sd)}."""
    errors = []
    for site, (mean, sd) in truth.items():
        found = weighted(posterior.sample[site], posterior.weights).mean.numpy()
        errors.append(float(np.abs((found - mean) / sd).max()))
    return max(errors)


def check(posterior, truth):
    """No result is misleading: it is either near the truth, or it says that it is not reliable."""
    if posterior.verdict.status != "not reliable":
        assert off(posterior, truth) < FAR, posterior.verdict.text
    if posterior.verdict.evidence in ("weights", "chains"):
        check_departures(posterior, truth)


def check_departures(posterior, truth):
    """What the verdict says of single latents is so: draws are off that way."""
    for departure in posterior.verdict.departures:
        if departure.site not in truth:
            continue
        mean, sd = truth[departure.site]
        draws = posterior.sample[departure.site][(slice(None), *departure.index)]
        if departure.mean is not None:
            assert departure.mean * float(draws.mean() - mean) > 0, departure
        if departure.sd is not None:
            assert math.log(departure.sd) * math.log(float(draws.std()) / sd) > 0, departure


def quadrature(log_density, points):
    """Means and sds of functions of a grid: points {site: values [G]}, log density [G]."""
    weights = np.exp(log_density - special.logsumexp(log_density))
    found = {}
    for site, x in points.items():
        mean = (weights * x).sum()
        found[site] = (mean, math.sqrt((weights * (x - mean) ** 2).sum()))
    return found


@pytest.mark.parametrize("seed", [0, 1])
def test_a_funnel_that_is_written_as_one_is_fitted(seed):
    posterior = fitted(FUNNEL, seed, {"I": 9})
    truth = {"v": (0.0, 3.0), "x": (0.0, math.exp(9 / 4))}
    assert off(posterior, truth) < 0.05
    # Its sd is not told: the mean of x^4 is that of a few draws.
    assert posterior.verdict.status != "reliable"
    assert re.search("the sd of `x` is known to|tails of `x` are so heavy", posterior.verdict.text)


@pytest.mark.parametrize("seed", [0, 1])
def test_a_funnel_in_disguise(seed):
    posterior = fitted(FUNNEL_WITHOUT_FORM, seed, {"I": 9})
    check(posterior, {"v": (0.0, 3.0), "x": (0.0, math.exp(9 / 4))})


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_a_banana(seed):
    check(fitted(BANANA, seed), {"x": (0.0, 1.0), "y": (1.0, math.sqrt(2.01))})


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


@pytest.mark.parametrize("seed", [0, 1])
def test_a_tail_of_which_one_draw_is_all_of_the_mean(seed):
    """An inverse gamma distribution with shape 0.51: it has no mean."""
    text = "data y: real\nv ~ InverseGamma(0.01, 0.01)\ny ~ Normal(0, sqrt(v))\n"
    posterior = fitted(text, seed, y=0.1)
    assert posterior.verdict.status == "not reliable"
    quantiles = weighted(posterior.sample["v"], posterior.weights).quantiles
    shares = stats.invgamma(0.51, scale=0.015).cdf(quantiles)
    np.testing.assert_allclose(shares, [0.05, 0.5, 0.95], atol=0.1)


@pytest.mark.parametrize("seed", [0, 1])
def test_a_density_with_an_edge_is_no_improper_posterior(seed):
    text = "index N\ndata y[N]: real\nb ~ Exponential(0.02)\ny[n in N] ~ Uniform(0, b)\n"
    y = [1.0, 4.3, 0.5, 2.0, 3.0]
    posterior = fitted(text, seed, {"N": 5}, y=y)
    above = np.linspace(-16, 7, 100_001)
    b = 4.3 + np.exp(above)
    truth = quadrature(above - b / 50 - 5 * np.log(b), {"b": b})
    assert posterior.verdict.status == "usable with weights"
    assert off(posterior, truth) < 0.05


@pytest.mark.parametrize("seed", [0, 1])
def test_a_heavy_tailed_scale(seed):
    posterior = fitted(HEAVY_SCALE, seed, {"N": 3}, y=THREE)
    log_scale = np.linspace(-6, 12, 6001)
    sigma = np.exp(log_scale)
    variance = sigma**2 / 3 + 100**2  # of the mean of y
    log_density = (
        stats.halfcauchy(scale=5).logpdf(sigma)
        + log_scale
        - 2 * log_scale
        - ((np.array(THREE) - np.mean(THREE)) ** 2).sum() / (2 * sigma**2)
        + stats.norm(0, np.sqrt(variance)).logpdf(np.mean(THREE))
    )
    truth = quadrature(log_density, {"sigma": sigma})
    check(posterior, truth)
    assert posterior.verdict.status != "not reliable"
    assert off(posterior, truth) < 0.05


PRODUCT = """index N
data y[N]: real
a         ~ HalfCauchy(1)
b         ~ HalfCauchy(1)
y[n in N] ~ Normal(0, a * b)
"""


@pytest.mark.parametrize("seed", [0, 1])
def test_scales_without_an_sd(seed):
    """Their product is told, so that each has the tail a^-3 of its prior and the other's."""
    posterior = fitted(PRODUCT, seed, {"N": 4}, y=[0.5, -1.2, 2.0, 0.3])
    assert posterior.verdict.status == "not reliable"
    assert "do not tell its sd" in posterior.verdict.text


def test_collinear_regressors_are_exact():
    x, y = np.array([1.0, 2.0, 3.0, 4.0, 5.0]), np.array([2.0, 4.0, 6.0, 8.0, 10.5])
    posterior = fitted(COLLINEAR, 0, {"N": 5}, x=x, y=y)
    design = np.stack([x, x], 1)
    covariance = np.linalg.inv(design.T @ design + np.eye(2) / 100)
    mean, sd = covariance @ design.T @ y, np.sqrt(np.diag(covariance))
    assert posterior.verdict.status == "reliable"
    for i, site in enumerate("ab"):
        found = weighted(posterior.sample[site], posterior.weights)
        assert abs(found.mean - mean[i]) / sd[i] < 0.02
        assert abs(math.log(found.sd / sd[i])) < 0.02


@pytest.mark.slow
@pytest.mark.parametrize(
    ("text", "sizes", "y"),
    [(IMPROPER, {"N": 3}, THREE), (IMPROPER_SCALE, {}, 1.0)],
    ids=["direction", "scale"],
)
def test_an_improper_posterior_is_never_reliable(text, sizes, y):
    posterior = fitted(text, 0, sizes, y=y)
    assert posterior.verdict.status == "not reliable"


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


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_more_modes_than_are_found(seed):
    """Three components without names: six modes of equal weight, so that all means are equal."""
    text = MIXTURE.replace("K = 2", "K = 3").replace("0, 3", "0, 5")
    posterior = fitted(text, seed, {"N": 12, "K": 3}, y=THREE_GROUPS)
    precision = 4 + 1 / 25  # of a component, its four points being far from all others
    centres = np.array(THREE_GROUPS).reshape(3, 4).sum(1) / precision
    check(posterior, {"mu": (centres.mean(), math.sqrt(centres.var() + 1 / precision))})


EIGHT = """index J
data y[J]: real
data sigma[J]: positive
mu  ~ Normal(0, 5)
tau ~ HalfCauchy(5)
"""
CENTRED = EIGHT + "theta[j in J] ~ Normal(mu, tau)\ny[j in J] ~ Normal(theta[j], sigma[j])\n"
NON_CENTRED = (
    EIGHT
    + "e[j in J] ~ Normal(0, 1)\ntheta[j in J] = mu + tau * e[j]\n"
    + "y[j in J] ~ Normal(theta[j], sigma[j])\n"
)
SCHOOLS = {
    "y": [28.0, 8.0, -3.0, 7.0, -1.0, 1.0, 18.0, 12.0],
    "sigma": [15.0, 10.0, 16.0, 11.0, 9.0, 11.0, 10.0, 18.0],
}


def eight_schools():
    """Moments of mu and tau: mu integrated in closed form, tau by quadrature."""
    y, sigma = map(np.array, SCHOOLS.values())
    log_tau = np.linspace(-14, 8, 4001)
    tau = np.exp(log_tau)
    variance = sigma**2 + tau[:, None] ** 2
    precision = 1 / 25 + (1 / variance).sum(1)
    mean = (y / variance).sum(1) / precision
    log_density = (
        stats.halfcauchy(scale=5).logpdf(tau)
        + log_tau
        - 0.5 * np.log(variance).sum(1)
        - 0.5 * np.log(precision)
        - 0.5 * ((y**2 / variance).sum(1) - mean**2 * precision)
    )
    weights = np.exp(log_density - special.logsumexp(log_density))
    first = (weights * mean).sum()
    sd = math.sqrt((weights * (mean**2 + 1 / precision)).sum() - first**2)
    return {"mu": (first, sd)} | quadrature(log_density, {"tau": tau})


@pytest.mark.parametrize("text", [CENTRED, NON_CENTRED], ids=["centred", "non-centred"])
def test_eight_schools_however_they_are_written(text):
    posterior = fitted(text, 0, {"J": 8}, **SCHOOLS)
    assert posterior.verdict.status != "not reliable"
    for site, (mean, sd) in eight_schools().items():
        found = weighted(posterior.sample[site], posterior.weights)
        assert abs(found.mean - mean) / sd < 0.03, site
        assert abs(math.log(found.sd / sd)) < 0.05, site
