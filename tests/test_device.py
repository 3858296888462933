"""Densities are computed on the device of the run, and all else fits to it.

No accelerator is needed to see that: `pretended` has a device of its own, on which an operation
with a tensor that was left on the processor fails.
"""

from pathlib import Path

import numpy as np
import pytest
import torch
from nested import NESTED
from numeric.compiled import compiled, data_for
from pretended import DEVICE, There, pretended

from pplc import session
from pplc.compiler.pipeline import compile_spec
from pplc.errors import SpecError
from pplc.grammar.source import Source
from pplc.runtime.correction.weighing import weighted_sample
from pplc.runtime.deterministic import engine, samples, search
from pplc.runtime.deterministic import fit as deterministic_fit
from pplc.runtime.elsewhere import on_device
from pplc.runtime.manifest import Manifest
from pplc.runtime.module import load_module
from pplc.runtime.reading.load import load
from pplc.runtime.stochastic import fit as stochastic_fit
from pplc.runtime.stochastic.problem import Problem
from pplc.runtime.target import Target

SPECS = Path(__file__).parent.parent / "specs"
WITH_DATA = {
    spec: data
    for spec in sorted(SPECS.rglob("*.ppl"))
    for data in (spec.with_suffix(".csv"), spec.with_suffix(".json"))
    if data.exists()
}


@pytest.fixture(autouse=True)
def one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def moved(tensors):
    return {name: x.to(DEVICE) for name, x in tensors.items()}


@pytest.mark.parametrize("spec", WITH_DATA, ids=lambda s: s.stem)
def test_all_tensors_are_on_the_device_of_the_data(spec):
    module = load_module(compile_spec(Source(spec.name, spec.read_text())).value.source, spec.name)
    manifest = Manifest.model_validate(module.METADATA)
    data = module.prepare(load(manifest, (WITH_DATA[spec],), {}))
    target = Target(module, data, on_gradient=lambda: None, seed=0)
    noise = {
        n: torch.zeros(4, *shape, dtype=torch.float64)
        for n, shape in module.noise_shapes(data).items()
    }
    phi = {
        n: torch.zeros(shape, dtype=torch.float64) for n, shape in module.guide_shapes(data).items()
    }
    with pretended():
        there = data.to(torch.float64, DEVICE)
        phi = moved(phi | target.free_params)
        params = module.constrain_params(phi, there) if manifest.params else {}
        params |= {name: phi[name] for name in target.weights}
        latents, log_q = module.guide(phi, moved(noise), there, params)
        log_p = module.model(latents, there, params)
        nested = module.nesting(there)
    found = [*latents.values(), *log_q.values(), *log_p.values(), *nested.values()]
    assert all(isinstance(x, There) for x in found)


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
MODELS = {
    "levels": LEVELS,
    "nested": NESTED + "fit { batch S = 2 }\n",
    "mixture": MIXTURE,
    "chain": CHAIN,
    "autoencoder": AUTOENCODER,
}


def made(text):
    """A module, and data drawn for it."""
    rng = np.random.default_rng(0)
    module = compiled(text)
    sizes = {"N": 12, "P": 3, "T": 12, "K": 2, "S": 4, "Z": 2}
    arrays = {}
    for entry in module.METADATA["data"]:
        shape = [sizes[d] for d in entry["dims"]]
        most = sizes.get(entry["type"], 2)
        arrays[entry["name"]] = rng.integers(0, most, shape) * (1 if most > 2 else 1.0)
    used = {i["name"]: sizes[i["name"]] for i in module.METADATA["index_sets"]}
    return module, data_for(module, used, **arrays)


@pytest.mark.parametrize("name", ["nested", "mixture"])
def test_the_deterministic_engine_finds_the_same_with_densities_elsewhere(name, monkeypatch):
    def few(target, phi, size, seed, *, quick=False):
        return weighted_sample(target, phi, 256, seed, quick=True)

    monkeypatch.setattr(samples, "weighted_sample", few)
    monkeypatch.setattr(search, "walkable", lambda target: False)
    monkeypatch.setattr(engine, "_STEPS", 1)
    module, data = made(MODELS[name])
    here = deterministic_fit.fit(module, data, draws=20)
    with pretended():
        there = deterministic_fit.fit(on_device(module, DEVICE), data, draws=20)
    assert there.elbo == pytest.approx(here.elbo, rel=1e-6)
    for site, x in here.sample.items():
        assert torch.allclose(x, there.sample[site], rtol=1e-4, atol=1e-4), site


@pytest.mark.parametrize(
    ("name", "dtype"),
    [
        ("levels", torch.float32),
        ("nested", torch.float64),
        ("mixture", torch.float64),
        ("chain", torch.float32),
        ("autoencoder", torch.float32),
    ],
)
def test_the_stochastic_engine_finds_the_same_elsewhere(name, dtype, monkeypatch):
    monkeypatch.setattr(stochastic_fit, "_MEMORY", 0)  # few draws
    generator = torch.Generator
    monkeypatch.setattr(torch, "Generator", lambda device=None: generator())
    computed = set()

    def noting(self, *args):
        value, terms = elbo(self, *args)
        computed.update((x.device, x.dtype) for x in (value, *terms.values()))
        return value, terms

    module, data = made(MODELS[name])
    options = {"draws": 20, "steps": 5, "particles": 4, "dtype": dtype}
    here = stochastic_fit.fit(module, data, **options)
    elbo = Problem.elbo
    monkeypatch.setattr(Problem, "elbo", noting)
    with pretended():
        there = stochastic_fit.fit(module, data, device=DEVICE, **options)
    assert computed == {(DEVICE, dtype)}
    precision = 1e-6 if dtype == torch.float64 else 1e-2
    assert there.elbo == pytest.approx(here.elbo, rel=precision)
    found = there.phi | there.params
    assert {(str(x.device), x.dtype) for x in found.values()} == {("cpu", torch.float64)}


@pytest.mark.parametrize("device", ["cuda", "nonsense", "meta"])
@pytest.mark.parametrize("engine", ["deterministic", "stochastic"])
def test_a_device_that_cannot_be_used(device, engine, monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    if torch.cuda.device_count() and device == "cuda":
        pytest.skip("there is one")
    source = Source("faithful.ppl", (SPECS / "faithful.ppl").read_text())
    options = session.Options(device=device, engine=engine, rows=20)
    compiled = session.compiled_for(source, options).value
    prepared = session.prepare(source, compiled, SPECS / "faithful.ppl", options)
    with pytest.raises(SpecError) as raised:
        session.fit(prepared)
    (diagnostic,) = raised.value.diagnostics
    assert diagnostic.code == "R894"
    assert diagnostic.device == device
