"""Which modes are too much to leave out."""

import math
from types import SimpleNamespace

import pytest
import torch
from numeric.compiled import compiled, data_for

from pplc.runtime.coordinates.arrow_factor import Factor
from pplc.runtime.correction.importance import weighted
from pplc.runtime.correction.mixture import apart, has_left, lacking, together, unseen
from pplc.runtime.correction.weighing import weighted_sample
from pplc.runtime.start.guides import guides_at
from pplc.runtime.start.modes import Mode
from pplc.runtime.target import Target

DRAWS = torch.linspace(-3, 3, 1001, dtype=torch.float64)[:, None]
WEIGHTS = torch.exp(-DRAWS[:, 0].square() / 2)
SAMPLE = SimpleNamespace(latents={"x": DRAWS}, weights=WEIGHTS / WEIGHTS.sum(), elbo=(0.0, 0.0))
TARGET = SimpleNamespace(constrain=lambda u, _: ({"x": u}, {}), centring={})


@pytest.mark.parametrize(
    ("away", "log_share", "matters"),
    [(5.0, -3.5, True), (5.0, -6.0, False), (50.0, -6.0, True), (50.0, -12.0, False)],
)
def test_by_what_a_mode_adds_to_mass_and_variance(away, log_share, matters):
    mode = SimpleNamespace(u=torch.tensor([away], dtype=torch.float64))
    start = SimpleNamespace(mode=mode, elbo=log_share)
    assert bool(lacking(TARGET, [start], SAMPLE)) == matters


@pytest.mark.parametrize(("away", "matters"), [(5.0, False), (50.0, True)])
def test_units_and_other_latents_do_not_matter(away, matters):
    """In units of 3, from 100 on, beside one where the mode is no other place."""
    x = torch.cat([0.2 * DRAWS, 100 + 3 * DRAWS], 1)
    sample = SimpleNamespace(latents={"x": x, "y": DRAWS}, weights=SAMPLE.weights, elbo=(2.0, 0.0))
    u = torch.tensor([0.0, 100 + 3 * away, 0.0], dtype=torch.float64)
    target = SimpleNamespace(
        constrain=lambda u, _: ({"x": u[:, :2], "y": u[:, 2:]}, {}), centring={}
    )
    start = SimpleNamespace(mode=SimpleNamespace(u=u), elbo=-4.0)
    assert bool(lacking(target, [start], sample)) == matters


#: In the plane: a standard normal, and `times` as much `away` from there and `wide`.
NORMALS = """x ~ Flat()
y ~ Flat()
factor log(exp(-(x^2 + y^2) / 2) + exp(-((x - {away})^2 + y^2) / 2 / {wide}^2) * {times} / {wide}^2)
"""


def at_both(text, away):
    """The target, and guides as the curvature at each of its modes suggests."""
    module = compiled(text)
    target = Target(module, data_for(module))
    ends = torch.tensor([[0.0, 0.0], [away, 0.0]], dtype=torch.float64)
    factor = Factor.of(target.arrow, target.precision(ends))
    modes = [Mode(u, 0.0, factor[i], reached=True) for i, u in enumerate(ends)]
    return target, sorted(guides_at(target, modes, 0), key=lambda start: float(start.mode.u[0]))


@pytest.mark.parametrize(
    ("away", "wide", "missed"),
    [(4.0, 0.05, True), (3.0, 0.5, False), (2.5, 0.02, True), (1.5, 0.01, False), (8.0, 1.0, True)],
)
def test_modes_that_draws_pass_by_are_apart(away, wide, missed):
    """Of 16,384 standard normal draws exp(-away^2 / 2) * wide^2 are at the other mode, about."""
    target, (first, second) = at_both(NORMALS.format(away=away, wide=wide, times=1), away)
    assert apart(target, [first, second], first.phi) == ([second] if missed else [])


@pytest.mark.parametrize(("away", "times", "seen"), [(8.0, 1, False), (3.0, 1, True)])
def test_modes_are_seen_where_enough_draws_are_beyond_half_way(away, times, seen):
    """At 3 sds a density of two equal normals has one guide's draws weighted over both."""
    target, (first, second) = at_both(NORMALS.format(away=away, wide=1.0, times=times), away)
    sample = weighted_sample(target, first.phi, 4096, 0)
    assert unseen(target, [second], first, sample) == ([] if seen else [second])


def test_a_guide_that_is_nearer_to_another_mode_has_left_its_own():
    target, (first, second) = at_both(NORMALS.format(away=8.0, wide=1.0, times=1), 8.0)
    assert has_left(target, second, first.phi, [first])
    assert not has_left(target, second, second.phi, [first])


def test_draws_at_two_modes_count_by_what_is_around_each():
    """Masses 2 pi and 3 times that; a guide twice as wide has draws at both modes."""
    away, wide = 5.0, 0.5
    target, starts = at_both(NORMALS.format(away=away, wide=wide, times=3), away)
    stretched = [
        s.phi | {"globals.log_scale": s.phi["globals.log_scale"] + math.log(2)} for s in starts
    ]
    samples = [weighted_sample(target, phi, 65536, 0, quick=True) for phi in stretched]
    modes = [start.mode for start in starts]
    assert together(target, modes[:1], samples[:1]) is samples[0]
    whole = together(target, modes, samples)
    assert float(whole.weights.sum()) == pytest.approx(1)
    assert whole.log_evidence == pytest.approx(math.log(4 * 2 * math.pi), abs=0.02)
    for site, mean, variance in (("x", 3.75, 0.25 + 0.75 * 0.25 + 25 * 3 / 16), ("y", 0, 0.4375)):
        found = weighted(whole.latents[site], whole.weights)
        assert float(found.mean) == pytest.approx(mean, abs=0.02)
        assert float(found.sd) == pytest.approx(math.sqrt(variance), rel=0.01)
    first, second = samples
    bounds = math.exp(first.elbo[0]), math.exp(second.elbo[0])
    assert whole.elbo[0] == pytest.approx(math.log(sum(bounds)))
    assert whole.elbo[1] == pytest.approx(
        math.hypot(0.25 * first.elbo[1], 0.75 * second.elbo[1]), rel=0.03
    )
    for name, value in whole.log_q_terms.items():
        mixed = 0.25 * first.log_q_terms[name] + 0.75 * second.log_q_terms[name]
        assert value == pytest.approx(mixed, abs=0.02)
    assert whole.pareto_k < 0.7
