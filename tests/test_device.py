"""Generated modules make every tensor on the device of their data.

No accelerator is needed to see that: torch's `meta` device holds shapes without values, and an
operation that mixes it with a tensor of the processor fails.
"""

from pathlib import Path

import pytest
import torch

from pplc.compiler.pipeline import compile_spec
from pplc.grammar.source import Source
from pplc.runtime.loading import load
from pplc.runtime.manifest import Manifest
from pplc.runtime.module import load_module
from pplc.runtime.target import Target

SPECS = Path(__file__).parent.parent / "specs"
META = torch.device("meta")
#: Their kernels look at values, which `meta` does not have: whether a sum kept its precision,
#: whether an iteration has converged, whether a matrix is positive definite.
LOOK_AT_VALUES = {"hmm", "hmm_example", "lda", "gp_pois_regr"}
WITH_DATA = {
    spec: data
    for spec in sorted(SPECS.rglob("*.ppl"))
    for data in (spec.with_suffix(".csv"), spec.with_suffix(".json"))
    if data.exists()
}


def moved(tensors):
    return {name: x.to(META) for name, x in tensors.items()}


@pytest.mark.parametrize(
    "spec", [s for s in WITH_DATA if s.stem not in LOOK_AT_VALUES], ids=lambda s: s.stem
)
def test_all_tensors_are_on_the_device_of_the_data(spec):
    compiled = compile_spec(Source(spec.name, spec.read_text())).value
    module = load_module(compiled.source, spec.name)
    manifest = Manifest.model_validate(module.METADATA)
    there = module.prepare(load(manifest, (WITH_DATA[spec],), {}))
    target = Target(module, there, on_gradient=lambda: None, seed=0)
    data = there.to(torch.float64, META)
    noise = {
        n: torch.zeros(4, *shape, dtype=torch.float64)
        for n, shape in module.noise_shapes(data).items()
    }
    phi = {
        n: torch.zeros(shape, dtype=torch.float64) for n, shape in module.guide_shapes(data).items()
    }
    phi = moved(phi | target.free_params)
    params = module.constrain_params(phi, data) if manifest.params else {}
    params |= {name: phi[name] for name in target.weights}
    latents, log_q = module.guide(phi, moved(noise), data, params)
    log_p = module.model(latents, data, params)
    nested = module.nesting(data)
    found = [*latents.values(), *log_q.values(), *log_p.values(), *nested.values()]
    assert {x.device for x in found} == {META}
