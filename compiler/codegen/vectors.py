"""Functions of whole vectors and matrices, and lists of values, in torch."""

from __future__ import annotations

import ast
from dataclasses import replace
from typing import TYPE_CHECKING

from pplc.compiler.codegen import functions
from pplc.compiler.codegen.axes import Value, align, arrange, union
from pplc.compiler.codegen.writer import call, constant, quote
from pplc.compiler.expressions import Apply, Expr, Position, Vector

if TYPE_CHECKING:
    from pplc.compiler.codegen.expressions import ExpressionEmitter


def vector_function(at: ExpressionEmitter, expression: Apply) -> Value:
    """A function that is not elementwise."""
    name, shape = expression.function, expression.kind.shape
    match name:
        case "fill":
            return _fill(at, expression)
        case "eye":
            size = at.frame.size(shape[0]).node
            return Value(quote("torch.eye(n, **data.options)", n=size), (), shape)
        case "dot" | "matmul":
            return _product(at, expression)
        case "element":
            return _element(at, expression)
    arguments = [at.real(a).tensor for a in expression.arguments]
    axes = union(*arguments)
    nodes = [align(v, axes, v.dims) for v in arguments]
    if name == "exp_quad":
        return Value(call("exp_quad", *nodes), axes, shape)
    template = functions.VECTOR[name]
    if len(shape) == 1:
        template = functions.VECTOR_OF_ONE_DIMENSION.get(name, template)
    return Value(quote(template, **dict(zip("xy", nodes, strict=False))), axes, shape)


def _fill(at: ExpressionEmitter, expression: Apply) -> Value:
    value, shape = at.real(expression.arguments[0]), expression.kind.shape
    size = at.frame.size(shape[0]).node
    if value.python:
        node = quote("torch.full((n,), x, **data.options)", n=size, x=value.node)
        return Value(node, (), shape)
    node = quote("x[..., None].expand(*x.shape, n)", x=value.node, n=size)
    return Value(node, value.axes, shape)


def _element(at: ExpressionEmitter, expression: Apply) -> Value:
    """The elements of a vector along a binder: its first dimension becomes the binder's axis."""
    whole, index = expression.arguments
    value = at.own(whole).tensor
    assert isinstance(index, Position)
    axes = (*value.axes, at.axis(index.binder))
    return arrange(replace(value, axes=axes, dims=value.dims[1:]))


def _product(at: ExpressionEmitter, expression: Apply) -> Value:
    """A dot or matrix product as an einsum; the shared dimension is summed."""
    first, second = expression.arguments
    if isinstance(first, Apply) and first.function == "diag" and len(first.kind.shape) == 2:
        return _rows_times(at, first.arguments[0], second, expression.kind.shape)
    left, right = at.real(first).tensor, at.real(second).tensor
    letters = _Letters()
    contracted = letters.new(left.dims[-1])
    left_dims = [letters.new(d) for d in left.dims[:-1]] + [contracted]
    right_dims = [contracted] + [letters.new(d) for d in right.dims[1:]]
    axes = union(left, right)
    word = {a: letters.new(a.name) for a in axes}
    inputs = ",".join(
        "".join([*(word[a] for a in v.axes), *d])
        for v, d in ((left, left_dims), (right, right_dims))
    )
    output = "".join([*(word[a] for a in axes), *left_dims[:-1], *right_dims[1:]])
    node = call("torch.einsum", constant(f"{inputs}->{output}"), left.node, right.node)
    return Value(node, axes, expression.kind.shape)


def _rows_times(at: ExpressionEmitter, x: Expr, a: Expr, shape: tuple[str, ...]) -> Value:
    """`diag(x) @ a`: each row of a matrix, or entry of a vector, times its entry of x."""
    left, right = at.real(x).tensor, at.real(a).tensor
    axes = union(left, right)
    nodes = [align(v, axes, v.dims) for v in (left, right)]
    template = "x[..., None] * y" if len(right.dims) == 2 else "x * y"
    return Value(quote(template, x=nodes[0], y=nodes[1]), axes, shape)


def vector(at: ExpressionEmitter, expression: Vector) -> Value:
    """A list of plain numbers is a tensor; a list of other values is stacked."""
    shape = expression.kind.shape
    plain = _plain(at, expression)
    if plain is not None:
        return Value(quote("torch.tensor(x, **data.options)", x=plain), (), shape)
    values = [at.real(i).tensor for i in expression.items]
    axes = union(*values)
    parts = call("torch.broadcast_tensors", *(align(v, axes, v.dims) for v in values))
    node = quote("torch.stack(x, at)", x=parts, at=-len(shape))
    return Value(node, axes, shape)


def _plain(at: ExpressionEmitter, expression: Expr) -> ast.expr | None:
    """A list of plain numbers as a display; None where something in it is not one."""
    if not isinstance(expression, Vector):
        value = at.emit(expression)
        return value.node if value.python else None
    items = [_plain(at, i) for i in expression.items]
    found = [i for i in items if i is not None]
    return ast.List(list(found), ast.Load()) if len(found) == len(items) else None


class _Letters:
    """A letter for each axis of an einsum, its own initial where that is free."""

    def __init__(self) -> None:
        self._taken: set[str] = set()

    def new(self, name: str) -> str:
        """A letter that is not in use."""
        for letter in name[:1].lower() + name[:1].upper() + "abcdefghijklmnopqrstuvwxyz":
            if letter.isascii() and letter.isalpha() and letter not in self._taken:
                self._taken.add(letter)
                return letter
        raise ValueError("more axes than letters")
