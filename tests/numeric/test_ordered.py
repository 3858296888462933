"""Ordered families: densities against scipy, the law of order statistics, and its normalisation."""

from pathlib import Path

import numpy as np
import pytest
import torch
from numeric.compiled import compiled, data_for
from scipy import integrate, stats
from scipy.special import gammaln

from pplc.runtime.data import Data
from pplc.runtime.randomness import seeded

SPEC = Path(__file__).parent.parent / "good/ordered.ppl"
LENGTHS = [2, 4, 1]


@pytest.fixture(scope="module")
def model():
    return compiled(SPEC.read_text())


@pytest.fixture(scope="module")
def data(model):
    generator = np.random.default_rng(0)
    arrays = {
        "y": torch.as_tensor(generator.uniform(0.1, 0.9, 5)),
        "x": torch.as_tensor(generator.normal(size=(3, 4))),
        "length of T": torch.tensor(LENGTHS),
    }
    sizes = {"N": 5, "K": 3, "I": 3, "T": 4}
    return model.prepare(Data(arrays, sizes, {n: tuple(range(s)) for n, s in sizes.items()}))


@pytest.fixture(scope="module")
def u(model, data):
    shapes = model.unconstrained_shapes(data)
    generator = torch.manual_seed(1)
    return {
        n: torch.randn(4, *s, dtype=torch.float64, generator=generator) for n, s in shapes.items()
    }


def rows(name, latents):
    """The values of a family in the first particle: one row for each of its ordered vectors."""
    values = latents[name][0].numpy()
    if name == "late":
        return [values[1:]]
    if name == "step":
        return [row[:n] for row, n in zip(values, LENGTHS, strict=True)]
    return values.reshape(-1, values.shape[-1])


def laws(latents):
    """Each family's distribution of one element, [rows], by scipy."""
    low, top = latents["low"][0].item(), latents["top"][0].numpy()
    normal = stats.norm(low, 1)
    return {
        "rate": [stats.beta(2, 2).logpdf],
        "scale": [stats.gamma(2).logpdf],
        "cut": [stats.uniform(low, 4).logpdf],
        "far": [stats.truncnorm(-np.inf, -0.5, 0, 2).logpdf],
        "near": [
            lambda x: stats.lognorm(1).logpdf(x) - np.log(np.diff(stats.lognorm(1).cdf([0.5, 4])))
        ],
        "late": [lambda x: normal.logpdf(x) - normal.logsf(low)],
        "pair": [stats.truncnorm(-2, t).logpdf for t in top],
        "step": [stats.beta(1, 3).logpdf] * 3,
    }


def test_densities_are_those_of_order_statistics(model, data, u):
    latents, _ = model.constrain(u, data, {}, {})
    found = model.model(latents, data, {})
    for name, densities in laws(latents).items():
        vectors = rows(name, latents)
        assert all((np.diff(v) > 0).all() for v in vectors)
        expected = sum(
            density(v).sum() + gammaln(len(v) + 1)
            for density, v in zip(densities, vectors, strict=True)
        )
        assert found[name][0].item() == pytest.approx(expected, abs=1e-9), name


def test_unconstrain_is_the_inverse(model, data, u):
    latents, _ = model.constrain(u, data, {}, {})
    back = model.unconstrain(latents, data, {}, {})
    for name, values in u.items():
        torch.testing.assert_close(back[name], values, rtol=1e-7, atol=1e-7)


def test_jacobian_against_finite_differences(model, data, u):
    """Each family's own block: the determinant of the map from its u to its elements."""
    _, log_jacobian = model.constrain(u, data, {}, {})
    latents, _ = model.constrain(u, data, {}, {})
    for name in laws(latents):
        size = u[name][0].numel()
        columns = []
        for j in range(size):
            moved = []
            for h in (1e-5, -1e-5):
                shifted = {n: v.clone() for n, v in u.items()}
                shifted[name][0].view(-1)[j] += h
                moved.append(np.concatenate(rows(name, model.constrain(shifted, data, {}, {})[0])))
            columns.append((moved[0] - moved[1]) / 2e-5)
        _, expected = np.linalg.slogdet(np.stack(columns, 1))
        assert log_jacobian[name][0].item() == pytest.approx(expected, abs=1e-6), name


def test_starts_are_within_the_support(model, data):
    with seeded(0):
        drawn = model.prior(50, data, {})
    start = model.unconstrain(drawn, data, {}, {})
    latents, _ = model.constrain(start, data, {}, {})
    for name in laws(latents):
        assert start[name].isfinite().all(), name
        for ours, theirs in zip(rows(name, latents), rows(name, drawn), strict=True):
            assert ours == pytest.approx(theirs, rel=1e-6)


PAIR = """
index K
x[k in K] ~ {law} ordered
"""


@pytest.mark.parametrize(
    ("law", "one"),
    [
        ("Beta(2, 3)", stats.beta(2, 3)),
        ("Uniform(-1, 2)", stats.uniform(-1, 3)),
        ("Exponential(2)", stats.expon(scale=0.5)),
        ("Normal(0, 1) truncated(-inf, 0)", stats.truncnorm(-np.inf, 0)),
        ("Normal(1, 2)", stats.norm(1, 2)),
    ],
)
def test_expectations_by_quadrature(law, one):
    """The density integrates to 1 over unconstrained space; the largest of two has the law F^2."""
    module = compiled(PAIR.format(law=law))
    data = data_for(module, {"K": 2})

    grid = np.linspace(-14, 14, 281)
    u = torch.tensor(np.stack(np.meshgrid(grid, grid, indexing="ij"), -1).reshape(-1, 2))
    latents, log_jacobian = module.constrain({"x": u}, data, {}, {})
    log_p = module.model(latents, data, {})["x"] + log_jacobian["x"]
    weights = log_p.exp().numpy() * (grid[1] - grid[0]) ** 2
    assert weights.sum() == pytest.approx(1, abs=1e-4)
    largest = integrate.quad(lambda p: 2 * p * one.ppf(p), 0, 1)[0]
    assert weights @ latents["x"][:, 1].numpy() == pytest.approx(largest, abs=1e-3)
