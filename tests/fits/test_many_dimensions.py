"""The search for modes where there are so many globals that their curvature is dear."""

import pytest
import torch

from pplc.compiler.pipeline import compile_spec
from pplc.grammar.source import Source
from pplc.runtime.data import Data
from pplc.runtime.module import load_module
from pplc.runtime.start import modes
from pplc.runtime.target import Target

V, N, PRIOR = 130, 900, 2.0
WORDS = f"""index N
index V
data y[N]: V
w ~ Dirichlet(fill({PRIOR}, V))
for n in N {{ y[n] ~ Categorical(w) }}
"""


@pytest.fixture
def target():
    compiled = compile_spec(Source("words.ppl", WORDS)).value
    assert compiled is not None
    words = torch.randint(V, (N,), generator=torch.Generator().manual_seed(0))
    sizes = {"N": N, "V": V}
    data = Data({"y": words}, sizes, {name: tuple(range(size)) for name, size in sizes.items()})
    module = load_module(compiled.source, "words.ppl")
    return Target(module, module.prepare(data))


def test_the_mode_of_a_long_simplex(target):
    """Sticks are independent betas; in logits, a beta has its mode at its mean."""
    (mode,) = modes.find_modes(target, seed=0)
    parts = target.layout.unflatten(mode.u[None])
    latents, _ = target.module.constrain(parts, target.data, {}, target.centring)
    counts = PRIOR + torch.bincount(target.data["y"], minlength=V)
    mean = counts / counts.sum()
    sd = (mean * (1 - mean) / (counts.sum() + 1)).sqrt()
    assert mode.reached
    assert ((latents["w"][0] - mean) / sd).abs().max() < 0.02


def test_curvature_is_taken_at_few_places(target, monkeypatch):
    places = []
    of_target = Target.precision

    def counting(self, u):
        places.append(len(u))
        return of_target(self, u)

    monkeypatch.setattr(Target, "precision", counting)
    modes.find_modes(target, seed=0)
    assert sum(places) <= 4


def test_ctrl_c_ends_the_search(target, monkeypatch):
    calls = []

    def interrupted(self, u):
        calls.append(len(u))
        if len(u) == 1 and calls.count(1) == 5:
            raise KeyboardInterrupt
        return gradient(self, u)

    gradient = Target.gradient
    monkeypatch.setattr(Target, "gradient", interrupted)
    with pytest.raises(KeyboardInterrupt):
        modes.find_modes(target, seed=0)
