"""Posteriors without published references, against long NUTS runs (benchmarks/nuts.py)."""

import json
from math import log, sqrt
from pathlib import Path

import pytest

import pplc

DATA = Path(__file__).parent / "data"
ROOT = Path(__file__).parents[2]
NUTS = json.loads((DATA / "nuts.json").read_text())
FURTHER = json.loads((DATA / "further.json").read_text())


def check(path, reference, fewest):
    """The fit of a spec says that it can be used, and is right: {latent: (mean, sd, ESS)}."""
    fit = pplc.fit(path)
    found = {
        f"{row.site}[{','.join(map(str, row.index))}]" if row.index else row.site: row
        for row in fit.rows
    }
    assert fit.posterior.verdict.status != "not reliable"
    for latent, (mean, sd, ess) in reference.items():
        # What is promised, and three Monte Carlo errors of the reference: there are many latents.
        error = 3 / sqrt(ess)
        assert ess >= fewest, latent
        assert abs(found[latent].mean - mean) / sd < 0.05 + error, latent
        assert abs(log(found[latent].sd / sd)) < 0.05 + error, latent


@pytest.mark.parametrize("name", NUTS)
def test_means_and_sds(name):
    check(ROOT / "specs" / "posteriordb" / f"{name}.ppl", NUTS[name], 10_000)


QUICK = [
    "arma11",
    "collinear_logit",
    "dugongs",
    "glmm_poisson",
    "negative_binomial",
    "one_compartment",
    "orange",
    "ordinal_regression",
    "robust_regression",
    "sir",
]


@pytest.mark.parametrize("name", QUICK)
def test_models_of_other_kinds(name):
    check(ROOT / "benchmarks" / "further" / f"{name}.ppl", FURTHER[name], 4000)
