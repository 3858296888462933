"""Calls of functions -> typed expressions: the functions that are not elementwise, mostly."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, cast

from pplc.compiler import intervals
from pplc.compiler.distributions import DISTRIBUTIONS
from pplc.compiler.environment import Scope
from pplc.compiler.expressions import Apply, Binder, Constant, Expr, Position, Read, Reduce, Size
from pplc.compiler.functions import (
    CONSTANTS,
    ELEMENTWISE,
    OPERATORS,
    REDUCTIONS,
    VECTOR_FUNCTIONS,
    all_functions,
)
from pplc.compiler.kinds import NAMED, NAT, UNIT, Interval, Kind, Structure, constant
from pplc.compiler.lower_expressions import reduction_support
from pplc.compiler.other_tools import FUNCTIONS
from pplc.compiler.resolve import closest, counted
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
from pplc.grammar.diagnostics import Diagnostic, Fix
from pplc.grammar.source import Span

if TYPE_CHECKING:
    from pplc.compiler.lower_expressions import ExpressionLowering


#: What other tools call the number of elements of a vector.
_SIZES = ("length", "len", "nrow", "ncol", "num_elements", "rows", "cols")
_ALONE = re.compile(r"\w+\(.*\)")


def lower_call(at: ExpressionLowering, node: nodes.Call, scope: Scope) -> Expr | None:
    """`f(arguments)` as a value."""
    name = node.function
    if name in DISTRIBUTIONS:
        _distribution_as_value(at, node)
        return None
    if name in at.env.names.nets:
        at.unsupported(node.span, "a net")
        return None
    signature = all_functions().get(name)
    if signature is None:
        _not_a_function(at, node, scope)
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
        at.env.report(_too_many(at, node, expected, signature))
    else:
        _refuse(at, node, f"it takes {counted(expected, 'argument')}", signature)
    return None


def _size_of(at: ExpressionLowering, node: nodes.Call) -> tuple[Fix, ...]:
    """`length(x)` of data over one index set."""
    for argument in node.arguments[:1]:
        value = argument.value
        data = at.env.names.data.get(value.id) if isinstance(value, nodes.Name) else None
        if data is not None and len(data.dims) == 1:
            return (Fix("write it so", node.span, f"size({data.dims[0].id})"),)
    return ()


def _has_neighbours(at: ExpressionLowering, node: nodes.Call) -> bool:
    """Whether a call is a part of an operation, so that what replaces it needs brackets."""
    text = at.env.source.text
    before = text[: node.span.start].rstrip(" ")[-1:]
    after = text[node.span.end :].lstrip(" ")[:1]
    return before not in tuple("(,=[:~\n") or after not in tuple("),]\n#")


def _too_many(
    at: ExpressionLowering, node: nodes.Call, expected: int, signature: str
) -> Diagnostic:
    name, extra = node.function, node.arguments[expected:]
    texts = [at.env.source.slice(a.span) for a in node.arguments]
    said = TooManyArguments(
        span=extra[0].span.to(extra[-1].span),
        name=name,
        expected=counted(expected, "argument"),
        found=len(node.arguments),
        extra=counted(len(extra), "argument"),
        signature=f"`{signature}`",
    )
    if name != "log" or len(texts) != 2:
        return said
    written = f"log({texts[0]}) / log({texts[1]})"
    fix = Fix(f"the logarithm to base {texts[1]}", node.span, written)
    return replace(said, help_text="`log` is the natural logarithm", fixes=(fix,))


def _distribution_as_value(at: ExpressionLowering, node: nodes.Call) -> None:
    """`mu = Normal(0, 1)`, where `~` was meant, or a distribution within an expression."""
    text = at.env.source.slice(node.span)
    said = DistributionAsValue(
        span=node.span,
        name=node.function,
        help_text=f"give it a name, `name ~ {text}`, and write the name here",
    )
    definition = at.env.names.definitions.get(at.owner)
    if definition is not None and isinstance(definition.statement, nodes.DefinitionStatement):
        statement = definition.statement
        if statement.value is node:
            between = Span(statement.target.span.end, node.span.start)
            sign = between.start + at.env.source.slice(between).index("=")
            fix = Fix("draw it", Span(sign, sign + 1), "~")
            said = replace(said, help_text=None, fixes=(fix,))
    at.env.report(said)


def _not_a_function(at: ExpressionLowering, node: nodes.Call, scope: Scope) -> None:
    """A call of something that has no such name, or is not called at all."""
    name, arguments = node.function, [at.env.source.slice(a.value.span) for a in node.arguments]
    if name in scope or at.env.names.has_value(name) or name in CONSTANTS:
        brackets = f"{name}[{', '.join(arguments)}]" if arguments else name
        fix = Fix("read it" if arguments else "without brackets", node.span, brackets)
        known = f"`{name}` is a number; write it without brackets"
        help_text = known if name in CONSTANTS or not arguments else None
        at.env.report(NotAFunction(span=node.span, name=name, help_text=help_text, fixes=(fix,)))
        return
    if name in at.env.names.unread:
        return
    idiom = FUNCTIONS.get(name)
    suggestion = closest(name, all_functions())
    fixes: tuple[Fix, ...] = ()
    help_text = (
        f"did you mean `{suggestion}`?"
        if suggestion
        else "see the list of functions in docs/language.md"
    )
    if name in _SIZES:
        help_text = "the number of elements of an index set K is `size(K)`"
        fixes = _size_of(at, node)
    elif name == "c":
        help_text = f"a list is written `[{', '.join(arguments)}]`"
    elif idiom is not None:
        written = idiom.fill(arguments)
        help_text = f"write `{written or idiom.example}`"
        if written and not _ALONE.fullmatch(written) and _has_neighbours(at, node):
            written = f"({written})"
        fixes = (Fix("write it so", node.span, written),) if written else ()
    elif suggestion is not None:
        fixes = (Fix(f"write `{suggestion}`", node.function_span, suggestion),)
    at.env.report(
        UnknownFunction(
            span=node.function_span,
            name=name,
            suggestion=suggestion or "",
            help_text=help_text,
            fixes=fixes,
        )
    )


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
    if not isinstance(over, nodes.Name) or _is_value(at, over):
        _needs_index_set(at, node, over, signature)
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


def _is_value(at: ExpressionLowering, name: nodes.Name) -> bool:
    return at.env.names.has_value(name.id) and name.id not in at.env.index_sets


def _needs_index_set(
    at: ExpressionLowering, node: nodes.Call, over: nodes.Expr, signature: str
) -> None:
    """`fill(1, 3)` or `size(y)`: what stands where an index set is named."""
    said = FunctionArguments(
        span=over.span,
        name=node.function,
        problem="it needs the name of an index set",
        signature=f"`{signature}`",
    )
    data = at.env.names.data.get(over.id) if isinstance(over, nodes.Name) else None
    if data is not None and len(data.dims) == 1:
        fix = Fix(f"`{data.name.id}` is over it", over.span, data.dims[0].id)
        said = replace(said, notes=at.env.declared(data.name.id), fixes=(fix,))
    elif isinstance(over, nodes.Number):
        sizes = [s.name for s in at.env.index_sets.values() if s.size == over.value]
        if len(sizes) == 1:
            fix = Fix(f"`{sizes[0]}` has {over.text} elements", over.span, sizes[0])
            said = replace(said, fixes=(fix,))
        else:
            text = f"declare one, `index K = {over.text}`, and write its name here"
            said = replace(said, help_text=text)
    at.env.report(said)


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
        at.shapes_disagree(span, "`@`", left, right)
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
        at.shapes_disagree(node.span, "`dot`", *values)
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
        _refuse(at, node, f"it takes {counted(2 if name == 'dot' else 1, 'argument')}", signature)
        return None
    at.unsupported(node.span, f"`{name}`")
    return None
