"""Calls of functions -> typed expressions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pplc.compiler.distributions import DISTRIBUTIONS
from pplc.compiler.environment import Scope
from pplc.compiler.expressions import Apply, Constant, Expr, Size
from pplc.compiler.functions import ELEMENTWISE, REDUCTIONS, VECTOR_FUNCTIONS, all_functions
from pplc.compiler.kinds import (
    DECLARED_STRUCTURES,
    NAMED,
    NAT,
    UNIT,
    Interval,
    Kind,
    Structure,
    constant,
    inf,
)
from pplc.compiler.lower_reductions import reduce_whole
from pplc.compiler.lower_vectors import vector_function
from pplc.compiler.resolve import closest
from pplc.grammar import nodes
from pplc.grammar.catalogue.indices import NotAVector
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
            refuse(at, node, f"it has no argument named `{argument.name}`", signature)
            return None
    arguments = [a.value for a in node.arguments]
    if name in ("zeros", "ones", "fill", "eye", "size"):
        return _constant_array(at, node, arguments, scope, signature)
    if name == "assume":
        return _assume(at, node, arguments, scope, signature)
    if name == "counts":
        refuse(at, node, "it counts over a binder", signature)
        return None
    values = at.together(arguments, scope)
    if values is None:
        return None
    if name in ELEMENTWISE and len(values) == len(ELEMENTWISE[name].takes):
        return at.apply(ELEMENTWISE[name], values, node.span, f"`{name}`")
    if name in REDUCTIONS and len(values) == 1:
        return reduce_whole(at, node, values[0], scope)
    if name in VECTOR_FUNCTIONS:
        return vector_function(at, node, values, signature)
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
        refuse(at, node, f"it takes {expected} argument{'s' * (expected != 1)}", signature)
    return None


def refuse(at: ExpressionLowering, node: nodes.Call, problem: str, signature: str) -> None:
    """Report that a function cannot be called like this."""
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
        refuse(at, node, f"it takes {takes} argument{'s' * (takes > 1)}", signature)
        return None
    over = arguments[-1]
    if not isinstance(over, nodes.Name):
        refuse(at, node, "the size is given by the name of an index set", signature)
        return None
    if at.env.index_set(over.id, over.span) is None:
        return None
    if node.function == "size":
        kind = Kind(Interval(1, inf, False, True, True))
        return Size(kind=kind, span=node.span, index_set=over.id)
    if node.function == "eye":
        kind = Kind(UNIT, (over.id, over.id), Structure.DIAGONAL)
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
    if len(arguments) != 2:
        refuse(at, node, "it takes a value and a type", signature)
        return None
    value = at.lower(arguments[0], scope)
    kind = None if value is None else _assumed(at, arguments[1], value, scope, signature)
    if value is None or kind is None:
        return None
    return Apply(kind=kind, span=node.span, function="assume", arguments=(value,))


def _assumed(
    at: ExpressionLowering, written: nodes.Expr, value: Expr, scope: Scope, signature: str
) -> Kind | None:
    """The kind of a value that is assumed to be of a type: `positive`, `cov`, `interval(0, 10)`."""
    shape = value.kind.shape
    if isinstance(written, nodes.Call) and written.function == "interval":
        bounds = [at.lower(a.value, scope) for a in written.arguments]
        numbers = [b.value for b in bounds if isinstance(b, Constant)]
        if len(bounds) == len(numbers) == 2 and numbers[0] < numbers[1]:
            return Kind(Interval(numbers[0], numbers[1], False, False), shape)
    base = written.base if isinstance(written, nodes.Index) else written
    name = base.id if isinstance(base, nodes.Name) else at.env.source.slice(written.span)
    if name in NAMED:
        return Kind(NAMED[name], shape, None, value.kind.values)
    if name in at.env.index_sets:
        return Kind(NAT, shape, values=name)
    if name in [s.value for s in DECLARED_STRUCTURES]:
        structure = Structure(name)
        if len(shape) >= structure.dimensions:
            return Kind(structure.element, shape, structure)
        expected = "a vector" if structure.dimensions == 1 else "a matrix"
        what = f"what is assumed to be `{name}`"
        at.env.report(
            NotAVector(span=value.span, what=what, expected=expected, found=str(value.kind))
        )
        return None
    known = [*NAMED, *(s.value for s in DECLARED_STRUCTURES), *at.env.index_sets]
    suggestion = closest(name, known)
    help_text = None if suggestion else f"expected `{signature}`"
    at.env.report(
        UnknownType(span=written.span, name=name, suggestion=suggestion or "", help_text=help_text)
    )
    return None
