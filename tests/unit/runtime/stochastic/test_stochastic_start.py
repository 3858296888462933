"""A stochastic fit starts where it is told to, the elements outside of the pilot too."""

import numpy as np
import pytest
import torch
from numeric.compiled import compiled, data_for

from pplc.runtime.coordinates.guide import locations
from pplc.runtime.stochastic.batches import Batches
from pplc.runtime.stochastic.start import starting_guide
from pplc.runtime.target import Target

LEVELS = """
index N
data y[N]: real
mu ~ Normal(0, 5)
tau ~ HalfNormal(2)
theta[n in N] ~ Normal(mu, tau)
y[n in N] ~ Normal(theta[n], 0.5)
fit { batch N = 64 }
"""
POINTS = LEVELS.replace("fit", "guide { (mu, tau, theta) ~ point }\nfit")
N = 700  # more than a pilot has


def centre(spec, start, frozen=()):
    """Latents at the centre of the guide that a stochastic fit starts with."""
    module = compiled(spec, frozen=frozen)
    data = data_for(module, {"N": N}, y=np.random.default_rng(0).normal(1.5, 1, N))
    target = Target(module, data, start=start)
    phi = starting_guide(target, Batches(target, target.manifest.batch), seed=3)
    centring = {name: phi[f"{name}.centring"].sigmoid() for name in target.centring}
    latents, _ = target.constrain(locations(target, phi)[None], centring)
    return {name: value[0].numpy() for name, value in latents.items()}


@pytest.mark.parametrize("spec", [LEVELS, POINTS], ids=["Gaussian", "points"])
def test_each_element_starts_at_its_own_value(spec):
    theta = torch.linspace(-2, 3, N, dtype=torch.float64)
    start = {"mu": torch.tensor(1.4), "tau": torch.tensor(0.7), "theta": theta}
    frozen = ("mu", "tau")
    found = centre(spec, {n: x.double() for n, x in start.items()}, frozen)
    assert found["mu"] == pytest.approx(1.4) and found["tau"] == pytest.approx(0.7)
    np.testing.assert_allclose(found["theta"], theta, atol=1e-9)


def test_without_values_no_element_knows_its_own():
    found = centre(LEVELS, {})
    assert np.ptp(found["theta"]) == pytest.approx(0, abs=1e-9)
