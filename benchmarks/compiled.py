"""Iterations of the stochastic engine, eager and compiled by `torch.compile`, on the processor.

    python benchmarks/compiled.py [--times N]

For each model: the processor time of the objective and its gradient for a minibatch, eager and
compiled; what compiling takes, until it has seen minibatches of several sizes; and after how many
iterations that is won back. An iteration has some more parts, which compiling leaves as they are.
Needs a C++ compiler.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import cast

import numpy as np
import torch
from torch import Tensor

from pplc import session
from pplc.errors import require
from pplc.grammar.source import Source
from pplc.runtime.module import Tensors
from pplc.runtime.stochastic.batches import Batches
from pplc.runtime.stochastic.local_guides import LocalGuides, of_guide
from pplc.runtime.stochastic.problem import Problem
from pplc.runtime.stochastic.start import starting_guide
from pplc.runtime.target import Target

SPECS = Path(__file__).parents[1] / "specs"
PARTICLES = 4
MODELS = {
    "vae": "autoencoder, minibatches of 256",
    "lda": "topics, minibatches of 16 chapters",
    "levels": "700 elements with guides of their own, 64 at a time",
}
LEVELS = """
index N
data y[N]: real
mu ~ Normal(0, 5)
tau ~ HalfNormal(2)
theta[n in N] ~ Normal(mu, tau)
y[n in N] ~ Normal(theta[n], 0.7)
fit { batch N = 64 }
"""
Evaluate = Callable[..., tuple[Tensor, Tensors]]


def problem_of(name: str) -> Problem:
    """The problem of a model with its data."""
    path = SPECS / f"{name}.ppl"
    text = path.read_text() if path.exists() else LEVELS
    source = Source(str(path), text)
    with tempfile.TemporaryDirectory() as folder:
        made = Path(folder, "levels.json")
        made.write_text(json.dumps({"y": np.random.default_rng(0).normal(1, 1.2, 700).tolist()}))
        options = session.Options(data=None if path.exists() else (made,))
        compiled = require(session.compiled_for(source, options), source)
        prepared = session.prepare(source, compiled, path, options)
    target = Target(prepared.module, prepared.data)
    entry = target.manifest.batch
    assert entry is not None
    batches = Batches(target, entry)
    return Problem(target, starting_guide(target, batches, 0), target.data, batches, PARTICLES)


def iterated(problem: Problem, locals_: LocalGuides, evaluate: Evaluate, steps: range) -> float:
    """Processor time of an iteration but for the move of the leaves, in seconds."""
    began = time.process_time()
    for step in steps:
        free = {name: x.detach().requires_grad_() for name, x in problem.start.items()}
        value, _ = evaluate(*problem.drawn(free, locals_, step, 0))
        torch.autograd.grad(value, list(free.values()), allow_unused=True)
    return (time.process_time() - began) / len(steps)


def measured(name: str, times: int) -> str:
    """Cells of the table for one model."""
    problem = problem_of(name)
    locals_ = of_guide(problem.target, problem.guide)
    steps = range(times)
    iterated(problem, locals_, problem.evaluated, range(3))
    eager = min(iterated(problem, locals_, problem.evaluated, steps) for _ in range(3))
    # torch looks there for the globals of what it compiles
    sys.modules["pplc_generated"] = cast(ModuleType, problem.target.module)
    compiled = torch.compile(problem.evaluated)
    began = time.perf_counter()
    iterated(problem, locals_, compiled, steps)  # minibatches of all sizes
    spent = time.perf_counter() - began
    after = min(iterated(problem, locals_, compiled, steps) for _ in range(3))
    paid = f"{(spent - after * times) / (eager - after):,.0f}" if after < eager else "never"
    return f"{eager * 1e3:.1f} | {after * 1e3:.1f} | {spent:.0f} | {paid}"


def main() -> None:
    """Print a line for each model."""
    parser = argparse.ArgumentParser(description="Eager and compiled iterations.")
    parser.add_argument("models", nargs="*", help=f"some of {', '.join(MODELS)}")
    parser.add_argument("--times", type=int, default=40)
    asked = parser.parse_args()
    torch.set_num_threads(1)
    if len(asked.models) == 1:
        (name,) = asked.models
        print(f"| {MODELS[name]} | {measured(name, asked.times)} |", flush=True)
        return
    print("| | eager, ms | compiled, ms | compiling, s | worth it from, iterations |")
    print("|---|---|---|---|---|", flush=True)
    for name in asked.models or MODELS:  # each in a process of its own: torch keeps the first's
        command = [sys.executable, "-W", "ignore", __file__, name, "--times", str(asked.times)]
        subprocess.run(command, check=True)


if __name__ == "__main__":
    main()
