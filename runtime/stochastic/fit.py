"""A whole fit by the stochastic engine: start, steps, and what can be said of the result."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import torch

from pplc.runtime.correction.integrated import integrated_sample
from pplc.runtime.correction.weighing import WeightedSample, weighted_sample
from pplc.runtime.data import Data, Device
from pplc.runtime.elements import numbers_in
from pplc.runtime.elsewhere import on_device
from pplc.runtime.module import Module, Tensors
from pplc.runtime.posterior import Posterior
from pplc.runtime.progress import Info, Monitor
from pplc.runtime.randomness import subseed
from pplc.runtime.results.conclusion import Ending, concluded
from pplc.runtime.stochastic.batches import Batches
from pplc.runtime.stochastic.checks import verdict_on
from pplc.runtime.stochastic.course import Course
from pplc.runtime.stochastic.engine import State, init, step
from pplc.runtime.stochastic.outlook import iterations_left
from pplc.runtime.stochastic.problem import Problem
from pplc.runtime.stochastic.start import starting_guide
from pplc.runtime.target import Target
from pplc.runtime.verdict.verdict import LARGEST_K, Verdict

STEPS = 30_000

_FEW, _MANY = 4, 64  # draws from the guide in an iteration
_CHEAP = 2**19  # bytes, up to which an iteration takes no longer by more draws

_DRAWS = 4000  # that are kept, unless they take too much memory
_SAMPLE = 16384
_QUICK = 4096  # after an interrupt
_INTEGRATED = 4096  # with the elements of plates integrated out: they take long
_FEWEST = 128  # draws from the guide for a shape of the weights
_MEMORY = 2**34  # bytes that go through the processor while weights are computed
_KEPT = 16_000_000  # numbers in the draws that are kept, unless the user asks for more
_WORTH_THREADS = 1000  # iterations, by the work of which the number of threads is chosen


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
    gained. They run in `dtype`, the rest in float64, densities on `device`. Without
    `particles` each takes 4 draws from the guide, up to 64 where a minibatch is small. Without
    `draws` 4000 are kept, or as many as fit into about 100 MB. An interrupt from the keyboard ends
    what is being done early: the best guide so far is used, and the result says so; before there is
    a guide it is passed on. `start` holds latents, in their own units, where the guide starts.

    Raises FitError if the log density is finite nowhere, or the device cannot be used.
    """
    module = on_device(module, device)
    monitor = Monitor(on_progress)
    target = Target(module, data, monitor.count, monitor.share, seed=seed, start=start or {})
    run = replace(target, data=data.to(dtype, device))
    entry = target.manifest.batch
    batches = Batches(run, entry) if entry and data.sizes[entry.plate] > entry.size else None
    one = target  # with the data of an iteration
    if entry and batches:
        one = replace(target, data=Batches(target, entry).draw(0, 0).data)
    if particles is None:
        particles = _particles(one.particle_bytes)
    with monitor.phase("starts"), target.threads(0):
        guide = starting_guide(target, batches, subseed(seed, "starts"))
        problem = Problem(target, guide, run.data, batches, particles)
        state = init(problem, subseed(seed, "draws"))
    with one.threads(_WORTH_THREADS * particles):
        state = _climbed(problem, state, steps, monitor)
    phi, course = problem.exact(state.result, state.locals_), state.course
    sample, verdict, interrupted = _checked(target, phi, course, seed, monitor)
    if draws is None:
        drawn = (site for site in target.manifest.sites if site.role != "observed")
        draws = max(1, min(_DRAWS, _KEPT // max(numbers_in(drawn, data), 1)))
    ending = Ending(
        verdict=verdict,
        converged=course.settled,
        interrupted=interrupted,
        objective_draws=particles,
        course=course,
    )
    return concluded(target, phi, sample, ending, draws=draws, seed=seed, monitor=monitor)


def _climbed(problem: Problem, state: State, steps: int, monitor: Monitor) -> State:
    """The state in which the iterations have stopped."""
    try:
        with monitor.phase("fit"):
            while state.stopped is None:
                monitor.expect(state.iterations, iterations_left(state, steps))
                state, _ = step(problem, state, steps, monitor.progressed)
    except KeyboardInterrupt:
        state = replace(state, stopped="interrupted")
    return state


def _checked(
    target: Target, phi: Tensors, course: Course, seed: int, monitor: Monitor
) -> tuple[WeightedSample, Verdict, bool]:
    """Weighted draws from the guide, how far to trust them, and whether an interrupt came first.

    After an interrupt there are as few of them as a verdict needs.
    """
    interrupted = course.stopped == "interrupted"
    while True:
        try:
            with monitor.phase("correct"):
                sample = _sample(target, phi, seed, quick=interrupted)
                monitor.note(pareto_k=sample.pareto_k)
                verdict = verdict_on(target, phi, course, sample, seed, interrupted=interrupted)
            return sample, verdict, interrupted
        except KeyboardInterrupt:
            if interrupted:
                raise
            interrupted = True


def _particles(bytes_: int) -> int:
    """As many draws as cost next to nothing, given the memory that each takes: a power of two."""
    particles = _MANY
    while particles > _FEW and particles * bytes_ > _CHEAP:
        particles //= 2
    return particles


def _sample(target: Target, phi: Tensors, seed: int, *, quick: bool) -> WeightedSample:
    """Weighted draws; where weights of all latents are uneven, elements are integrated out."""
    room = max(_FEWEST, _MEMORY // target.particle_bytes // 4)
    size = min(_QUICK if quick else _SAMPLE, room)
    with target.threads(size):
        guide = weighted_sample(target, phi, size, seed, quick=True)
        if quick:
            return guide
        if guide.is_uneven:
            sample = integrated_sample(target, phi, min(size, _INTEGRATED), seed)
            if sample is not None and sample.pareto_k < LARGEST_K:
                return replace(
                    sample,
                    elbo=guide.elbo,
                    log_p_terms=guide.log_p_terms,
                    log_q_terms=guide.log_q_terms,
                )
        return weighted_sample(target, phi, size, seed, quick=size < _SAMPLE, guide=guide)
