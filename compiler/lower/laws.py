"""Distributions with their arguments: matched to the table, typed, checked against supports."""

from __future__ import annotations

from dataclasses import dataclass

from pplc.compiler.advice.misplaced import (
    in_other_order,
    misplaced_distribution,
    misplaced_index_set,
    mixture_of_one,
)
from pplc.compiler.distributions import Distribution, Parameter, Support, Takes
from pplc.compiler.draws import kind_of
from pplc.compiler.expressions import Expr, Size
from pplc.compiler.graph import Law
from pplc.compiler.kinds.kinds import Interval, Kind, inf
from pplc.compiler.lower.check_laws import check_argument, check_law
from pplc.compiler.lower.environment import Scope
from pplc.compiler.lower.expressions import ExpressionLowering
from pplc.compiler.lower.match_laws import find_distribution, match_arguments
from pplc.grammar import nodes
from pplc.grammar.catalogue.names import FunctionArguments


@dataclass(frozen=True)
class Observed:
    """What the data tell of a draw: the index sets it is over, and those of its values."""

    shape: tuple[str, ...] = ()
    values: str | None = None


def lower_law(
    at: ExpressionLowering, node: nodes.Expr, scope: Scope, observed: Observed | None = None
) -> tuple[Law, Kind] | None:
    """The typed distribution and the kind of one draw; None where something was reported."""
    distribution = find_distribution(at, node)
    if distribution is None or not isinstance(node, nodes.Call):
        return None
    given = match_arguments(at, node, distribution)
    if given is None:
        return None
    misplaced = misplaced_distribution(at, node, given) or misplaced_index_set(at, node, given)
    if misplaced is not None:
        at.env.report(misplaced)
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
            if len(components) == 1 and sum(p.takes is Takes.DISTRIBUTIONS for p, _ in given) == 1:
                self.at.env.report(mixture_of_one(components[0]))
                return None
            self._fix_weights(values.get("weights"), len(components))
        for parameter, value in given:
            if parameter.takes is Takes.VALUE and isinstance(value, nodes.ListLiteral):
                values[parameter.name] = self._literal(parameter, value, values)
        permuted = in_other_order(self.at, self.distribution, given, values)
        if permuted is not None:
            self.at.env.report(permuted)
            return None
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
        if self.at.env.whole_set(node.id, node.span) is None:
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
        events = self.distribution.events
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
