"""How many draws from a guide are weighed: few where they tell enough, or cost much."""

from __future__ import annotations

from pplc.runtime.correction.hamiltonian import walkable
from pplc.runtime.correction.weighing import WeightedSample, weighted_sample
from pplc.runtime.module import Tensors
from pplc.runtime.progress import Monitor
from pplc.runtime.target import Target

#: Draws that a result has at least: where there is much data, or time is short.
SMALLEST_SAMPLE = 4096

_SAMPLE = 16384
_COSTLY = 2**26  # bytes of a sample that takes a tenth of a second or more: half of it is enough
_LONG = 2**32  # bytes of a sample that takes some seconds: a few draws first tell what it is worth
_PILOT = 1024
_HOPELESS = 1.0  # Pareto k of a guide


def hopeless(target: Target, phi: Tensors, seed: int) -> WeightedSample | None:
    """A few draws from the guide, where they tell that weights will not make it the posterior.

    None where they may, and where chains, which need less of a guide, could not start from it.
    """
    if not walkable(target):
        return None
    pilot = weighted_sample(target, phi, _PILOT, seed, quick=True)
    return None if pilot.pareto_k < _HOPELESS else pilot


def tried(target: Target, phi: Tensors, seed: int, draws: int, monitor: Monitor) -> WeightedSample:
    """Draws from the guide, corrected; a few of them where more would take long and be no good."""
    first = None
    if target.particle_bytes * _SAMPLE > _LONG:
        first = hopeless(target, phi, seed)
    return corrected(target, phi, seed, draws, monitor) if first is None else first


def corrected(
    target: Target, phi: Tensors, seed: int, draws: int, monitor: Monitor
) -> WeightedSample:
    """Draws from the guide, corrected: enough for results of which `draws` are kept."""
    usual = _SAMPLE if target.particle_bytes * _SAMPLE < _COSTLY else _SAMPLE // 2
    size = max(SMALLEST_SAMPLE, min(usual, target.most_draws))
    while size < draws:
        size *= 2
    return _weighed(target, phi, seed, size, monitor)


def hasty(target: Target, phi: Tensors, seed: int, monitor: Monitor) -> WeightedSample:
    """A few draws from a guide that was interrupted, as they are."""
    return _weighed(target, phi, seed, SMALLEST_SAMPLE, monitor, quick=True)


def _weighed(
    target: Target, phi: Tensors, seed: int, size: int, monitor: Monitor, quick: bool = False
) -> WeightedSample:
    with monitor.phase("correct"), target.threads(size):
        sample = weighted_sample(target, phi, size, seed, quick=quick)
        monitor.note(pareto_k=sample.pareto_k)
    return sample
