"""Which distribution a call names, and which of its arguments each value is for."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from pplc.compiler.advice.other_tools import CONSTRUCTS, keyword
from pplc.compiler.advice.other_tools import DISTRIBUTIONS as OTHER_DISTRIBUTIONS
from pplc.compiler.advice.wording import closest, counted
from pplc.compiler.distributions import DISTRIBUTIONS, Distribution, Parameter, Takes
from pplc.compiler.functions import all_functions
from pplc.grammar import nodes
from pplc.grammar.catalogue.names import (
    ArgumentChoice,
    MissingArgument,
    NotADistribution,
    RepeatedArgument,
    TooManyArguments,
    UnknownArgument,
    UnknownDistribution,
)
from pplc.grammar.diagnostics import Diagnostic, Fix
from pplc.grammar.source import Span
from pplc.grammar.walk import nodes_in

if TYPE_CHECKING:
    from pplc.compiler.lower.expressions import ExpressionLowering

Match = tuple[Parameter, nodes.Expr]


def find_distribution(at: ExpressionLowering, node: nodes.Expr) -> Distribution | None:
    """The distribution that stands to the right of `~`; None, and a report, where there is none."""
    if not isinstance(node, nodes.Call) or node.function in all_functions():
        at.env.report(_not_a_distribution(at, node))
        return None
    found = DISTRIBUTIONS.get(node.function)
    if found is None and node.function not in at.env.names.unread:
        at.env.report(_unknown_distribution(at, node))
    return found


def _not_a_distribution(at: ExpressionLowering, node: nodes.Expr) -> Diagnostic:
    text = at.env.source.slice(node.span)
    found = f"`{text}`" if len(text) <= 40 else "this expression"
    if isinstance(node, nodes.Call):
        found = f"the function `{node.function}`"
    said = NotADistribution(span=node.span, found=found)
    if isinstance(node, nodes.Name) and node.id in DISTRIBUTIONS:
        written = forms(DISTRIBUTIONS[node.id])
        return replace(said, help_text=f"give its arguments: {written}")
    if isinstance(node, nodes.Index) and isinstance(node.base, nodes.Call):
        law = at.env.source.slice(node.base.span)
        bounds = ", ".join(at.env.source.slice(i.span) for i in node.indices)
        meant = f"{law} truncated({bounds if len(node.indices) == 2 else '0, inf'})"
        fix = Fix("cut it off at bounds", node.span, meant)
        return replace(said, help_text="bounds are written behind it", fixes=(fix,))
    inner = [n.function for n in _calls(node) if n.function in DISTRIBUTIONS]
    if inner:
        parts = ", ".join(f"{name}(...)" for name in inner)
        return replace(said, help_text=f"a mixture is written `Mixture(weights, {parts})`")
    if at.owner in at.env.names.data:
        text = "`Normal({}, sigma)`".format(text if len(text) <= 40 else "...")
        return replace(said, help_text=f"data need a distribution around it, for example {text}")
    target = at.env.names.sites[at.owner].statement if at.owner in at.env.names.sites else None
    if not isinstance(target, nodes.SiteStatement):
        return said
    sign = _sign(at, target.target.span, node.span, "~")
    return replace(said, fixes=(Fix("define it", sign, "="),))


def _sign(at: ExpressionLowering, before: Span, after: Span, sign: str) -> Span:
    """Where a sign stands between two places."""
    start = before.end + at.env.source.slice(Span(before.end, after.start)).index(sign)
    return Span(start, start + 1)


def _calls(node: nodes.Expr) -> list[nodes.Call]:
    return [n for n in nodes_in(node) if isinstance(n, nodes.Call)]


def _unknown_distribution(at: ExpressionLowering, node: nodes.Call) -> Diagnostic:
    name, arguments = node.function, [at.env.source.slice(a.value.span) for a in node.arguments]
    idiom = OTHER_DISTRIBUTIONS.get(name.lower())
    if idiom is not None:
        written = idiom.fill(arguments)
        note = f";\n{idiom.note}" if idiom.note else ""
        fixes = (Fix("write it so", node.span, written),) if written else ()
        return UnknownDistribution(
            span=node.function_span,
            name=name,
            suggestion="",
            help_text=f"write `{written or idiom.example}`{note}",
            fixes=fixes,
        )
    suggestion = closest(name, DISTRIBUTIONS) or closest(name.replace("_", ""), DISTRIBUTIONS)
    if suggestion is None:
        text = "the distributions are listed in docs/language.md"
        return UnknownDistribution(
            span=node.function_span, name=name, suggestion="", help_text=text
        )
    fix = Fix(f"write `{suggestion}`", node.function_span, suggestion)
    return UnknownDistribution(
        span=node.function_span, name=name, suggestion=suggestion, fixes=(fix,)
    )


def match_arguments(
    at: ExpressionLowering, node: nodes.Call, distribution: Distribution
) -> list[Match] | None:
    """Each argument with the parameter it is for; those without a name fill places from the left.

    Every argument that is wrong is reported, and then the result is None.
    """
    positional = [*distribution.parameters, *distribution.choices[:1]]
    by_name = {p.name: p for p in distribution.all_parameters}
    given: dict[str, Match] = {}
    further: list[Match] = []
    problems: list[Diagnostic] = []
    unnamed = [a for a in node.arguments if a.name is None]
    many = next((p for p in positional if p.takes is Takes.DISTRIBUTIONS), None)
    places = iter(positional)
    for argument in node.arguments:
        parameter = next(places, many) if argument.name is None else by_name.get(argument.name)
        if parameter is None and argument.name is not None:
            problems.append(_unknown_argument(at, argument, distribution, set(given)))
        elif parameter is not None and parameter is many and parameter.name in given:
            further.append((parameter, argument.value))
        elif parameter is not None and parameter.name in given:
            problems.append(
                RepeatedArgument(
                    span=argument.span,
                    name=distribution.name,
                    argument=parameter.name,
                    signature=forms(distribution),
                )
            )
        elif parameter is not None:
            given[parameter.name] = (parameter, argument.value)
    if len(unnamed) > len(positional) and many is None:
        problems.append(_too_many(at, node, distribution, unnamed, len(positional)))
    if not problems:
        problems += _missing(node, distribution, given)
    for problem in problems:
        at.env.report(problem)
    return None if problems else [*given.values(), *further]


def _missing(
    node: nodes.Call, distribution: Distribution, given: dict[str, Match]
) -> list[Diagnostic]:
    name, written = distribution.name, forms(distribution)
    missing = [
        f"`{p.name}`" for p in distribution.parameters if p.name not in given and p.default is None
    ]
    if missing:
        words = _listed(missing, "and")
        return [MissingArgument(span=node.span, name=name, missing=words, signature=written)]
    chosen = [p.name for p in distribution.choices if p.name in given]
    if not distribution.choices or len(chosen) == 1:
        return []
    return [
        ArgumentChoice(
            span=node.span,
            name=name,
            choices=_listed([f"`{p.name}`" for p in distribution.choices], "and"),
            found="none is given" if not chosen else f"{len(chosen)} are given",
            signature=written,
        )
    ]


def _unknown_argument(
    at: ExpressionLowering, argument: nodes.Argument, distribution: Distribution, given: set[str]
) -> Diagnostic:
    assert argument.name is not None
    said = UnknownArgument(
        span=argument.span,
        name=distribution.name,
        argument=argument.name,
        signature=forms(distribution),
    )
    value = at.env.source.slice(argument.value.span)
    parameters = [p.name for p in (*distribution.parameters, *distribution.choices)]
    written = keyword(distribution.name, argument.name, value)
    if written is None or written.split("=")[0] not in parameters:
        if argument.name in CONSTRUCTS:
            text = CONSTRUCTS[argument.name].format(name=at.owner or "x")
            return replace(said, help_text=text)
        near = closest(argument.name, parameters)
        written = f"{near}={value}" if near else None
    if written is None or written.split("=")[0] in given:
        return said
    return replace(
        said,
        help_text=f"write `{written}`",
        fixes=(Fix(f"as {distribution.name} has it", argument.span, written),),
    )


def _too_many(
    at: ExpressionLowering,
    node: nodes.Call,
    distribution: Distribution,
    unnamed: list[nodes.Argument],
    expected: int,
) -> Diagnostic:
    name, extra = distribution.name, unnamed[expected:]
    texts = [at.env.source.slice(a.value.span) for a in node.arguments]
    said = TooManyArguments(
        span=extra[0].span.to(extra[-1].span),
        name=name,
        expected=counted(expected, "argument"),
        found=len(node.arguments),
        extra=counted(len(extra), "argument"),
        signature=forms(distribution),
    )
    if name.startswith("Half") and len(texts) == 2 and texts[0] in ("0", "0.0"):
        fix = Fix("leave the location out", node.span, f"{name}({texts[1]})")
        return replace(
            said,
            span=unnamed[0].span,
            help_text=f"`{name}` begins at 0 and has no location",
            fixes=(fix,),
        )
    if name == "Dirichlet":
        numbers = ", ".join(texts)
        over = f"`{at.owner or 'a'}_prior[K] = [{numbers}]`"
        if len(set(texts)) == 1:
            text = f"its argument is one vector: `fill({texts[0]}, K)` over an index set K"
        else:
            text = f"its argument is one vector: define it, {over}, and write its name here"
        return replace(said, help_text=text)
    if name == "Bernoulli" and len(texts) == 2:
        fix = Fix("the number of successes", node.span, f"Binomial({', '.join(texts)})")
        return replace(said, help_text="a number of trials makes it a `Binomial`", fixes=(fix,))
    return said


def forms(distribution: Distribution) -> str:
    """How a distribution is written, in each of its ways: `Poisson(rate)` or `Poisson(...)`."""
    words = [
        p.name if p.default is None else f"{p.name}={p.default:g}" for p in distribution.parameters
    ]
    if not distribution.choices:
        return f"`{distribution.name}({', '.join(words)})`"
    first, *others = (p.name for p in distribution.choices)
    ways = [first, *(f"{other}=..." for other in others)]
    return _listed([f"`{distribution.name}({', '.join([*words, way])})`" for way in ways], "or")


def _listed(words: list[str], last: str) -> str:
    """`a`, `b` and `c`."""
    return f" {last} ".join(filter(None, (", ".join(words[:-1]), words[-1])))
