"""The log joint averaged over a Gaussian around its locals: what the search for modes climbs.

The density of a hierarchical model has no useful mode: as the scale of a group shrinks, the
elements of the group can all be near its mean, and the density grows without bound. The
probability does not. With q a Gaussian for each local element around a point, E_q[log p] plus the
entropy of q is a lower bound of the log density of the globals alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from pplc.runtime.coordinates.arrow import LocalPart
from pplc.runtime.coordinates.arrow_factor import Factor, LocalFactor
from pplc.runtime.start.climb import Ascent
from pplc.runtime.target import Target

_MOST_SIGNS = 16  # pairs of points that stand for a Gaussian
_WIDTHS = (0.0, -2.0, -5.0)  # log widths tried at first, in sds
_FAINT = -30.0


def sign_patterns(count: int) -> Tensor:
    """Points [n, count] of plus and minus one, with mean zero and covariance the identity.

    Rows of a Hadamard matrix and their mirror images; with more columns than it has, columns
    repeat.
    """
    pairs = 1
    while pairs < min(count, _MOST_SIGNS):
        pairs *= 2
    half = torch.ones(1, 1, dtype=torch.float64)
    while len(half) < pairs:
        half = torch.cat([torch.cat([half, half], 1), torch.cat([half, -half], 1)])
    half = half[:, torch.arange(count) % pairs]
    return torch.cat([half, -half])


@dataclass(frozen=True)
class Smoothed:
    """A function of whitened coordinates [n, U + L] around `points` [n, U].

    The first U move the points by `factor`. The others are the log widths, relative to
    `log_widths` [n, L], of the Gaussians around the L numbers of local elements; these are in
    units of the factor too, and in `xi` such that the function curves by about one.
    """

    target: Target
    points: Tensor
    factor: Factor
    log_widths: Tensor

    @classmethod
    def at(cls, target: Target, points: Tensor) -> Smoothed:
        """Around points [n, U] where the log joint is finite, as wide as its curvature says."""
        factor = Factor.of(target.arrow, target.precision(points))
        count = sum(part.positions.numel() for part in target.arrow.locals_)
        widths = points.new_full((len(points), count), _FAINT)
        for width in _WIDTHS if count else ():
            wide = torch.full_like(widths, width)
            finite = cls(target, points, factor, wide).here().values.isfinite()
            widths = torch.where((widths == _FAINT) & finite[:, None], wide, widths)
        return cls(target, points, factor, widths)

    def here(self) -> Ascent:
        """Its values and gradients at zero."""
        zero = self.points.new_zeros(len(self.points), self.points.shape[1] + self._locals)
        return Ascent(zero, *self(zero))

    @property
    def _locals(self) -> int:
        return self.log_widths.shape[1]

    def _split(self, x: Tensor) -> tuple[Tensor, Tensor]:
        z, widths = x.split_with_sizes([self.points.shape[1], self._locals], -1)
        return self.points + self.factor.apply(z), self.log_widths + widths / 2**0.5

    def __call__(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Values [n] and gradients [n, U + L]."""
        centre, log_widths = self._split(x)
        noise = self._noise(log_widths)
        points = self._spread(centre, noise)
        values, gradients = self.target.gradient(points.flatten(0, 1))
        gradients = gradients.reshape(points.shape)
        by_width = [
            (_times(local.scale_tril.mT.unsqueeze(1), gradients[..., part.positions]) * e).mean(1)
            for part, local, e in self._parts(noise)
        ]
        along = torch.cat([centre.new_zeros(len(centre), 0), *(g.flatten(1) for g in by_width)], -1)
        value = values.reshape(points.shape[:2]).mean(1) + log_widths.sum(-1) + self._log_scales
        slope = self.factor.transposed(gradients.mean(1))
        return value, torch.cat([slope, (along + 1) / 2**0.5], -1)

    def moved(self, x: Tensor) -> Smoothed:
        """The same function, its coordinates made anew at `x` [n, U + L]."""
        centre, log_widths = self._split(x)
        points = self._spread(centre, self._noise(log_widths))
        precision = self.target.precision(points.flatten(0, 1)).averaged(points.shape[1])
        factor = Factor.of(self.target.arrow, precision)
        after = Smoothed(self.target, centre, factor, log_widths)
        kept = log_widths + self._log_diagonals - after._log_diagonals
        return Smoothed(self.target, centre, factor, kept)

    def _noise(self, log_widths: Tensor) -> list[Tensor]:
        """What stands for the normals of each local block, [n, p, E, d]."""
        shapes = [part.positions.shape for part in self.target.arrow.locals_]
        signs = sign_patterns(sum(d for _, d in shapes)).split_with_sizes(
            [d for _, d in shapes], -1
        )
        widths = log_widths.exp().split_with_sizes([e * d for e, d in shapes], -1)
        return [
            w.reshape(len(w), 1, *shape) * s.unsqueeze(-2)
            for w, s, shape in zip(widths, signs, shapes, strict=True)
        ]

    def _parts(self, noise: list[Tensor]) -> Iterator[tuple[LocalPart, LocalFactor, Tensor]]:
        return zip(self.target.arrow.locals_, self.factor.locals_, noise, strict=True)

    def _spread(self, centre: Tensor, noise: list[Tensor]) -> Tensor:
        """Points [n, p, U] that stand for the Gaussians around the locals."""
        count = noise[0].shape[1] if noise else 1
        points = centre.unsqueeze(1).repeat(1, count, 1)
        for part, local, e in self._parts(noise):
            points[..., part.positions] += _times(local.scale_tril.unsqueeze(1), e)
        return points

    @property
    def _log_diagonals(self) -> Tensor:
        diagonals = [f.scale_tril.diagonal(dim1=-2, dim2=-1).log() for f in self.factor.locals_]
        return torch.cat([d.flatten(1) for d in diagonals] or [self.log_widths], -1)

    @property
    def _log_scales(self) -> Tensor:
        return self._log_diagonals.sum(-1)


def _times(matrix: Tensor, vector: Tensor) -> Tensor:
    product: Tensor = (matrix @ vector.unsqueeze(-1)).squeeze(-1)
    return product
