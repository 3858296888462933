"""Coordinates of local blocks: a Gaussian for each element, affine in what it depends on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor

from pplc.runtime.coordinates.arrow_factor import LocalFactor
from pplc.runtime.coordinates.blocks import Spread, sum_of
from pplc.runtime.coordinates.gaussians import strictly_lower
from pplc.runtime.manifest import BlockEntry
from pplc.runtime.module import Tensors


@dataclass(frozen=True)
class LocalCoordinates:
    """E Gaussians of d numbers whose means are affine in A others: global parents, outer elements.

    `xi` holds, for each element, a shift b [d], weights C [d, A], a log-diagonal [d] and a strict
    lower triangle of T. `lower` says whether the block has a parameter for correlations within an
    element. With `loc`, `weights` and `scale_tril` those at zero, and R R' the covariance of what
    an element depends on, at `xi`

        mean = loc + weights (shift of the others' means) + scale_tril b
        weights = weights + scale_tril C R^-1
        Cholesky factor = scale_tril T.

    `given` is the spread of the others at zero, [E or 1, A, ...].
    """

    entry: BlockEntry
    plates: tuple[int, ...]
    lower: bool
    outer_widths: Mapping[str, int]
    loc: Tensor
    weights: Tensor
    scale_tril: Tensor
    given: Tensors

    @classmethod
    def at_mode(
        cls,
        entry: BlockEntry,
        plates: tuple[int, ...],
        lower: bool,
        mode: Tensor,
        factor: LocalFactor,
        given: Tensors,
    ) -> LocalCoordinates:
        """The Gaussians that the curvature at a mode [E, d] suggests."""
        weights = [factor.parents, *(factor.outer[o] for o in entry.outer)]
        return cls(
            entry,
            plates,
            lower,
            {o: factor.outer[o].shape[-1] for o in entry.outer},
            mode,
            torch.cat(weights, -1),
            factor.scale_tril,
            given,
        )

    @classmethod
    def around(cls, entry: BlockEntry, phi: Tensors, given: Tensors) -> LocalCoordinates:
        """Coordinates that are zero at `phi`, given the spread of the others, [E or 1, A, ...]."""
        name = entry.name
        loc = phi[f"{name}.loc"]
        plates, d = tuple(loc.shape[:-1]), loc.shape[-1]
        outer = {o: phi[f"{name}.weights_{o}"] for o in entry.outer}
        weights = [*([phi[f"{name}.weights"]] if entry.parents else []), *outer.values()]
        unit = torch.eye(d, dtype=loc.dtype).expand(*plates, d, d)
        if f"{name}.lower" in phi:
            unit = unit + phi[f"{name}.lower"].tril(-1)
        return cls(
            entry,
            plates,
            f"{name}.lower" in phi,
            {o: w.shape[-1] for o, w in outer.items()},
            loc.reshape(-1, d),
            torch.cat([loc.new_zeros(*plates, d, 0), *weights], -1).flatten(0, len(plates) - 1),
            (phi[f"{name}.log_scale"].exp().unsqueeze(-1) * unit).reshape(-1, d, d),
            given,
        )

    @property
    def size(self) -> int:
        """Length of `xi`."""
        return len(self.loc) * self._width

    @property
    def _width(self) -> int:
        """The numbers of `xi` for each element."""
        d = self.loc.shape[-1]
        return 2 * d + d * self.weights.shape[-1] + d * (d - 1) // 2

    def _parts(self, xi: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        elements, d = self.loc.shape
        given = self.weights.shape[-1]
        shift, weights, log_diagonal, below = xi.reshape(elements, self._width).split_with_sizes(
            [d, d * given, d, d * (d - 1) // 2], -1
        )
        change = self.scale_tril @ self._over_given(weights.reshape(elements, d, given))
        return shift, change, log_diagonal / 2**0.5, strictly_lower(below, d)

    def _over_given(self, weights: Tensor) -> Tensor:
        """C R^-1."""
        if not weights.shape[-1]:
            return weights
        root = self._root_of_given
        solved: Tensor = torch.linalg.solve_triangular(root, weights, upper=False, left=False)
        return solved

    @cached_property
    def _root_of_given(self) -> Tensor:
        """R, [E or 1, A, A]."""
        covariance = sum_of(rows @ rows.mT for rows in self.given.values())
        root: Tensor = torch.linalg.cholesky(covariance)
        return root

    def phi(self, xi: Tensor, shift_of_given: Tensor) -> Tensors:
        """The parameters of the guide's block at `xi`, the others' means moved [E or 1, A]."""
        shift, change, log_diagonal, lower = self._parts(xi)
        move = _times(self.weights, shift_of_given) + _times(self.scale_tril, shift)
        scale_tril = self.scale_tril @ (lower + log_diagonal.exp().diag_embed())
        log_scale = self.scale_tril.diagonal(dim1=-2, dim2=-1).log() + log_diagonal
        widths = [self.weights.shape[-1] - sum(self.outer_widths.values())]
        weights = (self.weights + change).split_with_sizes(
            [*widths, *self.outer_widths.values()], -1
        )
        name = self.entry.name
        found = {f"{name}.loc": self.loc + move, f"{name}.log_scale": log_scale}
        if self.entry.parents:
            found[f"{name}.weights"] = weights[0]
        for outer, block in zip(self.outer_widths, weights[1:], strict=True):
            found[f"{name}.weights_{outer}"] = block
        if self.lower:
            found[f"{name}.lower"] = (scale_tril * (-log_scale).exp().unsqueeze(-1)).tril(-1)
        return {k: x.reshape(*self.plates, *x.shape[1:]) for k, x in found.items()}

    def spread(self, xi: Tensor, given: Spread) -> Spread:
        """Its latents [E, d] as functions of noise at `xi` [size], given the others there."""
        shift, change, log_diagonal, lower = self._parts(xi)
        rows = {b: self.weights @ r for b, r in given.rows.items()}
        moved = {b: self.weights @ given.moved[b] + change @ r for b, r in given.rows.items()}
        rows[self.entry.name] = self.scale_tril
        moved[self.entry.name] = self.scale_tril @ (lower + log_diagonal.diag_embed())
        mean = _times(self.weights, given.shift) + _times(self.scale_tril, shift)
        return Spread(mean, rows, moved)

    def distance(self, u: Tensor, given: Tensor) -> Tensor:
        """Mahalanobis distance of elements [E, d], the others off their means by `given`."""
        rest = (u - self.loc - _times(self.weights, given)).unsqueeze(-1)
        noise: Tensor = torch.linalg.solve_triangular(self.scale_tril, rest, upper=False)
        return noise.square().sum().sqrt()


def _times(matrix: Tensor, vector: Tensor) -> Tensor:
    product: Tensor = (matrix @ vector.unsqueeze(-1)).squeeze(-1)
    return product
