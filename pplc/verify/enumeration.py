"""All joint values of the discrete latents of a model, each with its log density."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from pplc.compiler.graph import ModelGraph, Site
from pplc.runtime.data import Data
from pplc.runtime.module import Module, Tensors
from pplc.verify.small import Sizes, discrete_latents, elements, number_of_values, row_lengths


@dataclass(frozen=True)
class Enumeration:
    """`values` holds each discrete latent at each joint value, `[A, ...]`.

    `there` tells which of its elements exist, as far as ragged index sets go. The others have
    values too, which nothing depends on.
    """

    sites: dict[str, Site]
    values: Tensors
    counts: dict[str, int]
    there: Tensors

    @classmethod
    def of(cls, graph: ModelGraph, sizes: Sizes) -> Enumeration:
        """Of a model with index sets of these sizes; there must not be too many."""
        sites = discrete_latents(graph)
        counts = {name: number_of_values(site, sizes) for name, site in sites.items()}
        widths = {name: elements(site, sizes) for name, site in sites.items()}
        choices = [counts[name] for name in sites for _ in range(widths[name])]
        grids = torch.meshgrid(*(torch.arange(n) for n in choices), indexing="ij")
        table = torch.stack([grid.flatten() for grid in grids], -1)
        values = {}
        for name, part in zip(sites, table.split_with_sizes([*widths.values()], -1), strict=True):
            site = sites[name]
            shape = [sizes[b.index_set] for b in site.binders]
            whole = torch.zeros(len(table), *shape, dtype=torch.int64)
            existing(site, whole, 1).copy_(part.reshape(existing(site, whole, 1).shape))
            values[name] = _numbers(site, whole)
        there = {name: _there(site, sizes) for name, site in sites.items()}
        return cls(sites, values, counts, there)

    def __len__(self) -> int:
        return len(next(iter(self.values.values())))

    def log_joint(self, complete: Module, latents: Tensors, data: Data, params: Tensors) -> Tensor:
        """The log density `[A]` of the joint values and one point `latents` of the others."""
        many = {name: value.expand(len(self), *value.shape) for name, value in latents.items()}
        terms = complete.model(many | self.values, data, params)
        idle = sum(int((~self.there[n]).sum()) * math.log(k) for n, k in self.counts.items())
        return torch.stack([term.expand(len(self)) for term in terms.values()]).sum(0) - idle

    def marginals(self, log_joint: Tensor, name: str) -> Tensor:
        """The probability of each value of each element of a site, `[..., K]`."""
        first = _first(self.sites[name])
        each = torch.arange(self.counts[name]) + first
        is_value = (self.values[name].unsqueeze(-1) == each).double()
        probabilities: Tensor = torch.tensordot(log_joint.softmax(0), is_value, 1)
        return probabilities

    def index_of(self, chosen: Tensors) -> int:
        """Which of the joint values has these."""
        same = [
            existing(self.sites[n], (v == chosen[n]) | ~self.there[n], 1).reshape(len(v), -1).all(1)
            for n, v in self.values.items()
        ]
        return int(torch.stack(same).all(0).double().argmax())


def existing(site: Site, of: Tensor, leading: int) -> Tensor:
    """The part of a tensor `[..., plates, ...]` that is about elements which a site has."""
    starts = (slice(b.start, None) for b in site.binders)
    return of[(*[slice(None)] * leading, *starts)]


def _there(site: Site, sizes: Sizes) -> Tensor:
    """Which elements of its whole array have a place in the rows of ragged index sets."""
    there = torch.ones([sizes[b.index_set] for b in site.binders], dtype=torch.bool)
    axes = [b.axis for b in site.binders]
    for inner, binder in enumerate(site.binders):
        if binder.within is None:
            continue
        outer, longest = axes.index(binder.within.axis), sizes[binder.index_set]
        lengths = torch.tensor(row_lengths(sizes[binder.within.index_set], longest))
        inside = torch.arange(longest) < lengths[:, None]
        shape = [n if a in (outer, inner) else 1 for a, n in enumerate(there.shape)]
        there &= inside.reshape(shape)
    return there


def _numbers(site: Site, positions: Tensor) -> Tensor:
    """The values of a site as the module reads them: positions, or numbers."""
    return positions if site.kind.values is not None else positions.double() + _first(site)


def _first(site: Site) -> int:
    return 0 if site.kind.values is not None else int(site.kind.support.lower)
