"""Where densities are exact, improper or degenerate: probabilities 0 and 1, precision, shapes."""

import math

import pytest
import torch

from pplc.runtime import distributions as d
from pplc.runtime.randomness import seeded

inf = math.inf


def double(numbers):
    return torch.tensor(numbers, dtype=torch.float64)


@pytest.mark.parametrize(
    ("make", "value", "expected"),
    [
        (d.Bernoulli, [1, 0, 1, 0], [-inf, 0, 0, -inf]),
        (lambda p: d.Binomial(3, p), [1, 0, 3, 2], [-inf, 0, 0, -inf]),
        (lambda p: d.ZeroInflated(d.Poisson(1.0), p), [1, 0, 0, 2], [-1, -1, 0, -inf]),
        (lambda p: d.Geometric(1 - p), [0, 1, 0, 1], [0, -inf, -inf, -inf]),
    ],
)
def test_probabilities_of_exactly_zero_and_one(make, value, expected):
    probs = double([0.0, 0.0, 1.0, 1.0]).requires_grad_()
    result = make(probs).log_prob(double(value))
    assert result.tolist() == expected
    (gradient,) = torch.autograd.grad(result[result.isfinite()].sum(), probs, retain_graph=True)
    assert gradient.isfinite().all()
    assert torch.autograd.grad(result.sum(), probs)[0].isfinite().all()


def test_categorical_with_impossible_values():
    probs = double([0.0, 0.25, 0.75]).requires_grad_()
    law = d.Categorical(probs)
    assert law.logits.tolist() == [-inf, math.log(0.25), math.log(0.75)]
    assert law.log_prob(torch.tensor([0, 2])).tolist() == [-inf, math.log(0.75)]
    (gradient,) = torch.autograd.grad(law.logits[2], probs)
    assert gradient.isfinite().all()
    assert law.sample((500,)).unique().tolist() == [1, 2]


def test_categorical_broadcasts_over_values():
    table = torch.randn(5, 1, 3, dtype=torch.float64).softmax(-1)
    value = torch.randint(0, 3, (1, 7))
    result = d.Categorical(table).log_prob(value)
    expected = torch.stack([table[s, 0, value[0]].log() for s in range(5)])
    torch.testing.assert_close(result, expected)


@pytest.mark.parametrize("dtype", [torch.int64, torch.float64, torch.float32, torch.bool])
def test_counts_of_any_type(dtype):
    value = torch.tensor([0, 1]).to(dtype)
    assert d.Poisson(3.0).log_prob(value).tolist() == pytest.approx([-3, math.log(3) - 3])
    expected = torch.float32 if dtype == torch.float32 else torch.float64
    assert d.Poisson(3.0).log_prob(value).dtype == expected


def test_python_numbers_are_doubles():
    assert d.Normal(0.1, 0.3).log_prob(0.2).item() == pytest.approx(
        -0.5 * (0.1 / 0.3) ** 2 - math.log(0.3) - 0.5 * math.log(2 * math.pi), rel=1e-15
    )
    assert d.Gamma(2, 3).sample((2,)).dtype == torch.float64


def test_numbers_follow_single_precision_tensors():
    value = torch.randn(3).exp()
    for law in (d.Gamma(2.0, 3.0), d.Normal(0.0, 1.0), d.Truncated(d.Normal(0, 1), 0.0, 9.0)):
        assert law.log_prob(value).dtype == torch.float32
    assert d.Binomial(torch.tensor([3, 4]), torch.tensor(0.5)).log_prob(1).dtype == torch.float32


def test_parameters_broadcast_against_values():
    loc, scale = torch.zeros(5, 1), torch.ones(1)
    assert d.Normal(loc, scale).log_prob(torch.zeros(7)).shape == (5, 7)
    assert d.Normal(loc, scale).sample((2,)).shape == (2, 5, 1)
    concentration = torch.ones(5, 1, 3)
    assert d.Dirichlet(concentration).log_prob(torch.full((4, 3), 1 / 3)).shape == (5, 4)
    assert d.Dirichlet(concentration).sample((2,)).shape == (2, 5, 1, 3)
    for name in ("covariance_matrix", "precision_matrix", "scale_tril"):
        law = d.MultivariateNormal(torch.zeros(3), **{name: torch.eye(3).expand(5, 1, 3, 3)})
        assert law.log_prob(torch.zeros(4, 3)).shape == (5, 4)
        assert law.sample((2,)).shape == (2, 5, 1, 3)
    assert d.LKJCholesky(3, torch.ones(5)).sample((2,)).shape == (2, 5, 3, 3)
    mixture = d.Mixture(torch.full((5, 1, 2), 0.5), d.Normal(0.0, 1.0), d.Normal(torch.zeros(4), 1))
    assert mixture.log_prob(torch.zeros(1)).shape == (5, 4)
    assert mixture.sample((2,)).shape == (2, 5, 4)
    assert d.OrderedLogistic(loc, torch.arange(3.0)).log_prob(torch.zeros(7)).shape == (5, 7)
    assert d.Truncated(d.Normal(loc, 1.0), 0.0, torch.ones(7)).sample((2,)).shape == (2, 5, 7)


def test_covariance_that_is_not_one_has_no_density():
    matrix = torch.stack([torch.eye(2), -torch.eye(2)]).double().requires_grad_()
    result = d.MultivariateNormal(torch.zeros(2).double(), matrix).log_prob(torch.ones(2).double())
    assert result.isfinite().tolist() == [True, False]
    (gradient,) = torch.autograd.grad(result.sum(), matrix)
    assert gradient.isfinite().all()
    assert (gradient[1] == 0).all()


def test_mixture_of_vectors():
    base = [d.Dirichlet(double([1.0, 2.0])), d.Dirichlet(double([5.0, 1.0]))]
    law = d.Mixture(double([0.3, 0.7]), *base)
    point = double([0.4, 0.6])
    expected = sum(w * b.log_prob(point).exp() for w, b in zip((0.3, 0.7), base, strict=True)).log()
    torch.testing.assert_close(law.log_prob(point), expected)
    assert law.sample((3,)).shape == (3, 2)


def test_boundary_of_the_simplex():
    concentration = double([1.0, 1.0, 2.0]).requires_grad_()
    point = double([0.0, 0.5, 0.5]).requires_grad_()
    result = d.Dirichlet(concentration).log_prob(point)
    assert result.item() == pytest.approx(math.log(6 * 0.5))
    for gradient in torch.autograd.grad(result, (concentration, point)):
        assert gradient.isfinite().all()


@pytest.mark.parametrize(
    ("law", "inside"),
    [
        (d.Flat(), (-inf, inf)),
        (d.Flat(2.0, inf), (2, inf)),
        (d.Flat(-inf, 2.0), (-inf, 2)),
        (d.Flat(2, 3), (2, 3)),
    ],
)
def test_starting_values_of_flat(law, inside):
    draws = law.sample((1000,))
    assert (draws >= inside[0]).all()
    assert (draws <= inside[1]).all()
    assert (law.log_prob(draws) == 0).all()


def test_exactly_one_way_to_give_a_probability():
    for make in (d.Bernoulli, d.Categorical, d.Geometric, d.Poisson):
        with pytest.raises(ValueError, match="exactly one of"):
            make()


@pytest.mark.parametrize(
    "make",
    [
        lambda u: d.Normal(u, u.exp()),
        lambda u: d.StudentT(u.exp(), 0.0, u.exp()),
        lambda u: d.Gamma(u.exp(), u),
        lambda u: d.VonMises(u, u.exp()),
        lambda u: d.Truncated(d.StudentT(u.exp(), u, 1.0), 0.0, inf),
        lambda u: d.Truncated(d.Gamma(u.exp(), u), 0.1, 2.0),
        lambda u: d.Mixture(u.softmax(0), d.Normal(u[0], 1.0), d.Cauchy(u[1], 1.0)),
    ],
)
def test_second_derivatives(make):
    u = double([0.3, 1.2]).requires_grad_()
    assert torch.autograd.gradgradcheck(lambda u: make(u).log_prob(0.7), u)


@pytest.mark.parametrize("concentration", [0.0, 1e-300, 1e9, 1e200, math.inf, math.nan])
def test_draws_of_a_von_mises_end_whatever_its_concentration(concentration):
    with seeded(0):
        law = d.VonMises(torch.tensor(3.0), torch.tensor(concentration, dtype=torch.float64))
        draws = law.sample((200,))
    if math.isnan(concentration):
        assert draws.isnan().all()
    elif concentration > 1:
        torch.testing.assert_close(draws, torch.full_like(draws, 3.0), atol=1e-3, rtol=0)
    else:
        assert draws.abs().max() <= math.pi
        assert draws.std() > 1.5  # pi / sqrt(3) = 1.81 of a uniform angle
