"""Missing cells are left out of the likelihood: posteriors in closed form from what is there."""

import json
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

import pplc

SPEC = Path(__file__).parents[1] / "good/missing.ppl"
DATA = {
    "answer": [[1, None, 0], [0, 1, None], [1, 1, None], [None, 1, 0], [1, 0, None]],
    "minutes": [1.5, None, 3.0, 2.2, None],
    "visits": [2, 0, None, 3, 1],
}


def test_posteriors_are_those_of_the_cells_that_are_there(tmp_path):
    path = tmp_path / "data.json"
    path.write_text(json.dumps(DATA))
    fit = pplc.fit(SPEC.read_text(), path, seed=1)
    found = {(r["site"], *r["index"]): r for r in fit.summary()}
    answers = np.array(DATA["answer"], float)
    for q in range(3):
        there = answers[~np.isnan(answers[:, q]), q]
        exact = stats.beta(1 + there.sum(), 1 + (1 - there).sum())
        assert found["ease", q]["mean"] == pytest.approx(exact.mean(), abs=0.01)
        assert found["ease", q]["sd"] == pytest.approx(exact.std(), rel=0.06)
    visits = [v for v in DATA["visits"] if v is not None]
    exact = stats.gamma(1 + sum(visits), scale=1 / (1 + len(visits)))
    assert found["rate",]["mean"] == pytest.approx(exact.mean(), rel=0.02)
    assert found["rate",]["sd"] == pytest.approx(exact.std(), rel=0.06)


# --- missing cells that are inferred: exact posteriors -------------------------------------------


def fitted(tmp_path, spec, data, seed=1):
    """The rows of the summary, by site and labels."""
    path = tmp_path / "data.json"
    path.write_text(json.dumps(data))
    fit = pplc.fit(spec, path, seed=seed)
    return fit, {(r["site"], *r["labels"]): r for r in fit.summary()}


def with_gaps(values, every):
    return [None if i % every == 1 else round(float(v), 3) for i, v in enumerate(values)]


def given(mean, covariance, values):
    """Means and sds of the entries of a normal vector that are None, given the others."""
    known = np.array([v is not None for v in values])
    observed = np.array([v for v in values if v is not None])
    gain = covariance[~known][:, known] @ np.linalg.inv(covariance[known][:, known])
    left = covariance[~known][:, ~known] - gain @ covariance[known][:, ~known]
    return mean[~known] + gain @ (observed - mean[known]), np.sqrt(np.diag(left))


def assert_close(row, mean, sd):
    assert row["mean"] == pytest.approx(mean, abs=0.05 * sd)
    assert row["sd"] == pytest.approx(sd, rel=0.05)


def test_a_covariate_with_missing_cells_is_inferred_from_what_it_explains(tmp_path):
    spec = """
index N
data x[N]: real?
data y[N]: real
m ~ Normal(0, 2)
for n in N {
  x[n] ~ Normal(m, 1.5)
  y[n] ~ Normal(1 + 2 * x[n], 0.7)
}
"""
    rng = np.random.default_rng(3)
    x = rng.normal(0.5, 1.5, 12)
    gaps, y = with_gaps(x, 3), rng.normal(1 + 2 * x, 0.7)
    fit, rows = fitted(tmp_path, spec, {"x": gaps, "y": y.tolist()})
    # m, x and y as linear functions of independent standard normals
    n = len(x)
    m = np.r_[2, np.zeros(2 * n)][None]
    xs = m + np.c_[np.zeros(n), 1.5 * np.eye(n), np.zeros((n, n))]
    ys = 2 * xs + np.c_[np.zeros(n), np.zeros((n, n)), 0.7 * np.eye(n)]
    factor = np.vstack([m, xs, ys])
    mean, sd = given(np.r_[0, np.zeros(n), np.ones(n)], factor @ factor.T, [None, *gaps, *y])
    assert_close(rows["m",], mean[0], sd[0])
    missing = [i for i, v in enumerate(gaps) if v is None]
    assert [label for site, *label in rows if site == "x"] == [[i] for i in missing]
    for i, *exact in zip(missing, mean[1:], sd[1:], strict=True):
        assert_close(rows["x", i], *exact)
    whole = fit.draws["x"]
    assert all((whole[:, i] == v).all() for i, v in enumerate(gaps) if v is not None)


def test_gaps_in_a_series_are_inferred_from_both_sides(tmp_path):
    spec = """
index T
data y[T]: real?
scan t in T { y[t] ~ Normal(0.8 * y[t-1], 1) from Normal(0, 2) }
"""
    y = [None, 1.2, None, None, 0.3, -0.7, None]
    _, rows = fitted(tmp_path, spec, {"y": y})
    steps = np.eye(7) - 0.8 * np.eye(7, k=-1)
    factor = np.linalg.inv(steps) @ np.diag([2.0, *np.ones(6)])
    mean, sd = given(np.zeros(7), factor @ factor.T, y)
    missing = [i for i, v in enumerate(y) if v is None]
    for i, *exact in zip(missing, mean, sd, strict=True):
        assert_close(rows["y", i], *exact)


def test_missing_entries_of_vectors_are_inferred_from_the_others(tmp_path):
    spec = """
index N, P
data x[N, P]: real?
S[P, P] = [[2, 0.8, -0.3], [0.8, 1, 0.2], [-0.3, 0.2, 1.5]]
for n in N { x[n] ~ MultivariateNormal(ones(P), assume(S, cov)) }
"""
    x = [[0.5, None, 2.0], [None, None, -1.0], [1.0, 2.0, 3.0], [None, 0.1, None]]
    _, rows = fitted(tmp_path, spec, {"x": x})
    covariance = np.array([[2, 0.8, -0.3], [0.8, 1, 0.2], [-0.3, 0.2, 1.5]])
    found = {key for key in rows if key[0] == "x"}
    for n, row in enumerate(x):
        mean, sd = given(np.ones(3), covariance, row) if None in row else ([], [])
        missing = [p for p, v in enumerate(row) if v is None]
        for p, *exact in zip(missing, mean, sd, strict=True):
            assert_close(rows["x", n, p], *exact)
            found.remove(("x", n, p))
    assert not found


def test_missing_truth_values_and_labels_are_summed_out(tmp_path):
    spec = """
index N
index G
data smoker[N]: bool?
data group[N]: G?
data y[N]: real
level[G] = [0, 1, 3]
w[G]     = [0.5, 0.3, 0.2]
for n in N {
  smoker[n] ~ Bernoulli(0.3)
  group[n]  ~ Categorical(assume(w, simplex))
  y[n]      ~ Normal(level[group[n]] + 2 * smoker[n], 1)
}
"""
    data = {
        "smoker": [True, None, None, False, None],
        "group": ["a", "c", None, None, "b"],
        "y": [1.0, 3.5, 2.0, 2.4, 1.7],
    }
    _, rows = fitted(tmp_path, spec, data)
    for n, (smoker, group, y) in enumerate(zip(*data.values(), strict=True)):
        joint = np.zeros((2, 3))
        for s, g in np.ndindex(2, 3):
            possible = smoker in (None, bool(s)) and group in (None, "abc"[g])
            prior = (0.7, 0.3)[s] * (0.5, 0.3, 0.2)[g]
            joint[s, g] = possible * prior * stats.norm.pdf(y, (0, 1, 3)[g] + 2 * s)
        joint /= joint.sum()
        assert (("smoker", n) in rows) == (smoker is None)
        if smoker is None:
            assert rows["smoker", n]["mean"] == pytest.approx(joint[1].sum(), abs=1e-9)
        if group is None:
            found = [rows["group", n, label]["mean"] for label in "abc"]
            assert found == pytest.approx(joint.sum(0), abs=1e-9)


def test_all_cells_may_be_there(tmp_path):
    spec = """
index N
data x[N]: real?
data y[N]: real
m ~ Normal(0, 2)
for n in N {
  x[n] ~ Normal(m, 1.5)
  y[n] ~ Normal(1 + 2 * x[n], 0.7)
}
"""
    _, rows = fitted(tmp_path, spec, {"x": [0.5, 1.5], "y": [1.0, 2.0]})
    precision = 1 / 4 + 2 / 2.25
    assert_close(rows["m",], (2.0 / 2.25) / precision, precision**-0.5)
    assert [key[0] for key in rows] == ["m"]
