"""Guides of the elements of plates: the best ones given the guide of all else, held there.

Of many elements each is seldom in a minibatch, and gradients at the rate of the globals do not
find its guide. Given the globals' guide, the best Gaussian of an element meets closed conditions
(Opper and Archambeau 2009, "The variational Gaussian approximation revisited", equations 6 and
7). With H the second derivatives of the log joint by the element, h those by it and by what it
depends on, and means over the guide,

    precision = -E[H],    weights = -E[H]^-1 E[h],    E[gradient] = 0.

Newton's method meets them in a few steps, for all elements at once. So locals are optimised given
globals, as in stochastic variational inference (Hoffman, Blei, Wang and Paisley 2013), but in one
pass over the data whenever the globals have arrived somewhere. In between an element's mean, which
is affine in the globals, follows them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from pplc.runtime.coordinates.arrow_factor import Factor
from pplc.runtime.coordinates.guide import locations
from pplc.runtime.coordinates.recentring import Recentring
from pplc.runtime.data import Data
from pplc.runtime.manifest import BlockEntry
from pplc.runtime.module import Tensors
from pplc.runtime.noise import fresh_noise
from pplc.runtime.stochastic.batches import Batch, Batches
from pplc.runtime.target import Target

_CLIMB = 12  # steps of Newton's method towards the mode
_POLISH = 4  # and by averages over draws from the guide
_DRAWS = 32  # antithetic, that gradients are averaged over
_POINTS = 256  # products with second derivatives for a step, at most, unless one draw takes more
_LONGEST = 3.0  # step of a number, in sds
_NEAR = 0.05  # a step that is no longer, in sds, is the last
_AT_ONCE = 2**22  # numbers in the products with second derivatives


@dataclass(frozen=True)
class LocalGuides:
    """The parameters of all local blocks, and the means of the global ones that they follow.

    The centring of latents is among the former.
    """

    tables: Tensors
    means: Tensors

    def following(self, target: Target, phi: Tensors, data: Data) -> Tensors:
        """A guide's parameters with those of local blocks moved to where those of globals are.

        Those of local blocks are as in `tables`, with a row for each element that `data` has.
        """
        moves = {name: phi[f"{name}.loc"] - mean for name, mean in self.means.items()}
        blocks = local_blocks(target)
        nesting = target.module.nesting(data) if any(entry.outer for entry in blocks) else {}
        found = dict(phi)
        for entry in blocks:
            parts = [phi[f"{entry.name}.weights"]] if entry.parents else []
            parts += [phi[f"{entry.name}.weights_{outer}"] for outer in entry.outer]
            loc = phi[f"{entry.name}.loc"]
            move = torch.zeros_like(loc)
            if parts:
                given = target.given(entry, moves, nesting).unsqueeze(-1)  # [E or 1, A, 1]
                given = given.reshape(*(loc.shape[:-1] if len(given) > 1 else ()), *given.shape[1:])
                move = (torch.cat(parts, -1) @ given).squeeze(-1)
            moves[entry.name] = move.reshape(-1, loc.shape[-1])
            found[f"{entry.name}.loc"] = loc + move
        return found

    def to(self, dtype: torch.dtype, device: torch.device) -> LocalGuides:
        """The same in another type or on another device."""
        return LocalGuides(
            {n: x.to(device, dtype) for n, x in self.tables.items()},
            {n: x.to(device, dtype) for n, x in self.means.items()},
        )


def local_blocks(target: Target) -> list[BlockEntry]:
    """The blocks that have a Gaussian for each element of a plate."""
    return [entry for entry in target.guide if entry.family == "local"]


def of_guide(target: Target, phi: Tensors) -> LocalGuides:
    """The local guides in the parameters `phi` of a whole guide."""
    blocks = {e.name for e in local_blocks(target)}
    own = {f"{site}.centring" for site in target.centring}
    tables = {n: x for n, x in phi.items() if n in own or n.rpartition(".")[0] in blocks}
    followed = [name for name in target.parents if f"{name}.loc" in phi]
    return LocalGuides(tables, {name: phi[f"{name}.loc"] for name in followed})


def settled(
    target: Target, phi: Tensors, seed: int, *, far: bool = False
) -> tuple[LocalGuides, float]:
    """The best local guides given the rest of `phi`, and how far off they were.

    That is the first step of Newton's method in sds, root mean square. From `far` off each element
    first climbs to its mode. All of it in float64. Elements of the plate of minibatches are taken
    some at a time; where there are local blocks outside of it, all data are.
    """
    if not local_blocks(target):
        return of_guide(target, phi), 0.0
    found, squares, count = dict(phi), 0.0, 0
    for own, rows, put in _parts(target, phi):
        after, moves = _settled(own, rows, seed, far)
        found = put(found, after)
        squares += float(moves.square().sum())
        count += moves.numel()
    return of_guide(target, found), (squares / max(count, 1)) ** 0.5


Put = Callable[[Tensors, Tensors], Tensors]


def _parts(target: Target, phi: Tensors) -> Iterator[tuple[Target, Tensors, Put]]:
    """Targets that have all data of some elements each, with their guide's parameters."""
    entry = target.manifest.batch
    sites = {site for e in local_blocks(target) for site in e.sites}
    if entry is None or not sites <= {*entry.inside}:
        yield target, phi, lambda found, after: found | after
        return
    batches = Batches(target, entry)
    share = _AT_ONCE / (len(target.arrow.probes) * target.layout.size)
    size = max(1, min(batches.count, int(batches.count * share)))
    for chosen in torch.split(torch.arange(batches.count), size):
        batch = batches.take(chosen)

        def put(found: Tensors, after: Tensors, batch: Batch = batch) -> Tensors:
            return batches.put(found, after, batch)

        yield replace(target, data=batch.data), batches.rows(phi, batch), put


def _settled(own: Target, phi: Tensors, seed: int, far: bool) -> tuple[Tensors, Tensor]:
    """The best guides of the elements in the data of `own`, and the first steps towards them."""
    noise = _noise(own, seed)
    best, highest = phi, own.elbo(phi, noise)
    now = _recentred(own, _climbed(own, phi) if far else phi)
    first = None
    for _ in range(_POLISH):
        there = _at(own, now)
        factor, steps = _newton(there, *_draws(there, now, noise))
        first = steps if first is None else first
        now = _stepped(there, now, factor, steps)
        value = own.elbo(now, noise)
        if not value > highest:
            break
        best, highest = now, value
        if float(steps.abs().max()) <= _NEAR:
            break
    assert first is not None
    return best, first


def _noise(own: Target, seed: int) -> Tensors:
    """Antithetic normals [draws, ...] for each block; each number of a unit variance."""
    made = {}
    for name, e in fresh_noise(own.noise_blocks, _DRAWS // 2, seed).items():
        half = e / e.square().mean(0).sqrt()
        made[name] = torch.cat([half, -half])
    return made


def _at(own: Target, phi: Tensors) -> Target:
    """A target whose log joint is that at the params and the centring of `phi`."""
    centres = {site: phi[f"{site}.centring"].sigmoid() for site in own.centring}
    return replace(own, values=own.params_at(phi), centres=centres)


def _climbed(own: Target, phi: Tensors) -> Tensors:
    """The guide at the modes of the elements, the rest at its means, by their curvature there."""
    there = _at(own, phi)
    for _ in range(_CLIMB):
        point = locations(there, phi)[None]
        factor, steps = _newton(there, point, point)
        phi = _stepped(there, phi, factor, steps)
        if float(steps.abs().max()) <= _NEAR:
            break
    return phi


def _draws(own: Target, phi: Tensors, noise: Tensors) -> tuple[Tensor, Tensor]:
    """Unconstrained draws [n, U] from the guide, and those where its curvature is taken."""
    with torch.no_grad():
        latents, _ = own.module.guide(phi, noise, own.data, own.params)
        latents = {n: x.expand(_DRAWS, *x.shape[1:]) for n, x in latents.items()}
        u = own.unconstrain(latents, own.centring)
    pairs = min(_DRAWS, _POINTS // len(own.arrow.probes)) // 2
    if not pairs:
        return u, locations(own, phi)[None]
    return u, torch.cat([u[:pairs], u[_DRAWS // 2 :][:pairs]])


def _newton(own: Target, points: Tensor, fewer: Tensor) -> tuple[Factor, Tensor]:
    """The factor of the mean curvature at `fewer` points, and the step of each local number in sds.

    The gradient is averaged over `points`, the globals stay where they are.
    """
    _, gradient = own.gradient(points)
    factor = Factor.of(own.arrow, own.precision(fewer).averaged(len(fewer)))[0]
    steps = factor.transposed(gradient.mean(0)).nan_to_num()
    steps[own.arrow.globals_] = 0.0
    return factor, steps


def _stepped(own: Target, phi: Tensors, factor: Factor, steps: Tensor) -> Tensors:
    move = factor.apply(steps.clamp(-_LONGEST, _LONGEST))
    found = dict(phi)
    for entry in local_blocks(own):
        loc = phi[f"{entry.name}.loc"]
        part = factor.locals_[[p.name for p in own.arrow.locals_].index(entry.name)]
        parts = ({f"{entry.name}.weights": part.parents} if entry.parents else {}) | {
            f"{entry.name}.weights_{outer}": weights for outer, weights in part.outer.items()
        }
        found[f"{entry.name}.loc"] = loc + move[own.places(entry)].reshape(loc.shape)
        found |= {n: w.reshape(*loc.shape, -1) for n, w in parts.items()}
        diagonal = part.scale_tril.diagonal(dim1=-2, dim2=-1)
        found[f"{entry.name}.log_scale"] = diagonal.log().reshape(loc.shape)
        if f"{entry.name}.lower" in phi:
            lower = (part.scale_tril / diagonal.unsqueeze(-1)).tril(-1)
            found[f"{entry.name}.lower"] = lower.reshape(*loc.shape, -1)
    return found


def _recentred(own: Target, phi: Tensors) -> Tensors:
    """The same guide, to first order, so centred that spreads of elements do not follow globals."""
    own = _at(own, phi)
    variances = torch.ones(own.layout.size, dtype=torch.float64)
    free = torch.zeros(own.layout.size, dtype=torch.bool)
    for entry in local_blocks(own):
        scale = phi[f"{entry.name}.log_scale"].exp()
        rows = torch.ones_like(scale)
        if f"{entry.name}.lower" in phi:
            rows = rows + phi[f"{entry.name}.lower"].tril(-1).square().sum(-1)
        places = own.places(entry)
        variances[places] = (scale.square() * rows).reshape(places.shape)
        free[places] = True
    recentring = Recentring.around(own, locations(own, phi), phi)
    return recentring.apply(phi, recentring.best(variances, free))
