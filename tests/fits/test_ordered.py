"""A mixture whose components are told apart by ordered probabilities, against quadrature."""

import json

import numpy as np
import pytest
from scipy import stats

import pplc

SPEC = """
index N
index K = 2
data y[N]: nat
weight    ~ Beta(2, 2)
p[k in K] ~ Beta(1.5, 1.5) ordered
for n in N {
  second[n] ~ Bernoulli(weight)
  y[n]      ~ Binomial(12, if second[n] then p[1] else p[0])
}
"""


def exact(y):
    """Means and sds of weight, p[0] and p[1] on a grid, by the midpoint rule."""
    p = (np.arange(150) + 0.5) / 150
    weight = (np.arange(60) + 0.5) / 60
    each = stats.binom.pmf(y[:, None], 12, p)  # [N, p]
    log_density = np.zeros((len(weight), len(p), len(p)))
    log_density += stats.beta.logpdf(weight, 2, 2)[:, None, None]
    log_density += stats.beta.logpdf(p, 1.5, 1.5)[:, None] + stats.beta.logpdf(p, 1.5, 1.5)
    for row in each:
        w = weight[:, None, None]
        log_density += np.log((1 - w) * row[:, None] + w * row)
    log_density[:, p[:, None] >= p] = -np.inf
    density = np.exp(log_density - log_density.max())
    density /= density.sum()
    found = {}
    for name, axis, values in (("weight", 0, weight), ("p0", 1, p), ("p1", 2, p)):
        others = tuple({0, 1, 2} - {axis})
        marginal = density.sum(others)
        mean = marginal @ values
        found[name] = mean, np.sqrt(marginal @ (values - mean) ** 2)
    return found


def test_mixture_with_ordered_probabilities(tmp_path):
    generator = np.random.default_rng(3)
    y = generator.binomial(12, np.where(generator.random(40) < 0.4, 0.7, 0.3))
    path = tmp_path / "data.json"
    path.write_text(json.dumps({"y": y.tolist()}))
    fit = pplc.fit(SPEC, path, seed=1)
    rows = {r["site"] + "".join(map(str, r["index"])): r for r in fit.summary()}
    for name, (mean, sd) in exact(y).items():
        assert rows[name]["mean"] == pytest.approx(mean, abs=0.05 * sd)
        assert rows[name]["sd"] == pytest.approx(sd, rel=0.05)
