"""Noise skewed and stretched number by number, where the posterior is: the tail of a gamma, say.

The sinh-arcsinh transformation of Jones and Pewsey 2009, "Sinh-arcsinh distributions", of each
number of the noise of a guide, those of the elements of plates included. Its four parameters
maximise the ELBO on fixed draws, the guide as it is; so the draws come closer to the posterior, and
E_p[f] = E_r[f w] holds as it does for any other distribution of the noise (see `proposals`).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from pplc.runtime.flatten import Layout
from pplc.runtime.minimise import Vector, minimise
from pplc.runtime.module import Tensors
from pplc.runtime.noise import fewest_draws, matched_noise
from pplc.runtime.target import Target, total

_DRAWS = 256
_ITERATIONS = 30
_TOLERANCE = 1e-2  # of the gradient, whose coordinates are about in sds


@dataclass(frozen=True)
class Skewing:
    """h(e) = shift + exp(stretch) sinh(exp(tail) asinh(e) + skew) of each number of the noise.

    All four are zero where nothing is changed. `numbers` is [4, D], the noise of all blocks flat.
    """

    layout: Layout
    numbers: Tensor

    def __call__(self, noise: Tensors) -> tuple[Tensors, Tensor]:
        """Standard normals moved, and log N - log r of what they become, [n]."""
        e = self.layout.flatten(noise)
        shift, stretch, tail, skew = self.numbers
        inner = tail.exp() * e.asinh() + skew
        moved = shift + stretch.exp() * inner.sinh()
        slope = stretch + tail + inner.cosh().log() - 0.5 * e.square().log1p()
        log_ratio = (slope + 0.5 * (e.square() - moved.square())).sum(-1)
        return self.layout.unflatten(moved), log_ratio


def skewed(target: Target, phi: Tensors, seed: int) -> Skewing:
    """The noise that fits the posterior best, for a guide at `phi`: four numbers each, [4, D]."""
    layout = target.noise_layout
    draws = max(_DRAWS, fewest_draws(target.noise_blocks))
    noise = matched_noise(target.noise_blocks, draws, seed)

    def objective(x: Vector) -> tuple[float, Vector]:
        target.on_gradient()
        numbers = torch.from_numpy(x).reshape(4, -1)
        value, gradient = 0.0, torch.zeros_like(numbers)
        for chunk in target.chunks(draws):
            leaf = numbers.clone().requires_grad_()
            moved, log_ratio = Skewing(layout, leaf)({n: e[chunk] for n, e in noise.items()})
            _, log_p, log_q = target.elbo_terms(phi, moved)
            part = (total(log_q) - total(log_p) - log_ratio).sum() / draws
            value += float(part.detach())
            gradient += torch.autograd.grad(part, leaf)[0]
        return value, gradient.numpy().reshape(-1)

    start = np.zeros(4 * layout.size)
    found = minimise(objective, start, tolerance=_TOLERANCE, iterations=_ITERATIONS)
    if found is not None and found.interrupted:
        raise KeyboardInterrupt
    best = start if found is None else found.x
    return Skewing(layout, torch.from_numpy(best).reshape(4, -1))
