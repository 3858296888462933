"""Calls of functions -> typed expressions."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from pplc.compiler.advice.other_tools import DISTRIBUTIONS as OTHER_DISTRIBUTIONS
from pplc.compiler.advice.other_tools import FUNCTIONS
from pplc.compiler.advice.wording import closest, counted
from pplc.compiler.distributions import DISTRIBUTIONS
from pplc.compiler.expressions import Apply, Constant, Expr, Size
from pplc.compiler.functions import (
    CONSTANTS,
    ELEMENTWISE,
    OVER_A_SET,
    REDUCTIONS,
    VECTOR_FUNCTIONS,
    all_functions,
)
from pplc.compiler.kinds.kinds import UNIT, Interval, Kind, Structure, constant, inf
from pplc.compiler.lower.assume import lower_assume
from pplc.compiler.lower.environment import Scope
from pplc.compiler.lower.evaluations import lower_evaluation
from pplc.compiler.lower.ragged import outer_binder, size_within
from pplc.compiler.lower.reductions import reduce_whole
from pplc.compiler.lower.vectors import vector_function
from pplc.grammar import nodes
from pplc.grammar.catalogue.names import (
    DistributionAsValue,
    FunctionArguments,
    NotAFunction,
    TooManyArguments,
    UnknownFunction,
)
from pplc.grammar.diagnostics import Diagnostic, Fix
from pplc.grammar.source import Span

if TYPE_CHECKING:
    from pplc.compiler.lower.expressions import ExpressionLowering


#: What other tools call the number of elements of a vector.
_SIZES = ("length", "len", "nrow", "ncol", "num_elements", "rows", "cols")
#: Log densities in Stan, R, scipy and Pyro.
_DENSITY = re.compile(
    r"\w+_(lpdf|lpmf|lupdf|lupmf|log|logpdf|logpmf|log_prob)|log_prob|logpdf|logp"
)
_ALONE = re.compile(r"\w+\(.*\)")


def lower_call(at: ExpressionLowering, node: nodes.Call, scope: Scope) -> Expr | None:
    """`f(arguments)` as a value."""
    name = node.function
    if name in DISTRIBUTIONS:
        _distribution_as_value(at, node)
        return None
    if name in at.env.names.nets:
        return lower_evaluation(at, node, scope)
    signature = all_functions().get(name)
    if signature is None:
        _not_a_function(at, node, scope)
        return None
    for argument in node.arguments:
        if argument.name is not None:
            refuse(at, node, f"it has no argument named `{argument.name}`", signature)
            return None
    arguments = [a.value for a in node.arguments]
    if name in OVER_A_SET:
        return _constant_array(at, node, arguments, scope, signature)
    if name == "assume":
        return lower_assume(at, node, scope)
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
        at.env.report(_too_many(at, node, expected, signature))
    else:
        refuse(at, node, f"it takes {counted(expected, 'argument')}", signature)
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
    idiom = FUNCTIONS.get(name) or FUNCTIONS.get(name.lower())
    drawn = OTHER_DISTRIBUTIONS.get(name.removesuffix("_rng").lower())
    density = _DENSITY.fullmatch(name)
    suggestion = None if density else closest(name, all_functions())
    fixes: tuple[Fix, ...] = ()
    help_text = (
        f"did you mean `{suggestion}`?"
        if suggestion
        else "see the list of functions in docs/language.md"
    )
    if name in _SIZES:
        help_text = "the number of elements of an index set K is `size(K)`"
        fixes = _size_of(at, node)
    elif density:
        help_text = (
            "the density of a random variable is a statement, such as `y ~ Normal(mu, sigma)`"
        )
    elif name == "log_mix":
        help_text = (
            "a mixture is a distribution: `y ~ Mixture([p, 1 - p], Normal(a, 1), Normal(b, 1))`"
        )
    elif name == "c":
        help_text = f"a list is written `[{', '.join(arguments)}]`"
    elif idiom is not None:
        written = idiom.fill(arguments)
        help_text = f"write `{written or idiom.example}`"
        if written and not _ALONE.fullmatch(written) and _has_neighbours(at, node):
            written = f"({written})"
        fixes = (Fix("write it so", node.span, written),) if written else ()
    elif drawn is not None:
        written = drawn.fill(arguments) or drawn.example
        help_text = f"what is drawn is a statement of its own, such as `x ~ {written}`"
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
    if not isinstance(over, nodes.Name) or _is_value(at, over):
        _needs_index_set(at, node, over, signature)
        return None
    index_set = at.env.index_set(over.id, over.span)
    if index_set is None:
        return None
    if node.function == "size" and index_set.ragged is not None:
        outer = outer_binder(at.env, over.id, scope, over.span)
        return None if outer is None else size_within(over.id, outer, node.span)
    if at.env.whole_set(over.id, over.span) is None:
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
