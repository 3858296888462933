"""Calls of functions -> typed expressions: the functions that are not elementwise, mostly."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from pplc.compiler import intervals
from pplc.compiler.distributions import DISTRIBUTIONS
from pplc.compiler.environment import Scope
from pplc.compiler.expressions import Apply, Binder, Constant, Expr, Position, Read, Reduce, Size
from pplc.compiler.functions import (
    ELEMENTWISE,
    OPERATORS,
    REDUCTIONS,
    VECTOR_FUNCTIONS,
    all_functions,
)
from pplc.compiler.kinds import NAMED, NAT, UNIT, Interval, Kind, Structure, constant
from pplc.compiler.lower_expressions import reduction_support
from pplc.compiler.resolve import closest
from pplc.grammar import nodes
from pplc.grammar.catalogue.indices import NotAVector, ShapesDisagree
from pplc.grammar.catalogue.names import (
    DistributionAsValue,
    FunctionArguments,
    NotAFunction,
    TooManyArguments,
    UnknownFunction,
)
from pplc.grammar.catalogue.supports import UnknownType
from pplc.grammar.source import Span

if TYPE_CHECKING:
    from pplc.compiler.lower_expressions import ExpressionLowering

#: What users of other tools call things.
_ALIASES = {
    "inv_logit": "sigmoid",
    "ilogit": "sigmoid",
    "expit": "sigmoid",
    "plogis": "sigmoid",
    "logistic": "sigmoid",
    "invlogit": "sigmoid",
    "qlogis": "logit",
    "fabs": "abs",
    "ln": "log",
    "pow": "^",
    "log_sum_exp": "logsumexp",
    "dot_product": "dot",
    "inner": "dot",
    "inprod": "dot",
    "Phi": "phi",
    "pnorm": "phi",
    "length": "size",
    "len": "size",
    "nrow": "size",
    "stddev": "sd",
    "std": "sd",
    "gammaln": "lgamma",
    "rep_vector": "fill",
    "pmax": "max",
    "pmin": "min",
    "fmax": "max",
    "fmin": "min",
    "step": "if",
    "ifelse": "if",
    "where": "if",
}


def lower_call(at: ExpressionLowering, node: nodes.Call, scope: Scope) -> Expr | None:
    """`f(arguments)` as a value."""
    name = node.function
    if name in DISTRIBUTIONS:
        at.env.report(DistributionAsValue(span=node.span, name=name))
        return None
    if name in at.env.names.nets:
        at.unsupported(node.span, "a net")
        return None
    if name in scope or at.env.names.has_value(name):
        at.env.report(NotAFunction(span=node.span, name=name))
        return None
    signature = all_functions().get(name)
    if signature is None:
        suggestion = _ALIASES.get(name) or closest(name, all_functions())
        text = f"did you mean `{suggestion}`?" if suggestion else ""
        if name == "pow":
            text = "a power is written `x ^ y`"
        elif suggestion == "if":
            text = "a choice is written `if condition then a else b`"
        at.env.report(
            UnknownFunction(
                span=node.function_span, name=name, suggestion=suggestion or "", help_text=text
            )
        )
        return None
    for argument in node.arguments:
        if argument.name is not None:
            _refuse(at, node, f"it has no argument named `{argument.name}`", signature)
            return None
    arguments = [a.value for a in node.arguments]
    if name in ("zeros", "ones", "fill", "eye", "size"):
        return _constant_array(at, node, arguments, scope, signature)
    if name == "assume":
        return _assume(at, node, arguments, scope, signature)
    lowered = [at.lower(a, scope) for a in arguments]
    if any(a is None for a in lowered):
        return None
    values = tuple(cast("list[Expr]", lowered))
    if name in ELEMENTWISE and len(values) == len(ELEMENTWISE[name].takes):
        return at.apply(ELEMENTWISE[name], values, node.span, f"`{name}`")
    if name in REDUCTIONS and len(values) == 1:
        return _reduce_whole(at, node, values[0], scope)
    if name in VECTOR_FUNCTIONS:
        return _vector_function(at, node, values, signature)
    expected = len(ELEMENTWISE[name].takes) if name in ELEMENTWISE else 1
    if len(values) > expected:
        at.env.report(
            TooManyArguments(
                span=node.arguments[expected].span,
                name=name,
                expected=f"{expected} argument{'s' * (expected != 1)}",
                found=len(values),
                signature=signature,
            )
        )
    else:
        _refuse(at, node, f"it takes {expected} argument{'s' * (expected != 1)}", signature)
    return None


def _refuse(at: ExpressionLowering, node: nodes.Call, problem: str, signature: str) -> None:
    at.env.report(
        FunctionArguments(
            span=node.span, name=node.function, problem=problem, signature=f"`{signature}`"
        )
    )


def _constant_array(
    at: ExpressionLowering,
    node: nodes.Call,
    arguments: list[nodes.Expr],
    scope: Scope,
    signature: str,
) -> Expr | None:
    """`zeros(K)`, `ones(K)`, `fill(v, K)`, `eye(K)` and `size(K)`: all name an index set."""
    takes = 2 if node.function == "fill" else 1
    if len(arguments) != takes:
        _refuse(at, node, f"it takes {takes} argument{'s' * (takes > 1)}", signature)
        return None
    over = arguments[-1]
    if not isinstance(over, nodes.Name):
        _refuse(at, node, "the size is given by the name of an index set", signature)
        return None
    if at.env.index_set(over.id, over.span) is None:
        return None
    if node.function == "size":
        return Size(
            kind=Kind(Interval(1, float("inf"), False, True, True)),
            span=node.span,
            index_set=over.id,
        )
    if node.function == "eye":
        kind = Kind(UNIT, (over.id, over.id), Structure.COV)
        return Apply(kind=kind, span=node.span, function="eye", arguments=())
    number: Expr | None
    if node.function == "fill":
        number = at.number(arguments[0], scope, "the value of `fill`")
        if number is None:
            return None
    else:
        value = float(node.function == "ones")
        number = Constant(kind=Kind(constant(value)), span=node.span, value=value)
    return _fill(number, over.id, node.span)


def _fill(number: Expr, over: str, span: Span) -> Expr:
    structure = Structure.SIMPLEX if _is_uniform(number, over) else None
    kind = Kind(number.kind.support, (over,), structure)
    return Apply(kind=kind, span=span, function="fill", arguments=(number,))


def _is_uniform(number: Expr, over: str) -> bool:
    """Whether the number is `1 / size(K)`: K of them are a simplex."""
    return (
        isinstance(number, Apply)
        and number.function == "/"
        and isinstance(number.arguments[0], Constant)
        and number.arguments[0].value == 1
        and isinstance(number.arguments[1], Size)
        and number.arguments[1].index_set == over
    )


def _assume(
    at: ExpressionLowering,
    node: nodes.Call,
    arguments: list[nodes.Expr],
    scope: Scope,
    signature: str,
) -> Expr | None:
    if len(arguments) != 2 or not isinstance(arguments[1], nodes.Name):
        _refuse(at, node, "it takes a value and the name of a type", signature)
        return None
    type_name = arguments[1].id
    if type_name not in NAMED and type_name != Structure.SIMPLEX:
        suggestion = closest(type_name, NAMED) or "positive"
        at.env.report(UnknownType(span=arguments[1].span, name=type_name, suggestion=suggestion))
        return None
    value = at.lower(arguments[0], scope)
    if value is None:
        return None
    if type_name == Structure.SIMPLEX:
        kind = Kind(UNIT, value.kind.shape, Structure.SIMPLEX)
    else:
        kind = Kind(NAMED[type_name], value.kind.shape, None, value.kind.values)
    return Apply(kind=kind, span=node.span, function="assume", arguments=(value,))


def _reduce_whole(
    at: ExpressionLowering, node: nodes.Call, value: Expr, scope: Scope
) -> Expr | None:
    """`sum(x)` of a vector: a reduction over its only dimension."""
    if len(value.kind.shape) != 1:
        at.env.report(
            NotAVector(
                span=value.span,
                what=f"the argument of `{node.function}`",
                expected="a vector",
                found=str(value.kind),
                help_text=f"over a binder it is written `{node.function}(k in K: ...)`",
            )
        )
        return None
    over = value.kind.shape[0]
    occurrence = sum(b.index_set == over for b in scope.values())
    binder = Binder(variable=f"_{over}", index_set=over, occurrence=occurrence)
    element = element_at(value, binder)
    support = reduction_support(node.function, value.kind.support)
    return Reduce(
        kind=Kind(support),
        span=node.span,
        function=node.function,
        binder=binder,
        where=None,
        body=element,
    )


def element_at(value: Expr, binder: Binder) -> Expr:
    """The element of a vector at a binder, pushed into the expression down to its reads."""
    if value.kind.is_scalar:
        return value
    index = Position(kind=Kind(NAT), span=value.span, binder=binder)
    kind = value.kind.drop(1)
    if isinstance(value, Read):
        return value.model_copy(update={"kind": kind, "indices": (*value.indices, index)})
    if isinstance(value, Apply) and value.function == "fill":
        return value.arguments[0]
    if isinstance(value, Apply) and (value.function in ELEMENTWISE or value.function in OPERATORS):
        arguments = tuple(element_at(a, binder) for a in value.arguments)
        return value.model_copy(update={"kind": kind, "arguments": arguments})
    return Apply(kind=kind, span=value.span, function="element", arguments=(value, index))


def lower_product(at: ExpressionLowering, left: Expr, right: Expr, span: Span) -> Expr | None:
    """`a @ b`: of vectors their dot product, of a matrix and a vector a vector."""
    dims = (len(left.kind.shape), len(right.kind.shape))
    if 0 in dims or left.kind.shape[-1] != right.kind.shape[0] or max(dims) > 2:
        at.env.report(
            ShapesDisagree(span=span, what="`@`", first=str(left.kind), second=str(right.kind))
        )
        return None
    shape = left.kind.shape[:-1] + right.kind.shape[1:]
    terms = intervals.multiply(left.kind.support, right.kind.support)
    kind = Kind(reduction_support("sum", terms), shape)
    name = "dot" if not shape else "matmul"
    return Apply(kind=kind, span=span, function=name, arguments=(left, right))


def _vector_function(
    at: ExpressionLowering, node: nodes.Call, values: tuple[Expr, ...], signature: str
) -> Expr | None:
    """Functions of whole vectors and matrices."""
    name = node.function
    shapes = [v.kind.shape for v in values]
    if name == "dot" and len(values) == 2:
        if len(shapes[0]) == 1 and shapes[0] == shapes[1]:
            return lower_product(at, *values, node.span)
        at.env.report(
            ShapesDisagree(
                span=node.span, what="`dot`", first=str(values[0].kind), second=str(values[1].kind)
            )
        )
        return None
    if name in ("softmax", "cumsum") and len(values) == 1:
        if len(shapes[0]) != 1:
            at.env.report(
                NotAVector(
                    span=values[0].span,
                    what=f"the argument of `{name}`",
                    expected="a vector",
                    found=str(values[0].kind),
                )
            )
            return None
        if name == "softmax":
            kind = Kind(Interval(0, 1), shapes[0], Structure.SIMPLEX)
        else:
            kind = Kind(reduction_support("sum", values[0].kind.support), shapes[0])
        return Apply(kind=kind, span=node.span, function=name, arguments=values)
    if name in ("dot", "softmax", "cumsum"):
        _refuse(at, node, f"it takes {2 if name == 'dot' else 1} argument(s)", signature)
        return None
    at.unsupported(node.span, f"`{name}`")
    return None
