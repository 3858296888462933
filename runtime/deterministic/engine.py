"""The engine for full data: a guide fitted to fixed quasi-random draws, in steps.

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
from pplc.runtime.deterministic.samples import hopeless
from pplc.runtime.minimise import minimise
from pplc.runtime.module import Tensors
from pplc.runtime.noise import fewest_draws, matched_noise
from pplc.runtime.objective import SampleObjective
from pplc.runtime.progress import Info
from pplc.runtime.randomness import subseed
from pplc.runtime.start.guides import Start
from pplc.runtime.target import Target

#: Iterations of L-BFGS in a step; the coordinates are made anew between steps.
ITERATIONS = 40

_MOST_DRAWS = 4096
_MANY_DRAWS = 1024  # after which a guide that is hopeless gets no more
_ERROR = 0.05  # of a mean in posterior sds, and of the logarithm of an sd, from the draws
_TOLERANCE = 5e-3  # of the gradient: small beside that error
_OF_PARAMS = 1e-3  # where there are params: they have no sds to be in units of
_STEPS = 30


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
        iterations=ITERATIONS,
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
    enough = error <= _ERROR or state.draws >= _MOST_DRAWS or state.finished
    if enough or (state.draws >= _MANY_DRAWS and hopeless(target, state.phi, state.seed)):
        return replace(state, error=error, finished=True)
    return replace(state, error=error, draws=2 * state.draws)
