"""What fitting minimises: minus the ELBO on fixed draws, as a function of a flat vector."""

from __future__ import annotations

from collections import Counter
from typing import Protocol

import torch
from torch import Tensor

from pplc.runtime.minimise import Vector
from pplc.runtime.module import Tensors
from pplc.runtime.target import Target, total


class Chart(Protocol):
    """Coordinates of the parameters of a guide."""

    def phi(self, xi: Tensor) -> Tensors:
        """The parameters at `xi` [size], by name."""


class SampleObjective:
    """Minus the ELBO on fixed draws, in the coordinates of a guide: what L-BFGS minimises.

    Differentiated as it stands: on fixed draws the entropy of the guide is a function of phi, and
    leaving its gradient out (sticking the landing) would no longer be a gradient of anything.
    """

    def __init__(self, target: Target, coordinates: Chart, noise: Tensors) -> None:
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
            # the params of a guide line whose site is frozen are not used
            more = torch.autograd.grad(
                part, list(leaves.values()), allow_unused=True, materialize_grads=True
            )
            gradients = [a + b for a, b in zip(gradients, more, strict=True)]
            sums.update({name: float(t.detach().sum()) for name, t in log_p.items()})
        self.terms = {name: s / self.draws for name, s in sums.items()}
        # Written as a product: given `grad_outputs`, torch imports sympy for half a second.
        products = [(p * g).sum() for p, g in zip(phi.values(), gradients, strict=True)]
        (gradient,) = torch.autograd.grad(torch.stack(products).sum(), xi)
        return value, gradient.numpy()
