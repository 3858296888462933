"""A Gaussian with the sparsity of an arrow: factors of the inverse of a precision.

Elements are eliminated before what they depend on, so that time and memory stay linear in them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from pplc.runtime.coordinates.arrow import Arrow, LocalPart, LocalPrecision, Precision

_SMALLEST_CURVATURE = 1e-12  # relative to the diagonal: below it a direction has no information


@dataclass(frozen=True)
class LocalFactor:
    """An element given what it depends on: mean weights and scale, [..., E, d, A or a or d]."""

    parents: Tensor
    outer: dict[str, Tensor]
    scale_tril: Tensor


@dataclass(frozen=True)
class Factor:
    """A matrix F with F F' the inverse of a regularised precision: u = F z.

    `schur` is the precision of the globals once all locals are eliminated, and `scale_tril` the
    lower triangular factor of its inverse.
    """

    arrow: Arrow
    schur: Tensor
    scale_tril: Tensor
    locals_: tuple[LocalFactor, ...]

    @classmethod
    def of(cls, arrow: Arrow, precision: Precision) -> Factor:
        """Eliminate the locals, inner ones first, and then factorise what is left."""
        schur = precision.globals_.clone()
        left = {p.name: _clone(q) for p, q in zip(arrow.locals_, precision.locals_, strict=True)}
        factors: list[LocalFactor] = []
        for part in reversed(arrow.locals_):
            own = left[part.name]
            scale_tril = inverse_factor(own.own)
            covariance = scale_tril @ scale_tril.mT
            to_parents = -covariance @ own.parents
            to_outer = {o: -covariance @ p for o, p in own.outer.items()}
            fill = (own.parents.mT @ to_parents).sum(-3)  # [..., A, A]
            schur[..., part.parents[:, None], part.parents] += fill
            for name, block in own.outer.items():
                _fill_in(arrow, left, part, name, block.mT @ to_parents, to_outer, block.mT)
            factors.insert(0, LocalFactor(to_parents, to_outer, scale_tril))
        return cls(arrow, schur, inverse_factor(schur), tuple(factors))

    def __getitem__(self, at: int) -> Factor:
        """That of one point of a batch."""
        return self._each(lambda x: x[at])

    def scaled(self, by: float) -> Factor:
        """The factor of a covariance that is larger by the square of a number."""
        locals_ = (LocalFactor(f.parents, f.outer, by * f.scale_tril) for f in self.locals_)
        return Factor(self.arrow, self.schur / by**2, by * self.scale_tril, tuple(locals_))

    def _each(self, change: Callable[[Tensor], Tensor]) -> Factor:
        locals_ = (
            LocalFactor(
                change(f.parents), {o: change(w) for o, w in f.outer.items()}, change(f.scale_tril)
            )
            for f in self.locals_
        )
        return Factor(self.arrow, change(self.schur), change(self.scale_tril), tuple(locals_))

    def apply(self, z: Tensor) -> Tensor:
        """F z for z [..., U]."""
        u = torch.empty_like(z)
        above = _times(self.scale_tril, z[..., self.arrow.globals_])
        u[..., self.arrow.globals_] = above
        for part, local in zip(self.arrow.locals_, self.locals_, strict=True):
            own = _times(local.scale_tril, z[..., part.positions])
            u[..., part.positions] = own + self._mean(part, local, above, u)
        return u

    def solve(self, u: Tensor) -> Tensor:
        """The z with u = F z, for u [..., U]."""
        z = torch.empty_like(u)
        above = u[..., self.arrow.globals_]
        z[..., self.arrow.globals_] = _solved(self.scale_tril, above)
        for part, local in zip(self.arrow.locals_, self.locals_, strict=True):
            own = u[..., part.positions] - self._mean(part, local, above, u)
            z[..., part.positions] = _solved(local.scale_tril, own)
        return z

    def _mean(self, part: LocalPart, local: LocalFactor, above: Tensor, u: Tensor) -> Tensor:
        mean = _times(local.parents, above[..., None, part.parents])
        for name, index in part.outer.items():
            mean = mean + _times(local.outer[name], u[..., self.arrow.part(name).positions[index]])
        return mean

    def transposed(self, gradient: Tensor) -> Tensor:
        """F' g for g [..., U]: a gradient by u as one by z."""
        g = gradient.clone()
        z = torch.empty_like(g)
        for part, local in zip(reversed(self.arrow.locals_), reversed(self.locals_), strict=True):
            own = g[..., part.positions]
            z[..., part.positions] = _times(local.scale_tril.mT, own)
            g[..., self.arrow.globals_[part.parents]] += _times(local.parents.mT, own).sum(-2)
            for name, index in part.outer.items():
                pushed = _times(local.outer[name].mT, own)
                places = self.arrow.part(name).positions[index].flatten()
                g.index_add_(-1, places, pushed.flatten(-2))
        z[..., self.arrow.globals_] = _times(self.scale_tril.mT, g[..., self.arrow.globals_])
        return z


def _clone(local: LocalPrecision) -> LocalPrecision:
    outer = {o: p.clone() for o, p in local.outer.items()}
    return LocalPrecision(local.own.clone(), local.parents.clone(), outer)


def _fill_in(
    arrow: Arrow,
    left: dict[str, LocalPrecision],
    part: LocalPart,
    name: str,
    with_parents: Tensor,
    to_outer: dict[str, Tensor],
    transposed: Tensor,
) -> None:
    """What eliminating the elements of `part` adds to the outer block `name`.

    Its parents are parents of the outer block too. Pairs of outer elements that are not nested in
    each other are not in the arrow, and left out.
    """
    index, outer = part.outer[name], arrow.part(name)
    target = left[name]
    columns = (part.parents[:, None] == outer.parents).int().argmax(-1)
    _scatter(target.parents, index, with_parents, columns)
    _scatter(target.own, index, transposed @ to_outer[name])
    for other, weights in to_outer.items():
        if other in outer.outer and torch.equal(outer.outer[other][index], part.outer[other]):
            _scatter(target.outer[other], index, transposed @ weights)


def _scatter(target: Tensor, index: Tensor, values: Tensor, columns: Tensor | None = None) -> None:
    if columns is not None:
        wide = values.new_zeros(*values.shape[:-1], target.shape[-1])
        wide[..., columns] = values
        values = wide
    target.index_add_(-3, index, values)


def _times(matrix: Tensor, vector: Tensor) -> Tensor:
    product: Tensor = (matrix @ vector.unsqueeze(-1)).squeeze(-1)
    return product


def _solved(lower: Tensor, vector: Tensor) -> Tensor:
    solved: Tensor = torch.linalg.solve_triangular(lower, vector.unsqueeze(-1), upper=False)
    return solved.squeeze(-1)


def inverse_factor(precision: Tensor) -> Tensor:
    """Lower triangular `L` [..., D, D] with `L L'` the inverse of a regularised `precision`.

    The matrix is brought to unit diagonal first, so that the units of the latents do not matter.
    A direction that curves upwards is given its curvature with the sign turned (as in saddle-free
    Newton), but no less than a hundredth of that of its latents. A matrix that is not finite
    counts as the identity.
    """
    identity = torch.eye(precision.shape[-1], dtype=precision.dtype)
    finite = precision.isfinite().all(-1, keepdim=True).all(-2, keepdim=True)
    precision = torch.where(finite, precision, identity)
    if precision.shape[-1] == 1:
        return torch.where(precision != 0, precision.abs(), 1e-2).rsqrt()
    diagonal = precision.diagonal(dim1=-2, dim2=-1).abs()
    unit = torch.where(diagonal > 0, diagonal, 1.0).rsqrt().unsqueeze(-2)  # [..., 1, D]
    correlation = (unit.mT * precision * unit).clamp(-1, 1)  # beyond 1 only if indefinite
    eigenvalues, vectors = torch.linalg.eigh(correlation)
    curvature = torch.where(
        eigenvalues > _SMALLEST_CURVATURE, eigenvalues, eigenvalues.abs().clamp(min=1e-2)
    )
    root = (vectors * curvature.rsqrt().unsqueeze(-2)).mT * unit  # root' root is the inverse
    upper: Tensor = torch.linalg.qr(root, mode="r").R
    return (upper * upper.diagonal(dim1=-2, dim2=-1).sign().unsqueeze(-1)).mT
