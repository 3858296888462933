"""Coordinates of how far latents are centred, which leave the guide where it is."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from pplc.runtime.manifest import BlockEntry
from pplc.runtime.module import Tensors

if TYPE_CHECKING:
    from pplc.runtime.target import Target

#: The least and most that a latent is centred where that is to be learned.
CENTRING = (0.01, 0.99)

_STEP = 2.0  # of the logit of the centring, for each unit of `xi`


@dataclass(frozen=True)
class Recentring:
    """A change of the logits of the centring, and of the other parameters to make up for it.

    With the centring a latent's u changes its meaning, by a map that is affine where the latents
    before it are held at the guide's means: u' = a + b (u - m). The parameters of u are mapped
    along, so that to first order the guide stays what it is. `points` are latents at the means,
    and then with each centred latent off its mean by 1 in turn: the maps are read off them.
    """

    target: Target
    means: Tensor
    logits: Tensor
    points: Tensors
    scale: Tensor

    @classmethod
    def start(cls, target: Target, means: Tensor) -> Recentring:
        """At the centring that a fit starts with, for a guide with these means [U]."""
        logits = {site: lam.logit() for site, lam in target.centring.items()}
        return cls._at(target, means, logits)

    @classmethod
    def around(cls, target: Target, means: Tensor, phi: Tensors) -> Recentring:
        """At that of `phi`, for a guide with these means [U]."""
        return cls._at(target, means, {s: phi[f"{s}.centring"] for s in target.centring})

    @classmethod
    def held(cls, target: Target, means: Tensor) -> Recentring:
        """One that changes nothing, for a guide with these means [U]."""
        return cls(target, means, means.new_zeros(0), {}, torch.ones_like(means))

    @classmethod
    def _at(cls, target: Target, means: Tensor, logits: Tensors) -> Recentring:
        latents, _ = target.constrain(means[None], {s: x.sigmoid() for s, x in logits.items()})
        full = {site: torch.ones_like(x) for site, x in logits.items()}
        base = target.unconstrain(latents, full)
        bases = base.repeat(1 + len(full), 1)
        for row, site in enumerate(full, 1):
            bases[row, target.layout.positions((site,))] += 1.0
        points, _ = target.constrain(bases, full)
        flat = target.centred.flatten(logits) if full else base.new_zeros(0)
        made = cls(target, means, flat, points, torch.ones_like(means))
        return replace(made, scale=made._maps(flat)[1])

    @property
    def size(self) -> int:
        """Length of `xi`."""
        return len(self.logits)

    def _maps(self, logits: Tensor) -> tuple[Tensor, Tensor]:
        """What u is at the means, and its scale relative to the latent's, [U] each."""
        if not self.size:
            return self.means, self.scale
        centring = self.target.centred.unflatten(logits.sigmoid())
        u = self.target.unconstrain(self.points, centring)
        mean, scale = self.means, torch.ones_like(self.means)
        for row, site in enumerate(centring, 1):
            at = self.target.layout.positions((site,))
            mean = mean.index_put((at,), u[0, at])
            scale = scale.index_put((at,), u[row, at] - u[0, at])
        return mean, scale

    def best(self, variances: Tensor, free: Tensor) -> Tensor:
        """The `xi` at which the spread of `free` latents depends on no others, to first order.

        A latent is centred by one minus the share of its prior in its precision given all others
        (Papaspiliopoulos, Roberts and Sköld 2007, "A general framework for the parametrization of
        hierarchical models", section 3). `variances` [U] are those of u given all others.
        """
        if not self.size:
            return self.logits
        _, now = self._maps(self.logits)
        _, apart = self._maps(torch.full_like(self.logits, -math.inf))
        share = variances * (apart / now).square()
        at = self.target.layout.positions(tuple(self.target.centred.shapes))
        centring = (1 - share[at]).nan_to_num().clamp(*CENTRING)
        return torch.where(free[at], centring.logit() - self.logits, 0.0) / _STEP

    def apply(self, phi: Tensors, xi: Tensor) -> Tensors:
        """Parameters of a guide with the centring at `xi` [size], from those with that at zero."""
        if not self.size:
            return phi
        logits = self.logits + _STEP * xi
        mean, scale = self._maps(logits)
        ratio = scale / self.scale
        moved = dict(phi)
        for entry in self.target.guide:
            name, places = entry.name, self.target.places(entry)
            if f"{name}.log_scale" not in phi:
                continue  # nothing of it is centred by degrees
            loc = phi[f"{name}.loc"]
            own = ratio[places].reshape(loc.shape)
            off = loc - self.means[places].reshape(loc.shape)
            moved[f"{name}.loc"] = mean[places].reshape(loc.shape) + own * off
            moved[f"{name}.log_scale"] = phi[f"{name}.log_scale"] + own.log()
            for key, of_given in self._of_given(entry, ratio).items():
                moved[key] = (
                    phi[key]
                    * own.unsqueeze(-1)
                    / of_given.reshape(*([1] * (phi[key].dim() - of_given.dim())), *of_given.shape)
                )
        lam = self.target.centred.unflatten(logits)
        return moved | {f"{site}.centring": x for site, x in lam.items()}

    def _of_given(self, entry: BlockEntry, ratio: Tensor) -> Tensors:
        """The ratios of what an element depends on, for each of its weights."""
        if entry.family != "local":
            return {}
        plates = self.target.noise_shapes[entry.name][:-1]
        found = {}
        if entry.parents:
            found[f"{entry.name}.weights"] = ratio[self.target.layout.positions(entry.parents)]
        for outer, index in self.target.arrow.part(entry.name).outer.items():
            there = ratio[self.target.arrow.part(outer).positions[index]]
            found[f"{entry.name}.weights_{outer}"] = there.reshape(*plates, 1, there.shape[-1])
        return found
