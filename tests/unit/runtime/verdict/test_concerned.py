"""The latents that a verdict names, where guides and posteriors are known in closed form."""

import math
from dataclasses import replace

import numpy as np
import pytest
import torch
from numeric.compiled import compiled, data_for
from scipy import stats

from pplc.runtime.correction.hamiltonian import Walk, walked
from pplc.runtime.correction.weighing import walked_sample, weighted_sample
from pplc.runtime.start.guides import guides_at
from pplc.runtime.start.modes import find_modes
from pplc.runtime.target import Target
from pplc.runtime.verdict.concerned import kept, off_chains, off_modes, off_weights, reordered
from pplc.runtime.verdict.verdict import Verdict

BAD = Verdict("not reliable", "why")

#: The posterior is the prior: standard normals.
INDEPENDENT = """index I
mu        ~ Normal(0, 1)
x[i in I] ~ Normal(0, 1)
guide { * ~ normal }
"""


@pytest.fixture
def target():
    module = compiled(INDEPENDENT)
    return Target(module, data_for(module, sizes={"I": 3}))


def guide(target, mean, sd):
    """The guide at the posterior, except for x[1]."""
    phi = {name: torch.zeros(s, dtype=torch.float64) for name, s in target.guide_shapes.items()}
    phi["x.loc"][1] = mean
    phi["x.log_scale"][1] = math.log(sd)
    return phi


def test_by_weights(target):
    phi = guide(target, 0.5, 1.0)
    sample = weighted_sample(target, phi, 16384, 0, quick=True)
    verdict = off_weights(target, BAD, sample.latents, sample.weights)
    (only,) = verdict.departures
    assert verdict.evidence == "weights"
    assert (only.site, only.labels, only.concerned, only.elements) == ("x", (1,), 1, 3)
    assert only.mean == pytest.approx(0.5, abs=0.06)
    assert only.sd is None


def test_by_chains(target, monkeypatch):
    phi = guide(target, 1.0, 0.5)
    sample = weighted_sample(target, phi, 16384, 0, quick=True)
    assert sample.pareto_k > 0.7  # the tails of the guide are too short for weights
    walk = walked(target, phi, 0)
    drawn = walked_sample(target, phi, walk, replace(sample, wider=sample))
    points = drawn.latents
    all_numbers = torch.cat([points["mu"][:, None], points["x"]], 1).numpy()
    np.testing.assert_allclose(drawn.log_p, stats.norm.logpdf(all_numbers).sum(1))
    own = stats.norm([0, 0, 1, 0], [1, 1, 0.5, 1])
    np.testing.assert_allclose(drawn.log_q, own.logpdf(all_numbers).sum(1))
    assert float(drawn.weights.sum()) == pytest.approx(1) and not drawn.log_ratio.any()
    assert drawn.wider is None
    chains = {s: x.reshape(*walk.points.shape[:2], *x.shape[1:]) for s, x in points.items()}
    verdict = off_chains(target, BAD, sample.latents, chains)
    (only,) = verdict.departures
    assert verdict.evidence == "chains"
    assert (only.site, only.labels) == ("x", (1,))
    assert only.mean == pytest.approx(2.0, abs=0.1)  # sds of the draws
    assert only.sd == pytest.approx(0.5, rel=0.1)
    monkeypatch.setattr(Walk, "effective_size", 1234.0)
    assert walked_sample(target, phi, walk, sample).effective_size == pytest.approx(1234)


TWO_MODES = """index N
index K = 2
data y[N]: real
s ~ Normal(0, 1)
for k in K { mu[k] ~ Normal(0, 9) }
for n in N {
  z[n] ~ Categorical(fill(1 / size(K), K))
  y[n] ~ Normal(mu[z[n]] + s, 1)
}
"""


def modes(text, unit=1.0):
    module = compiled(text)
    y = [unit * y for y in (-5.2, -4.9, -5.1, 5.3, 4.8, 5.1)]
    target = Target(module, data_for(module, sizes={"N": 6, "K": 2}, y=y))
    starts = guides_at(target, find_modes(target, 0), 0)
    own = weighted_sample(target, starts[0].phi, 4096, 0, quick=True).latents
    return target, starts[:2], own


def test_modes_that_differ_by_their_labels():
    target, starts, draws = modes(TWO_MODES)
    assert reordered(target, starts, draws) == ("K", True)
    assert reordered(target, starts[:1], draws) == (None, False)
    elsewhere = replace(starts[1], mode=replace(starts[1].mode, u=starts[1].mode.u + 9))
    assert reordered(target, [*starts, elsewhere], draws) == ("K", False)
    verdict = off_modes(target, BAD, draws, starts)
    assert verdict.evidence == "modes"
    assert [d.site for d in verdict.departures] == ["mu"]
    (mu,) = verdict.departures
    assert mu.concerned == 2
    # 10 apart; given the other, each has precision 3 + 1 / 81, and both share s of precision 7
    assert abs(mu.mean) > 8


def test_modes_that_differ_by_more():
    """The priors tell the components apart, so that each mode pulls them elsewhere."""
    text = TWO_MODES.replace("Normal(0, 9)", "Normal(80 * k - 40, 40)")
    text = text.replace("+ s, 1)", "+ s, 20)").replace("Normal(0, 1)", "Normal(0, 20)")
    target, starts, draws = modes(text, unit=20.0)
    assert len(starts) == 2
    assert reordered(target, starts, draws) == (None, False)


KEPT = """index T
data y[T]: real
m         ~ Normal(0, 1)
z[t in T] ~ Bernoulli(0.5)
y[t in T] ~ Normal(m + z[t], 1)
guide {
  param q[T]: unit
  z[t] ~ Bernoulli(q[t])
}
"""


def test_latents_that_the_guide_keeps(target):
    assert kept(target) == ()
    module = compiled(KEPT)
    assert kept(Target(module, data_for(module, sizes={"T": 3}, y=[0.0, 1.0, 2.0]))) == ("z",)
