"""What every kind of guide block has: where it starts, and coordinates that are well scaled."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol, Self

import torch
from torch import Tensor

from pplc.runtime.manifest import BlockEntry
from pplc.runtime.module import Tensors


@dataclass(frozen=True)
class Spread:
    """How the unconstrained latents of a block depend on noise, and how that moves with `xi`.

    To first order in `xi`, the latents [..., d] have a mean that moves by `shift` [..., d], and
    are `rows[b] + moved[b]` [..., d, n] times the noise of block b, for each block that they
    depend on (their own included).
    """

    shift: Tensor
    rows: Tensors
    moved: Tensors

    def errors(self) -> Tensor:
        """The moves of means in sds, and of logarithms of sds, in one vector [2 numbers]."""
        variance = sum_of(rows.square().sum(-1) for rows in self.rows.values())
        change = sum_of((self.moved[b] * rows).sum(-1) for b, rows in self.rows.items())
        return torch.cat([(self.shift / variance.sqrt()).flatten(), (change / variance).flatten()])


def sum_of(tensors: Iterable[Tensor]) -> Tensor:
    """The sum of tensors of shapes that broadcast, of which there is at least one."""
    total, *rest = tensors
    for tensor in rest:
        total = total + tensor
    return total


class Coordinates(Protocol):
    """An affine change of a global block's parameters: a flat `xi`, zero where it was made.

    At the optimum for a Gaussian target the Hessian of the objective in `xi` is the identity, so
    that minus a gradient is a Newton step.
    """

    @property
    def size(self) -> int:
        """Length of `xi`."""

    @classmethod
    def at_mode(cls, block: BlockEntry, mode: Tensor, precision: Tensor) -> Self:
        """The Gaussian with mean `mode` [d] and inverse covariance `precision` [d, d]."""

    @classmethod
    def around(cls, block: BlockEntry, phi: Tensors) -> Self:
        """Coordinates that are zero at `phi`."""

    def phi(self, xi: Tensor) -> Tensors:
        """The parameters of the guide's block at `xi` [size], by name."""

    def errors(self, xi: Tensor) -> Tensor:
        """What a move to `xi` changes: means in sds, and logarithms of sds, [2 d]."""

    def distance(self, u: Tensor) -> Tensor:
        """Mahalanobis distance of `u` [d] from the block's Gaussian at zero."""
