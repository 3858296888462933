"""Simulation-based calibration on models whose posterior lies in the guide's family.

Talts et al. 2018, "Validating Bayesian inference algorithms with simulation-based calibration":
where latents and data are drawn from the model, the rank of a latent among draws of its posterior
is uniform. The simulations are NumPy's, and share nothing with the compiler.
"""

import json

import numpy as np
import pytest
from scipy import stats

from pplc import session
from pplc.compiler.pipeline import compile_spec
from pplc.grammar.source import Source
from pplc.options import Options

DRAWS, BINS = 99, 10
ENVELOPE = 0.99

LINE = """
index N
data x[N]: real
data y[N]: real
a ~ Normal(0, 1)
b ~ Normal(0, 2)
y[n in N] ~ Normal(a + b * x[n], 1)
"""

POSITIVE = """
index N
data y[N]: positive
size_ ~ LogNormal(1, 0.5)
y[n in N] ~ LogNormal(log(size_), 0.7)
"""

GROUPS = """
index G
index N
data group[N]: G
data y[N]: real
mu ~ Normal(0, 1)
theta[g in G] ~ Normal(mu, 0.5)
y[n in N] ~ Normal(theta[group[n]], 1)
"""

WALK = """
index T
data y[T]: real
scan t in T {
  level[t] ~ Normal(level[t-1], 0.5) from Normal(0, 1)
  y[t]     ~ Normal(level[t], 0.8)
}
"""


def line(rng):
    x, a, b = rng.normal(size=12), rng.normal(), 2 * rng.normal()
    return {"x": x, "y": a + b * x + rng.normal(size=12)}, {"a": a, "b": b}


def positive(rng):
    size = np.exp(1 + 0.5 * rng.normal())
    return {"y": size * np.exp(0.7 * rng.normal(size=5))}, {"size_": size}


def groups(rng):
    mu = rng.normal()
    theta = mu + 0.5 * rng.normal(size=4)
    group = np.arange(10) % 4
    y = theta[group] + rng.normal(size=10)
    return {"group": group, "y": y}, {"mu": mu, "theta[0]": theta[0], "theta[3]": theta[3]}


def walk(rng):
    steps = np.concatenate([[rng.normal()], 0.5 * rng.normal(size=7)])
    level = steps.cumsum()
    y = level + 0.8 * rng.normal(size=8)
    return {"y": y}, {"level[0]": level[0], "level[4]": level[4], "level[7]": level[7]}


MODELS = {
    "line": (LINE, line),
    "positive": (POSITIVE, positive),
    "groups": (GROUPS, groups),
    "walk": (WALK, walk),
}


def ranks(name, simulations, folder):
    """The rank of each latent, 0 to DRAWS, in each simulation: {latent: [simulations]}."""
    text, simulate = MODELS[name]
    source = Source(name, text)
    compiled = compile_spec(source).value
    rng = np.random.default_rng(abs(hash_of(name)))
    found = {}
    for i in range(simulations):
        data, truth = simulate(rng)
        file = folder / f"{i}.json"
        file.write_text(json.dumps({k: v.tolist() for k, v in data.items()}))
        options = Options(data=(file,), seed=i, draws=DRAWS)
        fit = session.fit(session.prepare(source, compiled, None, options))
        for latent, value in truth.items():
            site, _, index = latent.rstrip("]").partition("[")
            draws = fit.draws[site][:, int(index)] if index else fit.draws[site]
            found.setdefault(latent, []).append(int((draws < value).sum()))
    return found


def hash_of(name):
    """A seed from a name, the same in every process."""
    return int.from_bytes(name.encode())


@pytest.mark.parametrize(
    "simulations", [200, pytest.param(2000, marks=pytest.mark.long)], ids=["short", "long"]
)
@pytest.mark.parametrize("name", MODELS)
def test_ranks_are_uniform(name, simulations, tmp_path):
    found = ranks(name, simulations, tmp_path)
    # All bins of all latents of a model are inside with this probability (Bonferroni).
    tail = (1 - ENVELOPE) / (2 * BINS * len(found))
    low, high = stats.binom.ppf([tail, 1 - tail], simulations, 1 / BINS)
    for latent, places in found.items():
        counts = np.histogram(places, BINS, (0, DRAWS + 1))[0]
        assert counts.min() >= low and counts.max() <= high, (latent, counts)
