"""What of a noisy objective and its gradients is not the noise of draws and minibatches."""

from __future__ import annotations

from dataclasses import dataclass, field

import torch

from pplc.runtime.module import Tensors
from pplc.runtime.stochastic.variance import Gradients

_LENGTH = 100  # iterations that a running mean goes back, about


@dataclass(frozen=True)
class Trend:
    """Running means, over about the last hundred of `count` iterations.

    A leaf that a minibatch did not touch has a gradient of zero there: the mean over minibatches
    is the gradient of the whole objective.
    """

    gradients: Tensors = field(default_factory=dict)
    objective: float = 0.0
    count: int = 0

    def after(self, objective: float, gradients: Gradients) -> Trend:
        """The means with one more iteration; what is not finite is left out."""
        weight = 1 / min(self.count + 1, _LENGTH)
        means = dict(self.gradients)
        for name, gradient in gradients.items():
            if gradient is not None:
                known = gradient.nan_to_num(0.0, 0.0, 0.0)
                before = means.get(name)
                means[name] = weight * known if before is None else before.lerp(known, weight)
            elif name in means:
                means[name] = means[name] * (1 - weight)
        change = objective - self.objective
        moved = self.objective + weight * change if abs(change) < torch.inf else self.objective
        return Trend(means, moved, self.count + 1)

    @property
    def slope(self) -> float:
        """The largest partial derivative, about the distance to the optimum in posterior sds."""
        largest = [g.abs().max().double() for g in self.gradients.values() if g.numel()]
        return float(torch.stack(largest).max()) if largest else 0.0
