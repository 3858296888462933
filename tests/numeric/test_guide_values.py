"""Guides that read what the model computes, by the numbers: densities and tables against scipy."""

import numpy as np
import pytest
import torch
from numeric.compiled import compiled, data_for
from scipy import special, stats

DRAWS = 5
GROUP = [0, 1, 2, 1, 0, 2, 2]
Y = [0.3, -1.2, 2.0, 0.4, 1.1, -0.5, 0.0]

GROUPED = """
index G
index N
data y[N]: real
data g[N]: G
mu ~ Normal(0, 1)
tau ~ HalfNormal(1)
half = mu / 2 + tau
a[i in G] ~ Normal(mu, tau)
b[i in G] ~ HalfNormal(1)
y[n in N] ~ Normal(a[g[n]] + half, b[g[n]])
"""

MIXTURE = """
index N
index K = 2
data y[N]: real
mu[k in K] ~ Normal(0, 5) ordered
s ~ HalfNormal(1)
prec = 1 / s^2
for n in N {
  z[n] ~ Categorical(fill(1 / size(K), K))
  y[n] ~ Normal(mu[z[n]], s)
}
"""


def drawn(module, data, params=None):
    """Parameters of the guide and draws from it, with their log densities."""
    torch.manual_seed(1)
    phi = {
        n: 0.3 * torch.randn(s, dtype=torch.float64) for n, s in module.guide_shapes(data).items()
    }
    noise = {
        n: torch.randn(DRAWS, *s, dtype=torch.float64) for n, s in module.noise_shapes(data).items()
    }
    return phi, *module.guide(phi, noise, data, params or {})


def test_a_gaussian_for_each_element():
    module = compiled(GROUPED + "guide { (a[j], log(b[j])) ~ mvn }")
    data = data_for(module, {"G": 3, "N": 7}, y=Y, g=GROUP)
    phi, latents, log_q = drawn(module, data)
    a, b = latents["a"].numpy(), latents["b"].numpy()
    found = (log_q["a"] + log_q["b"]).numpy()
    lower = np.tril(phi["a_b.lower"].numpy(), -1) + np.eye(2)
    scale = np.exp(phi["a_b.log_scale"].numpy())
    expected = np.zeros(DRAWS)
    for j in range(3):
        factor = scale[j][:, None] * lower[j]
        law = stats.multivariate_normal(phi["a_b.loc"][j].numpy(), factor @ factor.T)
        expected += law.logpdf(np.stack([a[:, j], np.log(b[:, j])], -1)) - np.log(b[:, j])
    np.testing.assert_allclose(found, expected, rtol=1e-10)


def test_a_distribution_reads_what_the_model_computes():
    lines = "param q[G]: real\n shift[i] = q[i] + half\n a[i] ~ Normal(shift[i] + half, tau)"
    module = compiled(f"{GROUPED}guide {{\n {lines}\n}}")
    data = data_for(module, {"G": 3, "N": 7}, y=Y, g=GROUP)
    params = {"q": torch.tensor([0.5, -1.0, 2.0], dtype=torch.float64)}
    _, latents, log_q = drawn(module, data, params)
    half = latents["mu"] / 2 + latents["tau"]
    loc = params["q"] + 2 * half[:, None]
    law = stats.norm(loc.numpy(), latents["tau"].numpy()[:, None])
    expected = law.logpdf(latents["a"].numpy()).sum(-1)
    np.testing.assert_allclose(log_q["a"].numpy(), expected, rtol=1e-10)
    again = module.guide_density(latents, data, params)["a"]
    np.testing.assert_allclose(again.numpy(), expected, rtol=1e-10)


@pytest.mark.parametrize("rest", ["", "\n s ~ point", "\n * ~ point"])
def test_probabilities_of_a_kept_latent_depend_on_latents(rest):
    lines = "score[n] = -0.5 * prec * (y[n] - mu)^2\n z[n] ~ Categorical(logits=score[n])"
    module = compiled(f"{MIXTURE}guide {{\n {lines}{rest}\n}}")
    data = data_for(module, {"N": 7, "K": 2}, y=Y)
    _, latents, log_q = drawn(module, data)
    mu, s = latents["mu"].numpy()[:, None, :], latents["s"].numpy()[:, None, None]
    log_p = stats.norm.logpdf(np.array(Y)[:, None], mu, s)
    table = np.broadcast_to(latents["z"].numpy(), (len(latents["z"]), 7, 2))
    np.testing.assert_allclose(table, special.softmax(log_p, -1), rtol=1e-10)
    # These are the exact probabilities given the rest: the bound is the marginal density.
    terms = module.model(latents, data, {})
    bound = (terms["z"] + terms["y"] - log_q["z"]).numpy()
    marginal = (special.logsumexp(log_p, -1) - np.log(2)).sum(-1)
    np.testing.assert_allclose(bound, marginal, rtol=1e-10)
