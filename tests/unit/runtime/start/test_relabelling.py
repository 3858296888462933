"""Modes that are one another with labels exchanged."""

import pytest
import torch
from numeric.compiled import compiled, data_for

from pplc.runtime.start.modes import find_modes, relabelled_modes
from pplc.runtime.start.relabelling import interchangeable, relabelled
from pplc.runtime.target import Target

MIXTURE = """index N
index K = 2
data y[N]: real
mu[k in K] ~ Normal(0, 2){order}
sigma      ~ HalfNormal(2)
p          ~ Beta(5, 5)
for n in N {{
  z[n] ~ Bernoulli(p)
  y[n] ~ Normal(if z[n] then mu[0] else mu[1], sigma)
}}
"""


def target_of(order=""):
    module = compiled(MIXTURE.format(order=order))
    y = torch.cat([torch.linspace(-3, -1, 20), torch.linspace(1.5, 2.5, 10)])
    return Target(module, data_for(module, {"N": 30, "K": 2}, y=y))


def test_labels_are_moved_on_with_probabilities_and_without():
    target = target_of()
    latents = {
        "mu": torch.tensor([[-2.0, 2.0]]).double(),
        "sigma": torch.tensor([0.5]).double(),
        "p": torch.tensor([0.7]).double(),
    }
    (u,) = target.unconstrain(latents, target.centring)
    found, _ = target.constrain(relabelled(target, u), target.centring)
    assert found["mu"].tolist() == [[2.0, -2.0], [2.0, -2.0]]
    torch.testing.assert_close(found["p"], torch.tensor([0.7, 0.3]).double())
    torch.testing.assert_close(found["sigma"], torch.tensor([0.5, 0.5]).double())


OBSERVED = """index J
data y[J]: real
b[j in J] ~ Normal(0, 1)
y[j in J] ~ Normal(b[j], 1)
"""
VALUES = """index J
index N = 3
data y[N]: J
p         ~ Dirichlet(ones(J))
y[n in N] ~ Categorical(p)
"""


@pytest.mark.parametrize(("text", "y"), [(OBSERVED, [1.0, 2.0, 3.0]), (VALUES, [0, 2, 2])])
def test_what_is_observed_has_its_labels_from_the_data(text, y):
    module = compiled(text)
    target = Target(module, data_for(module, {"J": 3, "N": 3}, y=y))
    assert len(relabelled(target, torch.zeros(target.layout.size).double())) == 0


@pytest.mark.parametrize(("order", "count"), [("", 1), (" ordered", 0)])
def test_a_mode_with_labels_exchanged_is_as_high(order, count):
    target = target_of(order)
    first = find_modes(target, 0)[0]
    others = relabelled_modes(target, first)
    assert len(others) == count
    for other in others:
        assert other.height == pytest.approx(first.height, abs=1e-3)
        assert first.factor.solve(other.u - first.u).norm() > 5


@pytest.mark.parametrize(("order", "name"), [("", "K"), (" ordered", None)])
def test_orders_that_nothing_tells_apart(order, name):
    """The probability of a label is that of the other one where labels are exchanged."""
    target = target_of(order)
    latents = {
        "mu": torch.tensor([[-2.0, 2.0]]).double(),
        "sigma": torch.tensor([0.5]).double(),
        "p": torch.tensor([0.7]).double(),
    }
    (u,) = target.unconstrain(latents, target.centring)
    assert interchangeable(target, u) == name


def test_priors_of_its_own_tell_an_element_apart():
    text = MIXTURE.format(order="").replace("Beta(5, 5)", "Beta(5, 4)")
    module = compiled(text)
    target = Target(module, data_for(module, {"N": 3, "K": 2}, y=[-2.0, 0.1, 2.0]))
    u = torch.tensor([0.1, 0.2, 0.3, 0.4], dtype=torch.float64)
    assert interchangeable(target, u) is None
