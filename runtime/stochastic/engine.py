"""The engine for minibatches and networks: Adam on the ELBO, at rates that choose themselves.

`init` and `step` are pure. Gradients are those of a few antithetic draws from the guide and of a
minibatch; the controller of `schedule` decides when to average the iterates, when to halve the rate
and when to stop.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Literal

import torch
from torch import Tensor

from pplc.runtime.module import Tensors
from pplc.runtime.progress import Info
from pplc.runtime.randomness import subseed
from pplc.runtime.stochastic.adam import Moments, moved, no_moments
from pplc.runtime.stochastic.course import Course, Stopped
from pplc.runtime.stochastic.local_guides import LocalGuides
from pplc.runtime.stochastic.problem import Problem
from pplc.runtime.stochastic.schedule import climbing, standard_error, stationary, still_to_gain
from pplc.runtime.stochastic.trend import Trend
from pplc.runtime.stochastic.variance import Gradients, Memory

FEWEST = 300  #: iterations before a sequence is judged
ERROR = 0.02  #: of an average, in posterior sds

_ITERATIONS = 100  # in a step
_RATE = 0.1  # where rates start: a tenth of a posterior sd an iteration
_MOST = 4000  # iterations at one rate
_SMALLEST_RATE = _RATE / 256
_MOVE = 0.02  # of averages by a smaller rate, beyond their error: less is not worth another round
_NOISE = 3.0  # standard errors that the largest of many moves may be of by chance
_GAIN = 1e-3  # of the objective, relative to all of it so far: likewise, where it has to tell
_COMPARED = 16  # iterations by whose draws and minibatches an average is judged
_OFF = 0.1  # sds that local guides may be off before iterates are averaged, root mean square
_SEARCHES = 5  # at one rate, each with better local guides


Stage = Literal["searching", "averaging"]


@dataclass(frozen=True)
class State:
    """A fit between two steps.

    `leaves` are the iterate and `moments` those of Adam; `history` has the tracked coordinates and
    the objective of each iteration [n, k + 1] in this stage at this rate. `average` is that of the
    iterates since averaging began, over `averaged` of them, `best` that of the last finished round,
    `tracked` what it is of the tracked coordinates, with its error. It has `stopped` for a
    reason, or goes on.
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
    searches: int = 0
    trend: Trend = field(default_factory=Trend)
    stopped: Stopped | None = None

    @property
    def course(self) -> Course:
        """How the iterations went that have ended."""
        assert self.stopped is not None
        begun = self.history or self.averaged or not self.objectives
        last = self.rate if begun else 2 * self.rate  # halved at the end of a round
        return Course(
            iterations=self.iterations, first_rate=_RATE, last_rate=last, stopped=self.stopped
        )

    @property
    def result(self) -> Tensors:
        """The best that is known: the average of this round, of the last one, or the iterate."""
        if self.averaged >= FEWEST and self.tracked is not None:
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
        stopped="nothing to iterate" if fixed else None,
    )


def step(
    problem: Problem,
    state: State,
    most: int,
    on_evaluation: Callable[[Info], None] = lambda info: None,
) -> tuple[State, Info]:
    """Some iterations of Adam, and then what follows from the history; `most` bounds them all.

    An interrupt from the keyboard stops the fit with the iterations so far.
    """
    after = replace(state, memory=None if state.memory is None else state.memory.copy())
    info, rows = Info("fit", objective=state.first, draws=problem.particles), []
    try:
        for left in reversed(range(min(_ITERATIONS, most - state.iterations))):
            after, row, terms = _iterated(problem, after)
            rows.append(row)
            means = {} if left else {n: float(t.detach()) for n, t in terms.items()}
            trend = after.trend
            info = Info("fit", 0, trend.objective, means, trend.slope, problem.particles)
            on_evaluation(info)
        after = _controlled(problem, _noted(after, rows))
    except KeyboardInterrupt:
        return replace(after, stopped="interrupted"), info
    if after.iterations >= most and after.stopped is None:
        after = replace(after, stopped="most iterations")
    return after, info


def _noted(state: State, rows: list[Tensor]) -> State:
    """The state with further rows of its history."""
    if not rows:
        return state
    history = (*state.history, torch.stack(rows))
    first = float(history[0][:, -1].median()) if state.first == -math.inf else state.first
    return replace(state, history=history, first=first)


def _iterated(problem: Problem, state: State) -> tuple[State, Tensor, Tensors]:
    """The state after one iteration, but for its history: the row for that, and the ELBO's terms.

    The memory of gradients is changed in place.
    """
    free = {name: x.detach().requires_grad_() for name, x in state.leaves.items()}
    value, terms = problem.elbo(free, state.locals_, state.iterations, state.seed)
    gradients = torch.autograd.grad(value, list(free.values()), allow_unused=True)
    found: Gradients = dict(zip(free, gradients, strict=True))
    if state.memory is not None and problem.batches is not None:
        found = state.memory.steadied(problem.batches.at(state.iterations, state.seed), found)
    leaves, moments = moved(state.leaves, state.moments, found, state.rate, problem.rates)
    objective = float(value.detach())
    averaged, average = state.averaged, state.average
    if state.stage == "averaging":
        averaged += 1
        average = {
            n: average[n] + (x - average[n]) / averaged if n in average else x
            for n, x in leaves.items()
        }
    after = replace(
        state,
        leaves=leaves,
        moments=moments,
        iterations=state.iterations + 1,
        average=average,
        averaged=averaged,
        trend=state.trend.after(objective, found),
    )
    return after, _row(problem, leaves, objective), terms


def _row(problem: Problem, leaves: Tensors, objective: float) -> Tensor:
    parts = [leaves[n].flatten()[at].double().cpu() for n, at in problem.tracked.items()]
    return torch.cat([*parts, torch.tensor([objective], dtype=torch.float64)])


def _controlled(problem: Problem, state: State) -> State:
    """The state after a look at its history: go on, average, halve the rate, or stop."""
    history = torch.cat(state.history)
    tracked, objective = history[:, :-1], history[:, -1]
    if len(history) < FEWEST:
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
    precise = not error.numel() or float(error.max()) <= ERROR
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
    if settled:
        return replace(after, stopped="settled")
    return replace(after, stopped="smallest rate") if after.rate < _SMALLEST_RATE else after
