"""Specs compiled and loaded in tests, with data made of plain numbers."""

import numpy as np
import torch

from pplc.compiler.pipeline import compile_spec
from pplc.grammar.render import render_all
from pplc.grammar.source import Source
from pplc.runtime.data import Data
from pplc.runtime.module import load_module


def compiled(text):
    """The module of a spec; fails with its diagnostics where it has any."""
    source = Source("test.ppl", text)
    result = compile_spec(source)
    assert result.value is not None, render_all(result.diagnostics, source)
    return load_module(result.value.source, "test.ppl")


def data_for(module, sizes=None, **arrays):
    """Data with the definitions of data alone added; integers stay integers."""
    sizes = sizes or {}
    tensors = {n: torch.as_tensor(np.asarray(a)) for n, a in arrays.items()}
    tensors = {n: t if t.dtype == torch.int64 else t.double() for n, t in tensors.items()}
    labels = {n: tuple(range(s)) for n, s in sizes.items()}
    return module.prepare(Data(tensors, sizes, labels))
