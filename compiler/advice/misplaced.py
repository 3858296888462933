"""Arguments of a distribution in another order than its own, as other tools have them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import permutations
from typing import TYPE_CHECKING

from pplc.compiler.distributions import DISTRIBUTIONS, Distribution, Parameter, Takes
from pplc.compiler.expressions import Expr
from pplc.compiler.graph import Law
from pplc.compiler.lower.match_laws import Match, forms
from pplc.grammar import nodes
from pplc.grammar.catalogue.names import FunctionArguments, NotADistribution
from pplc.grammar.catalogue.supports import ArgumentSupport, NestedDistribution
from pplc.grammar.diagnostics import Diagnostic, Fix
from pplc.grammar.source import Span

if TYPE_CHECKING:
    from pplc.compiler.lower.expressions import ExpressionLowering

#: More arguments than this are not tried in all orders.
_MOST = 4


def in_other_order(
    at: ExpressionLowering,
    distribution: Distribution,
    given: Sequence[Match],
    values: Mapping[str, Expr | None],
) -> Diagnostic | None:
    """What to say where arguments do not fit, but would in another order: `Binomial(p, n)`."""
    parameters = [p for p, _ in given]
    found = [v for p in parameters if (v := values.get(p.name)) is not None]
    if len(found) < len(given) or not 1 < len(found) <= _MOST:
        return None
    if any(p.takes is not Takes.VALUE for p in parameters) or _fit(parameters, found):
        return None
    fitting = [order for order in permutations(found) if _fit(parameters, order)]
    if not fitting:
        return None
    written = [at.env.source.slice(value.span) for value in fitting[0]]
    first = [p.name for p in distribution.parameters] + [c.name for c in distribution.choices[:1]]
    texts = [
        text if first[i : i + 1] == [p.name] else f"{p.name}={text}"
        for i, (p, text) in enumerate(zip(parameters, written, strict=True))
    ]
    start, end = min(v.span.start for v in found), max(v.span.end for v in found)
    place = Span(start, end)
    wrong = next(p for p, v in zip(parameters, found, strict=True) if not p.accepts(v.kind))
    value = found[parameters.index(wrong)]
    meant = ", ".join(texts)
    return ArgumentSupport(
        span=value.span,
        distribution=distribution.name,
        argument=wrong.name,
        expected=_expected(wrong, value),
        found=str(value.kind),
        help_text=f"its arguments are in this order: {forms(distribution)}",
        fixes=(Fix("in the order of its arguments", place, meant),)
        if len(fitting) == 1 and _plain(at, place)
        else (),
    )


def _expected(wanted: Parameter, found: Expr) -> str:
    if wanted.structure is not None:
        return wanted.structure.words[0]
    if len(found.kind.shape) < wanted.event:
        return "a vector" if wanted.event == 1 else "a matrix"
    return wanted.support.words[found.kind.is_scalar is False]


def _plain(at: ExpressionLowering, place: Span) -> bool:
    """Whether no argument is given by its keyword, whose name a fix would have to move."""
    return "=" not in at.env.source.slice(place)


def _fit(parameters: Sequence[Parameter], values: Sequence[Expr]) -> bool:
    return all(
        len(v.kind.shape) >= p.event and p.accepts(v.kind)
        for p, v in zip(parameters, values, strict=True)
    )


def misplaced_distribution(
    at: ExpressionLowering, node: nodes.Call, given: Sequence[Match]
) -> Diagnostic | None:
    """`ZeroInflated(p, Poisson(r))`: a number where the distribution stands, and the reverse."""
    takes_one = [(p, v) for p, v in given if p.takes is Takes.DISTRIBUTION]
    inner = [v for p, v in given if p.takes is Takes.VALUE and _is_distribution(v)]
    if len(takes_one) != 1 or len(inner) != 1 or _is_distribution(takes_one[0][1]):
        return None
    value, distribution = takes_one[0][1], inner[0]
    meant = _exchanged(at, node, value, distribution)
    return NotADistribution(
        span=value.span,
        found=f"`{at.env.source.slice(value.span)}`",
        help_text=f"the distribution comes first: `{meant}`",
        fixes=(Fix("in the order of its arguments", node.span, meant),),
    )


def misplaced_index_set(
    at: ExpressionLowering, node: nodes.Call, given: Sequence[Match]
) -> Diagnostic | None:
    """`LKJCholesky(2, K)`: a number where the index set stands, and the reverse."""
    takes_one = [(p, v) for p, v in given if p.takes is Takes.INDEX_SET]
    inner = [v for p, v in given if p.takes is Takes.VALUE and _is_index_set(at, v)]
    if len(takes_one) != 1 or len(inner) != 1 or _is_index_set(at, takes_one[0][1]):
        return None
    parameter, value = takes_one[0]
    meant = _exchanged(at, node, value, inner[0])
    return FunctionArguments(
        span=value.span,
        name=node.function,
        problem=f"`{parameter.name}` is the name of an index set",
        signature=f"`{DISTRIBUTIONS[node.function].signature}`",
        fixes=(Fix("in the order of its arguments", node.span, meant),),
    )


def _exchanged(at: ExpressionLowering, node: nodes.Call, a: nodes.Expr, b: nodes.Expr) -> str:
    """A call with two of its arguments in each other's place."""
    texts = {id(x.value): at.env.source.slice(x.value.span) for x in node.arguments}
    texts[id(a)], texts[id(b)] = texts[id(b)], texts[id(a)]
    keywords = ["" if x.name is None else f"{x.name}=" for x in node.arguments]
    given = map("".join, zip(keywords, texts.values(), strict=True))
    return f"{node.function}({', '.join(given)})"


def _is_index_set(at: ExpressionLowering, node: nodes.Expr) -> bool:
    return isinstance(node, nodes.Name) and node.id in at.env.index_sets


def mixture_of_one(inner: Law) -> Diagnostic:
    """`Mixture(w, Normal(m, 1))`: of the elements of a vector, as in Pyro's `MixtureSameFamily`."""
    return NestedDistribution(
        span=inner.span,
        distribution="Mixture",
        inner=inner.distribution.name,
        expected="one distribution for each weight",
        found="the only one",
        help_text="with parameters over an index set, draw the component:\n"
        "`z[n] ~ Categorical(w)` and `y[n] ~ Normal(m[z[n]], 1)`; `z` is summed out",
    )


def _is_distribution(node: nodes.Expr) -> bool:
    return isinstance(node, nodes.Call) and node.function in DISTRIBUTIONS
