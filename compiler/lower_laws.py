"""Distributions with their arguments: matched to the table, typed, checked against supports."""

from __future__ import annotations

from dataclasses import replace

from pplc.compiler.distributions import DISTRIBUTIONS, Distribution, Parameter, Support
from pplc.compiler.environment import Scope
from pplc.compiler.expressions import Expr, Read
from pplc.compiler.functions import all_functions
from pplc.compiler.graph import Law
from pplc.compiler.kinds import NAT, Interval, Kind, Structure
from pplc.compiler.lower_expressions import ExpressionLowering, describe
from pplc.compiler.resolve import closest
from pplc.grammar import nodes
from pplc.grammar.catalogue.indices import NotAVector, ShapesDisagree
from pplc.grammar.catalogue.names import (
    ArgumentChoice,
    MissingArgument,
    NotADistribution,
    TooManyArguments,
    UnknownArgument,
    UnknownDistribution,
)
from pplc.grammar.catalogue.supports import ArgumentSupport, StructureNeeded

#: How other tools call distributions that pplc has, and what to mind.
_ALIASES = {
    "dnorm": "`Normal(loc, scale)`; its scale is a standard deviation, not a precision",
    "gaussian": "`Normal(loc, scale)`",
    "std_normal": "`Normal(0, 1)`",
    "normal_id_glm": "`Normal(a + dot(x[n], b), sigma)`",
    "dunif": "`Uniform(low, high)`",
    "dgamma": "`Gamma(concentration, rate)`",
    "dbeta": "`Beta(concentration1, concentration0)`",
    "dbern": "`Bernoulli(p)`",
    "dbin": "`Binomial(total_count, p)`; the count comes first",
    "dbinom": "`Binomial(total_count, p)`",
    "dcat": "`Categorical(probs)`; its values count from 0",
    "dpois": "`Poisson(rate)`",
    "dexp": "`Exponential(rate)`",
    "dt": "`StudentT(df, loc, scale)`; its scale is not a precision",
    "dlnorm": "`LogNormal(loc, scale)`; its scale is a standard deviation, not a precision",
    "ddirch": "`Dirichlet(concentration)`",
    "ddirich": "`Dirichlet(concentration)`",
    "dmnorm": "`MultivariateNormal(loc, precision_matrix=...)`",
    "dweib": "`Weibull(scale, concentration)`",
    "double_exponential": "`Laplace(loc, scale)`",
    "inv_gamma": "`InverseGamma(concentration, rate)`",
    "multi_normal": "`MultivariateNormal(loc, covariance_matrix=...)`",
    "multi_normal_cholesky": "`MultivariateNormal(loc, scale_tril=...)`",
    "bernoulli_logit": "`Bernoulli(logits=...)`",
    "binomial_logit": "`Binomial(total_count, logits=...)`",
    "categorical_logit": "`Categorical(logits=...)`",
    "poisson_log": "`Poisson(log_rate=...)`",
    "neg_binomial": "`NegativeBinomial(total_count, probs)`",
    "neg_binomial_2": "`NegativeBinomial(total_count, probs)`, of mean `total_count * p / (1 - p)`",
    "multivariatenormal": "`MultivariateNormal(loc, covariance_matrix=...)`",
    "mvnormal": "`MultivariateNormal(loc, covariance_matrix=...)`",
    "chi_square": "`ChiSquared(df)`",
    "chi2": "`ChiSquared(df)`",
}


def lower_law(at: ExpressionLowering, node: nodes.Expr, scope: Scope) -> tuple[Law, Kind] | None:
    """The typed distribution and the kind of one draw; None where something was reported."""
    distribution = _find(at, node)
    if distribution is None or not isinstance(node, nodes.Call):
        return None
    given = _match(at, node, distribution)
    if given is None:
        return None
    arguments: dict[str, Expr] = {}
    for parameter, value in given:
        lowered = at.lower(value, scope)
        if lowered is not None and _check(at, distribution, parameter, lowered, scope):
            arguments[parameter.name] = lowered
    if len(arguments) < len(given):
        return None
    kind = _kind(at, node, distribution, [p for p, _ in given], arguments)
    if kind is None:
        return None
    return Law(distribution=distribution, arguments=arguments, span=node.span), kind


def _find(at: ExpressionLowering, node: nodes.Expr) -> Distribution | None:
    if not isinstance(node, nodes.Call):
        text = at.env.source.slice(node.span)
        found = f"`{text}`" if len(text) <= 40 else "this expression"
        help_text = None
        if isinstance(node, nodes.Name) and node.id in DISTRIBUTIONS:
            help_text = f"give its arguments: `{DISTRIBUTIONS[node.id].signature}`"
        at.env.report(NotADistribution(span=node.span, found=found, help_text=help_text))
        return None
    name = node.function
    found_law = DISTRIBUTIONS.get(name)
    if found_law is not None:
        return found_law
    if name in _PLANNED:
        at.unsupported(node.span, f"`{name}`")
        return None
    if name in all_functions():
        at.env.report(NotADistribution(span=node.span, found=f"the function `{name}`"))
        return None
    suggestion = closest(name, DISTRIBUTIONS) or closest(name.replace("_", ""), DISTRIBUTIONS)
    help_text = None if suggestion else "the distributions are listed in docs/language.md"
    if name.lower() in _ALIASES:
        help_text = f"write {_ALIASES[name.lower()]}"
    at.env.report(
        UnknownDistribution(
            span=node.function_span, name=name, suggestion=suggestion or "", help_text=help_text
        )
    )
    return None


#: Distributions of the language that this version does not compile.
_PLANNED = {
    "OrderedLogistic",
    "Multinomial",
    "LKJCholesky",
    "Delta",
    "ZeroInflated",
    "Mixture",
    "Censored",
    "Truncated",
}


def _match(
    at: ExpressionLowering, node: nodes.Call, distribution: Distribution
) -> list[tuple[Parameter, nodes.Expr]] | None:
    """Each argument with the parameter it is for; positional ones first, then keywords."""
    name, signature = distribution.name, f"`{distribution.signature}`"
    positional = [*distribution.parameters, *distribution.choices[:1]]
    by_name = {p.name: p for p in (*distribution.parameters, *distribution.choices)}
    given: dict[str, tuple[Parameter, nodes.Expr]] = {}
    count = 0
    for argument in node.arguments:
        if argument.name is not None:
            parameter = by_name.get(argument.name)
            if parameter is None or argument.name in given:
                at.env.report(
                    UnknownArgument(
                        span=argument.span, name=name, argument=argument.name, signature=signature
                    )
                )
                return None
        elif count < len(positional):
            parameter = positional[count]
            count += 1
        else:
            expected = len(positional)
            at.env.report(
                TooManyArguments(
                    span=argument.span,
                    name=name,
                    expected=f"{expected} argument{'s' * (expected != 1)}",
                    found=len(node.arguments),
                    signature=signature,
                )
            )
            return None
        given[parameter.name] = (parameter, argument.value)
    for parameter in distribution.parameters:
        if parameter.name not in given and parameter.default is None:
            at.env.report(
                MissingArgument(
                    span=node.span, name=name, argument=parameter.name, signature=signature
                )
            )
            return None
    chosen = [p.name for p in distribution.choices if p.name in given]
    if distribution.choices and len(chosen) != 1:
        choices = " and ".join(f"`{p.name}`" for p in distribution.choices)
        found = "none is given" if not chosen else f"{len(chosen)} are given"
        at.env.report(
            ArgumentChoice(
                span=node.span, name=name, choices=choices, found=found, signature=signature
            )
        )
        return None
    return list(given.values())


def _check(
    at: ExpressionLowering,
    distribution: Distribution,
    parameter: Parameter,
    value: Expr,
    scope: Scope,
) -> bool:
    """Whether an argument has the dimensions, the support and the structure it must have."""
    what = f"`{parameter.name}` of `{distribution.name}`"
    if len(value.kind.shape) < parameter.event:
        noun = "a vector" if parameter.event == 1 else "a matrix"
        text = at.env.source.slice(value.span)
        at.env.report(
            NotAVector(
                span=value.span,
                what=what,
                expected=noun,
                found=str(value.kind),
                help_text=f"for example `fill({text}, K)`, a vector over an index set K"
                if parameter.event == 1
                else None,
            )
        )
        return False
    notes = at.env.declared(value.name) if isinstance(value, Read) else ()
    structure = parameter.structure
    if structure is not None and not _has_structure(value.kind, structure):
        at.env.report(
            StructureNeeded(
                span=value.span,
                notes=notes,
                distribution=distribution.name,
                argument=parameter.name,
                expected=f"a {structure}",
                found=str(value.kind),
                help_text=_structure_help(at, distribution, parameter, value),
            )
        )
        return False
    if structure is None and not value.kind.support.within(parameter.support):
        at.env.report(
            ArgumentSupport(
                span=value.span,
                notes=notes,
                distribution=distribution.name,
                argument=parameter.name,
                expected=describe(parameter.support),
                found=str(value.kind),
                help_text=_support_help(at, distribution, parameter, value),
            )
        )
        return False
    return True


def _has_structure(kind: Kind, needed: Structure) -> bool:
    if needed == Structure.COV:
        return kind.structure in (Structure.COV, Structure.CORR)
    if needed == Structure.SCALE_TRIL:
        return kind.structure in (Structure.SCALE_TRIL, Structure.CHOLESKY_CORR)
    return kind.structure == needed


def _structure_help(
    at: ExpressionLowering, distribution: Distribution, parameter: Parameter, value: Expr
) -> str:
    text = at.env.source.slice(value.span)
    if parameter.structure == Structure.SIMPLEX:
        return f"if these are log odds write `logits={text}`, or `softmax({text})`"
    return f"where you know that it is one, `assume({text}, {parameter.structure})`"


def _support_help(
    at: ExpressionLowering, distribution: Distribution, parameter: Parameter, value: Expr
) -> str:
    text = at.env.source.slice(value.span)
    choices = [p.name for p in distribution.choices]
    if parameter.name == "probs" and "logits" in choices:
        return f"if these are log odds write `logits={text}`, otherwise `sigmoid({text})`"
    if parameter.name == "rate" and "log_rate" in choices:
        return f"if this is a log rate write `log_rate={text}`, otherwise `exp({text})`"
    if isinstance(value, Read) and value.name in at.env.names.params:
        return f"declare it so: `param {value.name}: {parameter.support}`"
    site = at.env.names.sites.get(value.name) if isinstance(value, Read) else None
    if site is not None and parameter.name == "scale" and isinstance(value, Read):
        return f"give `{value.name}` a prior over positive numbers, such as `HalfNormal(1)`"
    if value.kind.support.upper <= 0 and parameter.support.lower >= 0:
        return f"`{parameter.name}` cannot be negative or zero"
    return at.support_help(value, parameter.support)


def _kind(
    at: ExpressionLowering,
    node: nodes.Call,
    distribution: Distribution,
    parameters: list[Parameter],
    arguments: dict[str, Expr],
) -> Kind | None:
    """The kind of one draw: vector arguments of a scalar distribution make a vector of draws."""
    lifted: tuple[str, ...] = ()
    event: tuple[str, ...] | None = None
    for parameter in parameters:
        shape = arguments[parameter.name].kind.shape
        batch = shape[: len(shape) - parameter.event]
        inner = shape[len(shape) - parameter.event :]
        if batch and lifted and batch != lifted:
            break
        lifted = lifted or batch
        if parameter.event:
            if event is not None and set(inner) != set(event):
                break
            event = event or inner[:1]
    else:
        shape = lifted + (event if event and distribution.event else ())
        support, values = _support(distribution, parameters, arguments, event)
        return Kind(support, shape, distribution.structure, values)
    vectors = [a.kind for a in arguments.values() if a.kind.shape]
    at.env.report(
        ShapesDisagree(
            span=node.span,
            what=f"`{distribution.name}`",
            first=str(vectors[0]),
            second=str(next(k for k in vectors if k.shape != vectors[0].shape)),
        )
    )
    return None


def _support(
    distribution: Distribution,
    parameters: list[Parameter],
    arguments: dict[str, Expr],
    event: tuple[str, ...] | None,
) -> tuple[Interval, str | None]:
    supports = [arguments[p.name].kind.support for p in parameters]
    match distribution.support_rule:
        case Support.BETWEEN:
            lower = supports[0].lower if supports else -float("inf")
            upper = supports[1].upper if len(supports) > 1 else float("inf")
            return Interval(lower, upper), None
        case Support.INTEGERS_BETWEEN:
            return Interval(supports[0].lower, supports[1].upper, False, False, True), None
        case Support.UP_TO_FIRST:
            upper = supports[0].upper
            return Interval(0, upper, False, upper == float("inf"), True), None
        case Support.ABOVE_FIRST:
            return replace(distribution.support, lower=supports[0].lower), None
        case Support.POSITIONS:
            return NAT, event[0] if event else None
        case Support.FIXED:
            return distribution.support, None
