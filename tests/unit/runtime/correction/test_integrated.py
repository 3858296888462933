"""Elements of plates integrated out: against scipy's quadrature of each element's own density."""

import numpy as np
import pytest
import torch
from numeric.compiled import compiled, data_for
from scipy import stats

from pplc.runtime.correction.integrated import Elements, Grid, integrated_sample
from pplc.runtime.noise import fresh_noise
from pplc.runtime.start.guides import guides_at
from pplc.runtime.start.modes import find_modes
from pplc.runtime.target import Target

COUNTS = """
index N
data y[N]: nat
mu ~ Normal(0, 1)
tau ~ HalfNormal(3)
u[n in N] ~ Normal(mu, tau)
y[n in N] ~ Poisson(exp(u[n]))
"""
FAR = """
index N
data y[N]: real
mu ~ Normal(0, 1)
tau ~ HalfNormal(3)
u[n in N] ~ StudentT(3, mu, tau)
y[n in N] ~ Normal(u[n], 1)
"""
SLOPES = """
index N, K
data of[K]: N
data x[K]: real
data y[K]: nat
mu ~ Normal(0, 1)
tau ~ HalfNormal(3)
u[n in N] ~ Normal(mu, tau)
v[n in N] ~ Normal(0, 0.5)
y[k in K] ~ Poisson(exp(u[of[k]] + v[of[k]] * x[k]))
"""
PAIRS = """
index N, K
data one[K]: N
data other[K]: N
data z[K]: real
tau ~ HalfNormal(3)
u[n in N] ~ Normal(0, tau)
z[k in K] ~ Normal(u[one[k]] - u[other[k]], 1)
guide {
  u[n] ~ mvn
}
"""


def at_mode(target):
    """A guide by the curvature at a mode."""
    return guides_at(target, find_modes(target, 0), 0)[0].phi


FINE = (0.2, 28)


def elements_of(text, sizes, steps=(1.0, 5), **arrays):
    """The elements of a guide, and noise for five draws."""
    module = compiled(text)
    data = data_for(module, sizes, **arrays)
    target = Target(module, data)
    (name,) = (block.name for block in target.guide if block.family == "local")
    grid = Grid(target.noise_shapes[name][-1], *steps)
    elements = Elements(target, at_mode(target), name, grid)
    return elements, fresh_noise(target.noise_blocks, 5, 0)


def globals_of(elements, noise):
    """Of the draws of some noise the mean and scale of elements, and their log density in q."""
    latents, log_q = elements.target.module.guide(
        elements.phi, noise, elements.target.data, elements.target.params
    )
    return latents["mu"].numpy(), latents["tau"].numpy(), (log_q["mu"] + log_q["tau"]).numpy()


def prior(mu, tau):
    return stats.norm(0, 1).logpdf(mu) + stats.halfnorm(scale=3).logpdf(tau)


SHIFT = torch.tensor([0.3, 0.8], dtype=torch.float64)


def shifted(layout, noise):
    """Noise whose globals are moved, and by how much its log density changes."""
    flat = layout.flatten(noise)
    change = stats.norm.logpdf(flat + SHIFT).sum(-1) - stats.norm.logpdf(flat).sum(-1)
    return noise | layout.unflatten(flat + SHIFT), change


def skewed(u, mu, tau):
    """Counts of zero, two and 900 with u in the exponent, times the prior of u."""
    y = np.array([[0], [0], [0], [2], [900]])
    return stats.norm(mu, tau).logpdf(u) + stats.poisson(np.exp(u)).logpmf(y)


def far(u, mu, tau):
    """Elements of long tails, some far off what they are seen to be."""
    return stats.t(3, mu, tau).logpdf(u) + stats.norm(u, 1).logpdf(OFF[:, None])


OFF = np.array([0.1, -0.4, 0.7, 1.2, -0.9, 4.5])


MANY = np.array([0, 0, 0, 2, 900])


def test_a_grid_that_is_too_coarse_gives_no_weights():
    elements, noise = elements_of(COUNTS, {"N": 5}, y=MANY)
    assert (elements.weighed(noise, SHIFT)[1] == -torch.inf).all()


@pytest.mark.parametrize(
    ("text", "y", "density", "steps"),
    [(COUNTS, MANY, skewed, FINE), (FAR, OFF, far, (1.0, 5))],
    ids=["skewed", "long tails"],
)
def test_weights_and_moments_are_those_of_quadrature(text, y, density, steps):
    elements, noise = elements_of(text, {"N": len(y)}, steps, y=y)
    none = noise | {"N": elements.noise_of_none(5)}
    moved, found = elements.weighed(none, SHIFT)
    there, change = shifted(elements.target.global_noise, none)
    mu, tau, log_q = globals_of(elements, there)
    latents, _ = elements.target.module.guide(
        elements.phi, moved, elements.target.data, elements.target.params
    )
    u = np.linspace(-25, 15, 40001)
    for s in range(5):
        p = np.exp(density(u, mu[s], tau[s])) * (u[1] - u[0])
        mass = p.sum(-1)
        mean = p @ u / mass
        sd = (p @ u**2 / mass - mean**2) ** 0.5
        right = prior(mu[s], tau[s]) - log_q[s] + change[s] + np.log(mass).sum()
        assert float(found[s]) == pytest.approx(right, abs=0.005)
        assert np.abs((latents["u"][s].numpy() - mean) / sd).max() < 0.05


def test_elements_of_two_numbers():
    rng = np.random.default_rng(0)
    of, x = np.repeat(np.arange(3), 4), rng.normal(size=12)
    y = rng.poisson(np.exp(0.5 + 0.5 * x))
    elements, noise = elements_of(SLOPES, {"N": 3, "K": 12}, of=of, x=x, y=y)
    _, found = elements.weighed(noise, SHIFT)
    there, change = shifted(elements.target.global_noise, noise)
    mu, tau, log_q = globals_of(elements, there)
    a, weights = np.polynomial.hermite_e.hermegauss(60)
    weights = np.log(np.outer(weights, weights) / weights.sum() ** 2)
    for s in range(5):
        u, v = mu[s] + tau[s] * a[:, None, None], 0.5 * a[:, None]
        log_p = stats.poisson(np.exp(u + v * x)).logpmf(y).reshape(60, 60, 3, 4).sum(-1)
        right = prior(mu[s], tau[s]) - log_q[s] + change[s]
        right += np.logaddexp.reduce((log_p + weights[..., None]).reshape(-1, 3)).sum()
        assert float(found[s]) == pytest.approx(right, abs=0.01)


def test_draws_of_elements_have_the_spread_of_the_posterior():
    elements, _ = elements_of(COUNTS, {"N": 2}, y=np.array([0, 4]))
    noise = fresh_noise(elements.target.noise_blocks, 2048, 1)
    noise["globals"][:] = noise["globals"][0]
    moved, _ = elements.weighed(noise, torch.zeros(2, dtype=torch.float64))
    mu, tau, _ = globals_of(elements, noise)
    latents, _ = elements.target.module.guide(
        elements.phi, moved, elements.target.data, elements.target.params
    )
    u = np.linspace(-12, 6, 20001)
    for n, one in enumerate([0, 4]):
        p = stats.norm(mu[0], tau[0]).pdf(u) * stats.poisson(np.exp(u)).pmf(one)
        mean = (p * u).sum() / p.sum()
        sd = ((p * (u - mean) ** 2).sum() / p.sum()) ** 0.5
        assert float(latents["u"][:, n].std()) == pytest.approx(sd, rel=0.02)


def test_values_from_slopes():
    grid = Grid(2)
    x, y = grid.points.T
    wave, phase = 0.5 * x + 0.3 * y, torch.tensor([0.0, 1.0])
    slopes = (wave[:, None] + phase).cos()[..., None] * torch.tensor([0.5, 0.3])
    expected = (wave[:, None] + phase).sin() - phase.sin()
    assert torch.allclose(grid.values(slopes[None].double())[0], expected, atol=3e-4)


def test_elements_that_are_not_independent_are_left_alone():
    pairs = {"one": np.array([0, 1, 2, 3]), "other": np.array([1, 2, 3, 0])}
    z = np.array([1.0, -1.0, 2.0, 0.5])
    elements, _ = elements_of(PAIRS, {"N": 4, "K": 4}, z=z, **pairs)
    assert not elements.are_independent(0)
    assert integrated_sample(elements.target, elements.phi, 400, 0) is None
    assert elements_of(COUNTS, {"N": 5}, y=MANY)[0].are_independent(0)
