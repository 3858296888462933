"""The engine for minibatches and networks: Adam on the ELBO, at rates that choose themselves.

`init` and `step` are pure. Gradients are those of a few antithetic draws from the guide and of a
minibatch; the controller of `schedule` decides when to average the iterates, when to halve the rate
and when to stop.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Literal

import torch
from torch import Tensor

from pplc.runtime.coordinates.guide import GuideCoordinates
from pplc.runtime.coordinates.points import PointCoordinates
from pplc.runtime.data import Data
from pplc.runtime.module import Tensors
from pplc.runtime.progress import Info
from pplc.runtime.randomness import subseed
from pplc.runtime.stochastic.adam import Moments, moved, no_moments
from pplc.runtime.stochastic.batches import Batches
from pplc.runtime.stochastic.local_guides import LocalGuides, settled
from pplc.runtime.stochastic.schedule import climbing, standard_error, stationary, still_to_gain
from pplc.runtime.stochastic.variance import Gradients, Memory, remembers
from pplc.runtime.target import Target

GUIDE = "guide"  # the leaf that holds the coordinates of the guide's own parameters

_ITERATIONS = 100  # in a step
_RATE = 0.1  # where rates start: a tenth of a posterior sd an iteration
_FEWEST = 300  # iterations before a sequence is judged
_MOST = 4000  # iterations at one rate
_SMALLEST_RATE = _RATE / 256
_ERROR = 0.02  # of an average, in posterior sds
_MOVE = 0.02  # of averages by a smaller rate, beyond their error: less is not worth another round
_NOISE = 3.0  # standard errors that the largest of many moves may be of by chance
_GAIN = 1e-3  # of the objective, relative to all of it so far: likewise, where it has to tell
_COMPARED = 16  # iterations by whose draws and minibatches an average is judged
_TRACKED = 200  # coordinates by which convergence is judged
_OFF = 0.1  # sds that local guides may be off before iterates are averaged, root mean square
_SEARCHES = 5  # at one rate, each with better local guides
_LAYER = 0.2  # the rate of the weights of a layer with n inputs is less by this over sqrt(n)


@dataclass(frozen=True)
class Problem:
    """What is to be fitted. `leaves` are its free tensors: see `start`.

    `guide` has the parameters of the whole guide at the start, params and weights, and `data` are
    those of the target in the type and on the device of the run.
    """

    target: Target
    guide: Tensors
    data: Data
    batches: Batches | None
    particles: int

    @cached_property
    def coordinates(self) -> GuideCoordinates:
        """Those of what is not local in the guide: zero at the start, in units of about an sd."""
        return GuideCoordinates.of_globals(self.target, self.guide)

    @cached_property
    def start(self) -> Tensors:
        """The coordinates of the guide, params and weights, where they start."""
        own = torch.zeros(self.coordinates.size - self.coordinates.params.size, dtype=torch.float64)
        free = {name: x.to(**self.data.options) for name, x in self.target.free_params.items()}
        return {GUIDE: own} | free

    @cached_property
    def rates(self) -> dict[str, float]:
        """The factor of the rate of each leaf."""
        weights = self.target.weights
        return {name: _factor(weights.get(name), weights, name) for name in self.start}

    @cached_property
    def tracked(self) -> dict[str, Tensor]:
        """The elements of leaves by which convergence is judged: those with a scale of their own.

        A weight has no meaning by itself, and a point no sd: of them the objective has to tell.
        """
        blocks = list(self.coordinates.blocks.values())
        sizes = [block.size for block in blocks]
        parts = zip(blocks, torch.arange(sum(sizes)).split_with_sizes(sizes), strict=True)
        kept = [part for block, part in parts if not isinstance(block, PointCoordinates)]
        places = {GUIDE: torch.cat([torch.arange(0), *kept])}
        for name, x in self.start.items():
            if name != GUIDE and name not in self.target.weights:
                places[name] = torch.arange(x.numel())
        every = max(1, sum(map(len, places.values())) // _TRACKED)
        return {name: at[::every] for name, at in places.items() if len(at)}

    @property
    def tells_by_objective(self) -> bool:
        """Whether there is more to fit than what is tracked."""
        points = any(block.family == "point" for block in self.target.guide)
        return points or bool(self.target.weights)

    @property
    def memory(self) -> Memory | None:
        """Of the gradients of minibatches, where all leaves are of use to each of them.

        The noise of a network's weights is none that a last gradient would tell: they move too
        far between two visits (Defazio and Bottou 2019, "On the ineffectiveness of variance
        reduced optimization for deep learning").
        """
        if self.batches is None or self.target.weights or set(self.start) & {*self.batches.tables}:
            return None
        if not remembers(self.start, self.batches.number):
            return None
        return Memory(self.start, self.batches.number)

    def phi(self, leaves: Tensors) -> Tensors:
        """The parameters of what is not local in the guide, params and weights at some leaves."""
        padding = leaves[GUIDE].new_zeros(self.coordinates.params.size)
        found = self.coordinates.phi(torch.cat([leaves[GUIDE], padding]))
        moved = {n: x.to(**self.data.options) for n, x in found.items() if n not in leaves}
        return moved | {n: x for n, x in leaves.items() if n != GUIDE}

    def exact(self, leaves: Tensors, locals_: LocalGuides) -> Tensors:
        """All parameters of the guide, params and weights, in float64 on the processor."""
        phi = locals_.following(self.target, self.phi(leaves) | locals_.tables, self.data)
        return {n: x.detach().to("cpu", torch.float64) for n, x in phi.items()}

    def settled(self, phi: Tensors, seed: int, *, far: bool = False) -> tuple[LocalGuides, float]:
        """The best local guides for the rest of a whole guide, and how far off they were in sds."""
        locals_, off = settled(self.target, phi, seed, far=far)
        return locals_.to(**self.data.options), off

    def elbo(
        self, leaves: Tensors, locals_: LocalGuides, step: int, seed: int
    ) -> tuple[Tensor, Tensors]:
        """The ELBO by the draws and the minibatch of a step, and its terms.

        Its gradient is that along the path of the draws where the guide has distributions of its
        own: what is left out is zero on average, and noise (Roeder, Wu and Duvenaud 2017,
        "Sticking the Landing").
        """
        phi, data, scales = self.phi(leaves) | locals_.tables, self.data, {}
        if self.batches is not None:
            batch = self.batches.draw(step, seed)
            phi, data, scales = self.batches.rows(phi, batch), batch.data, self.batches.scales
        phi = locals_.following(self.target, phi, data)
        module = self.target.module
        noise = self._noise(module.noise_shapes(data), subseed(seed, "noise", step))
        params = module.constrain_params(phi, data) if self.target.manifest.params else {}
        params |= {name: phi[name] for name in self.target.weights}
        latents, log_q = module.guide(phi, noise, data, params)
        if self._has_laws:
            still = {name: x.detach() for name, x in params.items()}
            log_q |= module.guide_density(latents, data, still)
        log_p = module.model(latents, data, params)
        terms = {n: scales.get(n, 1.0) * t.mean() for n, t in log_p.items()}
        entropy = [-scales.get(n, 1.0) * t.mean() for n, t in log_q.items()]
        return torch.stack([*terms.values(), *entropy]).sum(), terms

    @cached_property
    def _has_laws(self) -> bool:
        return any(block.family == "law" for block in self.target.guide)

    def _noise(self, shapes: dict[str, tuple[int, ...]], seed: int) -> Tensors:
        """Antithetic normals [particles, ...] for each block."""
        device = self.data.device
        generator = torch.Generator(device).manual_seed(seed)
        half = (self.particles + 1) // 2
        made = {}
        for name, shape in shapes.items():
            z = torch.randn(half, *shape, generator=generator, dtype=self.data.dtype, device=device)
            made[name] = torch.cat([z, -z])[: self.particles]
        return made


def _factor(weight: Tensor | None, weights: Tensors, name: str) -> float:
    if weight is None:
        return 1.0
    inputs = weights[f"{name.rpartition('.')[0]}.weight"].shape[1]
    return _LAYER / math.sqrt(inputs)


Stage = Literal["searching", "averaging"]


@dataclass(frozen=True)
class State:
    """A fit between two steps.

    `leaves` are the iterate and `moments` those of Adam; `history` has the tracked coordinates and
    the objective of each iteration [n, k + 1] in this stage at this rate. `average` is that of the
    iterates since averaging began, over `averaged` of them, `best` that of the last finished round,
    `tracked` what it is of the tracked coordinates, with its error.
    """

    leaves: Tensors
    locals_: LocalGuides
    moments: dict[str, Moments]
    seed: int
    memory: Memory | None = None
    rate: float = _RATE
    iterations: int = 0
    stage: Stage = "searching"
    history: tuple[Tensor, ...] = ()
    average: Tensors = field(default_factory=dict)
    averaged: int = 0
    best: Tensors | None = None
    tracked: tuple[Tensor, Tensor] | None = None
    objectives: tuple[float, ...] = ()
    first: float = -math.inf
    converged: bool = False
    finished: bool = False
    interrupted: bool = False
    searches: int = 0

    @property
    def result(self) -> Tensors:
        """The best that is known: the average of this round, of the last one, or the iterate."""
        if self.averaged >= _FEWEST and self.tracked is not None:
            return self.average
        return self.leaves if self.best is None else self.best


def init(problem: Problem, seed: int) -> State:
    """The state before the first step; local guides are the best for where all else starts."""
    leaves = problem.start
    locals_, _ = problem.settled(problem.guide, subseed(seed, "locals"), far=True)
    fixed = not any(x.numel() for x in leaves.values())
    return State(
        leaves=leaves,
        locals_=locals_,
        moments={n: no_moments(x) for n, x in leaves.items()},
        seed=seed,
        memory=problem.memory,
        converged=fixed,
        finished=fixed,
    )


def step(
    problem: Problem,
    state: State,
    most: int,
    on_evaluation: Callable[[Info], None] = lambda info: None,
) -> tuple[State, Info]:
    """Some iterations of Adam, and then what follows from the history; `most` bounds them all."""
    leaves, moments, average = state.leaves, state.moments, state.average
    averaged, rows, so_far = state.averaged, [], 0.0
    memory = None if state.memory is None else state.memory.copy()
    count = min(_ITERATIONS, most - state.iterations)
    info = Info("fit")
    for i in range(count):
        free = {name: x.detach().requires_grad_() for name, x in leaves.items()}
        value, terms = problem.elbo(free, state.locals_, state.iterations + i, state.seed)
        gradients = torch.autograd.grad(value, list(free.values()), allow_unused=True)
        found: Gradients = dict(zip(free, gradients, strict=True))
        if memory is not None and problem.batches is not None:
            at = problem.batches.at(state.iterations + i, state.seed)
            found = memory.steadied(at, found)
        leaves, moments = moved(leaves, moments, found, state.rate, problem.rates)
        objective = float(value.detach())
        rows.append(_row(problem, leaves, objective))
        so_far += (objective - so_far) / len(rows)  # that of one minibatch says little
        if state.stage == "averaging":
            averaged += 1
            average = {
                n: average[n] + (x - average[n]) / averaged if n in average else x
                for n, x in leaves.items()
            }
        means = {n: float(t.detach()) for n, t in terms.items()} if i == count - 1 else {}
        info = Info("fit", 0, so_far, means, None, problem.particles)
        on_evaluation(info)
    after = replace(
        state,
        leaves=leaves,
        moments=moments,
        memory=memory,
        iterations=state.iterations + count,
        history=(*state.history, torch.stack(rows)) if rows else state.history,
        average=average,
        averaged=averaged,
    )
    if state.iterations == 0:
        after = replace(after, first=float(after.history[0][:, -1].median()))
    after = _controlled(problem, after)
    if after.iterations >= most and not after.finished:
        after = replace(after, finished=True)
    return after, info if rows else replace(info, objective=state.first)


def _row(problem: Problem, leaves: Tensors, objective: float) -> Tensor:
    parts = [leaves[n].flatten()[at].double().cpu() for n, at in problem.tracked.items()]
    return torch.cat([*parts, torch.tensor([objective], dtype=torch.float64)])


def _controlled(problem: Problem, state: State) -> State:
    """The state after a look at its history: go on, average, halve the rate, or stop."""
    history = torch.cat(state.history)
    tracked, objective = history[:, :-1], history[:, -1]
    if len(history) < _FEWEST:
        return state
    if state.stage == "searching":
        arrived = stationary(tracked) and not climbing(objective)
        if arrived or len(history) >= _MOST:
            state, off = _with_locals(problem, state, state.leaves)
            if off > _OFF and state.searches < _SEARCHES:
                return replace(state, history=(), searches=state.searches + 1)
            return replace(state, stage="averaging", history=(), average={}, averaged=0)
        return state
    error = standard_error(tracked)
    precise = not error.numel() or float(error.max()) <= _ERROR
    if precise or len(history) >= _MOST:
        if problem.tells_by_objective and not _is_better(problem, state.average, state):
            state = replace(state, average=state.leaves)
        state, _ = _with_locals(problem, state, state.average)
        return _round_ended(state, tracked.mean(0), error, objective, problem.tells_by_objective)
    return state


def _with_locals(problem: Problem, state: State, leaves: Tensors) -> tuple[State, float]:
    """A state whose local guides are the best for some leaves, and how far off they were in sds."""
    phi = problem.exact(leaves, state.locals_)
    locals_, off = problem.settled(phi, subseed(state.seed, "locals"))
    return replace(state, locals_=locals_), off


def _is_better(problem: Problem, average: Tensors, state: State) -> bool:
    """Whether an average has a higher objective than the last iterate, by the same draws.

    That of weights need not be: the average of two good networks may be a bad one.
    """
    with torch.no_grad():
        gains = [
            problem.elbo(average, state.locals_, i, state.seed)[0]
            - problem.elbo(state.leaves, state.locals_, i, state.seed)[0]
            for i in range(state.iterations, state.iterations + _COMPARED)
        ]
    return float(torch.stack(gains).mean()) > 0


def _round_ended(
    state: State, mean: Tensor, error: Tensor, objective: Tensor, by_objective: bool
) -> State:
    """The next round at half the rate, unless it is not worth it."""
    value = float(objective.mean())
    after = replace(
        state,
        leaves=state.average,
        best=state.average,
        tracked=(mean, error),
        objectives=(*state.objectives, value),
        rate=state.rate / 2,
        stage="searching",
        history=(),
        average={},
        averaged=0,
        searches=0,
    )
    if state.tracked is None:
        return after
    before, error_before = state.tracked
    noise = _NOISE * (error.square() + error_before.square()).sqrt()
    left = still_to_gain(mean - before) - noise
    settled = not left.numel() or float(left.max()) <= _MOVE
    if by_objective:
        worth = max(2 * float(standard_error(objective)), _GAIN * abs(value - state.first))
        settled = settled and value - state.objectives[-1] <= worth
    return replace(after, converged=settled, finished=settled or after.rate < _SMALLEST_RATE)
