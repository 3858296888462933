"""What a fit tells while it runs, and what it remembers of its cost."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

_INTERVAL = 0.1  # seconds between two calls of the callback


@dataclass(frozen=True)
class Info:
    """Where a fit stands. `objective` is the ELBO on the `draws` at hand; None before there is one.

    `terms` are the mean log density of each term of the model; `gradient_norm` is the largest
    partial derivative in whitened coordinates, about the distance to the optimum in posterior sds.
    """

    phase: str = "starts"
    evaluations: int = 0
    objective: float | None = None
    terms: Mapping[str, float] = field(default_factory=dict)
    gradient_norm: float | None = None
    draws: int | None = None
    pareto_k: float | None = None


class Monitor:
    """Counts evaluations of gradients, times the phases, and passes on the latest `Info`."""

    def __init__(self, callback: Callable[[Info], None] | None = None) -> None:
        self.info = Info()
        self.seconds: dict[str, float] = {}
        self._callback = callback
        self._shown = -_INTERVAL

    @contextmanager
    def phase(self, name: str) -> Iterator[None]:
        """Time what is inside as part of the phase `name`."""
        began = time.perf_counter()
        try:
            self.note(phase=name)
            yield
        finally:
            spent = time.perf_counter() - began
            self.seconds[name] = self.seconds.get(name, 0.0) + spent

    def count(self) -> None:
        """Note one evaluation of a gradient; a batched one counts once."""
        self.note(evaluations=self.info.evaluations + 1)

    def note(self, **facts: Any) -> None:
        """Update the info; call back unless that was done a moment ago."""
        self.info = replace(self.info, **facts)
        now = time.perf_counter()
        if self._callback is not None and now - self._shown >= _INTERVAL:
            self._shown = now
            self._callback(self.info)

    def progressed(self, info: Info) -> None:
        """Take over what an iteration says of its objective, and count its gradient."""
        self.info = replace(self.info, evaluations=self.info.evaluations + 1)
        self.show(info)

    def show(self, info: Info) -> None:
        """Take over what a step says of its objective."""
        self.note(
            objective=info.objective,
            terms=info.terms,
            gradient_norm=info.gradient_norm,
            draws=info.draws,
        )
