"""The two functions that fitting maximises: the log joint, and the ELBO on fixed draws."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor

from pplc.runtime.data import Data
from pplc.runtime.flatten import Layout
from pplc.runtime.manifest import BlockEntry, Manifest
from pplc.runtime.minimise import Vector
from pplc.runtime.module import Module, Tensors
from pplc.runtime.threads import threads_for
from pplc.runtime.whitening import GuideCoordinates

_CHUNK_BYTES = 16 * 2**20


def total(terms: Tensors) -> Tensor:
    """The sum of named terms, [S]."""
    return torch.stack(list(terms.values())).sum(0)


@dataclass(frozen=True)
class Target:
    """A module with its data: what an engine works on. All of it is float64.

    `on_gradient` is called at each evaluation of a gradient.
    """

    module: Module
    data: Data
    on_gradient: Callable[[], None] = lambda: None

    @cached_property
    def manifest(self) -> Manifest:
        """What the module says about itself."""
        return Manifest.model_validate(self.module.METADATA)

    @cached_property
    def params(self) -> Tensors:
        """The params where they start: the log joint is that at these."""
        return self.module.initial_params(self.data) if self.manifest.params else {}

    def params_at(self, phi: Tensors) -> Tensors:
        """The params at `phi`, which holds them, unconstrained, beside the guide's parameters."""
        if not self.manifest.params:
            return {}
        return self.module.constrain_params(phi, self.data)

    @cached_property
    def free_params(self) -> Tensors:
        """The params where they start, unconstrained."""
        if not self.manifest.params:
            return {}
        return self.module.unconstrain_params(self.params, self.data)

    @cached_property
    def layout(self) -> Layout:
        """Where each latent lies in the flat unconstrained vector."""
        return Layout(self.module.unconstrained_shapes(self.data))

    @cached_property
    def guide(self) -> tuple[BlockEntry, ...]:
        """The blocks of the module's guide."""
        return self.manifest.guide

    @cached_property
    def noise_shapes(self) -> dict[str, tuple[int, ...]]:
        """Shape of the noise of each block of the guide, for one draw."""
        return self.module.noise_shapes(self.data)

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
        parts = self.layout.unflatten(u)
        latents, log_jacobian = self.module.constrain(parts, self.data, self.params)
        return self._model(latents, len(u), self.params), log_jacobian

    def _model(self, latents: Tensors, particles: int, params: Tensors) -> Tensors:
        """The terms of the model, [S] also where one depends on no latent."""
        terms = self.module.model(latents, self.data, params)
        return {name: t.expand(particles) for name, t in terms.items()}

    def elbo_terms(self, phi: Tensors, noise: Tensors) -> tuple[Tensors, Tensors, Tensors]:
        """Latents [S, ...] from the guide, log p of each term and log q of each site, [S]."""
        params = self.params_at(phi)
        latents, log_q = self.module.guide(phi, noise, self.data, params)
        particles = len(next(iter(noise.values())))
        return latents, self._model(latents, particles, params), log_q

    def elbo(self, phi: Tensors, noise: Tensors) -> float:
        """The mean over fixed draws of log p - log q."""
        draws = len(next(iter(noise.values())))
        gap = 0.0
        with torch.no_grad():
            for chunk in self.chunks(draws):
                part = {name: eps[chunk] for name, eps in noise.items()}
                _, log_p, log_q = self.elbo_terms(phi, part)
                gap += float((total(log_p) - total(log_q)).sum())
        return gap / draws

    def gradient(self, u: Tensor) -> tuple[Tensor, Tensor]:
        """The log joint [S] at `u` [S, D], and its gradient at each point, [S, D]."""
        self.on_gradient()
        u = u.detach().requires_grad_()
        value = self.log_joint(u)
        (gradient,) = torch.autograd.grad(value.sum(), u)
        return value.detach(), gradient

    def hessian(self, u: Tensor) -> Tensor:
        """Second derivatives of the log joint at each of the points `u` [n, D], as [n, D, D].

        The particles do the vectorising: each point is copied D times, and the row of a copy is
        its Hessian-vector product with one unit vector.
        """
        count, size = u.shape
        point = torch.arange(count).repeat_interleave(size)
        row = torch.arange(size).repeat(count)
        chunks = self.chunks(count * size)
        rows = [self._hessian_rows(u[point[chunk]], row[chunk]) for chunk in chunks]
        hessian = torch.cat(rows).reshape(count, size, size)
        return (hessian + hessian.mT) / 2

    def _hessian_rows(self, u: Tensor, row: Tensor) -> Tensor:
        self.on_gradient()
        u = u.detach().requires_grad_()
        (gradient,) = torch.autograd.grad(self.log_joint(u).sum(), u, create_graph=True)
        (product,) = torch.autograd.grad(gradient.gather(-1, row[:, None]).sum(), u)
        return product


class SampleObjective:
    """Minus the ELBO on fixed draws, in the coordinates of a guide: what L-BFGS minimises.

    Differentiated as it stands: on fixed draws the entropy of the guide is a function of phi, and
    leaving its gradient out (sticking the landing) would no longer be a gradient of anything.
    """

    def __init__(self, target: Target, coordinates: GuideCoordinates, noise: Tensors) -> None:
        self.target = target
        self.coordinates = coordinates
        self.noise = noise
        self.draws = len(next(iter(noise.values())))
        #: The mean log density of each term of the model at the last evaluation.
        self.terms: dict[str, float] = {}

    def __call__(self, x: Vector) -> tuple[float, Vector]:
        """The objective and its gradient at `xi`, draws taken a chunk at a time."""
        self.target.on_gradient()
        xi = torch.from_numpy(x).requires_grad_()
        phi = self.coordinates.phi(xi)
        leaves = {name: tensor.detach().requires_grad_() for name, tensor in phi.items()}
        value = 0.0
        gradients = [torch.zeros_like(leaf) for leaf in leaves.values()]
        sums: Counter[str] = Counter()
        for chunk in self.target.chunks(self.draws):
            noise = {name: eps[chunk] for name, eps in self.noise.items()}
            _, log_p, log_q = self.target.elbo_terms(leaves, noise)
            part = (total(log_q) - total(log_p)).sum() / self.draws
            value += float(part.detach())
            more = torch.autograd.grad(part, list(leaves.values()))
            gradients = [a + b for a, b in zip(gradients, more, strict=True)]
            sums.update({name: float(t.detach().sum()) for name, t in log_p.items()})
        self.terms = {name: s / self.draws for name, s in sums.items()}
        # Written as a product: given `grad_outputs`, torch imports sympy for half a second.
        products = [(p * g).sum() for p, g in zip(phi.values(), gradients, strict=True)]
        (gradient,) = torch.autograd.grad(torch.stack(products).sum(), xi)
        return value, gradient.numpy()
