"""Each distribution against scipy or a closed form: density, support, gradients, draws."""

import math
import zlib

import numpy as np
import pytest
import torch
from numeric.laws import LAWS, log_prob

from pplc.runtime import distributions
from pplc.runtime.distributions import Distribution

EVERY = pytest.mark.parametrize("name", LAWS)
#: Relative size of a step of a finite difference.
STEP = 5e-7


def case(name):
    """The row, its parameters (numpy), values of positive density, and their log densities."""
    law = LAWS[name]
    rng = np.random.default_rng(zlib.crc32(name.encode()))
    parameters = law.parameters(rng)
    reference = law.reference(**parameters)
    value = np.asarray(reference.rvs(random_state=rng), float)
    return law, parameters, value, reference


def tensors(parameters, dtype=torch.float64):
    return {name: torch.tensor(value, dtype=dtype) for name, value in parameters.items()}


def test_table_is_complete():
    exported = {getattr(distributions, name) for name in distributions.__all__}
    classes = {x for x in exported if isinstance(x, type)} - {Distribution}
    assert {law.shows or law.make for law in LAWS.values()} == classes


@EVERY
def test_log_prob(name):
    law, parameters, value, reference = case(name)
    result = law.make(**tensors(parameters)).log_prob(torch.tensor(value))
    expected = log_prob(reference, value)
    assert result.shape == (len(value),)
    assert np.isfinite(expected).all()
    np.testing.assert_allclose(result, expected, rtol=1e-8, atol=1e-12)


@EVERY
def test_log_prob_in_single_precision(name):
    law, parameters, value, _ = case(name)
    single = {key: x.astype(np.float32) for key, x in parameters.items()}
    value = value.astype(np.float32)
    result = law.make(**tensors(single, torch.float32)).log_prob(torch.tensor(value))
    assert result.dtype == torch.float32
    double = {key: x.astype(np.float64) for key, x in single.items()}
    exact = law.make(**tensors(double)).log_prob(torch.tensor(value, dtype=torch.float64))
    finite = exact.isfinite()  # rounding may take a value to the other side of a bound
    assert finite.double().mean() > 0.95
    np.testing.assert_allclose(result[finite], exact[finite], rtol=1e-5, atol=1e-5)


@EVERY
def test_no_density_outside_the_support(name):
    law, parameters, _, _ = case(name)
    arguments = tensors({key: x[:5] for key, x in parameters.items()})
    for x in arguments.values():
        x.requires_grad_()
    for point in law.outside:
        point = torch.tensor(np.asarray(point, float), requires_grad=True)
        result = law.make(**arguments).log_prob(point)
        assert (result == -torch.inf).all(), point
        if result.requires_grad:
            inputs = [*arguments.values(), point]
            for gradient in torch.autograd.grad(result.sum(), inputs, allow_unused=True):
                assert gradient is None or (gradient == 0).all(), point


@EVERY
def test_gradients(name):
    law, parameters, value, _ = case(name)
    rng = np.random.default_rng(0)
    inputs = tensors({**parameters, "value": value})
    moving = [key for key in inputs if key not in law.fixed]
    for key in moving:
        inputs[key].requires_grad_()

    def density(inputs):
        arguments = {key: x for key, x in inputs.items() if key != "value"}
        return law.make(**arguments).log_prob(inputs["value"])

    if law.make(**tensors(parameters)).discrete or name == "Flat":
        moving.remove("value")
    for key in moving:
        at = inputs[key].detach()
        (gradient,) = torch.autograd.grad(
            density(inputs).sum(), inputs[key], allow_unused=True, materialize_grads=True
        )
        admissible = law.directions.get(key, lambda x: x)
        direction = torch.tensor(admissible(rng.uniform(0.5, 1, at.shape)))
        move = direction * at.abs()
        ahead, behind = (density({**inputs, key: at + s * STEP * move}) for s in (1, -1))
        torch.testing.assert_close(
            (gradient * move).reshape(len(at), -1).sum(-1),
            ((ahead - behind) / (2 * STEP)).detach(),
            rtol=1e-5,
            atol=1e-6,
            msg=lambda message, key=key: f"{key}: {message}",
        )


@EVERY
def test_draws(name):
    law, parameters, _, reference = case(name)
    draws, rows = 3000, 3
    torch.manual_seed(1)
    arguments = tensors({key: x[:rows] for key, x in parameters.items()})
    sample = law.make(**arguments).sample((draws,)).double().numpy()
    assert (law.make(**arguments).log_prob(torch.tensor(sample)) > -torch.inf).all()
    error = 5 / math.sqrt(draws)
    if hasattr(reference, "cdf"):
        for row in range(rows):
            at = np.quantile(sample[:, row], [0.1, 0.3, 0.5, 0.7, 0.9])
            empirical = (sample[:, row, None] <= at).mean(0)
            chances = np.array([reference.cdf(x)[row] for x in at])
            np.testing.assert_allclose(empirical, chances, atol=0.5 * error)
    if hasattr(reference, "mean"):
        mean, variance = (np.asarray(m)[:rows] for m in (reference.mean(), reference.var()))
        known = np.isfinite(mean) & np.isfinite(variance)
        spread = np.where(known, np.sqrt(np.where(known, variance, 0)), 0)
        off = np.abs(np.where(known, sample.mean(0) - mean, 0))
        assert (off <= error * spread + 1e-12).all()
