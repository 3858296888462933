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
