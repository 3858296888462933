"""Which modes are too much to leave out."""

from types import SimpleNamespace

import pytest
import torch

from pplc.runtime.correction.mixture import lacking

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
