"""Specs compiled and loaded in tests, with data made of plain numbers, or made up."""

from pathlib import Path

import numpy as np
import torch

from pplc.compiler.pipeline import compile_spec
from pplc.grammar.render import render_all
from pplc.grammar.source import Source
from pplc.runtime.data import Data
from pplc.runtime.manifest import Manifest
from pplc.runtime.module import load_module
from pplc.runtime.target import Target
from pplc.verify.invented import invented
from pplc.verify.small import small_sizes

ROOT = Path(__file__).parents[2]
SPECS = [p for top in ("specs", "tests/good") for p in sorted((ROOT / top).rglob("*.ppl"))]


def plan_of(text, **options):
    """A spec with its plan, compiled; fails with its diagnostics where it has any."""
    source = Source("test.ppl", text)
    result = compile_spec(source, **options)
    assert result.value is not None, render_all(result.diagnostics, source)
    return result.value


def compiled(text, **options):
    """The module of a spec."""
    return load_module(plan_of(text, **options).source, "test.ppl")


def small_data(plan):
    """Made-up data for a compiled spec, at sizes of a few elements."""
    manifest = Manifest.model_validate(load_module(plan.source, "test.ppl").METADATA)
    return invented(manifest, small_sizes(plan.plan.graph))


def target_of(plan, data):
    """A compiled spec with data that its module has not prepared yet."""
    module = load_module(plan.source, "test.ppl")
    return Target(module, module.prepare(data))


def data_for(module, sizes=None, **arrays):
    """Data with the definitions of data alone added; integers stay integers."""
    sizes = sizes or {}
    tensors = {n: torch.as_tensor(np.asarray(a)) for n, a in arrays.items()}
    tensors = {n: t if t.dtype == torch.int64 else t.double() for n, t in tensors.items()}
    labels = {n: tuple(range(s)) for n, s in sizes.items()}
    return module.prepare(Data(tensors, sizes, labels))
