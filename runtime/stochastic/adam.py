"""Adam, for tensors of which an iteration may touch a part."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import torch
from torch import Tensor

from pplc.runtime.module import Tensors

_FIRST, _SECOND = 0.9, 0.999
_SMALL = 1e-8


class Moments(NamedTuple):
    """The moving averages of a gradient and of its square, and how often each element moved."""

    mean: Tensor
    square: Tensor
    moves: Tensor


def no_moments(x: Tensor) -> Moments:
    """Those of a leaf, of its shape, before the first gradient."""
    zero = torch.zeros_like(x)
    return Moments(zero, zero, zero)


def moved(
    leaves: Tensors,
    moments: Mapping[str, Moments],
    gradients: Mapping[str, Tensor | None],
    rate: float,
    factors: Mapping[str, float],
) -> tuple[Tensors, dict[str, Moments]]:
    """The leaves after a step uphill, and their moments (Kingma and Ba 2015, algorithm 1).

    Gradients have the shapes of their leaves.

    An element whose gradient is zero or not finite stays as it is, moments included: it is the
    row of a table that no element of the minibatch has touched.
    """
    after, kept = dict(leaves), dict(moments)
    for name, gradient in gradients.items():
        if gradient is not None:
            step = rate * factors[name]
            after[name], kept[name] = _moved(leaves[name], moments[name], gradient, step)
    return after, kept


def _moved(x: Tensor, before: Moments, gradient: Tensor, rate: float) -> tuple[Tensor, Moments]:
    touched = (gradient != 0) & gradient.isfinite()
    gradient = gradient.where(touched, 0.0)
    count = before.moves + touched
    mean = before.mean.lerp(gradient, 1 - _FIRST)
    square = before.square.lerp(gradient.square(), 1 - _SECOND)
    # Each moving average is divided by what its weights sum to.
    direction = mean / (1 - _FIRST**count)
    size = (square / (1 - _SECOND**count)).sqrt() + _SMALL
    after = (x + rate * direction / size).where(touched, x)
    return after, Moments(
        mean.where(touched, before.mean), square.where(touched, before.square), count
    )
