"""Noise of a vector among the globals moved to where the posterior is, given the other globals.

A Gaussian process, or any vector whose prior has parameters, lies in one dense block of the guide
with these. Given the parameters the vector is close to normal, but in a way that changes with them
by more than one Gaussian can follow. Laplace's approximation at the parameters of each draw does
(Rue, Martino and Chopin 2009, see `conditional`), and leaves the few parameters to be adapted.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from pplc.runtime.correction.conditional import ConditionalModes, is_quick, movable
from pplc.runtime.correction.proposals import Part
from pplc.runtime.flatten import Layout
from pplc.runtime.manifest import BlockEntry
from pplc.runtime.module import Tensors
from pplc.runtime.target import Target, total

_FIELD = "the field"  # no name of a block: these have no spaces
_FEWEST = 2  # numbers of a vector
_STEPS = 3  # of Newton's method: for a vector the guide is further off than for an element


@dataclass(frozen=True)
class Field:
    """The vectors of a dense block, and noise of the block turned such that the rest comes first.

    The noise that the guide knows is `turn` [D, D], orthogonal, times the turned noise, of which
    the first D - F numbers determine all but the field. `slope` [F, F] is how the field, as
    `layout` has it, moves with the others.
    """

    block: str
    layout: Layout
    turn: Tensor
    slope: Tensor

    @classmethod
    def of(cls, target: Target, phi: Tensors) -> Field | None:
        """That of the first dense block which has vectors and more; None where there is none.

        What elements of plates depend on is left out: they would move along.
        """
        for entry in target.guide:
            if entry.family != "dense" or entry.name in target.parents:
                continue
            vectors = _vectors(target, entry)
            within = Layout({site: target.layout.shapes[site] for site in entry.sites})
            inside = torch.zeros(within.size, dtype=torch.bool)
            inside[within.positions(tuple(vectors.shapes))] = True
            if inside.any() and not inside.all():
                lower = phi[f"{entry.name}.lower"].tril(-1)
                root = lower + torch.eye(len(lower), dtype=lower.dtype)
                root = phi[f"{entry.name}.log_scale"].exp()[:, None] * root
                turn, _ = torch.linalg.qr(root[~inside].mT, mode="complete")
                slope = root[inside] @ turn[:, int((~inside).sum()) :]
                return cls(entry.name, vectors, turn, slope)
        return None

    @property
    def given(self) -> int:
        """How many numbers determine all but the field."""
        return len(self.turn) - len(self.slope)

    def split(self, noise: Tensors) -> Tensors:
        """Turned noise with that of the field apart, [n, 1, F] as of one element of a plate."""
        given, field = noise[self.block].tensor_split([self.given], -1)
        return noise | {self.block: given, _FIELD: field[:, None]}

    def joined(self, noise: Tensors) -> Tensors:
        """The noise that the guide knows, [n, D] of the block, from what `split` gives."""
        turned = torch.cat([noise[self.block], noise[_FIELD][:, 0]], -1)
        return {n: e for n, e in noise.items() if n != _FIELD} | {self.block: turned @ self.turn.mT}


class FieldModes(ConditionalModes):
    """e -> mode + root e of the noise of a field, given the other globals of the draw."""

    steps = _STEPS

    def __init__(self, target: Target, phi: Tensors, field: Field) -> None:
        super().__init__(target, phi)
        self.names = [_FIELD]
        self.field = field

    def __call__(self, noise: Tensors) -> tuple[Tensors, Tensor]:
        """Standard normals, those of the block turned, moved; and log N - log r, [n]."""
        moved, log_ratio = super().__call__(self.field.split(noise))
        return self.field.joined(moved), log_ratio

    def kept(self, layout: Layout) -> Tensor:
        """Which numbers of a flat vector of noise stay where they are, bool [layout.size]."""
        kept = torch.ones(layout.size, dtype=torch.bool)
        kept[layout.positions((self.field.block,))[self.field.given :]] = False
        return kept

    def _derivatives(self, noise: Tensors) -> dict[str, tuple[Tensor, Tensor]]:
        """As for elements. The field is affine in its noise: only the model is differentiated."""
        params = self.target.params_at(self.phi)
        with torch.no_grad():
            known = self.field.joined(noise)
            latents, _ = self.target.module.guide(self.phi, known, self.target.data, params)
        leaf = self.field.layout.flatten(latents).requires_grad_()
        log_p = self.target.model_terms(
            latents | self.field.layout.unflatten(leaf), len(leaf), params
        )
        (slope,) = torch.autograd.grad(total(log_p).sum(), leaf, create_graph=True)
        rows = [
            torch.autograd.grad(column.sum(), leaf, retain_graph=True)[0]
            for column in slope.unbind(-1)
        ]
        hessian = self.field.slope.mT @ torch.stack(rows, -2) @ self.field.slope
        slope = slope.detach() @ self.field.slope
        return {_FIELD: (slope[:, None], ((hessian + hessian.mT) / 2)[:, None])}


def conditional_modes(target: Target, phi: Tensors, draws: int) -> Iterator[ConditionalModes]:
    """What can be moved of so many draws in acceptable time: elements of plates, and a field."""
    if movable(target, draws):
        yield ConditionalModes(target, phi)
    field = Field.of(target, phi)
    if field is not None and is_quick(target, draws, len(field.slope)):
        yield FieldModes(target, phi, field)


def adaptable(target: Target, move: object) -> Part:
    """The noise of the globals that can be adapted: without a field, which is moved given it."""
    layout = target.global_noise
    if isinstance(move, FieldModes):
        return Part(layout, move.kept(layout))
    return Part(layout, torch.ones(layout.size, dtype=torch.bool))


def _vectors(target: Target, entry: BlockEntry) -> Layout:
    """The sites of a block that are vectors of real numbers and the same in the guide's units."""
    support = {site.name: site.support for site in target.manifest.sites}
    shapes = {site: target.layout.shapes[site] for site in entry.sites}
    return Layout(
        {
            site: shape
            for site, shape in shapes.items()
            if support[site] == "real"
            and math.prod(shape) >= _FEWEST
            and site not in target.centring
        }
    )
