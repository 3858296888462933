"""What a stochastic fit optimises: the ELBO by a few draws and a minibatch, in free tensors."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor

from pplc.runtime.coordinates.guide import GuideCoordinates
from pplc.runtime.coordinates.points import PointCoordinates
from pplc.runtime.data import Data
from pplc.runtime.module import Tensors
from pplc.runtime.randomness import subseed
from pplc.runtime.stochastic.batches import Batches
from pplc.runtime.stochastic.local_guides import LocalGuides, settled
from pplc.runtime.stochastic.variance import Memory, remembers
from pplc.runtime.target import Target

GUIDE = "guide"  # the leaf that holds the coordinates of the guide's own parameters

_TRACKED = 200  # coordinates by which convergence is judged
_LAYER = 0.2  # the rate of the weights of a layer with n inputs is less by this over sqrt(n)


@dataclass(frozen=True)
class Problem:
    """What is to be fitted. `leaves` are its free tensors: see `start`.

    `guide` has the parameters of the whole guide at the start, params and weights, and `data` are
    those of the target in the type and on the device of the run.
    """

    target: Target
    guide: Tensors
    data: Data
    batches: Batches | None
    particles: int

    @cached_property
    def coordinates(self) -> GuideCoordinates:
        """Those of what is not local in the guide: zero at the start, in units of about an sd."""
        return GuideCoordinates.of_globals(self.target, self.guide)

    @cached_property
    def start(self) -> Tensors:
        """The coordinates of the guide [n], params and weights, where they start."""
        own = torch.zeros(self.coordinates.size - self.coordinates.params.size, dtype=torch.float64)
        free = {name: x.to(**self.data.options) for name, x in self.target.free_params.items()}
        return {GUIDE: own} | free

    @cached_property
    def rates(self) -> dict[str, float]:
        """The factor of the rate of each leaf."""
        weights = self.target.weights
        return {name: _factor(weights.get(name), weights, name) for name in self.start}

    @cached_property
    def tracked(self) -> dict[str, Tensor]:
        """Positions [n] in leaves by which convergence is judged: of what has a scale of its own.

        A weight has no meaning by itself, and a point no sd: of them the objective has to tell.
        """
        blocks = list(self.coordinates.blocks.values())
        sizes = [block.size for block in blocks]
        parts = zip(blocks, torch.arange(sum(sizes)).split_with_sizes(sizes), strict=True)
        kept = [part for block, part in parts if not isinstance(block, PointCoordinates)]
        places = {GUIDE: torch.cat([torch.arange(0), *kept])}
        for name, x in self.start.items():
            if name != GUIDE and name not in self.target.weights:
                places[name] = torch.arange(x.numel())
        every = max(1, sum(map(len, places.values())) // _TRACKED)
        return {name: at[::every] for name, at in places.items() if len(at)}

    @property
    def tells_by_objective(self) -> bool:
        """Whether there is more to fit than what is tracked."""
        points = any(block.family == "point" for block in self.target.guide)
        return points or bool(self.target.weights)

    @property
    def memory(self) -> Memory | None:
        """Of the gradients of minibatches, where all leaves are of use to each of them.

        The noise of a network's weights is none that a last gradient would tell: they move too
        far between two visits (Defazio and Bottou 2019, "On the ineffectiveness of variance
        reduced optimization for deep learning").
        """
        if self.batches is None or self.target.weights or set(self.start) & {*self.batches.tables}:
            return None
        if not remembers(self.start, self.batches.number):
            return None
        return Memory(self.start, self.batches.number)

    def phi(self, leaves: Tensors) -> Tensors:
        """The parameters of what is not local in the guide, params and weights at some leaves."""
        padding = leaves[GUIDE].new_zeros(self.coordinates.params.size)
        found = self.coordinates.phi(torch.cat([leaves[GUIDE], padding]))
        moved = {n: x.to(**self.data.options) for n, x in found.items() if n not in leaves}
        return moved | {n: x for n, x in leaves.items() if n != GUIDE}

    def exact(self, leaves: Tensors, locals_: LocalGuides) -> Tensors:
        """All parameters of the guide, params and weights, in float64 on the processor."""
        phi = locals_.following(self.target, self.phi(leaves) | locals_.tables, self.data)
        return {n: x.detach().to("cpu", torch.float64) for n, x in phi.items()}

    def settled(self, phi: Tensors, seed: int, *, far: bool = False) -> tuple[LocalGuides, float]:
        """The best local guides for the rest of a whole guide, and how far off they were in sds."""
        locals_, off = settled(self.target, phi, seed, far=far)
        return locals_.to(**self.data.options), off

    def elbo(
        self, leaves: Tensors, locals_: LocalGuides, step: int, seed: int
    ) -> tuple[Tensor, Tensors]:
        """The ELBO by the draws and the minibatch of a step, and its terms: single numbers."""
        return self.evaluated(*self.drawn(leaves, locals_, step, seed))

    def drawn(
        self, leaves: Tensors, locals_: LocalGuides, step: int, seed: int
    ) -> tuple[Tensors, Tensors, Data, Mapping[str, float]]:
        """What the ELBO of a step is computed from.

        That is the parameters for a minibatch, noise [particles, ...], the data, and factors of
        the terms.
        """
        phi, data = self.phi(leaves) | locals_.tables, self.data
        scales: Mapping[str, float] = {}
        if self.batches is not None:
            batch = self.batches.draw(step, seed)
            phi, data, scales = self.batches.rows(phi, batch), batch.data, self.batches.scales
        phi = locals_.following(self.target, phi, data)
        noise = self._noise(self.target.module.noise_shapes(data), subseed(seed, "noise", step))
        return phi, noise, data, scales

    def evaluated(
        self, phi: Tensors, noise: Tensors, data: Data, scales: Mapping[str, float]
    ) -> tuple[Tensor, Tensors]:
        """The ELBO of what is `drawn`, and its terms.

        Its gradient is that along the path of the draws where the guide has distributions of its
        own: what is left out is zero on average, and noise (Roeder, Wu and Duvenaud 2017,
        "Sticking the Landing").
        """
        module = self.target.module
        params = module.constrain_params(phi, data) if self.target.manifest.params else {}
        params |= {name: phi[name] for name in self.target.weights}
        latents, log_q = module.guide(phi, noise, data, params)
        if self._has_laws:
            still = {name: x.detach() for name, x in params.items()}
            log_q |= module.guide_density(latents, data, still)
        log_p = module.model(latents, data, params)
        terms = {n: scales.get(n, 1.0) * t.mean() for n, t in log_p.items()}
        entropy = [-scales.get(n, 1.0) * t.mean() for n, t in log_q.items()]
        return torch.stack([*terms.values(), *entropy]).sum(), terms

    @cached_property
    def _has_laws(self) -> bool:
        return any(block.family == "law" for block in self.target.guide)

    def _noise(self, shapes: dict[str, tuple[int, ...]], seed: int) -> Tensors:
        """Antithetic normals [particles, ...] for each block."""
        device = self.data.device
        generator = torch.Generator(device).manual_seed(seed)
        half = (self.particles + 1) // 2
        made = {}
        for name, shape in shapes.items():
            z = torch.randn(half, *shape, generator=generator, dtype=self.data.dtype, device=device)
            made[name] = torch.cat([z, -z])[: self.particles]
        return made


def _factor(weight: Tensor | None, weights: Tensors, name: str) -> float:
    if weight is None:
        return 1.0
    inputs = weights[f"{name.rpartition('.')[0]}.weight"].shape[1]
    return _LAYER / math.sqrt(inputs)
