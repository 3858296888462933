"""Distributions over finitely many categories, given by a table of log probabilities."""

from __future__ import annotations

import torch
from torch import Size, Tensor

from pplc.runtime.contraction import draw
from pplc.runtime.distributions import safe
from pplc.runtime.distributions.base import Distribution, Real, tensors, where_inside


def one_of(**arguments: Real | None) -> tuple[str, Tensor]:
    """The name and value of the only argument that is given.

    Raises:
        ValueError: where none or several are given.
    """
    given = [(name, value) for name, value in arguments.items() if value is not None]
    if len(given) != 1:
        raise ValueError(f"give exactly one of {' and '.join(arguments)}")
    ((name, value),) = given
    return name, tensors(value)[0]


class _Table(Distribution):
    """Values 0 to K - 1; `logits` [..., K] are log probabilities, -inf where impossible."""

    discrete = True
    logits: Tensor

    def log_prob(self, value: Real) -> Tensor:
        """Log probability of positions; -inf outside 0 to K - 1 and between integers."""
        value = self._value(value)
        size = self.logits.shape[-1]
        position = value.long()
        inside = (value >= 0) & (value < size) & (position == value)
        position = where_inside(inside, position, 0)
        shape = torch.broadcast_shapes(position.shape, self.logits.shape[:-1])
        table = self.logits.expand(*shape, size)
        picked = table.gather(-1, position.expand(shape)[..., None])[..., 0]
        return where_inside(inside, picked, -torch.inf)

    def _log_density(self, value: Tensor) -> Tensor:
        return self.log_prob(value)

    def _sample(self, shape: Size) -> Tensor:
        return draw(self.logits.expand(*shape, *self.logits.shape))


class Categorical(_Table):
    """Positions 0 to K - 1 with probabilities proportional to `probs`, or to exp(`logits`).

    Either is [..., K]. The attribute `logits` holds log probabilities: -inf, exactly, where a
    probability is zero.
    """

    def __init__(self, probs: Real | None = None, logits: Real | None = None) -> None:
        name, given = one_of(probs=probs, logits=logits)
        self.parameters = (given,)
        if name == "logits":
            self.logits = given.log_softmax(-1)
        else:
            self.logits = safe.log(given) - given.sum(-1, keepdim=True).log()
