"""Distribution functions against scipy and mpmath, far out as well, and their gradients."""

import math

import mpmath
import numpy as np
import pytest
import torch
from numeric.laws import LAWS
from numeric.test_laws import STEP, case, tensors

from pplc.runtime import distributions as d
from pplc.runtime.distributions import WITH_TAILS

TAILED = [name for name, law in LAWS.items() if law.make in WITH_TAILS]


def double(number):
    return torch.tensor(number, dtype=torch.float64)


@pytest.mark.parametrize("name", LAWS)
def test_the_documented_set_is_right(name):
    law, parameters, value, _ = case(name)
    made = law.make(**tensors(parameters))
    if type(made) in WITH_TAILS:
        made.log_tails(torch.tensor(value))
    else:
        with pytest.raises(NotImplementedError, match="no distribution function"):
            made.log_tails(torch.tensor(value))


@pytest.mark.parametrize("name", TAILED)
def test_tails(name):
    law, parameters, value, reference = case(name)
    log_cdf, log_sf = law.make(**tensors(parameters)).log_tails(torch.tensor(value))
    with np.errstate(divide="ignore"):
        np.testing.assert_allclose(log_cdf, reference.logcdf(value), rtol=1e-8, atol=1e-9)
        np.testing.assert_allclose(log_sf, reference.logsf(value), rtol=1e-8, atol=1e-9)


@pytest.mark.parametrize("name", TAILED)
def test_gradients_of_tails(name):
    law, parameters, value, _ = case(name)
    moving = [key for key in parameters if key not in law.fixed]
    inputs = tensors({**parameters, "value": value})
    if not law.make(**tensors(parameters)).discrete:
        moving.append("value")

    def tails(inputs):
        arguments = {key: x for key, x in inputs.items() if key != "value"}
        log_cdf, log_sf = law.make(**arguments).log_tails(inputs["value"])
        # Of two complements the smaller one; the other is 0 but for rounding.
        return torch.minimum(log_cdf, log_sf)

    for key in moving:
        at = inputs[key]
        moved = {**inputs, key: at.clone().requires_grad_()}
        (gradient,) = torch.autograd.grad(tails(moved).sum(), moved[key])
        move = STEP * at.abs()
        ahead, behind = tails({**inputs, key: at + move}), tails({**inputs, key: at - move})
        finite = ahead.isfinite() & behind.isfinite()
        expected = (ahead - behind) / (2 * STEP)
        torch.testing.assert_close(
            (gradient * at.abs())[finite], expected[finite], rtol=1e-5, atol=1e-6
        )


FAR = [
    (d.Normal(1.0, 2.0), 81.0, lambda m: m.log(m.ncdf(-40))),
    (
        d.StudentT(3.0, 0.0, 2.0),
        2e6,
        lambda m: m.log(m.betainc(1.5, 0.5, 0, 3 / (3 + m.mpf(10) ** 12), True) / 2),
    ),
    (d.Gamma(2.5, 3.0), 400.0, lambda m: m.log(m.gammainc(2.5, 1200, regularized=True))),
    (d.Beta(2.0, 30.0), 0.999, lambda m: m.log(m.betainc(30, 2, 0, 1 - m.mpf(0.999), True))),
    (d.Poisson(3.0), 400, lambda m: m.log(m.gammainc(401, 0, 3, regularized=True))),
    (d.Logistic(0.0, 1.0), 800.0, lambda m: -m.log(1 + m.exp(800))),
    (d.Gumbel(0.0, 1.0), 60.0, lambda m: m.log(-m.expm1(-m.exp(-60)))),
    (d.Cauchy(0.0, 1.0), 1e9, lambda m: m.log(m.atan(m.mpf(10) ** -9) / m.pi)),
    (d.HalfNormal(1.0), 40.0, lambda m: m.log(2 * m.ncdf(-40))),
]


@pytest.mark.parametrize(("law", "value", "exact"), FAR, ids=lambda x: type(x).__name__)
def test_far_tail(law, value, exact):
    with mpmath.workdps(50):
        expected = float(exact(mpmath.mp))
    assert law.log_tails(value)[1].item() == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize(("lower", "upper"), [(-41.0, -40.0), (40.0, 41.0), (-1.0, 50.0), (-9, 1)])
def test_log_mass_of_an_interval(lower, upper):
    with mpmath.workdps(800):
        expected = float(mpmath.log(mpmath.ncdf(upper) - mpmath.ncdf(lower)))
    assert d.Normal(0.0, 1.0).log_mass(lower, upper).item() == pytest.approx(expected, rel=1e-9)


def test_mass_of_integers_includes_both_ends():
    law = d.Poisson(3.0)
    expected = law.log_prob(torch.tensor([2, 3, 4])).logsumexp(0)
    torch.testing.assert_close(law.log_mass(2, 4), expected)
    torch.testing.assert_close(law.log_mass(1.5, 4.5), expected)


def test_distribution_function_of_student_t_has_a_slope_at_its_center():
    loc = double(0.0).requires_grad_()
    (slope,) = torch.autograd.grad(d.StudentT(3.0, loc, 2.5).log_tails(0.0)[1], loc)
    density = d.StudentT(3.0, 0.0, 2.5).log_prob(0.0).exp()
    torch.testing.assert_close(slope, 2 * density)


def test_truncation_in_the_tail():
    law = d.Truncated(d.Normal(0.0, 1.0), 10.0, math.inf)
    torch.manual_seed(0)
    draws = law.sample((4000,))
    # Mills ratio: the mean is phi(10) / (1 - Phi(10)).
    with mpmath.workdps(30):
        mean = float(mpmath.npdf(10) / mpmath.ncdf(-10))
    assert draws.min() >= 10
    assert draws.mean().item() == pytest.approx(mean, abs=5 * 0.1 / math.sqrt(4000))
    assert law.log_prob(11.0).item() == pytest.approx(
        float(mpmath.log(mpmath.npdf(11) / mpmath.ncdf(-10))), rel=1e-9
    )


def test_truncation_to_nothing_has_no_density():
    lower = double(3.0).requires_grad_()
    result = d.Truncated(d.Uniform(0.0, 1.0), lower, 4.0).log_prob(3.5)
    assert result == -torch.inf
    (gradient,) = torch.autograd.grad(result, lower, allow_unused=True)
    assert gradient is None or gradient == 0
