"""The engine on Old Faithful, against long runs by another method, for ten seeds."""

import pytest
import scipy.stats
import torch
from by_hand import faithful

from pplc.runtime.correction.importance import weighted
from pplc.runtime.deterministic.fit import fit

# Means and sds of 40,000 draws of the No-U-Turn sampler, to the digits they were noted down with.
NUTS = {
    "loc": ([54.66, 80.07], [0.74, 0.52]),
    "scale": ([6.01, 5.94], [0.58, 0.41]),
    "weights": ([0.362, 0.638], [0.031, 0.031]),
}


@pytest.mark.parametrize("seed", range(10))
def test_means_and_sds(seed):
    posterior = fit(*faithful(), seed=seed)
    assert posterior.verdict.status == "reliable"
    assert posterior.modes == 1
    for name, numbers in NUTS.items():
        mean, sd = torch.tensor(numbers, dtype=torch.float64)
        summary = weighted(posterior.sample[name], posterior.weights)
        assert ((summary.mean - mean) / sd).abs().max() < 0.03
        assert (summary.sd / sd - 1).abs().max() < 0.03
        stored = posterior.draws[name]
        assert ((stored.mean(0) - mean) / sd).abs().max() < 0.06
        assert (stored.std(0) / sd - 1).abs().max() < 0.06


def test_probabilities_of_the_assignments():
    module, data = faithful()
    posterior = fit(module, data)
    weights, loc, scale = (posterior.sample[name].numpy() for name in ("weights", "loc", "scale"))
    waiting = data["waiting"].numpy()
    for n in (0, 10, 100, 271):
        joint = weights * scipy.stats.norm.pdf(waiting[n], loc, scale)
        expected = (joint / joint.sum(-1, keepdims=True)).T @ posterior.weights.numpy()
        assert posterior.probabilities["z"][n].numpy() == pytest.approx(expected, abs=0.01)


def test_most_probable_assignments():
    """Rows are independent given the latents: each takes the component of largest density."""
    module, data = faithful()
    posterior = fit(module, data, draws=500)
    weights, loc, scale = (
        posterior.draws[name].numpy()[:, None] for name in ("weights", "loc", "scale")
    )
    waiting = data["waiting"].numpy()[:, None]
    joint = weights * scipy.stats.norm.pdf(waiting, loc, scale)
    found = posterior.most_probable["z"].numpy()
    assert (found == joint.argmax(-1)).all()
    best = int(posterior.log_p.argmax())
    assert posterior.best["z"].tolist() == found[best].tolist()
