"""What a fit tells while it runs, and what it remembers of its cost."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

_INTERVAL = 0.1  # seconds between two calls of the callback
_LEAST_DONE = 0.05  # the share of something from which its pace can be told


@dataclass(frozen=True)
class Info:
    """Where a fit stands. `objective` is the ELBO on the `draws` at hand; None before there is one.

    `terms` are the mean log density of each term of the model; `gradient_norm` is the largest
    partial derivative in whitened coordinates, about the distance to the optimum in posterior sds.
    `done` is about the share of what is being done that is behind, and `left` the seconds that the
    rest of it will take at the pace so far: at most these where `bounded`, about these otherwise.
    """

    phase: str = "starts"
    evaluations: int = 0
    objective: float | None = None
    terms: Mapping[str, float] = field(default_factory=dict)
    gradient_norm: float | None = None
    draws: int | None = None
    pareto_k: float | None = None
    done: float | None = None
    bounded: bool = False
    left: float | None = None


class Pace:
    """How long the rest of something will take, from the share of it that is done at some times."""

    def __init__(self) -> None:
        self._began: tuple[float, float] | None = None
        self._last = 0.0

    def left(self, now: float, done: float | None) -> float | None:
        """Seconds left at `now`; None where too little is done to tell.

        A share that is smaller than the last one begins something new.
        """
        if done is None:
            self._began = None
            return None
        if self._began is None or done < self._last:
            self._began = (now, done)
        self._last = done
        began, already = self._began
        if done - already < _LEAST_DONE:
            return None
        return (now - began) * (1 - done) / (done - already)


class Monitor:
    """Counts evaluations of gradients, times the phases, and passes on the latest `Info`."""

    def __init__(self, callback: Callable[[Info], None] | None = None) -> None:
        self.info = Info()
        self.seconds: dict[str, float] = {}
        self._callback = callback
        self._shown = -_INTERVAL
        self._pace = Pace()
        self._began = 0.0

    @contextmanager
    def phase(self, name: str) -> Iterator[None]:
        """Time what is inside as part of the phase `name`."""
        began = self._began = time.perf_counter()
        try:
            self.note(phase=name, gradient_norm=None, draws=None, done=None, bounded=False)
            yield
        finally:
            spent = time.perf_counter() - began
            self.seconds[name] = self.seconds.get(name, 0.0) + spent

    def count(self) -> None:
        """Note one evaluation of a gradient; a batched one counts once."""
        self.note(evaluations=self.info.evaluations + 1)

    def note(self, **facts: Any) -> None:
        """Update the info; call back unless that was done a moment ago."""
        now = time.perf_counter()
        if "done" in facts and "left" not in facts:
            facts["left"] = self._pace.left(now, facts["done"])
        self.info = replace(self.info, **facts)
        if self._callback is not None and now - self._shown >= _INTERVAL:
            self._shown = now
            self._callback(self.info)

    def share(self, done: float) -> None:
        """Note the share that is done of what is being done."""
        self.note(done=done, bounded=False)

    def bound(self, done: float) -> None:
        """Note the share of the phase that is done at least: it may end before the whole."""
        self.note(done=done, bounded=True)

    def expect(self, behind: int, left: int) -> None:
        """Note how many equal parts of the phase are behind, and about how many are left."""
        spent = time.perf_counter() - self._began
        seconds = spent * left / behind if behind else None
        self.note(done=behind / max(behind + left, 1), left=seconds, bounded=False)

    def progressed(self, info: Info) -> None:
        """Take over what an iteration says of its objective, and count its gradient."""
        self.info = replace(self.info, evaluations=self.info.evaluations + 1)
        self.show(info)

    def show(self, info: Info) -> None:
        """Take over what a step says of its objective."""
        done = {} if info.done is None else {"done": info.done}
        self.note(
            objective=info.objective,
            terms=info.terms,
            gradient_norm=info.gradient_norm,
            draws=info.draws,
            **done,
        )
