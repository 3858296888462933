"""Quantities are summarised over the whole weighted sample, not the draws that are kept alone."""

import numpy as np
import pytest

import pplc

MODEL = """
index N
data y[N]: real
mu ~ Normal(0, 10)
for n in N { y[n] ~ Normal(mu, 1) }
generate {
  twice = 2 * mu
  new   ~ Normal(mu, 1)
}
"""


def test_as_precise_as_latents(tmp_path):
    y = np.array([0.3, 1.2, -0.4, 0.9])
    path = tmp_path / "y.csv"
    path.write_text("\n".join(["y", *map(str, y)]))
    rows = {row["site"]: row for row in pplc.fit(MODEL, path, draws=10).summary()}
    precision = len(y) + 1 / 100
    mean, variance = y.sum() / precision, 1 / precision
    exact = {"mu": (mean, variance), "twice": (2 * mean, 4 * variance), "new": (mean, 1 + variance)}
    for name, (centre, square) in exact.items():
        sd = square**0.5
        assert rows[name]["mean"] == pytest.approx(centre, abs=0.03 * sd), name
        assert rows[name]["sd"] == pytest.approx(sd, rel=0.03), name
        assert rows[name]["ess"] > 10_000
