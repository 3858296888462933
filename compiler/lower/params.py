"""Params: quantities that are optimised, with their kinds and where they start."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from math import isclose

from pplc.compiler.expressions import Constant, Expr, Vector
from pplc.compiler.graph import Param
from pplc.compiler.kinds.kinds import Interval, Kind, Structure
from pplc.compiler.lower.declarations import lower_type
from pplc.compiler.lower.environment import Environment
from pplc.compiler.lower.expressions import ExpressionLowering
from pplc.grammar import nodes
from pplc.grammar.catalogue.supports import ParamStart, ParamType


def lower_params(env: Environment) -> dict[str, Param]:
    """The declared params; their kinds are entered, None where a declaration has an error."""
    params = {}
    for name, declared in env.names.params.items():
        param = lower_param(env, declared)
        env.kinds[name] = None if param is None else param.kind
        if param is not None:
            params[name] = param
            env.random.add(name)
    return params


def lower_param(env: Environment, declared: nodes.ParamDecl, local: bool = False) -> Param | None:
    """One declared param; None where its type has an error."""
    name = declared.name.id
    known = [env.whole_set(d.id, d.span) is not None for d in declared.dims]
    kind = lower_type(env, declared.type)
    if kind is None or not all(known):
        return None
    if kind.support.integer or declared.type.missing:
        found = f"`{env.source.slice(declared.type.span)}`"
        env.report(ParamType(span=declared.type.span, name=name, found=found))
        return None
    dims = tuple(d.id for d in declared.dims)
    return Param(
        name=name,
        span=declared.name.span,
        dims=dims + kind.shape,
        kind=kind.over(dims),
        text=env.text(declared.span),
        initial=_initial(env, declared, kind.over(dims)),
        guide=local,
        local=local,
    )


def _initial(env: Environment, declared: nodes.ParamDecl, kind: Kind) -> Expr | None:
    """The value at which a param starts, shown to lie inside its support."""
    if declared.initial is None:
        return None
    lowering = ExpressionLowering(env, declared.name.id)
    if isinstance(declared.initial, nodes.ListLiteral):
        nested = any(isinstance(i, nodes.ListLiteral) for i in declared.initial.items)
        shape = kind.shape if nested else kind.shape[-1:]
        value = lowering.literal(declared.initial, shape, {}, f"the start of `{declared.name.id}`")
    else:
        value = lowering.lower(declared.initial, {})
    if value is None:
        return None
    reason = _misfit(value, kind)
    if reason is not None:
        type_text = env.source.slice(declared.type.span)
        env.report(
            ParamStart(
                span=declared.initial.span,
                name=declared.name.id,
                declared=type_text,
                reason=reason,
            )
        )
        return None
    return value


def _misfit(value: Expr, kind: Kind) -> str | None:
    """Why a param of this kind cannot start at a value; None where it can."""
    if value.kind.shape not in ((), kind.shape, kind.shape[-1:]):
        return f"this is {value.kind}"
    if kind.structure is not None:
        if not value.kind.shape:
            return f"a single number cannot be a {kind.structure}"
        if isinstance(value, Vector):
            return _unstructured(value, kind.structure)
        return None if value.kind.structure == kind.structure else f"this is {value.kind}"
    inside = replace(kind.support, lower_open=True, upper_open=True)
    if value.kind.support.within(inside):
        return None
    if value.kind.support.within(kind.support):
        return "at the edge there is no way to go: start a little inside"
    return f"this is {_value(value.kind.support)}"


def _value(support: Interval) -> str:
    return f"{support.lower:g}" if support.lower == support.upper else str(support)


def _unstructured(value: Vector, structure: Structure) -> str | None:
    if not all(isinstance(item, Constant) for item in value.items):
        return "each row has a structure of its own; leave the start out"
    numbers = [item.value for item in value.items if isinstance(item, Constant)]
    if structure is Structure.SIMPLEX:
        if min(numbers) <= 0:
            return "every element must be positive"
        return None if isclose(sum(numbers), 1) else f"its elements add up to {sum(numbers):g}"
    if structure is Structure.POSITIVE_ORDERED and min(numbers) <= 0:
        return "every element must be positive"
    increasing = all(a < b for a, b in pairwise(numbers))
    return None if increasing else "its elements do not increase"
