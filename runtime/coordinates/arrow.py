"""Curvature with the sparsity of a guide: globals coupled to all, locals to few.

Ordered by plates, the matrix of second derivatives is an arrow: a dense block of the globals, a
small block for each element of a plate, and blocks between an element and what it depends on.
Memory and time are linear in the elements.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor

from pplc.runtime.flatten import Layout
from pplc.runtime.manifest import BlockEntry


@dataclass(frozen=True)
class LocalPart:
    """Where the elements of a local block lie, and what each depends on.

    `positions` [E, d] are places in the flat vector of all latents, `parents` [A] columns of the
    globals; `outer` gives each element's element of an outer block, [E].
    """

    name: str
    positions: Tensor
    parents: Tensor
    outer: Mapping[str, Tensor]


@dataclass(frozen=True)
class Arrow:
    """Where globals and locals lie in the flat vector [U]; locals in the order they are drawn."""

    size: int
    globals_: Tensor
    locals_: tuple[LocalPart, ...]

    @classmethod
    def of(
        cls,
        guide: tuple[BlockEntry, ...],
        layout: Layout,
        nesting: Mapping[str, Mapping[str, Tensor]],
    ) -> Arrow:
        """That of a guide's blocks; all that are not local are global.

        `nesting` has, for each local block, its elements' element of each outer block, [E].
        """
        sites = tuple(s for block in guide if block.family != "local" for s in block.sites)
        globals_ = layout.positions(sites)
        column = torch.full((layout.size,), -1)
        column[globals_] = torch.arange(len(globals_))
        parts = [
            LocalPart(
                name=block.name,
                positions=elements(block, layout),
                parents=column[layout.positions(block.parents)],
                outer={o: nesting[block.name][o] for o in block.outer},
            )
            for block in guide
            if block.family == "local"
        ]
        return cls(layout.size, globals_, tuple(parts))

    def part(self, name: str) -> LocalPart:
        """The local block of that name."""
        return next(p for p in self.locals_ if p.name == name)

    @cached_property
    def probes(self) -> Tensor:
        """Directions [P, U] whose Hessian-vector products hold every entry of the arrow.

        One for each global, and one for each number of a local element, for all elements at once:
        no two elements of a plate are coupled.
        """
        rows = torch.zeros(len(self.globals_) + sum(self._widths), self.size, dtype=torch.float64)
        rows[torch.arange(len(self.globals_)), self.globals_] = 1.0
        at = len(self.globals_)
        for part in self.locals_:
            for column in part.positions.T:
                rows[at, column] = 1.0
                at += 1
        return rows

    @property
    def _widths(self) -> list[int]:
        return [p.positions.shape[1] for p in self.locals_]

    def precision(self, products: Tensor) -> Precision:
        """The arrow from the Hessian-vector products [..., P, U] of the probes."""
        count = len(self.globals_)
        own = products[..., :count, :][..., self.globals_]
        first = dict(zip([p.name for p in self.locals_], _starts(count, self._widths), strict=True))
        locals_ = []
        for part in self.locals_:
            across = products[..., part.positions]  # [..., P, E, d]

            def block(start: int, width: int, across: Tensor = across) -> Tensor:
                return across[..., start : start + width, :, :].movedim(-3, -1)  # [..., E, d, w]

            width = part.positions.shape[1]
            square = block(first[part.name], width)
            locals_.append(
                LocalPrecision(
                    own=(square + square.mT) / 2,
                    parents=across[..., part.parents, :, :].movedim(-3, -1).nan_to_num(),
                    outer={
                        o: block(first[o], self.part(o).positions.shape[1]).nan_to_num()
                        for o in part.outer
                    },
                )
            )
        return Precision((own + own.mT) / 2, tuple(locals_))


def _starts(first: int, widths: list[int]) -> list[int]:
    return [first + sum(widths[:i]) for i in range(len(widths))]


def elements(block: BlockEntry, layout: Layout) -> Tensor:
    """Positions [E, d] in the flat vector of the elements of a local block."""
    index = layout.unflatten(torch.arange(layout.size))
    parts = []
    for site, axes in zip(block.sites, block.plates, strict=True):
        positions = index[site].movedim(axes, tuple(range(len(axes))))
        count, width = (math.prod(positions.shape[at]) for at in _split(len(axes)))
        parts.append(positions.reshape(count, width))
    return torch.cat(parts, -1)


def _split(axes: int) -> tuple[slice, slice]:
    """The first `axes` dimensions of a shape, and the rest."""
    return slice(axes), slice(axes, None)


@dataclass(frozen=True)
class LocalPrecision:
    """Minus the second derivatives of a local block, batched.

    `own` [..., E, d, d], with its parents [..., E, d, A] and with outer elements [..., E, d, a].
    """

    own: Tensor
    parents: Tensor
    outer: dict[str, Tensor]


@dataclass(frozen=True)
class Precision:
    """Minus the second derivatives at one or more points."""

    globals_: Tensor
    locals_: tuple[LocalPrecision, ...]

    def averaged(self, count: int) -> Precision:
        """The mean over each `count` points, one after the other, of a batch [n * count]."""

        def mean(x: Tensor) -> Tensor:
            return x.reshape(len(x) // count, count, *x.shape[1:]).mean(1)

        return Precision(
            mean(self.globals_),
            tuple(
                LocalPrecision(
                    mean(p.own), mean(p.parents), {o: mean(x) for o, x in p.outer.items()}
                )
                for p in self.locals_
            ),
        )
