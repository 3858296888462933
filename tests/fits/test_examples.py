"""specs/examples/: data simulated from known values, which the posteriors must hold.

The recipes (numpy, seed 20): a chain of 200 steps between two states; a moving average of 200
steps; 87 animals of which 70 were seen on at least one of five days, among 200 rows.
"""

from pathlib import Path

import pytest

import pplc

EXAMPLES = Path(__file__).parents[2] / "specs/examples"
TRUTH = {
    "hmm": {
        ("A", 0, 1): 0.1,
        ("A", 1, 0): 0.2,
        ("mu", 0): -1.0,
        ("mu", 1): 2.0,
    },
    "moving_average": {("mu",): 1.0, ("phi",): 0.6, ("theta",): 0.4, ("sigma",): 0.5},
    "capture": {("p",): 0.3, ("population",): 87.0, ("omega",): 87 / 200},
}


@pytest.mark.parametrize("name", TRUTH)
def test_the_posterior_holds_what_the_data_were_made_with(name):
    fit = pplc.fit(EXAMPLES / f"{name}.ppl", seed=1)
    assert fit.verdict.startswith("reliable")
    rows = {(r["site"], *r["index"]): r for r in fit.summary()}
    for key, truth in TRUTH[name].items():
        assert abs(rows[key]["mean"] - truth) < 2.5 * rows[key]["sd"], key
