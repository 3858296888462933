"""Draws from fixed noise against scipy's quantiles, their gradients against differences."""

import numpy as np
import pytest
import scipy.stats as st
import torch

from pplc.runtime import distributions as laws
from pplc.runtime.guides import low_rank_log_density, reparameterised

NOISE = torch.tensor([-6.0, -3.0, -1.2, -0.3, 0.0, 0.4, 1.7, 3.5, 6.0], dtype=torch.float64)

#: A distribution of runtime, its arguments, and the frozen distribution of scipy.
QUANTILES = {
    "Normal": ((1.5, 2.0), lambda m, s: st.norm(m, s)),
    "LogNormal": ((0.5, 0.7), lambda m, s: st.lognorm(s, scale=np.exp(m))),
    "HalfNormal": ((1.3,), lambda s: st.halfnorm(scale=s)),
    "Cauchy": ((1.0, 2.0), lambda m, s: st.cauchy(m, s)),
    "HalfCauchy": ((2.0,), lambda s: st.halfcauchy(scale=s)),
    "Laplace": ((1.0, 2.0), lambda m, s: st.laplace(m, s)),
    "Logistic": ((1.0, 2.0), lambda m, s: st.logistic(m, s)),
    "Gumbel": ((1.0, 2.0), lambda m, s: st.gumbel_r(m, s)),
    "Exponential": ((0.4,), lambda r: st.expon(scale=1 / r)),
    "Weibull": ((2.0, 1.5), lambda s, k: st.weibull_min(k, scale=s)),
    "Pareto": ((2.0, 3.0), lambda s, a: st.pareto(a, scale=s)),
    "Uniform": ((-1.0, 3.0), lambda a, b: st.uniform(a, b - a)),
    "Gamma": ((2.5, 0.7), lambda a, r: st.gamma(a, scale=1 / r)),
    "ChiSquared": ((3.0,), lambda df: st.chi2(df)),
}
SHAPES = [0.02, 0.3, 1.0, 4.0, 80.0, 3000.0]


@pytest.mark.parametrize("name", QUANTILES)
def test_draws_are_quantiles(name):
    arguments, frozen = QUANTILES[name]
    law = getattr(laws, name)(*(torch.tensor(a).double() for a in arguments))
    drawn = reparameterised(law, NOISE).numpy()
    low, high = NOISE.numpy() <= 0, NOISE.numpy() > 0
    expected = np.empty(len(NOISE))
    expected[low] = frozen(*arguments).ppf(st.norm.cdf(NOISE[low]))
    expected[high] = frozen(*arguments).isf(st.norm.sf(NOISE[high]))
    np.testing.assert_allclose(drawn, expected, rtol=1e-6)


@pytest.mark.parametrize("concentration", SHAPES)
def test_gamma_quantiles_of_any_shape(concentration):
    a = torch.tensor(concentration).double()
    noise = NOISE[(concentration > 0.1) | (NOISE > -1)] if concentration < 0.1 else NOISE
    drawn = reparameterised(laws.Gamma(a, 1.0), noise).numpy()
    expected = np.where(
        noise < 0,
        st.gamma(concentration).ppf(st.norm.cdf(noise)),
        st.gamma(concentration).isf(st.norm.sf(noise)),
    )
    np.testing.assert_allclose(drawn, expected, rtol=1e-5)


@pytest.mark.parametrize("concentration", SHAPES[1:])
def test_gradient_of_a_gamma_draw(concentration):
    noise = NOISE[2:-2]
    a = torch.full_like(noise, concentration, requires_grad=True)
    (gradient,) = torch.autograd.grad(reparameterised(laws.Gamma(a, 1.0), noise).sum(), a)
    h = 1e-5 * concentration
    p = st.norm.cdf(noise)
    expected = (st.gamma(concentration + h).ppf(p) - st.gamma(concentration - h).ppf(p)) / (2 * h)
    np.testing.assert_allclose(gradient.numpy(), expected, rtol=2e-3)


@pytest.mark.parametrize(
    ("law", "frozen", "extra"),
    [
        (laws.Beta(2.0, 3.0), st.beta(2, 3), (2,)),
        (laws.StudentT(5.0, 1.0, 2.0), st.t(5, 1, 2), (2,)),
        (laws.InverseGamma(3.0, 2.0), st.invgamma(3, scale=2), ()),
        (laws.FoldedNormal(1.0, 2.0), st.foldnorm(0.5, scale=2), ()),
    ],
)
def test_draws_have_their_distribution(law, frozen, extra):
    noise = torch.randn(20000, *extra, generator=torch.Generator().manual_seed(0)).double()
    assert st.kstest(reparameterised(law, noise).numpy(), frozen.cdf).pvalue > 1e-3


def test_a_dirichlet_draw_is_a_simplex_with_beta_margins():
    noise = torch.randn(20000, 3, generator=torch.Generator().manual_seed(0)).double()
    concentration = torch.tensor([0.5, 2.0, 4.0]).double()
    drawn = reparameterised(laws.Dirichlet(concentration), noise)
    torch.testing.assert_close(drawn.sum(-1), torch.ones(20000).double())
    assert st.kstest(drawn[:, 1].numpy(), st.beta(2, 4.5).cdf).pvalue > 1e-3


def test_multivariate_normal_draws_have_their_covariance():
    covariance = torch.tensor([[2.0, 0.6], [0.6, 1.0]]).double()
    noise = torch.eye(2).double()
    for given in ("covariance_matrix", "precision_matrix", "scale_tril"):
        matrix = {
            "covariance_matrix": covariance,
            "precision_matrix": torch.linalg.inv(covariance),
            "scale_tril": torch.linalg.cholesky(covariance),
        }[given]
        moved = reparameterised(laws.MultivariateNormal(torch.zeros(2), **{given: matrix}), noise)
        torch.testing.assert_close(moved.T @ moved, covariance)


def test_low_rank_density():
    generator = torch.Generator().manual_seed(0)
    scale = torch.rand(4, generator=generator).double() + 0.1
    factor = torch.randn(4, 2, generator=generator).double()
    points = torch.randn(5, 4, generator=generator).double()
    density = low_rank_log_density(points, scale, factor).sum(-1)
    covariance = (factor @ factor.T + scale.square().diag()).numpy()
    expected = st.multivariate_normal(np.zeros(4), covariance).logpdf(points.numpy())
    np.testing.assert_allclose(density.numpy(), expected, rtol=1e-10)
