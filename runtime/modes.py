"""The modes of the log joint, found by several climbs at once."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from pplc.runtime.climb import Ascent, ascend
from pplc.runtime.objective import Target
from pplc.runtime.problems import FitError, NoFiniteStart
from pplc.runtime.randomness import seeded, subseed
from pplc.runtime.whitening import inverse_factor

_POOL = 32  # points tried of each kind; the first finite ones are climbed from
_KINDS = {"prior": 3, "wide": 3, "narrow": 2}  # climbs from each kind of point
_WIDTHS = {"wide": 2.0, "narrow": 0.2}  # uniform(-w, w) in unconstrained space
_ROUNDS = 8
_STEPS = 20  # in a round; the curvature is taken anew between rounds
_TOLERANCE = 1e-2  # of a whitened gradient: the end is within a hundredth of an sd of the mode
_SAME = 0.5  # ends closer than this many sds are one mode


@dataclass(frozen=True)
class Mode:
    """A place to start from: `u` [D], the log joint and minus its Hessian [D, D] there.

    `reached` says whether it is a mode indeed, or a place on the way where a climb ran out.
    """

    u: Tensor
    log_joint: float
    precision: Tensor
    reached: bool


def find_modes(target: Target, seed: int) -> list[Mode]:
    """The distinct modes that several climbs of the log joint end in, highest first.

    Climbs run until half of them have arrived. A log joint need not be bounded (a hierarchical
    scale that shrinks to zero), so their length is limited; if none arrives, the places that they
    passed between rounds are returned.

    Raises FitError (NoFiniteStart) if the log joint is finite at no point tried.
    """
    points = starting_points(target, seed)
    now = Ascent(points, *target.gradient(points))
    passed: list[Mode] = []
    for round_number in range(_ROUNDS + 1):
        precision = -target.hessian(now.points)
        factor = inverse_factor(precision)
        steepest = _whitened(now, factor).steepest
        arrived = steepest <= _TOLERANCE
        places = _modes(now, precision, arrived)
        if 2 * arrived.sum() >= len(points) or round_number == _ROUNDS:
            break
        passed += places
        now = _climb_round(target, now, factor)
    reached = _distinct([mode for mode in places if mode.reached])
    return reached or _distinct(passed + places)


def _whitened(ascent: Ascent, factor: Tensor) -> Ascent:
    """The ascents in coordinates z with u = points + factor z, at z = 0."""
    gradients = (factor.mT @ ascent.gradients.unsqueeze(-1)).squeeze(-1)
    return Ascent(torch.zeros_like(ascent.points), ascent.values, gradients)


def _climb_round(target: Target, now: Ascent, factor: Tensor) -> Ascent:
    def in_u(z: Tensor) -> Tensor:
        return now.points + (factor @ z.unsqueeze(-1)).squeeze(-1)

    def function(z: Tensor) -> tuple[Tensor, Tensor]:
        values, gradients = target.gradient(in_u(z))
        return values, (factor.mT @ gradients.unsqueeze(-1)).squeeze(-1)

    ended = ascend(function, _whitened(now, factor), _STEPS, _TOLERANCE)
    points = in_u(ended.points)
    return Ascent(points, *target.gradient(points))


def _modes(now: Ascent, precision: Tensor, arrived: Tensor) -> list[Mode]:
    rows = zip(now.points, now.values.tolist(), precision, arrived.tolist(), strict=True)
    return [Mode(*row) for row in rows]


def _distinct(modes: list[Mode]) -> list[Mode]:
    """One of each group of modes that are within a small distance, highest first."""
    kept: list[tuple[Mode, Tensor]] = []
    for mode in sorted(modes, key=lambda mode: -mode.log_joint):
        whiten = torch.linalg.inv(inverse_factor(mode.precision))
        if all((near @ (mode.u - other.u)).norm() > _SAME for other, near in kept):
            kept.append((mode, whiten))
    return [mode for mode, _ in kept]


def starting_points(target: Target, seed: int) -> Tensor:
    """Points [n, D] where log joint and gradient are finite: from the prior, and small ones.

    Raises FitError (NoFiniteStart) if there are none.
    """
    pools = _pools(target, seed)
    chosen = []
    for kind, pool in pools.items():
        value, gradient = target.gradient(pool)
        finite = value.isfinite() & gradient.isfinite().all(-1)
        chosen.append(pool[finite][: _KINDS[kind]])
    points = torch.cat(chosen)
    if not len(points):
        raise FitError([NoFiniteStart(terms=_not_finite(target, torch.cat(list(pools.values()))))])
    return points


def _pools(target: Target, seed: int) -> dict[str, Tensor]:
    size = target.layout.size
    pools = {}
    with seeded(subseed(seed, "starts")):
        latents = target.module.prior(_POOL, target.data, target.params)
        u = target.module.unconstrain(latents, target.data, target.params)
        pools["prior"] = target.layout.flatten(u)
        for kind, width in _WIDTHS.items():
            uniform = torch.rand(_POOL, size, dtype=torch.float64)
            pools[kind] = width * (2 * uniform - 1)
    return pools


def _not_finite(target: Target, points: Tensor) -> tuple[str, ...]:
    """The terms that are -inf, inf or NaN at every point; if none is, those at any."""
    with torch.no_grad():
        terms, _ = target.log_joint_terms(points)
    always = tuple(name for name, t in terms.items() if not t.isfinite().any())
    return always or tuple(name for name, t in terms.items() if not t.isfinite().all())
