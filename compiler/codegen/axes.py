"""Tensors of generated code: which axis is which, and how to line two of them up.

A tensor has, in this order, a particle axis, the plates of its statement, the values of
summed-out sites, and the dimensions of a vector. Axes that a value does not depend on are left
out; broadcasting, which aligns at the right, fills them in again.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass, replace

from pplc.compiler.codegen.writer import call, constant, everything, quote, subscript


@dataclass(frozen=True, slots=True, order=True)
class Axis:
    """One axis. `rank` puts the axes of a statement in order; `name` tells them apart."""

    rank: int
    name: str


#: The axis of particles (draws). No index set can have its name, which is not one word.
PARTICLES = Axis(-1, "S of particles")


@dataclass(frozen=True, slots=True)
class Value:
    """An expression of generated code with the axes of its tensor and its vector dimensions.

    `python` marks a plain number (a literal, a size), which torch functions do not take; `whole` a
    tensor of int64, which they would make float32 of.
    """

    node: ast.expr
    axes: tuple[Axis, ...] = ()
    dims: tuple[str, ...] = ()
    python: bool = False
    whole: bool = False

    @property
    def tensor(self) -> Value:
        """The same as a tensor."""
        if not self.python:
            return self
        return Value(quote("torch.tensor(x, **data.options)", x=self.node))

    def position(self, axis: Axis) -> int:
        """Where an axis is, counted from the right (-1 is the last)."""
        return self.axes.index(axis) - len(self.axes) - len(self.dims)


def union(*values: Value) -> tuple[Axis, ...]:
    """All axes of some values, in order."""
    return tuple(sorted({a for v in values for a in v.axes}))


def align(value: Value, axes: Sequence[Axis], dims: tuple[str, ...] = ()) -> ast.expr:
    """The value with an axis of length one for each of `axes` and `dims` that it lacks.

    Missing axes at the left are left to broadcasting.
    """
    if not value.axes and not value.dims:
        return value.node
    items: list[ast.expr] = []
    for axis in axes:
        if axis in value.axes:
            items.append(everything())
        elif items:
            items.append(ast.Constant(None))
    if value.dims:
        if not items or all(isinstance(i, ast.Slice) for i in items):
            return value.node
        items.extend(everything() for _ in value.dims)
    else:
        items.extend(ast.Constant(None) for _ in dims)
    if all(isinstance(i, ast.Slice) for i in items):
        return value.node
    return subscript(value.node, _with_ellipsis(items))


def _with_ellipsis(items: list[ast.expr]) -> list[ast.expr]:
    """`x[:, :, None]` is shorter as `x[..., None]`; `x[:, None]` stays as it is."""
    leading = 0
    while leading < len(items) and isinstance(items[leading], ast.Slice):
        leading += 1
    if leading > 1:
        return [ast.Constant(...), *items[leading:]]
    return items


def arrange(value: Value) -> Value:
    """The same value with its axes in order."""
    ordered = tuple(sorted(value.axes))
    if ordered == value.axes:
        return value
    order = [value.axes.index(a) for a in ordered]
    order += range(len(value.axes), len(value.axes) + len(value.dims))
    node = call(ast.Attribute(value.node, "permute", ast.Load()), *(constant(i) for i in order))
    return replace(value, node=node, axes=ordered)


def permuted(value: Value, axes: tuple[Axis, ...]) -> Value:
    """The value with its axes in another order."""
    if value.axes == axes:
        return value
    order = [value.axes.index(a) for a in axes]
    order += range(len(axes), len(axes) + len(value.dims))
    node = call(ast.Attribute(value.node, "permute", ast.Load()), *(constant(i) for i in order))
    return Value(node, axes, value.dims)


def total(value: Value, over: Sequence[Axis]) -> Value:
    """The sum over some axes (all present) and all vector dimensions."""
    positions = [value.position(a) for a in over] + [-i for i in range(len(value.dims), 0, -1)]
    if not positions:
        return value
    where: ast.expr
    if len(positions) == 1:
        where = constant(positions[0])
    else:
        where = ast.Tuple([constant(p) for p in positions], ast.Load())
    node = call(ast.Attribute(value.node, "sum", ast.Load()), where)
    return Value(node, tuple(a for a in value.axes if a not in over))
