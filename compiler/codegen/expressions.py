"""Typed expressions -> torch expressions."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import replace

from pplc.compiler.codegen import functions
from pplc.compiler.codegen.axes import Axis, Value, align, arrange, union
from pplc.compiler.codegen.frame import Frame
from pplc.compiler.codegen.gather import gather, positions
from pplc.compiler.codegen.segments import Segments, segmented
from pplc.compiler.codegen.writer import call, constant, quote
from pplc.compiler.expressions import (
    Apply,
    Binder,
    Constant,
    Expr,
    Position,
    Read,
    Reduce,
    Size,
    Vector,
)

#: Ranks of the binders of reductions start here, behind every plate.
REDUCED = 500

#: Exponents that read better as integers.
_POWERS: dict[object, int] = {2.0: 2, 3.0: 3, 4.0: 4}


class ExpressionEmitter:
    """Emits the expressions of a statement over some binders, inside one function.

    In a loop over the steps of a scan, `steps` has the position of each scan's binder, and
    `listed` the scan of each name that is a list of values, one for each step.
    """

    def __init__(
        self,
        frame: Frame,
        binders: tuple[Binder, ...] = (),
        steps: Mapping[str, ast.expr] | None = None,
        listed: Mapping[str, str] | None = None,
    ) -> None:
        self.frame = frame
        self.axes = {b.axis: frame.plate(b.axis) for b in binders}
        self.steps = steps or {}
        self.listed = listed or {}

    def emit(self, expression: Expr) -> Value:
        """The value of an expression, its axes in order."""
        match expression:
            case Constant():
                return Value(constant(float(expression.value)), python=True)
            case Size():
                return self.frame.size(expression.index_set)
            case Position():
                return self._position(expression)
            case Read():
                return self._read(expression)
            case Reduce():
                return self._reduce(expression)
            case Vector():
                return self._vector(expression)
            case Apply():
                support = expression.kind.support
                if support.lower == support.upper and expression.kind.is_scalar:
                    return Value(constant(support.lower), python=True)
                return self._apply(expression)

    def condition(self, expression: Expr) -> Value:
        """The value as a tensor of bool."""
        value = self.emit(expression)
        if is_condition(expression):
            return value
        return replace(value, node=quote("x != 0", x=value.tensor.node))

    # --- reading ---

    def axis(self, binder: Binder) -> Axis:
        """The axis of a binder; those of reductions come behind the plates."""
        if binder.axis not in self.axes:
            self.axes[binder.axis] = Axis(REDUCED + len(self.axes), binder.axis)
        return self.axes[binder.axis]

    def step(self, position: Position) -> ast.expr | None:
        """The position as a Python number, inside of a loop over the steps of its scan."""
        at = self.steps.get(position.binder.axis)
        if at is None or not position.offset:
            return at
        if isinstance(at, ast.Constant):
            assert isinstance(at.value, int)
            return constant(at.value + position.offset)
        return quote("t - back", t=at, back=-position.offset)

    def _position(self, expression: Position) -> Value:
        at = self.step(expression)
        if at is not None:
            return Value(at, python=True)
        arange = "torch.arange(n, **data.options)"
        return Value(positions(self.frame, expression, arange), (self.axis(expression.binder),))

    def _read(self, expression: Read) -> Value:
        if self.frame.variable(expression.name) is not None:
            return self.frame.values(expression)
        return gather(self, expression)

    # --- functions ---

    def _apply(self, expression: Apply) -> Value:
        name = expression.function
        if name == "assume":
            return self.emit(expression.arguments[0])
        if name == "if":
            return self._choice(expression)
        if name == "not":
            inner = self.condition(expression.arguments[0])
            return replace(inner, node=quote("~x", x=inner.node))
        if name in ("and", "or"):
            return self._elementwise(
                name, [self.condition(a) for a in expression.arguments], expression.kind.shape
            )
        if name in functions.UNARY or name in functions.BINARY:
            values = [self.number(a) for a in expression.arguments]
            return self._elementwise(name, values, expression.kind.shape)
        return self._vector_function(expression)

    def number(self, expression: Expr) -> Value:
        """As `emit`, a condition counted as 0 or 1."""
        value = self.emit(expression)
        if not is_condition(expression):
            return value
        return replace(value, node=quote("x.to(**data.options)", x=value.node))

    def _elementwise(self, name: str, values: list[Value], shape: tuple[str, ...]) -> Value:
        if len(values) == 1:
            value = values[0] if name == "negate" else values[0].tensor
            return replace(value, node=quote(functions.UNARY[name], x=value.node))
        without_numbers = name in functions.CONDITIONS and all(v.python for v in values)
        if without_numbers or name in functions.TENSORS_ONLY:
            values = [v.tensor for v in values]
        axes = union(*values)
        left, right = (align(v, axes, shape) for v in values)
        if name == "^" and isinstance(right, ast.Constant) and right.value in _POWERS:
            right = constant(_POWERS[right.value])
        node = quote(functions.BINARY[name], x=left, y=right)
        return Value(node, axes, shape, all(v.python for v in values))

    def _choice(self, expression: Apply) -> Value:
        condition = self.condition(expression.arguments[0])
        then, otherwise = (self.number(a) for a in expression.arguments[1:])
        if then.python and otherwise.python:
            then = then.tensor  # torch.where of two Python numbers would be float32
        axes = union(condition, then, otherwise)
        shape = expression.kind.shape
        parts = [align(v, axes, shape) for v in (condition, then, otherwise)]
        return Value(call("torch.where", *parts), axes, shape)

    def _vector_function(self, expression: Apply) -> Value:
        name, shape = expression.function, expression.kind.shape
        if name == "fill":
            value = self.emit(expression.arguments[0])
            size = self.frame.size(shape[0]).node
            if value.python:
                node = quote("torch.full((n,), x, **data.options)", n=size, x=value.node)
                return Value(node, (), shape)
            node = quote("x[..., None].expand(*x.shape, n)", x=value.node, n=size)
            return Value(node, value.axes, shape)
        if name == "eye":
            size = self.frame.size(shape[0]).node
            return Value(quote("torch.eye(n, **data.options)", n=size), (), shape)
        if name in ("dot", "matmul"):
            return self._product(expression)
        if name == "element":
            vector, index = expression.arguments
            value = self.emit(vector).tensor
            assert isinstance(index, Position)
            axes = (*value.axes, self.axis(index.binder))
            return arrange(Value(value.node, axes, value.dims[1:]))
        arguments = [self.emit(a).tensor for a in expression.arguments]
        if name == "exp_quad":
            return self._exp_quad(arguments, shape)
        if name == "diag":
            form = functions.DIAG if len(shape) == 2 else functions.DIAGONAL
            return replace(arguments[0], node=quote(form, x=arguments[0].node), dims=shape)
        axes = union(*arguments)
        nodes = {n: align(v, axes, v.dims) for n, v in zip("xy", arguments, strict=False)}
        template = functions.VECTOR[name]
        if name == "solve" and len(shape) == 1:
            template = functions.SOLVE_VECTOR
        return Value(quote(template, **nodes), axes, shape)

    def _exp_quad(self, arguments: list[Value], shape: tuple[str, ...]) -> Value:
        axes = union(*arguments)
        nodes = [align(v, axes, v.dims) for v in arguments]
        return Value(call("exp_quad", *nodes), axes, shape)

    def _product(self, expression: Apply) -> Value:
        """A dot or matrix product as an einsum; the shared dimension is summed."""
        stretched, vector = expression.arguments[0], expression.arguments[0].children
        if isinstance(stretched, Apply) and stretched.function == "diag" and len(vector) == 1:
            return self._rows_times(vector[0], expression.arguments[1], expression.kind.shape)
        left, right = (self.emit(a).tensor for a in expression.arguments)
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

    def _rows_times(self, vector: Expr, matrix: Expr, shape: tuple[str, ...]) -> Value:
        """`diag(x) @ A`: each row of A, or entry of a vector, times its entry of x."""
        left, right = self.emit(vector).tensor, self.emit(matrix).tensor
        axes = union(left, right)
        nodes = [align(v, axes, v.dims) for v in (left, right)]
        template = "x[..., None] * y" if len(right.dims) == 2 else "x * y"
        return Value(quote(template, x=nodes[0], y=nodes[1]), axes, shape)

    # --- reductions and literals ---

    def _reduce(self, expression: Reduce) -> Value:
        segments = segmented(expression, self.axes)
        if segments is not None:
            return self._by_segment(expression, segments)
        if expression.function == "counts":
            return self._counts(expression)
        axis = self.axis(expression.binder)
        body = self.number(expression.body).tensor
        where = None if expression.where is None else self.condition(expression.where)
        if where is not None and expression.function == "sd":
            return self._masked_sd(body, where, axis)
        if where is not None:
            body = self._masked(expression, body, where, axis)
        if axis not in body.axes:
            body = self._along(body, expression.binder)
        template = functions.REDUCTIONS[expression.function]
        node = quote(template, x=body.node, axis=body.position(axis))
        return Value(node, tuple(a for a in body.axes if a != axis), body.dims)

    def _masked_sd(self, body: Value, where: Value, axis: Axis) -> Value:
        axes = union(body, where, Value(body.node, (axis,)))
        parts = [align(v, axes, body.dims) for v in (body, where)]
        at = constant(Value(body.node, axes, body.dims).position(axis))
        node = call("masked_sd", *parts, at)
        return Value(node, tuple(a for a in axes if a != axis), body.dims)

    def _by_segment(self, expression: Reduce, segments: Segments) -> Value:
        """A reduction over the elements that belong to each element of a plate."""
        plate, axis = self.axis(segments.plate), self.axis(expression.binder)
        index = self.emit(segments.index).node
        size = self.frame.size(segments.plate.index_set).node
        body = self._selected(expression, segments, axis)
        if expression.function == "counts":
            bins = self.frame.size(expression.kind.shape[0]).node
            node = call("histogram", body.node, index, bins, size)
            node = quote("x.to(**data.options)", x=node)
            return Value(node, (plate,), expression.kind.shape)
        template = functions.SEGMENTS[expression.function]
        where = body.position(axis)
        node = quote(template, x=body.node, segments=index, n=size, axis=where)
        axes = tuple(plate if a == axis else a for a in body.axes)
        return arrange(Value(node, axes, body.dims))

    def _selected(self, expression: Reduce, segments: Segments, axis: Axis) -> Value:
        """The body of a reduction by segment; what other conditions leave out is neutral."""
        emit = self.emit if expression.function == "counts" else self.number
        body = emit(segments.body).tensor
        if segments.where is not None:
            body = self._masked(expression, body, self.condition(segments.where), axis)
        return body if axis in body.axes else self._along(body, expression.binder)

    def _counts(self, expression: Reduce) -> Value:
        """A histogram: how often each position is the value of the body."""
        axis = self.axis(expression.binder)
        body = self.emit(expression.body).tensor
        over = expression.kind.shape[0]
        size = self.frame.size(over).node
        values = quote("torch.arange(n, device=data.options['device'])", n=size)
        hits = Value(quote("x[..., None] == v", x=body.node, v=values), body.axes, (over,))
        if expression.where is not None:
            where = self.condition(expression.where)
            axes = union(hits, where)
            parts = [align(v, axes, hits.dims) for v in (hits, where)]
            hits = Value(quote("x & y", x=parts[0], y=parts[1]), axes, (over,))
        if axis not in hits.axes:
            hits = self._along(hits, expression.binder)
        node = quote("x.sum(axis).to(**data.options)", x=hits.node, axis=hits.position(axis))
        return Value(node, tuple(a for a in hits.axes if a != axis), (over,))

    def _masked(self, expression: Reduce, body: Value, where: Value, axis: Axis) -> Value:
        neutral = functions.NEUTRAL.get(expression.function, 0.0)
        axes = union(body, where, Value(body.node, (axis,)))
        parts = (align(where, axes, body.dims), align(body, axes, body.dims))
        node = quote("torch.where(c, x, y)", c=parts[0], x=parts[1], y=neutral)
        return Value(node, tuple(a for a in axes if a in where.axes or a in body.axes), body.dims)

    def _along(self, value: Value, binder: Binder) -> Value:
        """A value that does not depend on a binder, repeated along its axis."""
        axis = self.axis(binder)
        size = self.frame.length(binder)
        axes = tuple(sorted({*value.axes, axis}))
        after = len(axes) - axes.index(axis) + len(value.dims)
        node = quote("x.unsqueeze(at)", x=value.node, at=-after)
        shape = [size if a == axis else constant(-1) for a in axes]
        shape += [constant(-1) for _ in value.dims]
        return Value(call(ast.Attribute(node, "expand", ast.Load()), *shape), axes, value.dims)

    def _vector(self, expression: Vector) -> Value:
        """A list of plain numbers is a tensor; a list of other values is stacked."""
        shape = expression.kind.shape
        plain = self._plain(expression)
        if plain is not None:
            return Value(quote("torch.tensor(x, **data.options)", x=plain), (), shape)
        values = [self.number(i).tensor for i in expression.items]
        axes = union(*values)
        parts = call("torch.broadcast_tensors", *(align(v, axes, v.dims) for v in values))
        node = quote("torch.stack(x, at)", x=parts, at=-len(shape))
        return Value(node, axes, shape)

    def _plain(self, expression: Expr) -> ast.expr | None:
        """A list of plain numbers as a display; None where something in it is not one."""
        if not isinstance(expression, Vector):
            value = self.emit(expression)
            return value.node if value.python else None
        items = [self._plain(i) for i in expression.items]
        found = [i for i in items if i is not None]
        return ast.List(list(found), ast.Load()) if len(found) == len(items) else None


def is_condition(expression: Expr) -> bool:
    """Whether an expression is emitted as a tensor of bool."""
    return isinstance(expression, Apply) and expression.function in functions.CONDITIONS


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
