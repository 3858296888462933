"""The engine on posteriors with long reference runs, no option set."""

import json

import posteriors_by_hand
import pytest
import torch
from torch import Tensor

from pplc.runtime.correction.importance import weighted
from pplc.runtime.deterministic.fit import fit

REFERENCE = json.loads((posteriors_by_hand.HERE / "reference.json").read_text())
CASES = {
    "eight_schools": "eight_schools-eight_schools_noncentered",
    "kidscore": "kidiq-kidscore_interaction",
    "earnings": "earnings-earn_height",
    "blr": "sblrc-blr",
    "gauss_mix": "low_dim_gauss_mix-low_dim_gauss_mix",
    "gp": "gp_pois_regr-gp_regr",
}


def by_element(name: str, numbers: Tensor) -> dict[str, float]:
    """Numbers under the names of the reference: `tau`, `beta[1]`."""
    if numbers.dim() == 0:
        return {name: float(numbers)}
    return {f"{name}[{i}]": float(x) for i, x in enumerate(numbers, 1)}


@pytest.mark.parametrize("seed", [0, 1])
@pytest.mark.parametrize("name", CASES)
def test_means_and_sds(name, seed):
    module, data = getattr(posteriors_by_hand, name)()
    posterior = fit(module, data, seed=seed, draws=100)
    assert posterior.verdict.status != "not reliable"
    assert posterior.modes == 1
    with torch.no_grad():
        values = posterior.sample | module.generate(posterior.sample, data, {})
    means, sds = {}, {}
    for latent, draws in values.items():
        summary = weighted(draws, posterior.weights)
        means |= by_element(latent, summary.mean)
        sds |= by_element(latent, summary.sd)
    for element, reference in REFERENCE[CASES[name]]["params"].items():
        assert abs(means[element] - reference["mean"]) / reference["sd"] < 0.05, element
        assert abs(sds[element] / reference["sd"] - 1) < 0.05, element
