"""Distributions with their arguments: matched to the table, typed, checked against supports."""

from __future__ import annotations

from dataclasses import replace

from pplc.compiler.distributions import Distribution, Parameter, Support
from pplc.compiler.environment import Scope
from pplc.compiler.expressions import Expr
from pplc.compiler.graph import Law
from pplc.compiler.kinds import NAT, Interval, Kind, Structure
from pplc.compiler.lower_expressions import ExpressionLowering
from pplc.compiler.match_laws import find_distribution, match_arguments
from pplc.grammar import nodes
from pplc.grammar.catalogue.indices import NotAVector
from pplc.grammar.catalogue.supports import ArgumentSupport, StructureNeeded


def lower_law(at: ExpressionLowering, node: nodes.Expr, scope: Scope) -> tuple[Law, Kind] | None:
    """The typed distribution and the kind of one draw; None where something was reported."""
    distribution = find_distribution(at, node)
    if distribution is None or not isinstance(node, nodes.Call):
        return None
    given = match_arguments(at, node, distribution)
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
        at.env.report(
            NotAVector(
                span=value.span,
                what=what,
                expected=noun,
                found=str(value.kind),
                help_text=at.advice.vector(distribution, parameter, value),
            )
        )
        return False
    structure = parameter.structure
    if structure is not None and not _has_structure(value.kind, structure):
        advice = at.advice.structure(distribution, structure, value)
        at.env.report(
            StructureNeeded(
                span=value.span,
                notes=advice.notes,
                distribution=distribution.name,
                argument=parameter.name,
                expected=structure.words[0],
                found=str(value.kind),
                help_text=advice.help,
                fixes=advice.fixes,
            )
        )
        return False
    if structure is None and not value.kind.support.within(parameter.support):
        advice = at.advice.argument(distribution, parameter, value)
        at.env.report(
            ArgumentSupport(
                span=value.span,
                notes=advice.notes,
                distribution=distribution.name,
                argument=parameter.name,
                expected=parameter.support.words[value.kind.is_scalar is False],
                found=str(value.kind),
                help_text=advice.help,
                fixes=advice.fixes,
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
    vectors = [a for a in arguments.values() if a.kind.shape]
    second = next(v for v in vectors if v.kind.shape != vectors[0].kind.shape)
    at.shapes_disagree(node.span, f"`{distribution.name}`", vectors[0], second)
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
