"""Literal vectors and matrices: what ties their numbers together."""

from __future__ import annotations

import math
from itertools import pairwise

from pplc.compiler.expressions import Constant, Expr, Vector
from pplc.compiler.kinds.algebra import add_up_to_one
from pplc.compiler.kinds.kinds import NONNEGATIVE, Structure

_TOLERANCE = 1e-9


def structure_of_items(items: tuple[Expr, ...]) -> Structure | None:
    """The structure of a literal: a simplex, increasing numbers, a covariance matrix, a factor."""
    if all(isinstance(i, Vector) for i in items):
        return _of_matrix(items)
    numbers = [i.value for i in items if isinstance(i, Constant)]
    if len(numbers) < len(items):
        return Structure.SIMPLEX if _shares(items) else None
    increasing = all(a < b for a, b in pairwise(numbers))
    if _is_simplex(numbers):
        return Structure.ORDERED_SIMPLEX if increasing else Structure.SIMPLEX
    if not increasing:
        return None
    return Structure.POSITIVE_ORDERED if numbers[0] > 0 else Structure.ORDERED


def _is_simplex(numbers: list[float]) -> bool:
    return min(numbers) >= 0 and abs(math.fsum(numbers) - 1) < _TOLERANCE


def _shares(items: tuple[Expr, ...]) -> bool:
    """Whether it is `[p, 1 - p]`, `[t * v, t * (1 - v), 1 - t]` or their like."""
    return all(i.kind.support.within(NONNEGATIVE) for i in items) and add_up_to_one(items)


def same(a: Expr, b: Expr) -> bool:
    """Whether two expressions are the same, wherever they are written."""
    return (
        type(a) is type(b)
        and a.said == b.said
        and len(a.children) == len(b.children)
        and all(same(x, y) for x, y in zip(a.children, b.children, strict=True))
    )


def _of_matrix(rows: tuple[Expr, ...]) -> Structure | None:
    matrix = [
        [i.value for i in row.items if isinstance(i, Constant)]
        for row in rows
        if isinstance(row, Vector)
    ]
    size = len(rows)
    if any(len(row) != len(vector.children) for row, vector in zip(matrix, rows, strict=True)):
        return None
    if all(_is_simplex(row) for row in matrix):
        return Structure.SIMPLEX
    if any(len(row) != size for row in matrix) or any(matrix[i][i] <= 0 for i in range(size)):
        return None
    above = [matrix[i][j] for i in range(size) for j in range(i + 1, size)]
    below = [matrix[j][i] for i in range(size) for j in range(i + 1, size)]
    if not any(above):
        return Structure.SCALE_TRIL if any(below) else Structure.DIAGONAL
    return Structure.COV if above == below and _is_positive_definite(matrix) else None


def _is_positive_definite(matrix: list[list[float]]) -> bool:
    """Whether a symmetric matrix has a Cholesky factor."""
    factor: list[list[float]] = []
    for i, row in enumerate(matrix):
        new: list[float] = []
        for j in range(i):
            inner = math.fsum(a * b for a, b in zip(new, factor[j], strict=False))
            new.append((row[j] - inner) / factor[j][j])
        left = row[i] - math.fsum(x * x for x in new)
        if left <= 0:
            return False
        factor.append([*new, math.sqrt(left)])
    return True
