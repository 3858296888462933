"""The adapted noise: its density against scipy, what it is fitted to, and what comes of it."""

import math

import numpy as np
import pytest
import torch
from by_hand import DenseModule, data_of
from scipy import integrate, stats

from pplc.runtime.constraints import real
from pplc.runtime.correction.importance import weighted
from pplc.runtime.correction.proposals import Proposal
from pplc.runtime.correction.weighing import weighted_sample
from pplc.runtime.distributions import Normal
from pplc.runtime.target import Target


def mixture():
    rng = np.random.default_rng(0)
    lower = np.tril(rng.normal(size=(3, 2, 2)))
    lower[:, [0, 1], [0, 1]] = rng.uniform(0.5, 2, (3, 2))
    shares = np.array([0.2, 0.5, 0.3])
    locs = rng.normal(size=(3, 2)) * 3
    return Proposal(*map(torch.from_numpy, (shares, locs, lower))), shares, locs, lower


def test_density():
    proposal, shares, locs, lower = mixture()
    x = np.random.default_rng(1).normal(size=(20, 2)) * 4
    expected = sum(
        share * stats.multivariate_t(loc, root @ root.T, df=3).pdf(x)
        for share, loc, root in zip(shares, locs, lower, strict=True)
    )
    np.testing.assert_allclose(proposal.log_density(torch.from_numpy(x)).exp(), expected)


def test_draws_follow_the_density():
    proposal, shares, locs, lower = mixture()
    normals = torch.randn(40000, 2, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    draws = proposal.draws(normals, seed=0)
    assert torch.equal(draws, proposal.draws(normals, seed=0))

    def below(limit):
        return sum(
            share * stats.t((3), loc[0], math.hypot(*root[0])).cdf(limit)
            for share, loc, root in zip(shares, locs, lower, strict=True)
        )

    for limit in (-4.0, -1.0, 0.0, 1.0, 4.0):
        assert (draws[:, 0] <= limit).double().mean() == pytest.approx(below(limit), abs=0.01)


def test_fitted_to_weighted_points():
    """Points of a wide distribution, weighted towards two narrow ones far apart."""
    points = 6 * torch.rand(20000, 1, generator=torch.Generator().manual_seed(0)).double() - 3
    weights = sum(torch.exp(-((points[:, 0] - at) ** 2) / 0.02) for at in (-2.0, 2.0))
    weights = weights / weights.sum()
    proposal = Proposal.start(points, weights, 4, seed=0)
    for _ in range(30):
        proposal = proposal.fitted(points, weights)
    near = proposal.log_density(torch.tensor([[-2.0], [0.0], [2.0]]).double())
    assert near[0] - near[1] > 3
    assert near[2] - near[1] > 3


def test_a_skew_posterior_is_reached_through_adapted_noise():
    """p(x) ~ exp(x - exp(2 x)): the guide's own draws are worth little in the left tail."""

    def model(z, data):
        return {"x": z["x"] - (2 * z["x"]).exp()}

    target = Target(DenseModule({"x": (real, ())}, model, lambda z, data: {}), data_of())
    phi = {
        "globals.loc": torch.tensor([-0.3]).double(),
        "globals.log_scale": torch.tensor([-0.5]).double(),
        "globals.lower": torch.zeros(1, 1).double(),
    }
    sample = weighted_sample(target, phi, 4096, seed=0)
    total, first, second = (
        integrate.quad(lambda x, n=n: x**n * math.exp(x - math.exp(2 * x)), -60, 5)[0]
        for n in range(3)
    )
    mean, sd = first / total, math.sqrt(second / total - (first / total) ** 2)
    summary = weighted(sample.latents["x"], sample.weights)
    assert sample.pareto_k < 0.4
    assert sample.log_evidence == pytest.approx(math.log(total), abs=0.01)
    assert abs(summary.mean - mean) / sd < 0.03
    assert abs(math.log(summary.sd / sd)) < 0.03
    # what is reported of the guide is still that of the guide
    noise = torch.randn(100000, generator=torch.Generator().manual_seed(0)).double()
    x = -0.3 + math.exp(-0.5) * noise
    gap = x - (2 * x).exp() - Normal(0.0, 1.0).log_prob(noise) - 0.5
    assert sample.elbo[0] == pytest.approx(float(gap.mean()), abs=0.05)
