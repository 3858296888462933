"""Values along the steps of a chain, put together from those of single steps."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from pplc.runtime.tensors import joint_shape


def preceded(x: Tensor, first: int, dim: int, values: int = 1) -> Tensor:
    """Log densities along `dim` with `first` elements before, that of one of so many `values`.

    `dim` becomes longer by `first`; all else stays.
    """
    shape = list(x.shape)
    shape[dim] = first
    return torch.cat([x.new_full(shape, -math.log(values)), x], dim)


def join(dim: int, *parts: Tensor) -> Tensor:
    """The parts one behind the other along `dim` (counted from the right), as torch.cat.

    In all other dimensions they are broadcast against each other.
    """
    ranks = [*(p.dim() for p in parts), -dim]
    wide = [p[(None,) * (max(ranks) - p.dim())] for p in parts]
    shapes = [list(p.shape) for p in wide]
    for shape in shapes:
        shape[dim] = 1
    joint = list(joint_shape(*map(torch.Size, shapes)))
    return torch.cat(
        [p.expand(*joint[:dim], p.shape[dim], *joint[len(joint) + dim + 1 :]) for p in wide], dim
    )
