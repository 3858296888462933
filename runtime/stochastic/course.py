"""How the iterations of a stochastic fit went, for who reads its results."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict

Stopped = Literal[
    "settled", "nothing to iterate", "most iterations", "smallest rate", "interrupted"
]

_REASONS: dict[Stopped, str] = {
    "settled": "stopped because a smaller rate would change next to nothing",
    "most iterations": "stopped because no more were allowed",
    "smallest rate": "stopped because the rate has become too small to get further",
    "interrupted": "stopped from the keyboard",
}


class Course(BaseModel):
    """The number of iterations, the rates that they went through, and why they stopped.

    A rate of 0.1 moves a mean by about a tenth of a posterior sd in an iteration.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    iterations: int
    first_rate: float
    last_rate: float
    stopped: Stopped

    @property
    def settled(self) -> bool:
        """Whether no more was to be gained."""
        return self.stopped in ("settled", "nothing to iterate")

    def __str__(self) -> str:
        if self.stopped == "nothing to iterate":
            return "no iterations: all guides are of single elements, found by Newton's method"
        return f"{self._iterations}; {_REASONS[self.stopped]}"

    @property
    def _iterations(self) -> str:
        if not self.iterations:
            return "no iterations"
        if self.last_rate < self.first_rate:
            rates = f"at rates from {self.first_rate:.2g} to {self.last_rate:.2g}"
        else:
            rates = f"at a rate of {self.first_rate:.2g}"
        return f"{self.iterations:,} iterations {rates}"
