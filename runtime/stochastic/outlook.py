"""About how long a stochastic fit goes on, for who waits for it."""

from __future__ import annotations

import torch

from pplc.runtime.stochastic.engine import ERROR, FEWEST, State
from pplc.runtime.stochastic.schedule import standard_error

_ROUNDS = 2  # at least: one at half the rate tells whether more are worth it
_AGAIN = 0.5  # as long as a search has taken it goes on, times this: nothing better is known


def iterations_left(state: State, most: int) -> int:
    """About how many iterations are left, of `most` in all.

    The error of an average falls with the root of their number, which tells when it is small
    enough. Each round that is sure to come is taken to be as short as rounds can be.
    """
    count = sum(map(len, state.history))
    left = max(FEWEST - count, 0)
    if state.stage == "searching":
        left = max(left, int(_AGAIN * count)) + FEWEST
    elif not left:
        error = standard_error(torch.cat(state.history)[:, :-1])
        worst = float(error.max()) / ERROR if error.numel() else 0.0
        left = max(int(count * (worst**2 - 1)), 0)
    left += max(_ROUNDS - 1 - len(state.objectives), 0) * 2 * FEWEST
    return min(left, most - state.iterations)
