"""The modes of the log joint, found by several climbs at once."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from pplc.runtime.coordinates.arrow_factor import Factor
from pplc.runtime.minimise import Vector, minimise
from pplc.runtime.problems import FitError, NoFiniteStart
from pplc.runtime.randomness import seeded, subseed
from pplc.runtime.start.climb import ascend
from pplc.runtime.start.recombining import recombined
from pplc.runtime.start.relabelling import relabelled
from pplc.runtime.start.smoothing import Smoothed
from pplc.runtime.target import Target

_POOL = 32  # points tried of each kind; the first finite ones are climbed from
_KINDS = {"prior": 3, "wide": 3, "narrow": 2}  # climbs from each kind of point
_CHEAP = 2**14  # bytes of a gradient: where they take no more, climbs cost next to nothing
_MANIFOLD = 3  # times as many climbs then
_WIDTHS = {"wide": 2.0, "narrow": 0.2}  # uniform(-w, w) in unconstrained space
_ROUNDS = 10
_STEPS = 15  # in a round; the curvature is taken anew between rounds
_TOLERANCE = 1e-2  # of a whitened gradient: the end is within a hundredth of an sd of the mode
_SAME = 0.5  # ends closer than this many sds are one mode
_NEARLY = 30.0  # lower than a mode: from there a climb to one of its kind is worth it
_NEAREST = 4  # of the points that are as near, those climbed from

_MANY = 100  # directions of curvature
_LONG = 500  # steps of a climb without curvature
_SLOPE = 1e-3
_HIGHEST = 2  # places of which the curvature is taken then


@dataclass(frozen=True)
class Mode:
    """A place to start from: `u` [U], the height and the curvature there.

    `height` is the log joint, or its lower bound where locals are averaged over. `reached` says
    whether it is a mode indeed, or a place on the way where a climb ran out, and `climbs` how many
    ended here.
    """

    u: Tensor
    height: float
    factor: Factor
    reached: bool
    climbs: int = 1

    def is_at(self, u: Tensor) -> bool:
        """Whether the place `u` [U] is within a small distance: the same mode."""
        return bool(self.factor.solve(u - self.u).norm() <= _SAME)


def find_modes(
    target: Target, seed: int, on_round: Callable[[float], None] = lambda done: None
) -> list[Mode]:
    """The distinct modes that several climbs of the log joint end in, highest first.

    The height of a place is averaged over a Gaussian around the locals (see `Smoothed`). Climbs
    run until half of them have arrived. A log joint need not be bounded, so their length is
    limited; if none arrives, the places that they passed between rounds are returned. `on_round`
    is told the share of the rounds that is done, of which most searches take but a part.

    Raises FitError (NoFiniteStart) if the log joint is finite at no point tried.
    """
    points = starting_points(target, seed)
    if len(target.arrow.probes) > _MANY:
        points = _ascended(target, points)
    return _climbed(target, points, on_round)


def relabelled_modes(target: Target, mode: Mode) -> list[Mode]:
    """Modes that climbs end in from where `mode` is with labels exchanged (see `relabelling`)."""
    return _climbed_nearby(target, mode, relabelled(target, mode.u)) if mode.reached else []


def recombined_modes(target: Target, mode: Mode, others: list[Mode]) -> list[Mode]:
    """Modes that climbs end in from where single elements are as at others (see `recombining`)."""
    if not (mode.reached and others and target.arrow.locals_):
        return []
    points = recombined(mode.u, mode.factor, torch.stack([other.u for other in others]))
    return _climbed_nearby(target, mode, points)


def _climbed_nearby(target: Target, mode: Mode, points: Tensor) -> list[Mode]:
    """The modes that climbs end in from those of some points [m, U] that are worth it."""
    others = _near(target, mode, points)
    return [found for found in _climbed(target, others) if found.reached] if len(others) else []


def _near(target: Target, mode: Mode, points: Tensor) -> Tensor:
    """Those of some points [m, U] that are another place than the mode, and nearly as high."""
    points[:, target.held] = mode.u[target.held]
    elsewhere = [not mode.is_at(point) for point in points]
    points = points[torch.tensor(elsewhere, dtype=torch.bool)]
    points = torch.cat([mode.u[None], points])
    with torch.no_grad():
        values = [target.log_joint(points[chunk]) for chunk in target.chunks(len(points))]
    height, *heights = torch.cat(values).tolist()
    near = [i for i, h in enumerate(heights) if height - _NEARLY < h < math.inf]
    return points[1:][sorted(near, key=lambda i: -heights[i])[:_NEAREST]]


def _climbed(
    target: Target, points: Tensor, on_round: Callable[[float], None] = lambda done: None
) -> list[Mode]:
    """The modes that climbs from points [n, U] end in, or places on the way, highest first."""
    hill = Smoothed.at(target, points)
    passed: list[Mode] = []
    for round_number in range(_ROUNDS + 1):
        on_round(round_number / (_ROUNDS + 1))
        now = hill.here()
        arrived = now.steepest <= _TOLERANCE
        places = [
            Mode(u, height, hill.factor[i], reached)
            for i, (u, height, reached) in enumerate(
                zip(hill.points, now.values.tolist(), arrived.tolist(), strict=True)
            )
        ]
        if 2 * arrived.sum() >= len(points) or round_number == _ROUNDS:
            break
        passed += places
        hill = hill.moved(ascend(hill, now, _STEPS, _TOLERANCE).points)
    reached = distinct([mode for mode in places if mode.reached])
    return reached or distinct(passed + places)


def _ascended(target: Target, points: Tensor) -> Tensor:
    """The highest different places [n, U] that climbs without curvature end in.

    Where there are many globals, the curvature at a point costs more than a whole climb.
    """

    def downhill(x: Vector) -> tuple[float, Vector]:
        values, gradients = target.gradient(torch.from_numpy(x)[None])
        return -float(values), -gradients[0].numpy()

    ends: list[tuple[float, Tensor]] = []
    for point in points:
        found = minimise(downhill, point.numpy(), tolerance=_SLOPE, iterations=_LONG)
        if found is not None and found.interrupted:
            raise KeyboardInterrupt
        if found is not None:
            ends.append((found.value, torch.from_numpy(found.x)))
    kept: list[Tensor] = []
    for _, end in sorted(ends, key=lambda end: end[0]):
        if all((end - other).norm() > _SAME for other in kept):
            kept.append(end)
    return torch.stack(kept[:_HIGHEST]) if kept else points


def distinct(modes: list[Mode]) -> list[Mode]:
    """One of each group of modes that are within a small distance, highest first."""
    kept: list[Mode] = []
    for mode in sorted(modes, key=lambda mode: -mode.height):
        for i, other in enumerate(kept):
            if other.is_at(mode.u):
                kept[i] = replace(other, climbs=other.climbs + mode.climbs)
                break
        else:
            kept.append(mode)
    return kept


def starting_points(target: Target, seed: int) -> Tensor:
    """Points [n, D] where log joint and gradient are finite: from the prior, and small ones.

    Raises FitError (NoFiniteStart) if there are none.
    """
    pools = _pools(target, seed)
    chosen = []
    times = _MANIFOLD if target.particle_bytes <= _CHEAP else 1
    for kind, pool in pools.items():
        pool = target.started(pool)
        value, gradient = target.gradient(pool)
        finite = value.isfinite() & gradient.isfinite().all(-1)
        chosen.append(pool[finite][: times * _KINDS[kind]])
    points = torch.cat(chosen)
    if not len(points):
        raise FitError([NoFiniteStart(terms=_not_finite(target, torch.cat(list(pools.values()))))])
    return points


def _pools(target: Target, seed: int) -> dict[str, Tensor]:
    size = target.layout.size
    pools = {}
    with seeded(subseed(seed, "starts")):
        latents = target.module.prior(_POOL, target.data, target.params)
        pools["prior"] = target.unconstrain(latents, target.centring)
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
