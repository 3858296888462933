"""A module with its data: the log joint and its derivatives, and the terms of the ELBO."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from functools import cached_property

import torch
from torch import Tensor

from pplc.runtime.coordinates.arrow import Arrow, Precision
from pplc.runtime.coordinates.recentring import CENTRING
from pplc.runtime.data import Data
from pplc.runtime.flatten import Layout
from pplc.runtime.manifest import BlockEntry, Manifest
from pplc.runtime.module import Module, Tensors
from pplc.runtime.noise import NoiseBlock, noise_blocks
from pplc.runtime.threads import threads_for

_CHUNK_BYTES = 16 * 2**20
_MOST_NUMBERS = 2**25  # of all latents in a sample: 256 MB
_MOST_BYTES = 2**34  # that a sample takes through the processor: about half a minute


def total(terms: Tensors) -> Tensor:
    """The sum of named terms, [S]."""
    return torch.stack(list(terms.values())).sum(0)


@dataclass(frozen=True)
class Target:
    """A module with its data: what an engine works on. All of it is float64.

    `on_gradient` is called at each evaluation of a gradient, `on_share` with the share of a sample
    that is evaluated. `seed` fixes where the weights of networks start. `scales` are factors of
    some terms and sites, where the data are a part of all. `start` holds latents, in their own
    units, that the search for modes starts from; those that the guide has frozen stay there.
    `values` are params and weights, and `centres` the centring of each latent, where the log joint
    is not that at their start.
    """

    module: Module
    data: Data
    on_gradient: Callable[[], None] = lambda: None
    on_share: Callable[[float], None] = lambda done: None
    seed: int = 0
    scales: Mapping[str, float] = field(default_factory=dict)
    start: Tensors = field(default_factory=dict)
    values: Tensors = field(default_factory=dict)
    centres: Tensors = field(default_factory=dict)

    @cached_property
    def manifest(self) -> Manifest:
        """What the module says about itself."""
        return Manifest.model_validate(self.module.METADATA)

    @cached_property
    def params(self) -> Tensors:
        """The params [...] and weights where they start: the log joint is that at these."""
        if self.values:
            return self.values
        params = self.module.initial_params(self.data) if self.manifest.params else {}
        return params | self.weights

    @cached_property
    def weights(self) -> Tensors:
        """The weights of the networks where they start."""
        return self.module.initial_weights(self.data, self.seed) if self.manifest.nets else {}

    def params_at(self, phi: Tensors) -> Tensors:
        """The params and weights at `phi`, which holds them beside the guide's parameters."""
        params = self.module.constrain_params(phi, self.data) if self.manifest.params else {}
        return params | {name: phi[name] for name in self.weights}

    @cached_property
    def free_params(self) -> Tensors:
        """The params where they start, unconstrained, and the weights."""
        params = (
            self.module.unconstrain_params(self.params, self.data) if self.manifest.params else {}
        )
        return params | self.weights

    @cached_property
    def layout(self) -> Layout:
        """Where each latent lies in the flat unconstrained vector."""
        return Layout(self.module.unconstrained_shapes(self.data))

    @cached_property
    def guide(self) -> tuple[BlockEntry, ...]:
        """The blocks of the module's guide."""
        return self.manifest.guide

    @cached_property
    def held(self) -> Tensor:
        """Where the numbers that are held fixed lie in the flat vector, [n], int64."""
        sites = [s for block in self.guide if block.frozen for s in block.sites]
        return self.layout.positions(tuple(sites))

    def started(self, points: Tensor) -> Tensor:
        """Points [n, U] moved to where the search starts, as far as that is given."""
        if not self.start:
            return points
        latents, _ = self.constrain(points, self.centring)
        given = {n: v.expand(len(points), *v.shape) for n, v in self.start.items()}
        moved = self.unconstrain(latents | given, self.centring)
        at = self.layout.positions(tuple(self.start))
        return points.index_copy(-1, at, moved[..., at])

    @cached_property
    def noise_blocks(self) -> tuple[NoiseBlock, ...]:
        """The noise of each block of the guide, and what is drawn before it."""
        return noise_blocks(self.guide, self.noise_shapes, self.arrow)

    @cached_property
    def global_noise(self) -> Layout:
        """The noise of what is not local as one vector."""
        local = {entry.name for entry in self.guide if entry.family == "local"}
        shapes = self.noise_layout.shapes.items()
        return Layout({n: shape for n, shape in shapes if n not in local and 0 not in shape})

    @cached_property
    def noise_layout(self) -> Layout:
        """All noise as one vector."""
        return Layout(self.noise_shapes)

    @cached_property
    def noise_shapes(self) -> dict[str, tuple[int, ...]]:
        """Shape of the noise of each block of the guide, for one draw."""
        return self.module.noise_shapes(self.data)

    @cached_property
    def guide_shapes(self) -> dict[str, tuple[int, ...]]:
        """Shape of each parameter of the guide."""
        return self.module.guide_shapes(self.data)

    @cached_property
    def arrow(self) -> Arrow:
        """Which latents are coupled to which."""
        return Arrow.of(self.guide, self.layout, self.nesting)

    @cached_property
    def nesting(self) -> Mapping[str, Mapping[str, Tensor]]:
        """For each element of a local block, the element [E] of each outer one it depends on."""
        return self.module.nesting(self.data)

    @cached_property
    def parents(self) -> set[str]:
        """The global blocks that elements of local ones depend on."""
        sites = {site for entry in self.guide for site in entry.parents}
        return {entry.name for entry in self.guide if sites & set(entry.sites)}

    @cached_property
    def centring(self) -> Tensors:
        """Where the centring starts: not quite at an end, from where it could not be learned."""
        if self.centres:
            return self.centres
        start = self.module.initial_centring(self.data)
        return {site: lam.clamp(*CENTRING) for site, lam in start.items()}

    @cached_property
    def centred(self) -> Layout:
        """Where the centring of each latent lies in a flat vector."""
        return Layout({site: tuple(lam.shape) for site, lam in self.centring.items()})

    @cached_property
    def particle_bytes(self) -> int:
        """Memory that the gradient of the log joint at one point keeps, measured."""
        kept: list[int] = []

        def keep(tensor: Tensor) -> Tensor:
            kept.append(tensor.numel() * tensor.element_size())
            return tensor

        u = torch.zeros(2, self.layout.size, dtype=torch.float64, requires_grad=True)
        with torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor):
            self.log_joint(u)
        return 1 + sum(kept) // 2

    @property
    def most_draws(self) -> int:
        """As many as have room in memory, and do not take too long."""
        return min(_MOST_NUMBERS // self.layout.size, _MOST_BYTES // self.particle_bytes)

    def chunks(self, size: int) -> Iterator[slice]:
        """Slices that cover `size` particles, each small enough for the processor's cache."""
        step = max(1, min(size, _CHUNK_BYTES // self.particle_bytes))
        return (slice(start, start + step) for start in range(0, size, step))

    def threads(self, particles: int) -> AbstractContextManager[None]:
        """As many threads as pay for work on so many particles in all."""
        return threads_for(particles * self.particle_bytes)

    def log_joint(self, u: Tensor) -> Tensor:
        """Log density [S] of flat unconstrained latents `u` [S, D], Jacobians included."""
        terms, log_jacobian = self.log_joint_terms(u)
        return total(terms) + total(log_jacobian)

    def log_joint_terms(self, u: Tensor) -> tuple[Tensors, Tensors]:
        """The log density of each term and the log Jacobian of each latent, [S] each."""
        if len(self.held):  # no derivatives along these
            u = u.index_copy(-1, self.held, u[..., self.held].detach())
        latents, log_jacobian = self.constrain(u, self.centring)
        return self.model_terms(latents, len(u), self.params), self._scaled(log_jacobian)

    def model_terms(self, latents: Tensors, particles: int, params: Tensors) -> Tensors:
        """The log density of each term of the model, [S] also where it depends on no latent."""
        terms = self.module.model(latents, self.data, params)
        return self._scaled({name: t.expand(particles) for name, t in terms.items()})

    def _scaled(self, terms: Tensors) -> Tensors:
        if not self.scales:
            return terms
        return {name: t * self.scales.get(name, 1.0) for name, t in terms.items()}

    def constrain(self, u: Tensor, centring: Tensors) -> tuple[Tensors, Tensors]:
        """Latents at `u` [S, U], and the log Jacobian of each, [S]."""
        return self.module.constrain(self.layout.unflatten(u), self.data, self.params, centring)

    def unconstrain(self, latents: Tensors, centring: Tensors) -> Tensor:
        """The `u` [S, U] of latents."""
        u = self.module.unconstrain(latents, self.data, self.params, centring)
        return self.layout.flatten(u)

    def recentred(self, u: Tensor, centring: Tensors) -> Tensor:
        """Where the point `u` [U] lies with another centring than at the start."""
        latents, _ = self.constrain(u[None], self.centring)
        return self.unconstrain(latents, centring)[0]

    def places(self, entry: BlockEntry) -> Tensor:
        """Where the latents of a block lie in `u`: [d], or [E, d] for a local one."""
        if entry.family == "local":
            return self.arrow.part(entry.name).positions
        return self.layout.positions(entry.sites)

    def given(
        self,
        entry: BlockEntry,
        values: Tensors,
        nesting: Mapping[str, Mapping[str, Tensor]] | None = None,
    ) -> Tensor:
        """What the elements of a local block depend on, [E or 1, A, ...].

        `values` has numbers [d, ...] for each global block, and [E, d, ...] for each local one;
        `nesting` is that of other elements than all.
        """
        nesting = self.nesting if nesting is None else nesting
        found = []
        for block in self.guide:
            wanted = [site for site in entry.parents if site in block.sites]
            if wanted:
                at = Layout({s: self.layout.shapes[s] for s in block.sites}).positions(
                    tuple(wanted)
                )
                found.append(values[block.name][at][None])
        found += [values[outer][nesting[entry.name][outer]] for outer in entry.outer]
        if not found:
            return torch.zeros(1, 0, dtype=torch.float64)
        count = next((len(x) for x in found if len(x) != 1), 1)
        return torch.cat([x.expand(count, *x.shape[1:]) for x in found], 1)

    def elbo_terms(self, phi: Tensors, noise: Tensors) -> tuple[Tensors, Tensors, Tensors]:
        """Latents [S, ...] from the guide, log p of each term and log q of each site, [S]."""
        params = self.params_at(phi)
        latents, log_q = self.module.guide(phi, noise, self.data, params)
        particles = len(next(iter(noise.values())))
        log_p = self.model_terms(latents, particles, params)
        latents = {n: x.expand(particles, *x.shape[1:]) for n, x in latents.items()}
        return latents, log_p, self._scaled({n: t.expand(particles) for n, t in log_q.items()})

    def elbo(self, phi: Tensors, noise: Tensors) -> float:
        """The mean over fixed draws, noise [S, ...], of log p - log q."""
        draws = len(next(iter(noise.values())))
        gap = 0.0
        with torch.no_grad():
            for chunk in self.chunks(draws):
                part = {name: eps[chunk] for name, eps in noise.items()}
                _, log_p, log_q = self.elbo_terms(phi, part)
                gap += float((total(log_p) - total(log_q)).sum())
        return gap / draws

    def gradient(self, u: Tensor) -> tuple[Tensor, Tensor]:
        """The log joint [S] at `u` [S, U], and its gradient at each point, [S, U]."""
        self.on_gradient()
        parts = [self._gradient(u[chunk]) for chunk in self.chunks(len(u))]
        values, gradients = (torch.cat(tensors) for tensors in zip(*parts, strict=True))
        return values, gradients

    def _gradient(self, u: Tensor) -> tuple[Tensor, Tensor]:
        u = u.detach().requires_grad_()
        value = self.log_joint(u)
        (gradient,) = torch.autograd.grad(value.sum(), u)
        return value.detach(), gradient

    def precision(self, u: Tensor) -> Precision:
        """Minus the second derivatives of the log joint at each of the points `u` [n, U].

        The particles do the vectorising: each point is copied once for each direction in which a
        Hessian-vector product is taken.
        """
        probes = self.arrow.probes
        point = torch.arange(len(u)).repeat_interleave(len(probes))
        row = torch.arange(len(probes)).repeat(len(u))
        chunks = self.chunks(len(point))
        products = [self._hessian_products(u[point[c]], probes[row[c]]) for c in chunks]
        shape = (len(u), len(probes), self.layout.size)
        return self.arrow.precision(-torch.cat(products).reshape(shape))

    def _hessian_products(self, u: Tensor, direction: Tensor) -> Tensor:
        """The product of the Hessian at each point with a direction of its own, [n, U]."""
        self.on_gradient()
        u = u.detach().requires_grad_()
        (gradient,) = torch.autograd.grad(self.log_joint(u).sum(), u, create_graph=True)
        (product,) = torch.autograd.grad((gradient * direction).sum(), u)
        return product
