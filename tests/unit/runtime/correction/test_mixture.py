"""Which modes are too much to leave out."""

from types import SimpleNamespace

import pytest
import torch
from numeric.compiled import compiled, data_for

from pplc.runtime.coordinates.arrow_factor import Factor
from pplc.runtime.correction.mixture import apart, lacking
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


#: In the plane: half of it a standard normal, half of it `away` from there and `wide`.
NORMALS = """x ~ Flat()
y ~ Flat()
factor log(exp(-(x^2 + y^2) / 2) + exp(-((x - {away})^2 + y^2) / 2 / {wide}^2) / {wide}^2)
"""


@pytest.mark.parametrize(
    ("away", "wide", "missed"), [(4.0, 0.05, True), (3.0, 0.5, False), (8.0, 1.0, True)]
)
def test_modes_that_draws_pass_by_are_apart(away, wide, missed):
    """Of 16,384 standard normal draws exp(-away^2 / 2) * wide^2 are at the other mode, about."""
    module = compiled(NORMALS.format(away=away, wide=wide))
    target = Target(module, data_for(module))
    ends = torch.tensor([[0.0, 0.0], [away, 0.0]], dtype=torch.float64)
    factor = Factor.of(target.arrow, target.precision(ends))
    modes = [Mode(u, 0.0, factor[i], reached=True) for i, u in enumerate(ends)]
    starts = sorted(guides_at(target, modes, 0), key=lambda start: float(start.mode.u[0]))
    found = apart(target, starts, starts[0].phi)
    assert found == (starts[1:] if missed else [])
