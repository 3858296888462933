"""Typed expressions -> torch expressions."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import replace

from pplc.compiler.codegen import functions
from pplc.compiler.codegen.axes import Axis, Value, align, union
from pplc.compiler.codegen.frame import Frame
from pplc.compiler.codegen.gather import gather, positions
from pplc.compiler.codegen.nets import evaluation
from pplc.compiler.codegen.reductions import family, reduction
from pplc.compiler.codegen.vectors import vector, vector_function
from pplc.compiler.codegen.writer import call, constant, quote
from pplc.compiler.expressions import (
    Apply,
    Binder,
    Constant,
    Evaluate,
    Expr,
    Family,
    Position,
    Read,
    Reduce,
    Size,
    Vector,
    names_read,
)

#: Ranks of the binders of reductions start here, behind every plate.
REDUCED = 500

#: Exponents that read better as integers.
_POWERS: dict[object, int] = {2.0: 2, 3.0: 3, 4.0: 4}


class ExpressionEmitter:
    """Emits the expressions of a statement over some binders, inside one function.

    In a loop over the steps of a scan, `steps` has the position of each scan's binder, and
    `listed` the scan of each name that is a list of values, one for each step of it.
    """

    def __init__(
        self,
        frame: Frame,
        binders: tuple[Binder, ...] = (),
        steps: Mapping[str, ast.expr] | None = None,
        listed: Mapping[str, Binder] | None = None,
    ) -> None:
        self.frame = frame
        self.binders = {b.axis: b for b in binders}
        self.axes = {b.axis: frame.plate(b.axis) for b in binders}
        self.steps = steps or {}
        self.listed = listed or {}
        #: Where binders stand that are not along an axis of their own.
        self.places: Mapping[str, Value] = {}

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
                return reduction(self, expression)
            case Family():
                return family(self, expression)
            case Vector():
                return vector(self, expression)
            case Evaluate():
                return evaluation(self, expression)
            case Apply():
                support = expression.kind.support
                known = support.lower == support.upper and not names_read(expression)
                if known and expression.kind.is_scalar:
                    return Value(constant(support.lower), python=True)
                return self._apply(expression)

    def condition(self, expression: Expr) -> Value:
        """The value as a tensor of bool."""
        value = self.emit(expression)
        if is_condition(expression) and not value.python:
            return value
        node = quote("x != 0", x=value.tensor.node)
        return replace(value, node=node, python=False, whole=False)

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
        return replace(gather(self, expression), whole=self.frame.is_whole(expression.name))

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
            take = self.number if name in functions.CONDITIONS else self.real
            values = [take(a) for a in expression.arguments]
            return self._elementwise(name, values, expression.kind.shape)
        return vector_function(self, expression)

    def number(self, expression: Expr) -> Value:
        """As `emit`, a condition counted as 0 or 1."""
        value = self.emit(expression)
        if not is_condition(expression) or value.python:
            return value
        return replace(value, node=quote("x.to(**data.options)", x=value.node))

    def real(self, expression: Expr) -> Value:
        """As `number`, whole numbers as floating ones: torch would calculate in float32."""
        value = self.number(expression)
        if not value.whole:
            return value
        return replace(value, node=quote("x.to(**data.options)", x=value.node), whole=False)

    def own(self, expression: Expr) -> Value:
        """The value of a definition: positions stay whole numbers, all others are floating."""
        return self.real(expression) if expression.kind.values is None else self.emit(expression)

    def _elementwise(self, name: str, values: list[Value], shape: tuple[str, ...]) -> Value:
        if len(values) == 1:
            value = values[0] if name == "negate" else values[0].tensor
            return replace(value, node=quote(functions.UNARY[name], x=value.node))
        numbers_alone = name in functions.CONDITIONS and all(v.python for v in values)
        if numbers_alone or name in functions.TENSORS_ONLY:
            values = [v.tensor for v in values]
        axes = union(*values)
        left, right = (align(v, axes, shape) for v in values)
        if name == "^" and isinstance(right, ast.Constant) and right.value in _POWERS:
            right = constant(_POWERS[right.value])
        node = quote(functions.BINARY[name], x=left, y=right)
        return Value(node, axes, shape, all(v.python for v in values))

    def _choice(self, expression: Apply) -> Value:
        condition = self.condition(expression.arguments[0])
        positions = expression.kind.values is not None
        take = self.emit if positions else self.real
        then, otherwise = (take(a) for a in expression.arguments[1:])
        if then.python and otherwise.python:
            then = then.tensor  # torch.where of two Python numbers would be float32
        axes = union(condition, then, otherwise)
        shape = expression.kind.shape
        parts = [align(v, axes, shape) for v in (condition, then, otherwise)]
        whole = then.whole and otherwise.whole
        return Value(call("torch.where", *parts), axes, shape, whole=whole)


def is_condition(expression: Expr) -> bool:
    """Whether an expression is emitted as a tensor of bool."""
    return isinstance(expression, Apply) and expression.function in functions.CONDITIONS
