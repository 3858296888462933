"""How chains lie in memory: their batch as rows and columns, their steps cut into blocks."""

from __future__ import annotations

from dataclasses import dataclass
from math import isqrt, prod
from typing import Self

from torch import Size, Tensor

from pplc.runtime.tensors import joint_shape

#: Multiplications in a step of all blocks' products that take as long as a step takes in any case.
_SMALL = 2**16
#: Fewer steps are gone through one by one.
_SHORT = 32


def batch_of(initial: Tensor, transition: Tensor, emission: Tensor) -> Size:
    """The joint batch of the potentials of a chain, [..., K], [..., m, K, K] and [..., n, K]."""
    return joint_shape(initial.shape[:-1], transition.shape[:-3], emission.shape[:-2])


@dataclass(frozen=True)
class Grid:
    """A batch as R rows and C columns: `rows` are the dimensions along which transitions differ."""

    batch: Size
    rows: tuple[int, ...]

    @classmethod
    def of(cls, initial: Tensor, transition: Tensor, emission: Tensor) -> Self:
        """That of the potentials of a chain, in the shapes of `batch_of`."""
        batch = batch_of(initial, transition, emission)
        strides = transition.expand(*batch, *transition.shape[-3:]).stride()
        return cls(batch, tuple(d for d, size in enumerate(batch) if size > 1 and strides[d]))

    @property
    def columns(self) -> tuple[int, ...]:
        """The other dimensions of the batch."""
        return tuple(d for d in range(len(self.batch)) if d not in self.rows)

    @property
    def shape(self) -> tuple[int, int]:
        """R and C."""
        rows, columns = ([self.batch[d] for d in dims] for dims in (self.rows, self.columns))
        return prod(rows), prod(columns)

    def lay(self, x: Tensor) -> Tensor:
        """[*batch, n, K] as [n, R, K, C]; what broadcasts is spread out."""
        n, size = x.shape[-2:]
        full = x.expand(*self.batch, n, size)
        rows, columns = self.shape
        return full.permute(-2, *self.rows, -1, *self.columns).reshape(n, rows, size, columns)

    def lay_transition(self, x: Tensor) -> Tensor:
        """[*batch, n, K, K] as [n, R, K, K]."""
        full = x.expand(*self.batch, *x.shape[-3:])
        one = full[tuple(slice(None) if d in self.rows else 0 for d in range(len(self.batch)))]
        return one.movedim(-3, 0).reshape(x.shape[-3], self.shape[0], *x.shape[-2:])

    def back(self, x: Tensor) -> Tensor:
        """[n, R, C, ...] as [*batch, n, ...]."""
        dims = (*self.rows, *self.columns)
        apart = x.reshape(len(x), *(self.batch[d] for d in dims), *x.shape[3:])
        tail = range(1 + len(dims), apart.dim())
        return apart.permute(*(1 + dims.index(d) for d in range(len(dims))), 0, *tail)


@dataclass(frozen=True)
class Blocks:
    """The last steps of a chain, cut into `count` blocks of `length`; the first `rest` are not.

    Blocks lie side by side [length, G, K, M]: as columns where all steps have the `same`
    transition, M = C * count, and as rows otherwise, G = count * R.
    """

    count: int
    length: int
    rest: int
    same: bool
    shape: tuple[int, int]

    @classmethod
    def of(cls, steps: int, states: int, same: bool, grid: Grid) -> Self:
        """As many blocks as are fast, none where the batch itself is large enough."""
        rows, columns = grid.shape
        pays = steps >= _SHORT and 0 < rows * columns * states**3 <= _SMALL
        count = isqrt(2 * steps) if pays else 0
        length = steps // count if count else 0
        return cls(count, length, steps - count * length, same, grid.shape)

    def widen(self, x: Tensor) -> Tensor:
        """Steps [count * n, R, K, C] side by side, [n, G, K, M]."""
        blocks = x.reshape(self.count, -1, *x.shape[1:])
        if self.same:
            return blocks.permute(1, 2, 3, 4, 0).flatten(-2)
        return blocks.transpose(0, 1).flatten(1, 2)

    def narrow(self, x: Tensor) -> Tensor:
        """The inverse of `widen`: [n, G, K, M] as [count * n, R, K, C]."""
        if self.same:
            blocks = x.reshape(*x.shape[:-1], self.shape[1], self.count).permute(4, 0, 1, 2, 3)
        else:
            blocks = x.reshape(len(x), self.count, -1, *x.shape[2:]).transpose(0, 1)
        return blocks.flatten(0, 1)
