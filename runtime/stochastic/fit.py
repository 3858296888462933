"""A whole fit by the stochastic engine: start, steps, and what can be said of the result."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import torch
from torch import Tensor

from pplc.runtime.correction.importance import pareto_smoothed
from pplc.runtime.correction.weighing import WeightedSample, weighted_sample
from pplc.runtime.data import Data, Device
from pplc.runtime.elements import numbers_in
from pplc.runtime.module import Module, Tensors
from pplc.runtime.noise import fresh_noise
from pplc.runtime.posterior import Posterior
from pplc.runtime.progress import Info, Monitor
from pplc.runtime.randomness import subseed
from pplc.runtime.results.conclusion import concluded
from pplc.runtime.stochastic.batches import Batches
from pplc.runtime.stochastic.engine import Problem, State, init, step
from pplc.runtime.stochastic.start import starting_guide
from pplc.runtime.target import Target, total
from pplc.runtime.verdict.concerned import kept, off_weights
from pplc.runtime.verdict.verdict import (
    LARGEST_K,
    Verdict,
    judge,
    judge_elements,
    judge_unchecked,
    judge_weighted,
)

STEPS = 30_000

_FEW, _MANY = 4, 64  # draws from the guide in an iteration
_CHEAP = 2**19  # bytes, up to which an iteration takes no longer by more draws

_DRAWS = 4000  # that are kept, unless they take too much memory
_SAMPLE = 16384
_FEWEST = 128  # draws from the guide for a shape of the weights
_MEMORY = 2**34  # bytes that go through the processor while weights are computed
_KEPT = 16_000_000  # numbers in the draws that are kept, unless the user asks for more
_WORTH_THREADS = 1000  # iterations, by the work of which the number of threads is chosen
_ELEMENTS = 100  # of which the guide is checked one by one
_ELEMENT_DRAWS = 1000


def fit(
    module: Module,
    data: Data,
    *,
    seed: int = 0,
    draws: int | None = None,
    particles: int | None = None,
    steps: int = STEPS,
    dtype: torch.dtype = torch.float64,
    device: Device = "cpu",
    start: Tensors | None = None,
    on_progress: Callable[[Info], None] | None = None,
) -> Posterior:
    """The posterior of a generated module given data that has gone through its `prepare`.

    `steps` is the largest number of iterations; the fit stops before where no more is to be
    gained. They run in `dtype` on `device`, the rest in float64 on the processor. Without
    `particles` each takes 4 draws from the guide, up to 64 where a minibatch is small. Without
    `draws` 4000 are kept, or as many as fit into about 100 MB. An interrupt from the keyboard ends
    the iterations early: the best guide so far is used, and the result says so. `start` holds
    latents, in their own units, where the guide starts.

    Raises FitError if the log density is finite nowhere.
    """
    monitor = Monitor(on_progress)
    target = Target(module, data, on_gradient=monitor.count, seed=seed, start=start or {})
    run = replace(target, data=data.to(dtype, device))
    entry = target.manifest.batch
    batches = Batches(run, entry) if entry and data.sizes[entry.plate] > entry.size else None
    one = (
        replace(target, data=Batches(target, entry).draw(0, 0).data)
        if entry and batches
        else target
    )
    if particles is None:
        particles = _particles(one.particle_bytes)
    with monitor.phase("starts"), target.threads(0):
        guide = starting_guide(target, batches, subseed(seed, "starts"))
        problem = Problem(target, guide, run.data, batches, particles)
        state = init(problem, subseed(seed, "draws"))
    try:
        with monitor.phase("fit"), one.threads(_WORTH_THREADS * particles):
            while not state.finished:
                monitor.bound(state.iterations / steps)
                state, _ = step(problem, state, steps, monitor.progressed)
    except KeyboardInterrupt:
        state = replace(state, interrupted=True)
    phi = problem.exact(state.result, state.locals_)
    with monitor.phase("correct"):
        sample = _sample(target, phi, seed)
        monitor.note(pareto_k=sample.pareto_k)
        verdict = _verdict(target, phi, state, sample, seed)
    if draws is None:
        drawn = (site for site in target.manifest.sites if site.role != "observed")
        draws = max(1, min(_DRAWS, _KEPT // max(numbers_in(drawn, data), 1)))
    with monitor.phase("recover"), target.threads(draws):
        return concluded(
            target,
            phi,
            sample,
            verdict=verdict,
            converged=state.converged,
            interrupted=state.interrupted,
            modes=1,
            objective_draws=particles,
            draws=draws,
            seed=seed,
            monitor=monitor,
        )


def _particles(bytes_: int) -> int:
    """As many draws as cost next to nothing, given the memory that each takes: a power of two."""
    particles = _MANY
    while particles > _FEW and particles * bytes_ > _CHEAP:
        particles //= 2
    return particles


def _sample(target: Target, phi: Tensors, seed: int) -> WeightedSample:
    size = max(_FEWEST, min(_SAMPLE, _MEMORY // target.particle_bytes // 4))
    with target.threads(size):
        return weighted_sample(target, phi, size, seed, quick=size < _SAMPLE)


def _verdict(
    target: Target, phi: Tensors, state: State, sample: WeightedSample, seed: int
) -> Verdict:
    if state.interrupted or sample.pareto_k < LARGEST_K:
        verdict = judge(
            sample.worth,
            interrupted=state.interrupted,
            kept=kept(target),
        )
        if state.converged or state.interrupted:
            return verdict
        return judge_weighted(verdict, iterations=state.iterations)
    shapes = _element_shapes(target, phi, seed) if state.converged else None
    if shapes is None:
        verdict = judge_unchecked(
            converged=state.converged, iterations=state.iterations, pareto_k=sample.pareto_k
        )
        return off_weights(target, verdict, sample.latents, sample.weights)
    good = int((shapes < LARGEST_K).sum())
    plate = target.manifest.batch.plate if target.manifest.batch else ""
    return judge_elements(plate=plate, good=good, count=len(shapes))


def _element_shapes(target: Target, phi: Tensors, seed: int) -> Tensor | None:
    """Pareto k of single elements given the rest; None where the rest is not fixed.

    With points alone outside of the plate the posterior falls apart into elements, and the guide
    of each can be checked by itself.
    """
    entry = target.manifest.batch
    if entry is None:
        return None
    free = [b for b in target.guide if b.family != "point" and not set(b.sites) <= {*entry.inside}]
    if free:
        return None
    batches = Batches(target, entry)
    generator = torch.Generator().manual_seed(subseed(seed, "elements"))
    chosen = torch.randperm(batches.count, generator=generator)[:_ELEMENTS]
    shapes = []
    with torch.no_grad():
        for element in chosen:
            batch = batches.take(element[None])
            own, rows = replace(target, data=batch.data), batches.rows(phi, batch)
            noise = fresh_noise(own.noise_blocks, _ELEMENT_DRAWS, subseed(seed, int(element)))
            ratios = []
            for chunk in own.chunks(_ELEMENT_DRAWS):
                _, log_p, log_q = own.elbo_terms(rows, {n: e[chunk] for n, e in noise.items()})
                inside = {n: t for n, t in log_p.items() if n in batches.scales}
                ratios.append(total(inside) - total(log_q))
            _, k = pareto_smoothed(torch.cat(ratios))
            shapes.append(k)
    return torch.tensor(shapes)
