"""What distributions ask of their arguments, and of the distributions inside them."""

from __future__ import annotations

from pplc.compiler.distributions import Distribution, Parameter, Support
from pplc.compiler.draws import disagreement, kind_of
from pplc.compiler.expressions import Constant, Expr, Read
from pplc.compiler.graph import Law
from pplc.compiler.kinds import Structure
from pplc.compiler.lower_expressions import ExpressionLowering, describe
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
            )
        )
        return False
    match law.distribution.support_rule:
        case Support.WITH_ZERO:
            return _counts(at, law)
        case Support.JOINED:
            return _alike(at, law)
        case Support.CUT:
            return _has_tails(at, law) and _bounds_agree(at, law)
        case Support.BETWEEN:
            return _bounds_agree(at, law)
        case _:
            return True


def _counts(at: ExpressionLowering, law: Law) -> bool:
    (inner,) = law.components
    kind = kind_of(inner)
    if kind.support.integer and kind.support.lower >= 0 and kind.values is None:
        return True
    _refuse(at, law, inner, "a distribution of counts", str(kind.support))
    return False


def _alike(at: ExpressionLowering, law: Law) -> bool:
    """Whether all parts of a mixture have probabilities, or all have densities."""
    first = kind_of(law.components[0]).support
    for inner in law.components:
        support = kind_of(inner).support
        if inner.distribution.atoms and not support.integer:
            expected = "a distribution without single numbers of positive probability"
            _refuse(at, law, inner, expected, f"`{inner.distribution.name}`")
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


def _bounds_agree(at: ExpressionLowering, law: Law) -> bool:
    """Whether the lower of two constant bounds is below the upper."""
    names = [p.name for p in law.distribution.parameters[-2:]]
    bounds = [law.arguments.get(n) for n in names]
    numbers = [b.value for b in bounds if isinstance(b, Constant)]
    if len(numbers) < 2 or numbers[0] < numbers[1]:
        return True
    lower, upper = (f"{n:g}" for n in numbers)
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
    if parameter.accepts(value.kind):
        return True
    if structure is not None:
        at.env.report(
            StructureNeeded(
                span=value.span,
                notes=notes,
                distribution=distribution.name,
                argument=parameter.name,
                expected=STRUCTURES[structure],
                found=str(value.kind),
                help_text=_structure_help(at, distribution, parameter, value),
            )
        )
    else:
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


#: What an argument with a structure must be, in words.
STRUCTURES = {
    Structure.SIMPLEX: "a simplex",
    Structure.ORDERED: "an increasing vector",
    Structure.COV: "a covariance matrix",
    Structure.SCALE_TRIL: "lower triangular with a positive diagonal",
}


def _structure_help(
    at: ExpressionLowering, distribution: Distribution, parameter: Parameter, value: Expr
) -> str:
    text = at.env.source.slice(value.span)
    if parameter.structure == Structure.SIMPLEX:
        if any(p.name == "logits" for p in distribution.choices):
            return f"if these are log odds write `logits={text}`, or `softmax({text})`"
        return f"write `softmax({text})`, or give it a `Dirichlet` prior"
    if parameter.structure == Structure.ORDERED and isinstance(value, Read):
        return f"give it an increasing prior: `{value.name}[k in K] ~ ... ordered`"
    if value.kind.structure is Structure.SEMIDEFINITE:
        over = value.kind.shape[-1]
        return f"it may be singular; add something small: `{text} + diag(fill(1e-6, {over}))`"
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
