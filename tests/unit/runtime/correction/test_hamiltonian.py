"""Hamiltonian Monte Carlo on densities whose moments are known."""

import pytest
import torch
from numeric.compiled import compiled, data_for

from pplc.runtime.correction import hamiltonian
from pplc.runtime.deterministic.fit import fit

CHAINS = 32


def walk(log_density, size, seed=0):
    """Chains on a log density [C] of points [C, D], from standard normals."""

    def density(x):
        x = x.detach().requires_grad_()
        value = log_density(x)
        (slope,) = torch.autograd.grad(value.sum(), x)
        return value.detach(), slope

    torch.manual_seed(seed)
    return hamiltonian._walk(density, torch.randn(CHAINS, size, dtype=torch.float64))


def test_a_correlated_gaussian():
    covariance = torch.tensor([[1.0, 0.6, 0], [0.6, 0.5, 0], [0, 0, 0.04]], dtype=torch.float64)
    mean = torch.tensor([0.5, -1, 0.2], dtype=torch.float64)
    law = torch.distributions.MultivariateNormal(mean, covariance)
    found = walk(law.log_prob, 3)
    assert found.good and found.lost == 0
    points = found.points.flatten(0, 1)
    error = 4 / found.effective_size**0.5
    sds = covariance.diagonal().sqrt()
    assert ((points.mean(0) - mean).abs() / sds < error).all()
    assert ((points.std(0) / sds).log().abs() < error).all()
    assert (points.T.corrcoef()[0, 1] - 0.6 / 0.5**0.5).abs() < error


def test_skewed_coordinates():
    """Logarithms of exponentials: mean -0.5772, variance pi^2 / 6."""
    found = walk(lambda x: (x - x.exp()).sum(-1), 20)
    assert found.good
    points = found.points.flatten(0, 1)
    error = 5 / found.effective_size**0.5
    assert ((points.mean(0) + 0.5772156649).abs() / 1.2825 < error).all()
    assert ((points.std(0) / 1.2825498).log().abs() < 2 * error).all()


def test_chains_in_separate_modes_do_not_agree():
    def apart(x):
        return torch.stack(
            [-(x - 9).square().sum(-1) / 2, -(x + 9).square().sum(-1) / 2]
        ).logsumexp(0)

    found = walk(apart, 2)
    assert found.r_hat > 2 and not found.good


def test_a_density_that_ends_loses_trajectories():
    found = walk(
        lambda x: torch.where(x.norm(dim=-1) < 1, -1e5 * x.square().sum(-1), -torch.inf), 2
    )
    assert not found.good or found.points.norm(dim=-1).max() < 1


def test_effective_size_of_independent_points():
    torch.manual_seed(0)
    points = torch.randn(200, CHAINS, 1, dtype=torch.float64)
    assert 3000 < hamiltonian.Walk(points, 0.0).effective_size < 13000  # 6400, to 3 sds
    constant = points[:1].expand(200, -1, -1)
    assert hamiltonian.Walk(constant + 1e-6 * points, 0.0).effective_size < 2 * CHAINS


DIRICHLET = "index V, N\ndata w[N]: V\nphi ~ Dirichlet(ones(V))\nw[n in N] ~ Categorical(phi)\n"


@pytest.mark.slow
def test_a_posterior_that_weights_cannot_reach():
    """Probabilities of many words, most of them rare: a Dirichlet, skewed in each coordinate."""
    V, N = 250, 300
    generator = torch.Generator().manual_seed(1)
    rates = torch.linspace(1, 0.05, V, dtype=torch.float64)
    words = torch.multinomial(rates, N, replacement=True, generator=generator)
    module = compiled(DIRICHLET)
    result = fit(module, data_for(module, {"V": V, "N": N}, w=words))
    assert result.verdict.status == "reliable", result.verdict.text
    assert "R-hat" in result.verdict.text
    posterior = torch.distributions.Dirichlet(1 + torch.bincount(words, minlength=V).double())
    sds = posterior.variance.sqrt()
    phi = result.sample["phi"]
    error = 4.5 / result.effective_size**0.5
    assert ((phi.mean(0) - posterior.mean).abs() / sds).max() < error
    assert (phi.std(0) / sds).log().abs().max() < 2 * error
