"""Gradients of minibatches without the noise of which minibatch it is."""

from __future__ import annotations

from collections.abc import Mapping
from copy import copy

import torch
from torch import Tensor

from pplc.runtime.module import Tensors

#: A leaf that a minibatch does not touch has no gradient.
Gradients = Mapping[str, Tensor | None]

_MOST = 2**24  # numbers that are remembered


class Memory:
    """The last gradient of each minibatch.

    SAGA (Defazio, Bach and Lacoste-Julien 2014): a gradient less the last one of its minibatch,
    plus the mean of the last ones of all, has the same mean and, where leaves move little between
    two visits, next to no noise. Until each minibatch has been seen gradients are left as they are.
    """

    def __init__(self, leaves: Tensors, minibatches: int) -> None:
        self._last = {n: x.new_zeros(minibatches, *x.shape) for n, x in leaves.items()}
        self._mean = {n: torch.zeros_like(x) for n, x in leaves.items()}
        self._seen = [False] * minibatches

    def copy(self) -> Memory:
        """One that does not change with this one."""
        made = copy(self)
        made._last = {n: x.clone() for n, x in self._last.items()}
        made._mean, made._seen = dict(self._mean), list(self._seen)
        return made

    def steadied(self, minibatch: int, gradients: Gradients) -> Gradients:
        """A minibatch's gradients without its noise; they are remembered where they are finite."""
        complete = all(self._seen)
        self._seen[minibatch] = True
        found = dict(gradients)
        for name, gradient in gradients.items():
            if gradient is None:
                continue
            last = self._last[name][minibatch]
            known = gradient.isfinite()
            change = (gradient - last).where(known, 0.0)
            if complete:
                found[name] = (self._mean[name] + change).where(known, gradient)
            self._mean[name] = self._mean[name] + change / len(self._seen)
            self._last[name][minibatch] = gradient.where(known, last)
        return found


def remembers(leaves: Tensors, minibatches: int) -> bool:
    """Whether there is room for the last gradient of each minibatch."""
    return minibatches * sum(x.numel() for x in leaves.values()) <= _MOST
