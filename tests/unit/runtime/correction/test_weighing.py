"""Weighted draws: what is averaged is finite."""

import torch

from pplc.compiler.pipeline import compile_spec
from pplc.grammar.source import Source
from pplc.runtime.correction import weighing
from pplc.runtime.correction.field import FieldModes
from pplc.runtime.correction.importance import weighted
from pplc.runtime.data import Data
from pplc.runtime.module import load_module
from pplc.runtime.start.guides import guides_at
from pplc.runtime.start.modes import find_modes
from pplc.runtime.target import Target

GAMMA = """index N
index K = 3
data y[N]: positive
shape       ~ Gamma(2, 1)
b[k in K]   ~ Normal(0, 1)
y[n in N]   ~ Gamma(shape, exp(b[0] + b[1] - b[2]))
"""


def test_draws_of_weight_zero_are_not_averaged(monkeypatch):
    """Noise that is moved to nowhere: zero times what is no number is no number either."""
    compiled = compile_spec(Source("test.ppl", GAMMA)).value
    assert compiled is not None
    module = load_module(compiled.source, "test.ppl")
    y = torch.linspace(0.1, 3, 20, dtype=torch.float64)
    data = module.prepare(
        Data({"y": y}, {"N": 20, "K": 3}, {"N": tuple(range(20)), "K": (0, 1, 2)})
    )
    target = Target(module, data)
    phi = guides_at(target, find_modes(target, 0), 0)[0].phi
    of_field = FieldModes.__call__

    def astray(self, noise):
        moved, log_ratio = of_field(self, noise)
        for e in moved.values():
            e[::50] = torch.nan
        return moved, log_ratio

    monkeypatch.setattr(FieldModes, "__call__", astray)
    monkeypatch.setattr(weighing.WeightedSample, "is_uneven", True)
    sample = weighing.weighted_sample(target, phi, 4096, 0)
    assert (sample.weights == 0).sum() >= 4096 / 50
    for values in sample.latents.values():
        found = weighted(values, sample.weights)
        assert found.mean.isfinite().all()
        assert found.sd.isfinite().all()
