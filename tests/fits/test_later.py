"""Latents that begin later: an exact posterior, and results from the first element on."""

import json

import numpy as np
import pytest

import pplc

SPEC = """
index T
data y[T]: real
mu ~ Normal(0, 1)
scan t in T from 2 {
  h[t] ~ Normal(0.9 * h[t-1], 0.5) from Normal(mu, 1)
  y[t] ~ Normal(h[t] + 0.2 * y[t-2], 1)
}
"""


def test_a_chain_of_latents_that_begins_later(tmp_path):
    y = np.random.default_rng(1).normal(0.5, 1, 9).round(2)
    path = tmp_path / "data.json"
    path.write_text(json.dumps({"y": y.tolist()}))
    fit = pplc.fit(SPEC, path, seed=1)
    rows = {(r["site"], *r["index"]): r for r in fit.summary()}
    # mu, h[2], ..., h[8] from independent standard normals, seen through y
    count = len(y) - 2
    steps = np.eye(count + 1) - 0.9 * np.eye(count + 1, k=-1)
    steps[1, 0] = -1
    factor = np.linalg.inv(steps) @ np.diag([1, 1, *[0.5] * (count - 1)])
    precision = np.linalg.inv(factor @ factor.T)
    precision[1:, 1:] += np.eye(count)
    covariance = np.linalg.inv(precision)
    mean = covariance @ np.r_[0, y[2:] - 0.2 * y[:-2]]
    assert list(rows) == [("mu",), *(("h", t) for t in range(2, len(y)))]
    for row, *exact in zip(rows.values(), mean, np.sqrt(np.diag(covariance)), strict=True):
        assert row["mean"] == pytest.approx(exact[0], abs=0.05 * exact[1])
        assert row["sd"] == pytest.approx(exact[1], rel=0.05)
    recorded = fit.to_arviz()["posterior"]["h"].values
    assert np.isnan(recorded[..., :2]).all()
    assert np.isfinite(recorded[..., 2:]).all()
