"""Where a posterior may have another mode: at one with the labels of a few elements in other order.

The components of a mixture can be told apart by an order that the model imposes, or not at all.
Then climbs that all end in one mode say little: there are as many as there are orders.
"""

from __future__ import annotations

import torch
from torch import Tensor

from pplc.runtime.target import Target

_ROUNDING = 1e-9  # of a density, relatively
_PROBABILITY = "a number in (0, 1)"  # the support of what tells how likely one of two labels is


def relabelled(target: Target, u: Tensor) -> Tensor:
    """Points [m, U] that are `u` [U] with the elements of an index set moved on by one.

    Of each index set whose labels come from the model alone. Once with all else as it is, and once
    with single probabilities p at 1 - p. Some may be impossible.
    """
    points = [point for _, point in _reordered(target, u)]
    return torch.cat(points) if points else u.new_empty(0, len(u))


def interchangeable(target: Target, u: Tensor) -> str | None:
    """An index set in whose other orders the density at `u` [U] is the same, if there is one."""
    for index_set, point in _reordered(target, u):
        here, there = target.log_joint(torch.cat([u[None], point])).detach()
        if torch.isclose(here, there, rtol=_ROUNDING):
            return index_set
    return None


def _reordered(target: Target, u: Tensor) -> list[tuple[str, Tensor]]:
    """The index sets that only latents run over, each with `u` in another order, [1, U].

    Where what is observed does, or values of data are its elements, the data have its labels.
    """
    sites = target.manifest.sites
    seen = {name for site in sites if site.role == "observed" for name in site.dims}
    seen |= {entry.index_set for entry in target.manifest.data if entry.index_set is not None}
    found = []
    with torch.no_grad():
        latents, _ = target.constrain(u[None], target.centring)
        over = {site.name: site.dims for site in sites if site.name in latents}
        single = {s.name for s in sites if s.support == _PROBABILITY and not s.dims} & set(over)
        for index_set in dict.fromkeys(name for dims in over.values() for name in dims):
            if index_set in seen:
                continue
            moved = {site: _moved(x, over[site], index_set) for site, x in latents.items()}
            found.append((index_set, target.unconstrain(moved, target.centring)))
            if single:
                flipped = moved | {site: 1 - moved[site] for site in single}
                found.append((index_set, target.unconstrain(flipped, target.centring)))
    return found


def _moved(x: Tensor, dims: tuple[str, ...], index_set: str) -> Tensor:
    """A latent [1, *dims] with the elements of an index set moved on by one."""
    axes = tuple(axis for axis, name in enumerate(dims, 1) if name == index_set)
    return x.roll((1,) * len(axes), axes) if axes else x
