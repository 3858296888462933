"""Models without a continuous latent: exact, against sums over all values."""

import itertools
import math

import numpy as np
import pytest
import torch
from scipy import optimize, stats

from pplc.compiler.pipeline import compile_spec
from pplc.grammar.source import Source
from pplc.runtime.data import Data
from pplc.runtime.deterministic.fit import fit
from pplc.runtime.module import load_module

CHAIN = """index T
index K = 2
data y[T]: real
start[K]  = [0.6, 0.4]
move[K,K] = [[0.7, 0.3], [0.2, 0.8]]
at[K]     = [-1, 1]
scan t in T {
  z[t] ~ Categorical(move[z[t-1]]) from Categorical(start)
  y[t] ~ Normal(at[z[t]], 1)
}
"""
MIXTURE = """index N
data y[N]: real
param p: unit
for n in N {
  z[n] ~ Bernoulli(p)
  y[n] ~ Normal(if z[n] then 2 else -1, 1)
}
"""
Y = [0.3, -1.2, 0.8, 1.9, -0.1]


def fitted(text, size, **options):
    compiled = compile_spec(Source("test.ppl", text))
    assert compiled.value is not None, compiled.diagnostics
    module = load_module(compiled.value.source, "test.ppl")
    labels = {name: tuple(range(n)) for name, n in size.items()}
    data = module.prepare(Data({"y": torch.tensor(Y, dtype=torch.float64)}, size, labels))
    return fit(module, data, seed=0, **options)


def test_a_chain_with_known_numbers():
    posterior = fitted(CHAIN, {"T": 5, "K": 2}, draws=4000)
    start, move = np.array([0.6, 0.4]), np.array([[0.7, 0.3], [0.2, 0.8]])
    seen = stats.norm([-1, 1], 1).pdf(np.array(Y)[:, None])
    paths = {
        path: math.prod(
            (start[path[0]] if t == 0 else move[path[t - 1], path[t]]) * seen[t, path[t]]
            for t in range(5)
        )
        for path in itertools.product(range(2), repeat=5)
    }
    evidence = sum(paths.values())
    assert posterior.elbo == pytest.approx(math.log(evidence), abs=1e-9)
    assert posterior.verdict.status == "reliable"
    ones = [sum(p for path, p in paths.items() if path[t]) / evidence for t in range(5)]
    np.testing.assert_allclose(posterior.probabilities["z"][:, 1], ones, atol=1e-9)
    assert posterior.best["z"].tolist() == list(max(paths, key=paths.get))
    drawn = posterior.draws["z"].numpy()
    assert drawn.shape == (4000, 5)
    for path, p in paths.items():
        share = (drawn == path).all(1).mean()
        assert share == pytest.approx(p / evidence, abs=0.03), path
    assert set(posterior.draws) == {"z"}
    assert not posterior.sample
    assert not posterior.phi


def test_params_without_latents_maximise_the_evidence():
    posterior = fitted(MIXTURE, {"N": 5}, draws=100)
    high, low = stats.norm(2, 1).pdf(Y), stats.norm(-1, 1).pdf(Y)
    best = optimize.minimize_scalar(
        lambda p: -np.log(p * high + (1 - p) * low).sum(), bounds=(0, 1), method="bounded"
    )
    assert float(posterior.params["p"]) == pytest.approx(best.x, abs=1e-3)
    assert posterior.elbo == pytest.approx(-best.fun, abs=1e-5)
