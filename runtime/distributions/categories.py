"""Distributions over finitely many categories, given by a table of log probabilities."""

from __future__ import annotations

import torch
from torch import Size, Tensor
from torch.nn.functional import logsigmoid, pad

from pplc.runtime.contraction import draw
from pplc.runtime.distributions import safe
from pplc.runtime.distributions.base import Distribution, Real, one_of, where_inside
from pplc.runtime.special import log1mexp
from pplc.runtime.tensors import joint_shape


def _picked(table: Tensor, position: Tensor) -> Tensor:
    """The entries [...] of tables [..., K] at positions [...].

    Where no axis is long in both, whole rows are looked up: the gradient of an entry of a table
    that is expanded to all positions would take the memory of as many tables.
    """
    shape = joint_shape(position.shape, table.shape[:-1])
    count = len(shape)
    rows = (1,) * (count - table.dim() + 1) + table.shape[:-1]
    columns = (1,) * (count - position.dim()) + position.shape
    if any(r > 1 and c > 1 for r, c in zip(rows, columns, strict=True)):
        return table.expand(*shape, -1).gather(-1, position.expand(shape)[..., None])[..., 0]
    found = table.movedim(-1, 0).flatten(1) if table.dim() > 1 else table[:, None]
    found = found.index_select(0, position.flatten()).reshape((*columns, *rows))
    return found.permute([a for i in range(count) for a in (i, count + i)]).reshape(shape)


class _Table(Distribution):
    """Values 0 to K - 1; `logits` [..., K] are log probabilities, -inf where impossible."""

    discrete = True
    logits: Tensor

    @property
    def _batch_shape(self) -> Size:
        return self.logits.shape[:-1]

    def log_prob(self, value: Real) -> Tensor:
        """Log probability of positions; -inf outside 0 to K - 1 and between integers."""
        value = self._value(value)
        size = self.logits.shape[-1]
        position = value.long()
        inside = (value >= 0) & (value < size) & (position == value)
        position = where_inside(inside, position, 0)
        return where_inside(inside, _picked(self.logits, position), -torch.inf)

    def _log_density(self, value: Tensor) -> Tensor:
        return self.log_prob(value)

    def _sample(self, shape: Size) -> Tensor:
        return draw(self.logits.expand(*shape, -1))


class Categorical(_Table):
    """Positions 0 to K - 1 with probabilities proportional to `probs`, or to exp(`logits`).

    Either is [..., K]. The attribute `logits` holds log probabilities: -inf, exactly, where a
    probability is zero.
    """

    def __init__(self, probs: Real | None = None, logits: Real | None = None) -> None:
        name, given = one_of(probs=probs, logits=logits)
        (given,) = self._set(given)
        if name == "logits":
            self.logits = given.log_softmax(-1)
        else:
            self.logits = safe.log(given) - given.sum(-1, keepdim=True).log()


class OrderedLogistic(_Table):
    """Positions 0 to K - 1: the interval between `cutpoints` into which a logistic number falls.

    `predictor` [...] is the mean of that number, `cutpoints` [..., K - 1] are increasing.
    P(value = k) = sigmoid(c[k] - predictor) - sigmoid(c[k - 1] - predictor), computed as
    sigmoid(upper) sigmoid(-lower) (1 - exp(lower - upper)), which does not cancel.
    """

    def __init__(self, predictor: Real, cutpoints: Real) -> None:
        self.predictor, self.cutpoints = self._set(predictor, cutpoints)
        distance = self.cutpoints - self.predictor[..., None]
        below_upper, above_lower = logsigmoid(distance), logsigmoid(-distance)
        log_gaps = log1mexp(self.cutpoints.diff(dim=-1))
        self.logits = pad(below_upper, (0, 1)) + pad(above_lower, (1, 0)) + pad(log_gaps, (1, 1))
