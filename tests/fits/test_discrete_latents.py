"""Real models with discrete latents, fitted from their specs with no option set."""

import json
from pathlib import Path

import numpy as np
import pytest
from scipy.special import betaln, comb, logsumexp

import pplc

SPECS = Path(__file__).parents[2] / "specs/posteriordb"
REFERENCE = json.loads((Path(__file__).parent / "data/reference.json").read_text())

#: The names of the reference in those of the specs.
HMM = {"theta1": ("theta", 0), "theta2": ("theta", 1), "mu": ("mu",)}
MIXTURE = {"mu": ("mu",), "sigma": ("sigma",), "theta": ("theta",)}


@pytest.mark.parametrize(("name", "names"), [("hmm_example", HMM), ("low_dim_gauss_mix", MIXTURE)])
def test_means_and_sds_are_those_of_the_reference(name, names):
    run = pplc.fit(str(SPECS / f"{name}.ppl"))
    assert run.posterior.verdict.status != "not reliable"
    rows = {(row["site"], *row["index"]): row for row in run.summary()}
    for element, expected in REFERENCE[f"{name}-{name}"]["params"].items():
        base, _, index = element.rstrip("]").partition("[")
        row = rows[*names[base], *([int(index) - 1] if index else [])]
        assert abs(row["mean"] - expected["mean"]) < 0.1 * expected["sd"], element
        assert abs(row["sd"] / expected["sd"] - 1) < 0.1, element


def test_the_size_of_a_population():
    """Capture and recapture: with omega integrated out the population is uniform on 0 to M."""
    y = np.array(json.loads((SPECS / "M0_data.json").read_text())["y"])
    run = pplc.fit(str(SPECS / "M0_data.ppl"))
    (found,) = [row for row in run.summary() if row["site"] == "population"]
    seen, caught, occasions = (y.sum(1) > 0).sum(), y.sum(), y.shape[1]
    size = np.arange(seen, len(y) + 1)[:, None]
    p = (np.arange(2000) + 0.5) / 2000
    missed = size * occasions - caught
    logs = caught * np.log(p) + missed * np.log1p(-p)
    # any of those that were never seen may be the others that are alive
    logs = logs + np.log(comb(len(y) - seen, size - seen)) + betaln(size + 1, len(y) - size + 1)
    weights = np.exp(logs - logsumexp(logs)).sum(1)
    mean = weights @ size[:, 0]
    sd = (weights @ (size[:, 0] - mean) ** 2) ** 0.5
    assert abs(found["mean"] - mean) < 0.1 * sd
    assert abs(found["sd"] / sd - 1) < 0.1
