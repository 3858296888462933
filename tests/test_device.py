"""Generated modules make every tensor on the device of their data.

No accelerator is needed to see that: torch's `meta` device holds shapes without values, and an
operation that mixes it with a tensor of the processor fails.
"""

from dataclasses import replace
from functools import partialmethod
from pathlib import Path

import numpy as np
import pytest
import torch
from numeric.compiled import compiled, data_for

from pplc.compiler.pipeline import compile_spec
from pplc.grammar.source import Source
from pplc.runtime.manifest import Manifest
from pplc.runtime.module import load_module
from pplc.runtime.reading.load import load
from pplc.runtime.stochastic.adam import moved as adam_moved
from pplc.runtime.stochastic.adam import no_moments
from pplc.runtime.stochastic.batches import Batches
from pplc.runtime.stochastic.local_guides import of_guide
from pplc.runtime.stochastic.problem import GUIDE, Problem
from pplc.runtime.stochastic.start import _random
from pplc.runtime.stochastic.variance import Memory
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


#: An iteration of the stochastic engine, with minibatches, with and without networks.
LEVELS = """
index N, P
data y[N]: real
data x[N, P]: real
mu ~ Normal(0, 5)
tau ~ HalfNormal(2)
beta[p in P] ~ Normal(0, 1)
theta[n in N] ~ Normal(mu, tau)
y[n in N] ~ Normal(theta[n] + dot(x[n], beta), 0.5)
fit { batch N = 4 }
"""
AUTOENCODER = """
index N, P
index Z = 2
data x[N, P]: bool
net dec(real[Z]) -> real[P] = mlp(hidden=[5])
net enc(real[P]) -> (loc: real[Z], scale: positive[Z]) = mlp(hidden=[5])
for n in N {
  z[n] ~ Normal(zeros(Z), ones(Z))
  x[n] ~ Bernoulli(logits=dec(z[n]))
}
guide {
  q[n] = enc(x[n])
  z[n] ~ Normal(q[n].loc, q[n].scale)
}
fit { batch N = 4 }
"""
MIXTURE = (SPECS / "faithful.ppl").read_text() + "\nfit { batch N = 4 }\n"
CHAIN = (SPECS / "examples/hmm.ppl").read_text()


def looked(x, real, answer, *others):
    return answer if x.is_meta else real(x, *others)


@pytest.mark.parametrize("looked_at", [True, False])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize(
    "text", [LEVELS, AUTOENCODER, MIXTURE, CHAIN], ids=["levels", "autoencoder", "mixture", "chain"]
)
def test_an_iteration_keeps_to_the_type_and_device_of_the_run(text, dtype, looked_at, monkeypatch):
    rng = np.random.default_rng(0)
    module = compiled(text)
    sizes = {"N": 12, "P": 3, "T": 12, "K": 2, "S": 2, "Z": 2}
    names = {d["name"]: d["dims"] for d in module.METADATA["data"]}
    arrays = {n: rng.integers(0, 2, [sizes[d] for d in dims]) * 1.0 for n, dims in names.items()}
    used = {i["name"]: sizes[i["name"]] for i in module.METADATA["index_sets"]}
    target = Target(module, data_for(module, used, **arrays))
    guide = _random(target, 0) | target.free_params
    run = replace(target, data=target.data.to(dtype, META))
    entry = target.manifest.batch
    batches = Batches(run, entry) if entry else None
    problem = Problem(target, guide, run.data, batches, particles=4)

    def noise(self, shapes, seed):
        options = self.data.options
        return {n: torch.randn(self.particles, *shape, **options) for n, shape in shapes.items()}

    # `meta` has no random numbers and no values: what is looked at is all true, or all false
    monkeypatch.setattr(Problem, "_noise", noise)
    for name in ("__bool__", "equal"):
        real = getattr(torch.Tensor, name)
        monkeypatch.setattr(torch.Tensor, name, partialmethod(looked, real, looked_at))
    leaves = {n: x.requires_grad_(n != GUIDE) for n, x in problem.start.items()}
    locals_ = of_guide(target, guide).to(**run.data.options)
    value, terms = problem.elbo(leaves, locals_, 0, 0)
    assert {(x.device, x.dtype) for x in (value, *terms.values())} == {(META, dtype)}
    weights = {n: x for n, x in leaves.items() if n != GUIDE}
    if not weights:
        return
    found = dict(zip(weights, torch.autograd.grad(value, list(weights.values())), strict=True))
    steady = Memory(weights, 3).steadied(0, found)
    moments = {n: no_moments(x) for n, x in weights.items()}
    after, _ = adam_moved(weights, moments, steady, 0.1, problem.rates)
    assert {(x.device, x.dtype) for x in after.values()} == {(META, dtype)}
