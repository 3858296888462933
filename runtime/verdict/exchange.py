"""Modes that are one another with the elements of an index set in another order."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

from pplc.runtime.module import Tensors

_SAME = 0.2  # sds; modes are found to within a hundredth
_NEVER = 1e100  # the cost of another place for what has no sd


def exchanged(
    first: Tensors, second: Tensors, sds: Tensors, dims: Mapping[str, tuple[str, ...]]
) -> str | None:
    """The index set whose elements, put into another order, make the second mode the first.

    Modes are latents [...] by name, in their own units; differences are in `sds`, which are
    about the first. `dims` are the index sets of each. None where it takes more than an order.
    """
    for index_set in dict.fromkeys(name for site in first for name in dims[site]):
        if _is_reordered(index_set, first, second, sds, dims):
            return index_set
    return None


def _is_reordered(
    index_set: str,
    first: Tensors,
    second: Tensors,
    sds: Tensors,
    dims: Mapping[str, tuple[str, ...]],
) -> bool:
    """Whether another order of the index set is all that tells two modes apart.

    The order that brings them closest is the solution of an assignment problem.
    """
    from scipy.optimize import linear_sum_assignment

    over = [site for site in first if index_set in dims[site]]
    if any(dims[site].count(index_set) > 1 for site in over):
        return False
    if any(_distance(first[s] - second[s], sds[s]) > _SAME for s in first if s not in over):
        return False

    def rows(tensors: Tensors) -> Tensor:
        moved = (tensors[s].movedim(dims[s].index(index_set), 0) for s in over)
        return torch.cat([x.reshape(len(x), -1) for x in moved], 1)

    one, other, unit = rows(first), rows(second), rows(sds)
    away = (one[:, None] - other) / unit[:, None]
    squares = away.square().nan_to_num(0.0, _NEVER)  # what is known stays, or is the same
    _, order = linear_sum_assignment(squares.sum(-1).numpy())
    moved = (order != torch.arange(len(order)).numpy()).any()
    return bool(moved) and _distance(one - other[torch.from_numpy(order)], unit) <= _SAME


def _distance(difference: Tensor, sds: Tensor) -> float:
    """The largest of some differences, in sds; those of what does not vary do not count."""
    varies = sds > 0
    return float((difference[varies] / sds[varies]).abs().max()) if varies.any() else 0.0
