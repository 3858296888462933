"""Structured guides against closed forms: exact where the posterior is Gaussian."""

import math

import pytest
import torch

from pplc.compiler.pipeline import compile_spec
from pplc.grammar.source import Source
from pplc.runtime.correction.importance import weighted
from pplc.runtime.data import Data
from pplc.runtime.deterministic.fit import fit
from pplc.runtime.module import load_module

NESTED = """index N
index C
index S
data y[N]: real
data x[N]: real
data class[N]: C
data school[C]: S
mu        ~ Normal(0, 3)
slope     ~ Normal(0, 2)
s[j in S] ~ Normal(mu, 1.5)
c[k in C] ~ Normal(s[school[k]], 0.7)
b[k in C] ~ Normal(slope, 0.5)
y[n in N] ~ Normal(c[class[n]] + b[class[n]] * x[n], 0.8)
"""
N, C, S = 60, 9, 3


def module_of(text):
    compiled = compile_spec(Source("test.ppl", text)).value
    assert compiled is not None
    return load_module(compiled.source, "test.ppl")


def nested_data():
    generator = torch.Generator().manual_seed(0)
    arrays = {
        "y": 2 * torch.randn(N, generator=generator, dtype=torch.float64),
        "x": torch.randn(N, generator=generator, dtype=torch.float64),
        "class": torch.arange(N) % C,
        "school": torch.arange(C) % S,
    }
    sizes = {"N": N, "C": C, "S": S}
    return Data(arrays, sizes, {name: tuple(range(size)) for name, size in sizes.items()})


def closed_form(data):
    """Mean and covariance of mu, slope, s, c, b given y, and the log evidence."""
    total = 2 + S + 2 * C
    weights = torch.zeros(total, total, dtype=torch.float64)  # of each latent on those before
    sd = torch.tensor([3.0, 2.0] + S * [1.5] + C * [0.7] + C * [0.5], dtype=torch.float64)
    weights[2 : 2 + S, 0] = 1
    weights[range(2 + S, 2 + S + C), 2 + data["school"]] = 1
    weights[2 + S + C :, 1] = 1
    unit = torch.linalg.inv(torch.eye(total).double() - weights)
    prior = unit @ torch.diag(sd**2) @ unit.T
    design = torch.zeros(N, total, dtype=torch.float64)
    design[range(N), 2 + S + data["class"]] = 1
    design[range(N), 2 + S + C + data["class"]] = data["x"]
    marginal = design @ prior @ design.T + 0.64 * torch.eye(N).double()
    gain = prior @ design.T @ torch.linalg.inv(marginal)
    y = data["y"]
    evidence = -0.5 * (
        y @ torch.linalg.solve(marginal, y)
        + torch.linalg.slogdet(marginal).logabsdet
        + N * math.log(2 * math.pi)
    )
    return gain @ y, prior - gain @ design @ prior, float(evidence)


def test_a_gaussian_posterior_over_nested_plates_is_exact():
    data = nested_data()
    posterior = fit(module_of(NESTED), data)
    mean, covariance, evidence = closed_form(data)
    assert posterior.pareto_k < 0.1
    assert posterior.elbo == pytest.approx(evidence, abs=1e-4)
    draws = torch.cat(
        [
            posterior.sample[name].reshape(len(posterior.weights), -1)
            for name in ("mu", "slope", "s", "c", "b")
        ],
        -1,
    )
    summary = weighted(draws, posterior.weights)
    sd = covariance.diagonal().sqrt()
    assert ((summary.mean - mean) / sd).abs().max() < 0.02
    assert (summary.sd / sd).log().abs().max() < 0.02
    correlation = torch.corrcoef(draws.T) - covariance / (sd[:, None] * sd)
    assert correlation.abs().max() < 0.03
