"""Noise of elements moved to their modes: its density, and where it is exact."""

import math

import numpy as np
import pytest
import scipy.stats
import torch
from scipy import special

from pplc.compiler.pipeline import compile_spec
from pplc.grammar.source import Source
from pplc.runtime.correction import conditional
from pplc.runtime.correction.conditional import ConditionalModes, movable
from pplc.runtime.correction.importance import weighted
from pplc.runtime.correction.weighing import weighted_sample
from pplc.runtime.data import Data
from pplc.runtime.deterministic.fit import fit
from pplc.runtime.module import load_module
from pplc.runtime.target import Target, total

NORMAL = """index I
data y[I]: real
tau ~ HalfNormal(1)
for i in I {
  b[i] ~ Normal(0, tau)
  y[i] ~ Normal(b[i], 1)
}
"""
COUNTS = """index I
index E = 2
data y[I]: nat
data z[I]: nat
mu  ~ Normal(0, 1)
tau ~ HalfNormal(1)
for i in I {
  b[i, e in E] ~ Normal(mu, tau)
  y[i] ~ Poisson(log_rate=b[i, 0])
  z[i] ~ Poisson(log_rate=b[i, 0] * b[i, 1])
}
"""


def module_and_data(text, **arrays):
    compiled = compile_spec(Source("test.ppl", text)).value
    assert compiled is not None
    values = {name: torch.tensor(x, dtype=torch.float64) for name, x in arrays.items()}
    size = len(next(iter(arrays.values())))
    data = Data(values, {"I": size, "E": 2}, {"I": tuple(range(size)), "E": (0, 1)})
    module = load_module(compiled.source, "test.ppl")
    return module, module.prepare(data)


def guided(text, **arrays):
    """A target, and the parameters of a guide fitted to it."""
    module, data = module_and_data(text, **arrays)
    return Target(module, data), fit(module, data, draws=1).phi


def noise_of(target, draws, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return {
        name: torch.randn(draws, *shape, generator=generator, dtype=torch.float64)
        for name, shape in target.noise_shapes.items()
    }


def test_log_ratio_is_that_of_normal_and_moved_density():
    target, phi = guided(COUNTS, y=[0.0, 3.0, 9.0], z=[1.0, 0.0, 2.0])
    move = ConditionalModes(target, phi)
    noise = noise_of(target, 5)
    moved, log_ratio = move(noise)
    assert torch.equal(moved["globals"], noise["globals"])
    e, step = noise["I"], 1e-4
    columns = []
    for i in range(3):
        for d in range(2):
            nudge = torch.zeros_like(e)
            nudge[:, i, d] = step
            up, down = (move(noise | {"I": x})[0]["I"] for x in (e + nudge, e - nudge))
            columns.append(((up - down) / (2 * step)).flatten(1).numpy())
    _, log_volume = np.linalg.slogdet(np.stack(columns, -1))
    normal = scipy.stats.norm
    log_density = normal.logpdf(e.flatten(1)).sum(-1) - log_volume
    expected = normal.logpdf(moved["I"].flatten(1)).sum(-1) - log_density
    np.testing.assert_allclose(log_ratio, expected, rtol=1e-7)


def test_normal_elements_are_drawn_exactly_wherever_the_globals_are(monkeypatch):
    """Then the ratio of the densities depends on the globals alone. One step leads to the mode."""
    monkeypatch.setattr(conditional, "_LONGEST", 1e-3)
    target, phi = guided(NORMAL, y=[1.0, -0.5, 0.2, 0.1])
    first, second = noise_of(target, 50), noise_of(target, 50, seed=1)
    wide = 3 * first["globals"]
    ratios = []
    for noise in (first, second):
        moved, correction = ConditionalModes(target, phi)(noise | {"globals": wide})
        _, log_p, log_q = target.elbo_terms(phi, moved)
        ratios.append(total(log_p) - total(log_q) + correction)
    torch.testing.assert_close(ratios[0], ratios[1])


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_a_scale_that_may_be_next_to_zero(seed):
    """What the guide's own draws leave out: their mean is off by 0.09 sd, and nothing shows it."""
    y = np.random.default_rng(4).normal(size=30)
    target, phi = guided(NORMAL, y=y)
    sample = weighted_sample(target, phi, 16384, seed)
    tau = np.linspace(1e-4, 6, 20001)
    log_density = scipy.stats.halfnorm.logpdf(tau)
    log_density += scipy.stats.norm(0, np.sqrt(1 + tau[:, None] ** 2)).logpdf(y).sum(-1)
    weights = np.exp(log_density - special.logsumexp(log_density))
    mean = weights @ tau
    sd = math.sqrt(weights @ (tau - mean) ** 2)
    found = weighted(sample.latents["tau"], sample.weights)
    assert abs(found.mean - mean) / sd < 0.03
    assert abs(math.log(found.sd / sd)) < 0.03


def test_only_elements_of_plates_are_moved():
    target, _ = guided(NORMAL, y=[1.0, 2.0])
    assert movable(target, 1000)
    assert not movable(target, 10**12)
    alone, _ = guided(
        "index I\ndata y[I]: real\nm ~ Normal(0, 1)\ny[i in I] ~ Normal(m, 1)\n", y=[1.0]
    )
    assert not movable(alone, 1000)
