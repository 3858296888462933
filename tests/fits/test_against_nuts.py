"""Posteriors without published references, against long NUTS runs (benchmarks/nuts.py)."""

import json
from math import log, sqrt
from pathlib import Path

import pytest

import pplc

NUTS = json.loads((Path(__file__).parent / "data" / "nuts.json").read_text())
SPECS = Path(__file__).parents[2] / "specs" / "posteriordb"


@pytest.mark.parametrize("name", NUTS)
def test_means_and_sds(name):
    fit = pplc.fit(SPECS / f"{name}.ppl")
    found = {
        f"{row.site}[{','.join(map(str, row.index))}]" if row.index else row.site: row
        for row in fit.rows
    }
    assert fit.posterior.verdict.status != "not reliable"
    for latent, (mean, sd, ess) in NUTS[name].items():
        # What is promised, and three Monte Carlo errors of the reference: there are many latents.
        error = 3 / sqrt(ess)
        assert ess >= 10_000, latent
        assert abs(found[latent].mean - mean) / sd < 0.05 + error, latent
        assert abs(log(found[latent].sd / sd)) < 0.05 + error, latent
