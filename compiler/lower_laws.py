"""Distributions with their arguments: matched to the table, typed, checked against supports."""

from __future__ import annotations

from dataclasses import dataclass

from pplc.compiler.check_laws import check_argument, check_law
from pplc.compiler.distributions import DISTRIBUTIONS, Distribution, Parameter, Support, Takes
from pplc.compiler.draws import kind_of
from pplc.compiler.environment import Scope
from pplc.compiler.expressions import Expr, Size
from pplc.compiler.functions import all_functions
from pplc.compiler.graph import Law
from pplc.compiler.kinds import Interval, Kind, inf
from pplc.compiler.lower_expressions import ExpressionLowering
from pplc.compiler.resolve import closest
from pplc.grammar import nodes
from pplc.grammar.catalogue.names import (
    ArgumentChoice,
    FunctionArguments,
    MissingArgument,
    NotADistribution,
    TooManyArguments,
    UnknownArgument,
    UnknownDistribution,
)

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
    "lkj_corr_cholesky": "`LKJCholesky(K, concentration)`",
    "lkj_corr": "`LKJCholesky(K, concentration)`, over Cholesky factors",
    "lkj": "`LKJCholesky(K, concentration)`",
    "lkjcorr": "`LKJCholesky(K, concentration)`, over Cholesky factors",
    "ordered_logistic": "`OrderedLogistic(predictor, cutpoints)`",
    "dmulti": "`Multinomial(total_count, probs)`; the count comes first",
    "dmultinom": "`Multinomial(total_count, probs)`",
    "truncatednormal": "`Normal(loc, scale) truncated(lower, upper)`",
    "truncated": "`Normal(loc, scale) truncated(lower, upper)`: it comes behind a distribution",
    "zeroinflatedpoisson": "`ZeroInflated(Poisson(rate), gate)`",
    "zero_inflated_poisson": "`ZeroInflated(Poisson(rate), gate)`",
    "mixturesamefamily": "`Mixture(weights, distribution, ...)`",
    "halft": "`StudentT(df, 0, scale) truncated(0, inf)`",
    "half_student_t": "`StudentT(df, 0, scale) truncated(0, inf)`",
}


@dataclass(frozen=True)
class Observed:
    """What the data tell of a draw: the index sets it is over, and those of its values."""

    shape: tuple[str, ...] = ()
    values: str | None = None


def lower_law(
    at: ExpressionLowering, node: nodes.Expr, scope: Scope, observed: Observed | None = None
) -> tuple[Law, Kind] | None:
    """The typed distribution and the kind of one draw; None where something was reported."""
    distribution = _find(at, node)
    if distribution is None or not isinstance(node, nodes.Call):
        return None
    given = _match(at, node, distribution)
    if given is None:
        return None
    lowering = _Arguments(at, scope, distribution, observed or Observed())
    lowered = lowering.run(given)
    if lowered is None:
        return None
    arguments, components = lowered
    law = Law(distribution=distribution, arguments=arguments, components=components, span=node.span)
    return (law, kind_of(law)) if check_law(at, law) else None


class _Arguments:
    """Lowers the arguments of one distribution; list literals last, over the sets of the others."""

    def __init__(
        self,
        at: ExpressionLowering,
        scope: Scope,
        distribution: Distribution,
        observed: Observed,
    ) -> None:
        self.at = at
        self.scope = scope
        self.distribution = distribution
        self.observed = observed

    def run(
        self, given: list[tuple[Parameter, nodes.Expr]]
    ) -> tuple[dict[str, Expr], tuple[Law, ...]] | None:
        """The arguments by name and the distributions inside; None where one was reported."""
        components: list[Law] = []
        values: dict[str, Expr | None] = {}
        for parameter, value in given:
            match parameter.takes:
                case Takes.DISTRIBUTION | Takes.DISTRIBUTIONS:
                    inner = lower_law(self.at, value, self.scope, self.observed)
                    if inner is not None:
                        components.append(inner[0])
                case Takes.INDEX_SET:
                    values[parameter.name] = self._index_set(parameter, value)
                case Takes.VALUE if not isinstance(value, nodes.ListLiteral):
                    values[parameter.name] = self.at.lower(value, self.scope)
        if self.distribution.support_rule is Support.JOINED:
            self._fix_weights(values.get("weights"), len(components))
        for parameter, value in given:
            if parameter.takes is Takes.VALUE and isinstance(value, nodes.ListLiteral):
                values[parameter.name] = self._literal(parameter, value, values)
        arguments: dict[str, Expr] = {}
        for parameter, _ in given:
            lowered = values.get(parameter.name)
            if lowered is not None and check_argument(
                self.at, self.distribution, parameter, lowered
            ):
                arguments[parameter.name] = lowered
        if len(arguments) + len(components) < len(given):
            return None
        return arguments, tuple(components)

    def _index_set(self, parameter: Parameter, node: nodes.Expr) -> Expr | None:
        if not isinstance(node, nodes.Name):
            signature = f"`{self.distribution.signature}`"
            problem = f"`{parameter.name}` is the name of an index set"
            self.at.env.report(
                FunctionArguments(
                    span=node.span,
                    name=self.distribution.name,
                    problem=problem,
                    signature=signature,
                )
            )
            return None
        if self.at.env.index_set(node.id, node.span) is None:
            return None
        kind = Kind(Interval(1, inf, False, True, True))
        return Size(kind=kind, span=node.span, index_set=node.id)

    def _fix_weights(self, weights: Expr | None, count: int) -> None:
        """The weights of a mixture have as many elements as there are distributions."""
        if weights is not None and weights.kind.shape:
            over = weights.kind.shape[-1]
            source = f"the mixture of {count} distributions"
            self.at.env.fix_length(over, count, source, weights.span)

    def _literal(
        self, parameter: Parameter, node: nodes.ListLiteral, values: dict[str, Expr | None]
    ) -> Expr | None:
        shape = self._shape(parameter, node, values)
        if shape is None:
            return None
        return self.at.literal(node, shape, self.scope, f"this list for `{parameter.name}`")

    def _shape(
        self, parameter: Parameter, node: nodes.ListLiteral, values: dict[str, Expr | None]
    ) -> tuple[str, ...] | None:
        """The index sets of a list, which other arguments or the data tell."""
        events = {p.name: p.event for p in self.distribution.all_parameters}
        known = [(v.kind.shape, events[n]) for n, v in values.items() if v is not None]
        shape = self.observed.shape
        vector = self.distribution.event
        if not parameter.event:
            batches = [s[: len(s) - e] for s, e in known if len(s) > e]
            batch = batches[0] if batches else shape[: len(shape) - vector]
            if batch:
                return batch
        elif self.distribution.support_rule in (Support.JOINED, Support.UP_TO_SIZE):
            # It is over an index set of its own, which nothing else can see.
            return (str(len(node.items)),)
        else:
            over = [s[-1] for s, e in known if e]
            over += [shape[-1]] if vector and shape else []
            over += [self.observed.values] if self.observed.values and not vector else []
            if over:
                return (over[0],) * parameter.event
        self.at.unknown_literal(node)
        return None


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


def _match(
    at: ExpressionLowering, node: nodes.Call, distribution: Distribution
) -> list[tuple[Parameter, nodes.Expr]] | None:
    """Each argument with the parameter it is for; positional ones first, then keywords."""
    name, signature = distribution.name, f"`{distribution.signature}`"
    positional = [*distribution.parameters, *distribution.choices[:1]]
    by_name = {p.name: p for p in distribution.all_parameters}
    given: dict[str, tuple[Parameter, nodes.Expr]] = {}
    further: list[tuple[Parameter, nodes.Expr]] = []
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
        elif positional and positional[-1].takes is Takes.DISTRIBUTIONS:
            further.append((positional[-1], argument.value))
            continue
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
    return [*given.values(), *further]
