"""Elements of plates with guides of their own, in minibatches, against closed forms."""

import numpy as np
import pytest
import torch
from nested import NESTED
from numeric.compiled import compiled, data_for
from scipy.optimize import minimize
from scipy.special import logsumexp
from scipy.stats import halfnorm, multivariate_normal, norm

from pplc.runtime.correction.importance import weighted
from pplc.runtime.stochastic import fit as stochastic_fit
from pplc.runtime.stochastic.local_guides import settled
from pplc.runtime.target import Target


@pytest.fixture(autouse=True)
def one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


LEVELS = """
index N
data y[N]: real
data s[N]: positive
mu ~ Normal(0, 5)
tau ~ HalfNormal(2)
theta[n in N] ~ Normal(mu, tau)
y[n in N] ~ Normal(theta[n], s[n])
fit { batch N = 64 }
"""


def by_quadrature(y, s):
    """Log evidence, and mean and sd of mu and tau, with theta integrated out."""
    mu, tau = np.meshgrid(np.linspace(1, 2, 201), np.linspace(0.5, 1.5, 201), indexing="ij")
    log_p = norm(0, 5).logpdf(mu) + halfnorm(scale=2).logpdf(tau)
    for one, own in zip(y, s, strict=True):
        log_p = log_p + norm(mu, np.hypot(tau, own)).logpdf(one)
    evidence = logsumexp(log_p) + np.log((mu[1, 0] - mu[0, 0]) * (tau[0, 1] - tau[0, 0]))
    p = np.exp(log_p - logsumexp(log_p))
    means = {"mu": (p * mu).sum(), "tau": (p * tau).sum()}
    grid = {"mu": mu, "tau": tau}
    return evidence, {n: (m, (p * (grid[n] - m) ** 2).sum() ** 0.5) for n, m in means.items()}


def test_each_element_has_its_guide_long_before_minibatches_have_come_by_often():
    rng = np.random.default_rng(7)
    s = rng.uniform(0.3, 1.5, 700)
    y = rng.normal(rng.normal(1.5, 1, 700), s)
    module = compiled(LEVELS)
    found = stochastic_fit.fit(module, data_for(module, {"N": 700}, y=y, s=s), steps=2000)
    evidence, expected = by_quadrature(y, s)
    assert found.converged
    assert found.elbo == pytest.approx(evidence, abs=0.1)
    for name, (mean, sd) in expected.items():
        draws = found.sample[name]
        assert float(found.weights @ draws) == pytest.approx(mean, abs=0.05 * sd), name
        assert float(draws.std()) == pytest.approx(sd, rel=0.05), name


def test_elements_that_follow_nothing_in_minibatches():
    rng = np.random.default_rng(7)
    s = rng.uniform(0.3, 1.5, 40)
    y = rng.normal(rng.normal(1.5, 1, 40), s)
    text = LEVELS.replace("N = 64", "N = 8").replace("mu ~ Normal(0, 5)", "param mu: real")
    text = text.replace("tau ~ HalfNormal(2)", "") + "guide {\n  theta[n] ~ normal\n}\n"
    module = compiled(text.replace("Normal(mu, tau)", "Normal(mu, 1)"))
    data = data_for(module, {"N": 40}, y=y, s=s)
    found = stochastic_fit.fit(module, data, draws=10)
    mu = float(found.params["mu"])
    assert mu == pytest.approx(np.average(y, weights=1 / (1 + s**2)), abs=0.03)
    right = torch.tensor((mu + y / s**2) / (1 + 1 / s**2))
    off = (found.sample["theta"].mean(0) - right) * torch.tensor((1 + 1 / s**2) ** 0.5)
    assert float(off.abs().max()) < 0.1


def test_elements_within_elements_follow_those_they_depend_on():
    rng = np.random.default_rng(2)
    school = np.sort(np.concatenate([np.arange(30), rng.integers(0, 30, 50)]))
    pupil = np.concatenate([np.arange(80), rng.integers(0, 80, 160)])
    own = school[pupil]
    cov = 9.0 + 1.5**2 * (own[:, None] == own) + 0.7**2 * (pupil[:, None] == pupil)
    cov = cov + 0.5**2 * np.eye(240)
    y = rng.multivariate_normal(np.zeros(240), cov)
    sizes = {"S": 30, "T": 80, "N": 240}
    module = compiled(NESTED + "fit { batch S = 8 }\n")
    data = data_for(module, sizes, y=y, school=school, **{"class": pupil})
    found = stochastic_fit.fit(module, data)
    assert found.elbo == pytest.approx(multivariate_normal(np.zeros(240), cov).logpdf(y), abs=0.02)
    assert found.verdict.status == "reliable"


COUNTS = """
index G
data y[G]: nat
data n[G]: nat
u[g in G] ~ Normal(0.5, 1.5)
y[g in G] ~ Binomial(n[g], logits=u[g])
fit { batch G = 4 }
"""


def best_gaussian(y, n):
    """The mean and sd of the Gaussian nearest to an element's posterior, by quadrature."""
    x, w = np.polynomial.hermite_e.hermegauss(40)
    w = w / w.sum()

    def gap(at):
        u = at[0] + np.exp(at[1]) * x
        log_p = norm(0.5, 1.5).logpdf(u) + y * u - n * np.logaddexp(0, u)
        return -(w @ log_p) - at[1]

    found = minimize(gap, np.zeros(2), tol=1e-10)
    return found.x[0], np.exp(found.x[1])


def test_an_element_has_the_best_gaussian_there_is():
    n = np.array([0, 1, 1, 2, 5, 9, 9, 30, 4])
    y = np.array([0, 0, 1, 1, 5, 3, 9, 29, 0])
    module = compiled(COUNTS)
    data = data_for(module, {"G": 9}, y=y, n=n)
    found = stochastic_fit.fit(module, data)
    assert found.converged  # nothing but elements: there is nothing to iterate
    for g in range(9):
        mean, sd = best_gaussian(y[g], n[g])
        assert float(found.phi["G.loc"][g]) == pytest.approx(mean, abs=0.03 * sd), g
        assert float(found.phi["G.log_scale"][g].exp()) == pytest.approx(sd, rel=0.03), g


def test_the_best_gaussians_from_far_off():
    n = np.array([0, 1, 1, 2, 5, 9, 9, 30, 4])
    y = np.array([0, 0, 1, 1, 5, 3, 9, 29, 0])
    module = compiled(COUNTS)
    data = data_for(module, {"G": 9}, y=y, n=n)
    shapes = module.guide_shapes(data)
    phi = {name: torch.full(shape, -3.0).double() for name, shape in shapes.items()}
    found, off = settled(Target(module, data), phi, 0, far=True)
    assert off < 1  # a few steps from the modes that were climbed to first
    for g in range(9):
        mean, sd = best_gaussian(y[g], n[g])
        assert float(found.tables["G.loc"][g]) == pytest.approx(mean, abs=0.03 * sd), g
        assert float(found.tables["G.log_scale"][g].exp()) == pytest.approx(sd, rel=0.03), g


def test_as_many_draws_as_cost_nothing():
    module = compiled(COUNTS)
    data = data_for(module, {"G": 9}, y=np.ones(9, int), n=np.ones(9, int))
    assert stochastic_fit.fit(module, data, draws=10).objective_draws == 64
    assert stochastic_fit.fit(module, data, draws=10, particles=2).objective_draws == 2


RATES = """
index N
data x[N]: real
data y[N]: nat
a ~ Normal(0, 2)
b ~ Normal(0, 2)
tau ~ HalfNormal(1)
u[n in N] ~ Normal(0, tau)
y[n in N] ~ Poisson(exp(a + b * x[n] + u[n]))
fit { batch N = 64 }
"""


def moments_of_rates(x, y):
    """Means and sds of the globals on a grid around the mode, elements integrated out."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(24)
    log_weights = np.log(weights / weights.sum())

    def log_p(at):
        eta = (at[0] + at[1] * x)[:, None] + np.exp(at[2]) * nodes
        elements = logsumexp(y[:, None] * eta - np.exp(eta) + log_weights, axis=1).sum()
        prior = norm(0, 2).logpdf(at[:2]).sum() + halfnorm().logpdf(np.exp(at[2])) + at[2]
        return elements + prior

    best = minimize(lambda at: -log_p(at), [0.3, 0.4, -0.5])
    root = np.linalg.cholesky(best.hess_inv)
    z = np.stack(np.meshgrid(*[np.linspace(-4, 4, 9)] * 3, indexing="ij"), -1).reshape(-1, 3)
    at = best.x + z @ root.T
    p = np.array([log_p(one) for one in at])
    p = np.exp(p - logsumexp(p))
    values = {"a": at[:, 0], "b": at[:, 1], "tau": np.exp(at[:, 2])}
    means = {name: p @ v for name, v in values.items()}
    return {n: (means[n], (p @ (v - means[n]) ** 2) ** 0.5) for n, v in values.items()}


def test_globals_of_many_elements_that_no_gaussian_is_good_enough_for():
    rng = np.random.default_rng(3)
    x = rng.normal(size=600)
    y = rng.poisson(np.exp(0.3 + 0.4 * x + rng.normal(0, 0.6, 600)))
    module = compiled(RATES)
    found = stochastic_fit.fit(module, data_for(module, {"N": 600}, x=x, y=y))
    assert found.verdict.status == "reliable"
    for name, (mean, sd) in moments_of_rates(x, y).items():
        draws = weighted(found.sample[name], found.weights)
        assert float(draws.mean) == pytest.approx(mean, abs=0.05 * sd), name
        assert float(draws.sd) == pytest.approx(sd, rel=0.05), name
