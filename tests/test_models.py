"""tests/good/models/: what people fit. Each compiles, and can be climbed on made-up data."""

import random
from pathlib import Path

import pytest
import torch
from robustness.running import random_data

from pplc.compiler.pipeline import compile_spec
from pplc.grammar.format import format_source
from pplc.grammar.source import Source
from pplc.runtime.manifest import Manifest
from pplc.runtime.module import load_module

ROOT = Path(__file__).parents[1]
MODELS = sorted(ROOT.glob("tests/good/models/*.ppl"))


def source(path):
    return Source(path.name, path.read_text())


@pytest.mark.parametrize("path", MODELS, ids=lambda p: p.stem)
def test_log_density_and_gradient_are_finite(path):
    torch.manual_seed(1)
    compiled = compile_spec(source(path))
    assert compiled.value is not None, compiled.diagnostics
    module = load_module(compiled.value.source, path.stem)
    manifest = Manifest.model_validate(module.METADATA)
    sizes = {s.name: s.size or 4 for s in manifest.index_sets}
    data = random_data(manifest, sizes, random.Random(1))
    for name in {"trials", "limit"} & set(data.arrays):  # no more successes, no later deaths
        data = data.with_arrays({name: torch.full_like(data[name], 9)})
    data = module.prepare(data)
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
def test_layout(path):
    assert format_source(source(path)).value == path.read_text()


def test_there_are_many():
    assert (
        len({p.stem for p in (*ROOT.glob("tests/good/**/*.ppl"), *ROOT.glob("specs/**/*.ppl"))})
        > 60
    )
