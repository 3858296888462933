"""Ragged index sets: exact posteriors, both forms of data, and what the results say."""

import json

import numpy as np
import pytest
from scipy import stats

import pplc

SPEC = """
index I
index T[I]
data y[I, T]: real
m ~ Normal(0, 2)
for i in I {
  u[i] ~ Normal(m, 1)
  for t in T {
    e[i, t] ~ Normal(u[i], 0.5)
    y[i, t] ~ Normal(e[i, t], 1)
  }
}
generate {
  average[i in I] = mean(t in T: e[i, t])
}
"""
ROWS = {"a": [0.4, 1.9, -0.3], "b": [2.2], "c": [-1.0, 0.2, 0.9, 1.4]}


def exact():
    """Mean and covariance of m, u and e by linear algebra: all are sums of standard normals."""
    owner = [i for i, row in enumerate(ROWS.values()) for _ in row]
    persons, cells = len(ROWS), len(owner)
    m = np.r_[2, np.zeros(persons + cells)][None]
    u = m + np.c_[np.zeros(persons), np.eye(persons), np.zeros((persons, cells))]
    e = u[owner] + np.c_[np.zeros((cells, 1 + persons)), 0.5 * np.eye(cells)]
    factor = np.vstack([m, u, e])
    precision = np.linalg.inv(factor @ factor.T)
    precision[-cells:, -cells:] += np.eye(cells)
    covariance = np.linalg.inv(precision)
    y = np.concatenate(list(ROWS.values()))
    return covariance @ np.r_[np.zeros(1 + persons), y], covariance


def as_json(path):
    path = path.with_suffix(".json")
    path.write_text(json.dumps({"y": list(ROWS.values())}))
    return path, [0, 1, 2]


def as_table(path):
    path = path.with_suffix(".csv")
    cells = [(label, t, v) for label, row in ROWS.items() for t, v in enumerate(row)]
    by_step = sorted(cells, key=lambda cell: cell[1])  # rows of one label need not be together
    path.write_text("I,y\n" + "".join(f"{label},{v}\n" for label, _, v in by_step))
    return path, list(ROWS)


@pytest.mark.parametrize("written", [as_json, as_table])
def test_latents_of_rows_of_different_lengths(tmp_path, written):
    path, labels = written(tmp_path / "data")
    fit = pplc.fit(SPEC, path, seed=1)
    rows = {(r["site"], *r["labels"]): r for r in fit.summary()}
    lengths = [len(row) for row in ROWS.values()]
    cells = [(label, t) for label, n in zip(labels, lengths, strict=True) for t in range(n)]
    averages = [("average", label) for label in labels]
    keys = [("m",), *(("u", label) for label in labels), *(("e", *cell) for cell in cells)]
    assert set(rows) == {*keys, *averages}
    mean, covariance = exact()
    for key, *of in zip(keys, mean, np.sqrt(np.diag(covariance)), strict=True):
        assert rows[key]["mean"] == pytest.approx(of[0], abs=0.05 * of[1])
        assert rows[key]["sd"] == pytest.approx(of[1], rel=0.05)
    means = [part.mean() for part in np.split(mean[-len(cells) :], np.cumsum(lengths)[:-1])]
    assert [rows[key]["mean"] for key in averages] == pytest.approx(means, abs=0.05)
    recorded = fit.to_arviz()["posterior"]["e"]
    there = np.arange(4) < np.array(lengths)[:, None]
    assert (np.isfinite(recorded.values) == there).all()
    assert (np.isfinite(fit.to_arviz()["observed_data"]["y"].values) == there).all()
    assert recorded.coords["I"].values.tolist() == labels


def test_a_row_of_one_length_is_as_a_matrix(tmp_path):
    """Where all rows have one length, a ragged set says the same as one that is not ragged."""
    y = [[0.4, 1.9], [-0.3, 0.1], [2.0, 1.0]]
    path = tmp_path / "data.json"
    path.write_text(json.dumps({"y": y}))
    fits = [pplc.fit(s, path, seed=1) for s in (SPEC, SPEC.replace("index T[I]", "index T"))]
    ours, theirs = ({(r["site"], *r["index"]): r for r in f.summary()} for f in fits)
    assert set(ours) == set(theirs)
    for key, row in ours.items():
        assert row["mean"] == pytest.approx(theirs[key]["mean"], abs=0.05 * theirs[key]["sd"])


CHAINS = """
index I
index T[I]
index S = 2
data seen[I, T]: S?
p ~ Beta(2, 2)
for i in I {
  scan t in T {
    seen[i, t] ~ Categorical([p, 1 - p]) from Categorical([0.3, 0.7])
    y[i, t] ~ Normal(seen[i, t], 1)
  }
}
data y[I, T]: real
"""


def test_states_seen_in_part_in_rows_of_different_lengths(tmp_path):
    """Beyond the end of a row nothing was seen, whatever its cells are filled up with."""
    seen = [[1, None, 0], [0], [None, 1]]
    y = [[0.5, 1.0, -0.2], [0.1], [2.0, 0.4]]
    path = tmp_path / "data.json"
    path.write_text(json.dumps({"seen": seen, "y": y}))
    fit = pplc.fit(CHAINS, path, seed=1)
    p = (np.arange(4000) + 0.5) / 4000
    density = stats.beta.pdf(p, 2, 2)
    for states, row in zip(seen, y, strict=True):
        for t, (state, value) in enumerate(zip(states, row, strict=True)):
            chances = np.array([p, 1 - p]) if t else np.array([[0.3], [0.7]])
            either = [chances[s] * stats.norm.pdf(value, s) for s in (0, 1)]
            density = density * (sum(either) if state is None else either[state])
    density /= density.sum()
    mean = density @ p
    sd = np.sqrt(density @ (p - mean) ** 2)
    row = next(r for r in fit.summary() if r["site"] == "p")
    assert row["mean"] == pytest.approx(mean, abs=0.05 * sd)
    assert row["sd"] == pytest.approx(sd, rel=0.05)


def test_the_first_rows_alone(tmp_path):
    path, _ = as_json(tmp_path / "data")
    short = tmp_path / "short.json"
    short.write_text(json.dumps({"y": list(ROWS.values())[:2]}))
    cut, whole = pplc.fit(SPEC, path, seed=1, rows=2), pplc.fit(SPEC, short, seed=1)
    assert cut.summary() == whole.summary()
    with pytest.raises(pplc.SpecError, match="R864"):
        pplc.fit(SPEC, path, rows=4)
