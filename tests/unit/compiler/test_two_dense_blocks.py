"""Two dense Gaussians in one guide: each has a size of its own."""

import torch

from pplc.compiler.pipeline import compile_spec
from pplc.grammar.source import Source
from pplc.runtime.data import Data
from pplc.runtime.module import load_module

SPEC = """
index K = 3
data y: real
a[k in K] ~ Normal(0, 1)
b ~ Normal(a[0], 1)
c ~ Normal(a[1], 1)
y ~ Normal(b * a[2] + c, 1)
guide {
  (b, c) ~ mvn
}
"""


def test_each_block_has_its_own_size():
    compiled = compile_spec(Source("m.ppl", SPEC))
    module = load_module(compiled.value.source, "m")
    data = Data({"y": torch.tensor(1.0)}, {"K": 3}, {"K": (0, 1, 2)})
    shapes = module.noise_shapes(data)
    assert sorted(shapes.values()) == [(2,), (3,)]
    matrices = [s for name, s in module.guide_shapes(data).items() if name.endswith(".lower")]
    assert sorted(matrices) == [(2, 2), (3, 3)]
