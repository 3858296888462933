"""Value and gradient of models with discrete latents: pplc beside Pyro and NumPyro.

    python benchmarks/elimination.py [--numpyro PYTHON]

PYTHON is the interpreter of another environment that has NumPyro. Each measurement is a process of
its own on one thread; seconds are of the processor, the least of several evaluations after a first
one, memory is the peak of the process over what it held before.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import time
from pathlib import Path

import numpy as np

SPECS = Path(__file__).parents[1] / "specs"
ROUNDS = 7
LIMIT = 300  # seconds for one measurement
ONE_THREAD = {
    "OMP_NUM_THREADS": "1",
    "XLA_FLAGS": "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1",
}

MIXTURE = """
index N, K
data x[N]: real
w ~ Dirichlet(ones(K))
m[k in K] ~ Normal(0, 5)
s ~ HalfNormal(1)
for n in N {
  z[n] ~ Categorical(w)
  x[n] ~ Normal(m[z[n]], s)
}
"""
HMM = """
index C, T, K
data x[C, T]: real
start ~ Dirichlet(ones(K))
A[k in K] ~ Dirichlet(ones(K))
m[k in K] ~ Normal(0, 5)
for c in C {
  scan t in T {
    z[c, t] ~ Categorical(A[z[c, t-1]]) from Categorical(start)
    x[c, t] ~ Normal(m[z[c, t]], 1)
  }
}
"""
TOPICS = """
index D, V, W, K
data word[W]: V
data doc[W]: D
theta[d in D] ~ Dirichlet(ones(K))
phi[k in K] ~ Dirichlet(ones(V))
for w in W {
  z[w] ~ Categorical(theta[doc[w]])
  word[w] ~ Categorical(phi[z[w]])
}
"""


def problem(model):
    """Sizes, data and latents: the same for every tool."""
    rng = np.random.default_rng(0)
    if model == "mixture":
        sizes = {"N": 100_000, "K": 10}
        data = {"x": rng.normal(size=sizes["N"]) * 3}
        latents = {"w": rng.dirichlet(np.ones(10)), "m": rng.normal(size=10), "s": np.float64(1)}
    elif model == "hmm":
        sizes = {"C": 10, "T": 10_000, "K": 8}
        data = {"x": rng.normal(size=(10, 10_000)) * 3}
        latents = {
            "start": rng.dirichlet(np.ones(8)),
            "A": rng.dirichlet(np.ones(8), size=8),
            "m": np.sort(rng.normal(size=8)),
        }
    else:
        text = json.loads((SPECS / "posteriordb/prideprejudice_chapter.json").read_text())
        word, doc = (np.array(text[name]) - 1 for name in ("w", "doc"))
        sizes = {"D": int(doc.max()) + 1, "V": int(word.max()) + 1, "W": len(word), "K": 5}
        data = {"word": word, "doc": doc}
        latents = {
            "theta": rng.dirichlet(np.ones(5), size=sizes["D"]),
            "phi": rng.dirichlet(np.ones(sizes["V"]), size=5),
        }
    return sizes, data, latents


def in_pplc(model):
    """Value and gradient by the module that pplc compiles."""
    import torch

    from pplc.compiler.pipeline import compile_spec
    from pplc.grammar.source import Source
    from pplc.runtime.data import Data
    from pplc.runtime.module import load_module

    sizes, arrays, latents = problem(model)
    text = {"mixture": MIXTURE, "hmm": HMM, "topics": TOPICS}[model]
    compiled = compile_spec(Source("model.ppl", text)).value
    module = load_module(compiled.source, "model.ppl")
    tensors = {name: torch.from_numpy(np.asarray(value)) for name, value in arrays.items()}
    labels = {name: tuple(range(size)) for name, size in sizes.items()}
    data = module.prepare(Data(tensors, sizes, labels))
    leaves = {n: torch.as_tensor(v).clone().requires_grad_() for n, v in latents.items()}

    def evaluate():
        terms = module.model({n: v[None] for n, v in leaves.items()}, data, {})
        density = torch.stack([t.sum() for t in terms.values()]).sum()
        torch.autograd.grad(density, list(leaves.values()))
        return float(density.detach())

    return evaluate


def in_pyro(model):
    """By parallel enumeration; the chains by the distribution that Pyro has for them."""
    import pyro
    import pyro.distributions as dist
    import torch
    from pyro.infer import TraceEnum_ELBO

    sizes, arrays, latents = problem(model)
    data = {name: torch.from_numpy(np.asarray(value)) for name, value in arrays.items()}
    q = {n: torch.as_tensor(v).clone().requires_grad_() for n, v in latents.items()}
    enumerate_ = {"enumerate": "parallel"}

    def simplexes(name):
        law = dist.Dirichlet(torch.ones_like(q[name]))
        pyro.sample(name, law.to_event(q[name].dim() - 1), obs=q[name])

    def normals(name):
        law = dist.Normal(torch.zeros_like(q[name]), 5.0)
        pyro.sample(name, law.to_event(1), obs=q[name])

    def mixture():
        simplexes("w")
        normals("m")
        pyro.sample("s", dist.HalfNormal(torch.ones_like(q["s"])), obs=q["s"])
        with pyro.plate("N", sizes["N"]):
            z = pyro.sample("z", dist.Categorical(q["w"]), infer=enumerate_)
            pyro.sample("x", dist.Normal(q["m"][z], q["s"]), obs=data["x"])

    def hmm():
        simplexes("start")
        simplexes("A")
        normals("m")
        # Pyro's chain moves once before the first observation: another density, at the same cost.
        chain = dist.DiscreteHMM(
            q["start"].log(), q["A"].log(), dist.Normal(q["m"], 1.0), duration=sizes["T"]
        )
        with pyro.plate("C", sizes["C"]):
            pyro.sample("x", chain, obs=data["x"])

    def topics():
        simplexes("theta")
        simplexes("phi")
        with pyro.plate("W", sizes["W"]):
            z = pyro.sample("z", dist.Categorical(q["theta"][data["doc"]]), infer=enumerate_)
            pyro.sample("word", dist.Categorical(q["phi"][z]), obs=data["word"])

    elbo = TraceEnum_ELBO(max_plate_nesting=1)
    program = {"mixture": mixture, "hmm": hmm, "topics": topics}[model]

    def evaluate():
        loss = elbo.differentiable_loss(program, lambda: None)
        torch.autograd.grad(loss, list(q.values()))
        return -float(loss.detach())

    return evaluate


def in_numpyro(model):
    """By enumeration, compiled by XLA; chains by its scan."""
    import jax

    jax.config.update("jax_enable_x64", True)
    import jax.numpy as jnp
    import numpyro
    import numpyro.distributions as dist
    from numpyro.contrib.control_flow import scan
    from numpyro.contrib.funsor import config_enumerate, enum, log_density

    sizes, arrays, latents = problem(model)
    data = {name: jnp.asarray(value) for name, value in arrays.items()}

    def simplexes(name):
        shape = latents[name].shape
        law = dist.Dirichlet(jnp.ones(shape)).to_event(len(shape) - 1)
        return numpyro.sample(name, law)

    def mixture():
        w = simplexes("w")
        m = numpyro.sample("m", dist.Normal(jnp.zeros(10), 5.0).to_event(1))
        s = numpyro.sample("s", dist.HalfNormal(1.0))
        with numpyro.plate("N", sizes["N"]):
            z = numpyro.sample("z", dist.Categorical(w))
            numpyro.sample("x", dist.Normal(m[z], s), obs=data["x"])

    def hmm():
        start, steps = simplexes("start"), simplexes("A")
        m = numpyro.sample("m", dist.Normal(jnp.zeros(8), 5.0).to_event(1))

        def move(carry, x):
            before, t = carry
            probs = jnp.where(t == 0, start, steps[before])
            with numpyro.plate("C", sizes["C"]):
                z = numpyro.sample("z", dist.Categorical(probs))
                numpyro.sample("x", dist.Normal(m[z], 1.0), obs=x)
            return (z, t + 1), None

        first = jnp.zeros(sizes["C"], dtype=jnp.int32)
        scan(move, (first, 0), data["x"].T)

    def topics():
        theta, phi = simplexes("theta"), simplexes("phi")
        with numpyro.plate("W", sizes["W"]):
            z = numpyro.sample("z", dist.Categorical(theta[data["doc"]]))
            numpyro.sample("word", dist.Categorical(phi[z]), obs=data["word"])

    program = {"mixture": mixture, "hmm": hmm, "topics": topics}[model]
    program = enum(config_enumerate(program), first_available_dim=-2)
    both = jax.jit(jax.value_and_grad(lambda q: log_density(program, (), {}, q)[0]))
    q = {name: jnp.asarray(value) for name, value in latents.items()}

    def evaluate():
        value, gradient = both(q)
        jax.block_until_ready(gradient)
        return float(value)

    return evaluate


TOOLS = {"pplc": in_pplc, "Pyro": in_pyro, "NumPyro": in_numpyro}


def measure(tool, model):
    """One measurement, as a line of JSON."""
    evaluate = TOOLS[tool](model)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    value = evaluate()
    seconds = []
    for _ in range(ROUNDS):
        began = time.process_time()
        evaluate()
        seconds.append(time.process_time() - began)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    print(json.dumps({"value": value, "seconds": min(seconds), "megabytes": peak / 1024}))


def main():
    """Measure every tool on every model and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--numpyro", metavar="PYTHON", help="interpreter of another environment")
    parser.add_argument("--one", nargs=2, metavar=("TOOL", "MODEL"), help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.one:
        measure(*asked.one)
        return
    pythons = {"pplc": sys.executable, "Pyro": sys.executable}
    if asked.numpyro:
        pythons["NumPyro"] = asked.numpyro
    print(f"{'model':<10}{'tool':<10}{'log density':>16}{'ms':>10}{'MB':>8}")
    for model in ("mixture", "hmm", "topics"):
        for tool, python in pythons.items():
            try:
                done = subprocess.run(
                    [python, __file__, "--one", tool, model],
                    capture_output=True,
                    text=True,
                    check=False,
                    timeout=LIMIT,
                    env=os.environ | ONE_THREAD,
                )
            except subprocess.TimeoutExpired:
                print(f"{model:<10}{tool:<10}    over {LIMIT} s")
                continue
            if done.returncode:
                print(f"{model:<10}{tool:<10}{done.stderr.strip().splitlines()[-1]:>16}")
                continue
            found = json.loads(done.stdout.splitlines()[-1])
            numbers = f"{found['value']:>16.3f}{1000 * found['seconds']:>10.1f}"
            print(f"{model:<10}{tool:<10}{numbers}{found['megabytes']:>8.0f}", flush=True)


if __name__ == "__main__":
    main()
