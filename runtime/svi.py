"""The engine for full data: a guide fitted to fixed quasi-random draws, then corrected.

Giordano, Ingram and Broderick 2024, "Black box variational inference with a deterministic
objective". `init` and `step` are pure; `fit` drives them.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import torch

from pplc.runtime.coordinates.guide import GuideCoordinates
from pplc.runtime.correction.hamiltonian import Walk, walkable, walked
from pplc.runtime.correction.mixture import apart, lacking, share, together
from pplc.runtime.correction.weighing import WeightedSample, walked_sample, weighted_sample
from pplc.runtime.data import Data
from pplc.runtime.discrete_only import DiscreteOnly, without
from pplc.runtime.manifest import Manifest
from pplc.runtime.minimise import minimise
from pplc.runtime.module import Module, Tensors
from pplc.runtime.noise import fewest_draws, matched_noise
from pplc.runtime.objective import SampleObjective
from pplc.runtime.posterior import Posterior
from pplc.runtime.problems import FitError, NothingToInfer
from pplc.runtime.progress import Info, Monitor
from pplc.runtime.randomness import subseed
from pplc.runtime.results.conclusion import concluded
from pplc.runtime.start.guides import Start, guides_at
from pplc.runtime.start.modes import distinct, find_modes
from pplc.runtime.target import Target
from pplc.runtime.verdict.concerned import kept, off_chains, off_modes, off_weights, reordered
from pplc.runtime.verdict.tails import beyond, without_sd
from pplc.runtime.verdict.verdict import LARGEST_K, Modes, Verdict, judge

_MOST_DRAWS = 4096
_MANY_DRAWS = 1024  # after which a guide that is hopeless gets no more
_HOPELESS = 1.0  # Pareto k of a guide
_ERROR = 0.05  # of a mean in posterior sds, and of the logarithm of an sd, from the draws
_TOLERANCE = 5e-3  # of the gradient: small beside that error
_OF_PARAMS = 1e-3  # where there are params: they have no sds to be in units of
_ITERATIONS = 40  # of L-BFGS in a step; the coordinates are made anew between steps
_STEPS = 30
_SAMPLE = 16384
_COSTLY = 2**26  # bytes of a sample that takes a tenth of a second or more: half of it is enough
_LONG = 2**32  # bytes of a sample that takes some seconds: a few draws first tell what it is worth
_SMALLEST_SAMPLE = 4096  # where there is much data, or time is short
_BEYOND = 0.5  # of a variance: what is missing from chains at most; a fifth of an sd
_TELLING = 400  # effective draws, from which on weights tell what is missing from chains
_SEARCHES = 3  # for more modes, where there are several
_MOST_GUIDES = 6  # each at a mode of its own


@dataclass(frozen=True)
class Fitted:
    """A guide at one mode, and its corrected draws."""

    start: Start
    state: State
    sample: WeightedSample


@dataclass(frozen=True)
class Chains:
    """Chains that started from a guide, and their points as draws of the latents.

    `beyond` is by how much weighted draws say that a variance is larger (see `tails`).
    """

    walk: Walk
    sample: WeightedSample
    beyond: float

    @property
    def good(self) -> bool:
        """Whether they agree, and nothing that is known of the posterior is missing from them."""
        return self.walk.good and self.beyond <= _BEYOND


@dataclass(frozen=True)
class State:
    """A fit between two steps: the guide's parameters, and the draws it is fitted to next.

    `error` is the Monte Carlo error that those draws imply, of a mean in posterior sds or of the
    logarithm of an sd, whichever is largest.
    """

    phi: Tensors
    draws: int
    seed: int
    steps: int = 0
    error: float = math.inf
    converged: bool = False
    finished: bool = False
    interrupted: bool = False


def init(target: Target, start: Start, seed: int) -> State:
    """The state before the first step."""
    return State(phi=start.phi, draws=fewest_draws(target.noise_blocks), seed=seed)


def step(
    target: Target, state: State, on_evaluation: Callable[[Info], None] = lambda info: None
) -> tuple[State, Info]:
    """Fit the guide to the draws at hand, by a limited number of iterations.

    Once the gradient is small the draws are checked against fresh ones: if these would move a
    mean or a standard deviation by too much, the next step has twice as many.
    """
    coordinates = GuideCoordinates.around(target, state.phi)
    noise = matched_noise(target.noise_blocks, state.draws, state.seed)
    objective = SampleObjective(target, coordinates, noise)

    tolerance = _OF_PARAMS if target.free_params else _TOLERANCE
    slopes: list[float] = []

    def info(value: float, slope: float) -> Info:
        slopes.append(slope)
        done = _share_done(slopes[0], min(slopes), tolerance)
        return Info("fit", 0, -value, objective.terms, slope, state.draws, done=done)

    found = minimise(
        objective,
        np.zeros(coordinates.size),
        tolerance=tolerance,
        iterations=_ITERATIONS,
        on_evaluation=lambda value, slope: on_evaluation(info(value, slope)),
    )
    after = replace(state, steps=state.steps + 1, finished=state.steps + 1 >= _STEPS)
    if found is None:  # the guide of the last step reaches where the density is not finite
        return replace(after, finished=True), info(math.nan, math.nan)
    phi = coordinates.phi(torch.from_numpy(found.x))
    after = replace(after, phi=phi, converged=found.converged, interrupted=found.interrupted)
    if found.interrupted:
        after = replace(after, finished=True)
    elif found.converged:
        after = _checked(target, after)
    return after, info(found.value, found.slope)


def _share_done(first: float, least: float, tolerance: float) -> float:
    """The share of the way to a small gradient that is behind, gradients falling by factors."""
    if not 0 < tolerance < first < math.inf:
        return 0.0
    return min(math.log(first / max(least, tolerance)) / math.log(first / tolerance), 1.0)


def _checked(target: Target, state: State) -> State:
    coordinates = GuideCoordinates.around(target, state.phi)
    fresh = matched_noise(target.noise_blocks, state.draws, subseed(state.seed, "check"))
    _, gradient = SampleObjective(target, coordinates, fresh)(np.zeros(coordinates.size))
    # Both sets of draws are in error: their difference is larger by sqrt 2 than either's.
    error = float(coordinates.errors(torch.from_numpy(-gradient)).abs().max()) / math.sqrt(2)
    if error <= _ERROR or state.draws >= _MOST_DRAWS or state.finished or _hopeless(target, state):
        return replace(state, error=error, finished=True)
    return replace(state, error=error, draws=2 * state.draws)


def _hopeless(target: Target, state: State) -> bool:
    """Whether many draws gave a guide so far from the posterior that more are not worth it.

    Then chains start from it, which need less.
    """
    if state.draws < _MANY_DRAWS or not walkable(target):
        return False
    return not _pilot(target, state).pareto_k < _HOPELESS


def _pilot(target: Target, state: State) -> WeightedSample:
    """A few draws from the guide as it is: enough to see that weights are hopeless."""
    return weighted_sample(target, state.phi, _MANY_DRAWS, state.seed, quick=True)


def fit(
    module: Module,
    data: Data,
    *,
    seed: int = 0,
    draws: int = 4000,
    start: Tensors | None = None,
    on_progress: Callable[[Info], None] | None = None,
) -> Posterior:
    """The posterior of a generated module given data that has gone through its `prepare`.

    The same seed gives the same draws, bit for bit, on one machine. `on_progress` is called at
    most ten times a second. An interrupt from the keyboard ends the fit of the guide early: the
    best guide so far is used, and the result says so; before there is a guide it is passed on.

    `start` holds latents, in their own units, from which the search for modes starts.

    Raises FitError if the log density is finite nowhere, or no latent is continuous.
    """
    if draws < 1:
        raise ValueError(f"draws must be at least 1, not {draws}")
    if not module.unconstrained_shapes(data):
        if not _discrete_or_params(module):
            raise FitError([NothingToInfer()])
        exact: Module = DiscreteOnly(module)
        return without(fit(exact, data, seed=seed, draws=draws, on_progress=on_progress))
    monitor = Monitor(on_progress)
    target = Target(module, data, monitor.count, monitor.share, seed=seed, start=start or {})
    with monitor.phase("starts"), target.threads(_ITERATIONS * fewest_draws(target.noise_blocks)):
        starts = guides_at(target, find_modes(target, seed, monitor.bound), seed)
    state, sample = _fitted(target, starts[0], seed, draws, monitor)
    second_chance = sample.pareto_k >= LARGEST_K and len(starts) > 1 and not state.interrupted
    if second_chance:
        other, other_sample = _fitted(target, starts[1], subseed(seed, "second"), draws, monitor)
        if other_sample.elbo[0] > sample.elbo[0]:
            state, sample = other, other_sample
            starts = [starts[1], starts[0], *starts[2:]]
    found = [Fitted(starts[0], state, sample)]
    if sample.pareto_k >= LARGEST_K and not state.interrupted:  # perhaps there are other modes
        starts = _searched(target, starts, seed, monitor)
    missed = lacking(target, apart(target, starts, state.phi), sample)
    if missed and not target.manifest.params and not state.interrupted:
        starts = _searched(target, starts, seed, monitor)
        missed = _mixed(target, found, apart(target, starts, state.phi), seed, draws, monitor)
        missed = lacking(target, missed, sample)
    chains: Chains | None = None
    try:
        chains = _walked(target, found, missed, seed, monitor)
    except KeyboardInterrupt:
        found[0] = replace(found[0], state=replace(state, interrupted=True))
    if chains is None or not chains.good:
        found = [_weighed(target, fitted, draws, monitor) for fitted in found]
    if any(fitted.state.interrupted for fitted in found):
        draws = min(draws, _SMALLEST_SAMPLE)
    return _posterior(target, starts, found, missed, chains, seed, draws, monitor)


def _discrete_or_params(module: Module) -> bool:
    """Whether a model without continuous latents leaves anything open."""
    manifest = Manifest.model_validate(module.METADATA)
    return bool(manifest.params) or any(site.role == "summed out" for site in manifest.sites)


def _searched(target: Target, starts: list[Start], seed: int, monitor: Monitor) -> list[Start]:
    """Starts at these modes and at those of more climbs, until each was found more than once."""
    modes = [start.mode for start in starts]
    with monitor.phase("starts"), target.threads(_ITERATIONS * fewest_draws(target.noise_blocks)):
        for search in range(_SEARCHES):
            found = find_modes(target, subseed(seed, "search", len(modes), search), monitor.bound)
            modes = distinct(modes + [mode for mode in found if mode.reached])
            if all(mode.climbs > 1 for mode in modes):
                break
        return guides_at(target, modes, seed)


def _mixed(
    target: Target,
    found: list[Fitted],
    missed: list[Start],
    seed: int,
    draws: int,
    monitor: Monitor,
) -> list[Start]:
    """Fit a guide at each mode without draws so far; returns those that there are too many of."""
    while missed and len(found) < _MOST_GUIDES and not found[-1].state.interrupted:
        start, *missed = missed
        own = subseed(seed, "mode", len(found))
        found.append(Fitted(start, *_fitted(target, start, own, draws, monitor)))
        missed = apart(target, missed, found[-1].state.phi)
    return missed


def _walked(
    target: Target, found: list[Fitted], missed: list[Start], seed: int, monitor: Monitor
) -> Chains | None:
    """Chains from a guide whose weights cannot be trusted.

    None where there is no need of them, and where there are several modes, between which chains
    do not move.
    """
    state, sample = found[0].state, found[0].sample
    alone = len(found) == 1 and not missed
    if sample.pareto_k < LARGEST_K or not alone or not state.converged or state.interrupted:
        return None
    if not walkable(target):
        return None
    with monitor.phase("walk"):
        own = subseed(seed, "walk")
        walk = walked(target, state.phi, own, monitor.share)
        drawn = walked_sample(target, state.phi, walk, sample)
    other = sample.wider or sample
    told = other.effective_size >= _TELLING
    return Chains(walk, drawn, beyond(other.latents, other.weights, drawn.latents) if told else 0.0)


def _fitted(
    target: Target, start: Start, seed: int, draws: int, monitor: Monitor
) -> tuple[State, WeightedSample]:
    """A guide fitted from one start, and its corrected draws."""
    state = init(target, start, subseed(seed, "draws"))
    try:
        with monitor.phase("fit"):
            while not state.finished:
                with target.threads(_ITERATIONS * state.draws):
                    state, _ = step(target, state, monitor.show)
    except KeyboardInterrupt:
        state = replace(state, interrupted=True)
    if not state.interrupted:
        try:
            if target.particle_bytes * _SAMPLE > _LONG and walkable(target):
                pilot = _pilot(target, state)
                if not pilot.pareto_k < _HOPELESS:
                    return state, pilot
            return state, _corrected(target, state, seed, draws, monitor)
        except KeyboardInterrupt:
            state = replace(state, interrupted=True)
    return state, _corrected(target, state, seed, 1, monitor)


def _weighed(target: Target, fitted: Fitted, draws: int, monitor: Monitor) -> Fitted:
    """A guide with as many draws as a result needs, where so far it has a few."""
    if len(fitted.sample.weights) >= _SMALLEST_SAMPLE:
        return fitted
    sample = _corrected(target, fitted.state, fitted.state.seed, draws, monitor)
    return replace(fitted, sample=sample)


def _corrected(
    target: Target, state: State, seed: int, draws: int, monitor: Monitor
) -> WeightedSample:
    size = _SMALLEST_SAMPLE
    if not state.interrupted:
        usual = _SAMPLE if target.particle_bytes * _SAMPLE < _COSTLY else _SAMPLE // 2
        size = max(size, min(usual, target.most_draws))
    while size < draws:
        size *= 2
    with monitor.phase("correct"), target.threads(size):
        sample = weighted_sample(target, state.phi, size, seed, quick=state.interrupted)
        monitor.note(pareto_k=sample.pareto_k)
    return sample


def _posterior(
    target: Target,
    starts: list[Start],
    found: list[Fitted],
    missed: list[Start],
    chains: Chains | None,
    seed: int,
    draws: int,
    monitor: Monitor,
) -> Posterior:
    modes = [fitted.start.mode for fitted in found]
    state, sample = found[0].state, together(target, modes, [fitted.sample for fitted in found])
    return concluded(
        target,
        state.phi,
        chains.sample if chains is not None and chains.good else sample,
        verdict=_verdict(target, found, missed, sample, chains),
        converged=all(fitted.state.converged for fitted in found),
        interrupted=any(fitted.state.interrupted for fitted in found),
        modes=sum(start.mode.reached for start in starts),
        objective_draws=state.draws,
        draws=draws,
        seed=seed,
        monitor=monitor,
    )


def _verdict(
    target: Target,
    found: list[Fitted],
    missed: list[Start],
    sample: WeightedSample,
    chains: Chains | None,
) -> Verdict:
    """How far to trust the draws of guides at the modes `found`, and which latents are off."""
    agreeing = chains if chains is not None and chains.good else None
    drawn = sample if agreeing is None else agreeing.sample
    starts = [*(fitted.start for fitted in found), *missed]
    first = found[0].sample.latents
    exchanged, alike = reordered(target, starts, first)
    verdict = judge(
        drawn.worth,
        Modes(
            missed=len(missed),
            share=share(missed, sample.elbo[0]),
            mixed=len(found),
            doubtful=any(fitted.start.mode.climbs == 1 for fitted in found),
            exchanged=exchanged,
            alike=alike,
        ),
        interrupted=any(fitted.state.interrupted for fitted in found),
        converged=all(fitted.state.converged for fitted in found),
        r_hat=None if agreeing is None else agreeing.walk.r_hat,
        heavy=None if drawn.pareto_k >= LARGEST_K else without_sd(drawn.latents, drawn.weights),
        kept=kept(target),
    )
    if verdict.about == "modes":
        return off_modes(target, verdict, first, starts)
    if verdict.about == "run" or sample.pareto_k < LARGEST_K:
        return verdict
    if chains is None:
        return off_weights(target, verdict, sample.latents, sample.weights)
    shape = chains.walk.points.shape[:2]
    walks = {site: x.reshape(*shape, *x.shape[1:]) for site, x in chains.sample.latents.items()}
    return off_chains(target, verdict, sample.latents, walks)
