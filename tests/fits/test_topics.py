"""The topic model of `three_men1` against a Gibbs sampler of its own."""

import json
from pathlib import Path

import numpy as np
import pytest

import pplc

SPEC = Path(__file__).parents[2] / "specs/posteriordb/three_men1.ppl"


def gibbs(sweeps, every, seed=0):
    """Topic shares of documents [draws, M] and probabilities of words [draws, 2, V].

    Given the parameters the words of one kind in a document split binomially between two topics;
    given the split both kinds of parameters are Dirichlet.
    """
    text = json.loads(SPEC.with_suffix(".json").read_text())
    counts = np.zeros((text["M"], text["V"]), int)
    np.add.at(counts, (np.array(text["doc"]) - 1, np.array(text["w"]) - 1), 1)
    random = np.random.default_rng(seed)
    theta = random.dirichlet(np.ones(2), size=text["M"])
    phi = random.dirichlet(np.ones(text["V"]), size=2)
    kept = []
    for sweep in range(sweeps):
        first, second = (theta[:, [k]] * phi[k] for k in range(2))
        split = random.binomial(counts, first / (first + second))
        split = np.stack([split, counts - split])
        theta = _dirichlet(random, 1 + split.sum(2).T)
        phi = _dirichlet(random, 1 + split.sum(1))
        if sweep > sweeps // 10 and sweep % every == 0:
            kept.append((theta[:, 0], phi))
    return [np.stack(part) for part in zip(*kept, strict=True)]


def _dirichlet(random, concentration):
    gammas = random.standard_gamma(concentration)
    return gammas / gammas.sum(-1, keepdims=True)


@pytest.mark.long
def test_three_men():
    reference = dict(zip(("theta", "phi"), gibbs(80_000, every=10), strict=True))
    run = pplc.fit(str(SPEC))
    assert run.posterior.verdict.status == "reliable", run.verdict
    sample = {"theta": run.posterior.sample["theta"][..., 0], "phi": run.posterior.sample["phi"]}
    first = [x["theta"][:, 0].mean() > 0.5 for x in (sample, reference)]
    if first[0] != first[1]:  # which topic is called the first is left open
        sample = {"theta": 1 - sample["theta"], "phi": sample["phi"].flip(1)}
    for name, expected in reference.items():
        found, sd = sample[name].numpy(), expected.std(0)
        assert np.abs((found.mean(0) - expected.mean(0)) / sd).max() < 0.1
        assert np.abs(np.log(found.std(0) / sd)).max() < 0.15
