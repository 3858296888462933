"""Noise of the elements of plates moved to where the posterior is, given the globals of each draw.

A guide gives an element one spread and a mean that is affine in the globals. Where a group's scale
tends to zero, say, its elements need others there: draws from the guide miss that corner of the
posterior, and their weights say nothing of it. Laplace's approximation of each element given the
globals does better (Rue, Martino and Chopin 2009, "Approximate Bayesian inference for latent
Gaussian models by using integrated nested Laplace approximations"). The noise of the globals is
left as it is, so that E_p[f] = E_r[f w] holds as it does for any other distribution of the noise
(see `proposals`), however far the search for the mode of an element has come.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor

from pplc.runtime.correction.proposals import log_normal
from pplc.runtime.module import Tensors
from pplc.runtime.target import Target, total

_STEPS = 2  # of Newton's method; the guide is close where most draws are
_LONGEST = 3.0  # step, in sds of the guide or of the element, whichever are larger
_FLATTEST = 1e-8  # a precision below which there is no mode, and that of the guide, 1, is taken
_FEW = 8  # draws that show whether elements are normal
_SAME = 1e-9  # precisions that differ by no more, relatively or in all
_WIDEST = 4  # numbers of an element: each takes a product with second derivatives
_MOST_BYTES = 2**35  # that all draws take through the processor: about a minute


class ConditionalModes:
    """e -> mode + root e of the noise of each element of a plate, given the globals of the draw."""

    steps = _STEPS

    def __init__(self, target: Target, phi: Tensors) -> None:
        self.target = target
        self.phi = phi
        self.names = _local_noise(target)

    def __call__(self, noise: Tensors) -> tuple[Tensors, Tensor]:
        """Standard normals moved, and log N - log r of what they become, [n]."""
        size = len(next(iter(noise.values())))
        is_normal = self._is_normal({n: e[:_FEW] for n, e in noise.items()})
        chunks = [
            self._moved({n: e[c] for n, e in noise.items()}, is_normal)
            for c in self.target.chunks(size)
        ]
        moved = {name: torch.cat([found[name] for found, _ in chunks]) for name in noise}
        return moved, torch.cat([log_ratio for _, log_ratio in chunks])

    def _is_normal(self, noise: Tensors) -> bool:
        """Whether elements are normal given the globals: their precisions are the same all over.

        One step then leads to the mode, however far it is.
        """
        here, there = (self._derivatives(at) for at in (noise, self._centred(noise)))
        return all(torch.allclose(here[n][1], there[n][1], _SAME, _SAME) for n in self.names)

    def _centred(self, noise: Tensors) -> Tensors:
        """The elements where the guide has their means."""
        return noise | {name: torch.zeros_like(noise[name]) for name in self.names}

    def _moved(self, noise: Tensors, is_normal: bool) -> tuple[Tensors, Tensor]:
        at, roots = self.modes(noise, 1 if is_normal else self.steps, bounded=not is_normal)
        log_ratio = torch.zeros(len(next(iter(noise.values()))), dtype=torch.float64)
        for name, root in roots.items():
            e = noise[name]
            at[name] = at[name] + _solve(root.mT, e, upper=True)
            spread = -root.diagonal(dim1=-2, dim2=-1).log().sum(-1)
            log_ratio = log_ratio + spread.flatten(1).sum(-1)
            log_ratio = log_ratio + log_normal(at[name].flatten(1)) - log_normal(e.flatten(1))
        return at, log_ratio

    def modes(self, noise: Tensors, steps: int, *, bounded: bool = True) -> tuple[Tensors, Tensors]:
        """The noise with elements at their modes, and Cholesky factors of their precisions there.

        Newton's method takes some steps from where the guide has their means.
        """
        at = self._centred(noise)
        roots: dict[str, Tensor] = {}
        for _ in range(steps):
            ends = {}
            for name, (slope, hessian) in self._derivatives(at).items():
                root = roots[name] = root_of(-hessian)
                in_sds = _solve(root, slope, upper=False)
                step = _solve(root.mT, in_sds, upper=True)
                if bounded:
                    length = torch.minimum(step.abs().amax(-1), in_sds.abs().amax(-1))
                    step = step / (length / _LONGEST).clamp(min=1)[..., None]
                ends[name] = at[name] + step
            at = at | ends
        return at, roots

    def _derivatives(self, noise: Tensors) -> dict[str, tuple[Tensor, Tensor]]:
        """Slope [n, ..., d] and second derivatives [n, ..., d, d] of each element's noise.

        Those of the log density of noise with which latents have the posterior. The elements of a
        plate are taken to be independent given all else, so that one product with the second
        derivatives serves all of them.
        """
        leaves = {name: noise[name].detach().requires_grad_() for name in self.names}
        _, log_p, log_q = self.target.elbo_terms(self.phi, noise | leaves)
        value = total(log_p) - total(log_q)
        value = value + sum(log_normal(leaf.flatten(1)) for leaf in leaves.values())
        slopes = torch.autograd.grad(value.sum(), list(leaves.values()), create_graph=True)
        found = {}
        for (name, leaf), slope in zip(leaves.items(), slopes, strict=True):
            rows = [
                torch.autograd.grad(column.sum(), leaf, retain_graph=True)[0]
                for column in slope.unbind(-1)
            ]
            hessian = torch.stack(rows, -2)
            found[name] = slope.detach(), (hessian + hessian.mT) / 2
        return found


def movable(target: Target, draws: int) -> bool:
    """Whether there are elements of plates whose noise can be moved in acceptable time."""
    names = _local_noise(target)
    width = max((target.noise_shapes[name][-1] for name in names), default=math.inf)
    return width <= _WIDEST and is_quick(target, draws, width)


def is_quick(target: Target, draws: int, width: float) -> bool:
    """Whether so many draws of so many numbers that depend on each other can be moved in time."""
    evaluations = draws * _STEPS * (2 + 3 * width)
    return evaluations * target.particle_bytes <= _MOST_BYTES


def _local_noise(target: Target) -> list[str]:
    return [entry.name for entry in target.guide if entry.family == "local"]


def root_of(precision: Tensor) -> Tensor:
    """Cholesky factors of precisions [..., d, d], with 1 in directions where there is no mode."""
    if precision.shape[-1] == 1:
        return torch.where(precision > _FLATTEST, precision, 1.0).sqrt()
    root: Tensor
    root, failed = torch.linalg.cholesky_ex(precision)
    steep = root.diagonal(dim1=-2, dim2=-1).amin(-1) > _FLATTEST**0.5
    flat = ~steep | (failed != 0)
    if flat.any():
        values, axes = torch.linalg.eigh(precision[flat].nan_to_num(0.0, 0.0, 0.0))
        values = torch.where(values > _FLATTEST, values, 1.0)
        _, upper = torch.linalg.qr((axes * values.sqrt()[..., None, :]).mT)
        root[flat] = upper.mT * upper.diagonal(dim1=-2, dim2=-1).sign()[..., None, :]
    return root


def _solve(root: Tensor, vector: Tensor, *, upper: bool) -> Tensor:
    if root.shape[-1] == 1:  # as torch solves it, it takes thirty times as long
        return vector / root[..., 0]
    solved: Tensor = torch.linalg.solve_triangular(root, vector[..., None], upper=upper)
    return solved[..., 0]
