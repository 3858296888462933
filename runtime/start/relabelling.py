"""Where a posterior may have another mode: at one with the labels of a few elements in other order.

The components of a mixture can be told apart by an order that the model imposes, or not at all.
Then climbs that all end in one mode say little: there are as many as there are orders.
"""

from __future__ import annotations

import torch
from torch import Tensor

from pplc.runtime.target import Target

_PROBABILITY = "a number in (0, 1)"  # the support of what tells how likely one of two labels is


def relabelled(target: Target, u: Tensor) -> Tensor:
    """Points [m, U] that are `u` [U] with the elements of an index set moved on by one.

    Of each index set over which latents run, and neither what is observed nor values of data do:
    then the data have its labels. Once with all else as it is, and once with single probabilities
    p at 1 - p. Some may be impossible.
    """
    sites = target.manifest.sites
    seen = {name for site in sites if site.role == "observed" for name in site.dims}
    seen |= {entry.index_set for entry in target.manifest.data if entry.index_set is not None}
    with torch.no_grad():
        latents, _ = target.constrain(u[None], target.centring)
        over = {site.name: site.dims for site in sites if site.name in latents}
        single = {s.name for s in sites if s.support == _PROBABILITY and not s.dims} & set(over)
        points = []
        for index_set in dict.fromkeys(name for dims in over.values() for name in dims):
            if index_set in seen:
                continue
            moved = {site: _moved(x, over[site], index_set) for site, x in latents.items()}
            points.append(moved)
            if single:
                points.append(moved | {site: 1 - moved[site] for site in single})
        if not points:
            return u.new_empty(0, len(u))
        return torch.cat([target.unconstrain(point, target.centring) for point in points])


def _moved(x: Tensor, dims: tuple[str, ...], index_set: str) -> Tensor:
    """A latent [1, *dims] with the elements of an index set moved on by one."""
    axes = tuple(axis for axis, name in enumerate(dims, 1) if name == index_set)
    return x.roll((1,) * len(axes), axes) if axes else x
