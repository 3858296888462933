"""Logarithms at the edge of their domain: exact values, and gradients that stay finite."""

from __future__ import annotations

import torch
from torch import Tensor

from pplc.runtime.distributions.base import where_inside
from pplc.runtime.tensors import constant


def still(log_density: Tensor) -> Tensor:
    """The same numbers, of any shape; where they are -inf, without gradient."""
    return log_density.masked_fill(log_density == -torch.inf, -torch.inf)


def log(x: Tensor) -> Tensor:
    """log x, elementwise, for x >= 0; -inf with zero gradient at 0."""
    positive = x > 0
    return where_inside(positive, where_inside(positive, x, 1.0).log(), -torch.inf)


def log1m(x: Tensor) -> Tensor:
    """log(1 - x), elementwise, for x <= 1; -inf with zero gradient at 1."""
    below = x < 1
    return where_inside(below, (-where_inside(below, x, 0.0)).log1p(), -torch.inf)


def _times(x: Tensor, log_y: Tensor, positive: Tensor) -> Tensor:
    at_zero = torch.where(x == 0, constant(0.0, x.dtype), x * -torch.inf).detach()
    return torch.where(positive, x * log_y, at_zero)


def xlogy(x: Tensor, y: Tensor) -> Tensor:
    """x log y for y >= 0, where 0 log 0 = 0; zero gradient where y is 0."""
    positive = y > 0
    return _times(x, where_inside(positive, y, 1.0).log(), positive)


def xlog1my(x: Tensor, y: Tensor) -> Tensor:
    """x log(1 - y) for y <= 1, where 0 log 0 = 0; zero gradient where y is 1."""
    below = y < 1
    return _times(x, (-where_inside(below, y, 0.0)).log1p(), below)
