"""What distributions ask of their arguments, and of the distributions inside them."""

from __future__ import annotations

from pplc.compiler.distributions import TRUNCATED, Distribution, Parameter, Support
from pplc.compiler.draws import disagreement, kind_of
from pplc.compiler.expressions import Expr, Read
from pplc.compiler.graph import Law
from pplc.compiler.kinds.kinds import BOOL
from pplc.compiler.lower.expressions import ExpressionLowering
from pplc.grammar.catalogue.indices import NotAVector, ShapesDisagree
from pplc.grammar.catalogue.supports import (
    ArgumentSupport,
    BoundsDisagree,
    CannotCut,
    NestedDistribution,
    StructureNeeded,
)


def check_law(at: ExpressionLowering, law: Law) -> bool:
    """Whether the arguments fit together, and the distributions inside fit their purpose."""
    kinds = disagreement(law)
    if kinds is not None:
        at.env.report(
            ShapesDisagree(
                span=law.span,
                what=f"`{law.distribution.name}`",
                first=str(kinds[0]),
                second=str(kinds[1]),
                help_text="elements go together where both are over the same index set",
            )
        )
        return False
    match law.distribution.support_rule:
        case Support.WITH_ZERO:
            return _counts(at, law)
        case Support.JOINED:
            return _alike(at, law)
        case Support.CUT:
            return _has_tails(at, law) and _are_bounds(at, law) and _bounds_agree(at, law)
        case Support.BETWEEN | Support.INTEGERS_BETWEEN:
            return _bounds_agree(at, law)
        case _:
            return True


def _counts(at: ExpressionLowering, law: Law) -> bool:
    (inner,) = law.components
    kind = kind_of(inner)
    if kind.support.integer and kind.support.lower >= 0 and kind.values is None:
        return True
    _refuse(at, law, inner, "a distribution of counts", f"over {kind.support.words[1]}")
    return False


def _alike(at: ExpressionLowering, law: Law) -> bool:
    """Whether all parts of a mixture have probabilities, or all have densities."""
    first = kind_of(law.components[0]).support
    for inner in law.components:
        support = kind_of(inner).support
        if inner.distribution.atoms and not support.integer:
            found = "one that gives single numbers a probability"
            _refuse(at, law, inner, "a distribution with a density", found)
            return False
        if support.integer != first.integer:
            words = ("integers", "real numbers") if first.integer else ("real numbers", "integers")
            _refuse(at, law, inner, f"over {words[0]}, as the first one", f"over {words[1]}")
            return False
    return True


def _refuse(at: ExpressionLowering, law: Law, inner: Law, expected: str, found: str) -> None:
    at.env.report(
        NestedDistribution(
            span=inner.span,
            distribution=law.distribution.name,
            inner=inner.distribution.name,
            expected=expected,
            found=found,
        )
    )


def _has_tails(at: ExpressionLowering, law: Law) -> bool:
    (inner,) = law.components
    if inner.distribution.tails:
        return True
    how = "censored" if law.distribution.atoms else "truncated"
    name = inner.distribution.name
    mend = "give its bounds as arguments: `Flat(a, b)`" if name == "Flat" else None
    at.env.report(CannotCut(span=inner.span, distribution=name, how=how, help_text=mend))
    return False


def _are_bounds(at: ExpressionLowering, law: Law) -> bool:
    """Whether the ends are where something is cut off, not indicators that it is."""
    what = "truncated" if law.distribution is TRUNCATED else law.distribution.name
    for name, end in law.arguments.items():
        if not isinstance(end, Read) or end.kind.support != BOOL:
            continue
        at.env.report(
            ArgumentSupport(
                span=end.span,
                notes=at.env.declared(end.name),
                distribution=what,
                argument=name,
                expected="a number to cut at",
                found=end.kind.support.words[0],
                help_text="an indicator is no bound: give each element its bound as data, `inf` or "
                "`-inf` where nothing is cut off",
            )
        )
        return False
    return True


def _bounds_agree(at: ExpressionLowering, law: Law) -> bool:
    """Whether something lies between two constant bounds, and in the support of what they cut."""
    drawn = kind_of(law).support
    if drawn.lower < drawn.upper or (drawn.integer and drawn.lower == drawn.upper):
        return True
    lower, upper = (f"{n:g}" for n in (drawn.lower, drawn.upper))
    at.env.report(BoundsDisagree(span=law.span, lower=lower, upper=upper))
    return False


def check_argument(
    at: ExpressionLowering,
    distribution: Distribution,
    parameter: Parameter,
    value: Expr,
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
    if parameter.accepts(value.kind):
        return True
    structure = parameter.structure
    if structure is not None:
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
    else:
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
