"""tests/good/models/: what people fit. Each compiles, and can be climbed on made-up data."""

import random
from pathlib import Path

import numpy as np
import pytest
import torch
from robustness.running import random_data

from pplc.compiler.pipeline import compile_spec
from pplc.grammar.format import format_source
from pplc.grammar.source import Source
from pplc.runtime.coordinates.arrow_factor import Factor
from pplc.runtime.coordinates.guide import GuideCoordinates
from pplc.runtime.manifest import Manifest
from pplc.runtime.module import load_module
from pplc.runtime.noise import fewest_draws, matched_noise
from pplc.runtime.objective import SampleObjective
from pplc.runtime.target import Target

ROOT = Path(__file__).parents[1]
MODELS = sorted(ROOT.glob("tests/good/models/*.ppl"))


def source(path):
    return Source(path.name, path.read_text())


def prepared(path):
    """The module of a model, and made-up data."""
    torch.manual_seed(1)
    compiled = compile_spec(source(path))
    assert compiled.value is not None, compiled.diagnostics
    module = load_module(compiled.value.source, path.stem)
    manifest = Manifest.model_validate(module.METADATA)
    sizes = {s.name: s.size or 4 for s in manifest.index_sets}
    data = random_data(manifest, sizes, random.Random(1))
    for name in {"trials", "limit"} & set(data.arrays):  # no more successes, no later deaths
        data = data.with_arrays({name: torch.full_like(data[name], 9)})
    return module, module.prepare(data)


@pytest.mark.parametrize("path", MODELS, ids=lambda p: p.stem)
def test_log_density_and_gradient_are_finite(path):
    module, data = prepared(path)
    shapes = module.unconstrained_shapes(data)
    u = {
        n: (0.3 * torch.randn(2, *s, dtype=torch.float64)).requires_grad_()
        for n, s in shapes.items()
    }
    latents, log_jacobian = module.constrain(u, data, {}, module.initial_centring(data))
    terms = module.model(latents, data, {})
    total = sum(t.sum() for t in (*terms.values(), *log_jacobian.values()))
    assert torch.isfinite(total), {n: t.tolist() for n, t in terms.items()}
    total.backward()
    moved = [bool(x.grad.abs().sum() > 0) for x in u.values() if x.grad is not None]
    assert len(moved) == len(u)
    assert all(moved)
    assert all(torch.isfinite(x.grad).all() for x in u.values())


@pytest.mark.parametrize("path", MODELS, ids=lambda p: p.stem)
def test_the_guide_starts_at_any_point(path):
    target = Target(*prepared(path))
    points = 0.1 * torch.randn(1, target.layout.size, dtype=torch.float64)
    factor = Factor.of(target.arrow, target.precision(points))[0]
    start = GuideCoordinates.at_mode(target, points[0], factor)
    phi = start.phi(torch.zeros(start.size, dtype=torch.float64))
    assert {name: tuple(x.shape) for name, x in phi.items()} == {
        name: tuple(shape) for name, shape in target.guide_shapes.items()
    }
    again = GuideCoordinates.around(target, phi)
    assert again.size == start.size
    noise = matched_noise(target.noise_blocks, fewest_draws(target.noise_blocks), 1)
    _, slope = SampleObjective(target, again, noise)(np.zeros(again.size))
    assert slope.shape == (again.size,)
    assert again.errors(torch.from_numpy(slope)).dim() == 1


@pytest.mark.parametrize("path", MODELS, ids=lambda p: p.stem)
def test_layout(path):
    assert format_source(source(path)).value == path.read_text()


def test_there_are_many():
    assert (
        len({p.stem for p in (*ROOT.glob("tests/good/**/*.ppl"), *ROOT.glob("specs/**/*.ppl"))})
        > 60
    )
