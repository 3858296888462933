"""Whether a distribution and the data that it is given to are over the same things."""

from __future__ import annotations

from dataclasses import replace

from pplc.compiler.advice.expressions import binder_name
from pplc.compiler.draws import lifted
from pplc.compiler.expressions import Binder
from pplc.compiler.graph import Law
from pplc.compiler.kinds.kinds import Interval, Kind, Structure
from pplc.compiler.lower.expressions import ExpressionLowering
from pplc.grammar import nodes
from pplc.grammar.catalogue.indices import DataDimensions
from pplc.grammar.catalogue.names import DefinedTwice
from pplc.grammar.catalogue.supports import CutpointCount, ObservedSupport
from pplc.grammar.diagnostics import Diagnostic, Fix

_Binders = tuple[Binder, ...]


def fits_data(
    at: ExpressionLowering,
    statement: nodes.SiteStatement,
    law: Law,
    kind: Kind,
    binders: _Binders,
) -> bool:
    """Whether data, or a definition made of data, can have this distribution; reports it if not."""
    name = statement.target.name.id
    declared = at.env.kinds.get(name)
    if declared is None:
        return False
    if name in at.env.random and name in at.env.names.definitions:
        at.env.report(_observed_latent(at, statement))
        return False
    dims = tuple(b.index_set for b in binders) + kind.shape
    if declared.shape != dims:
        if declared.shape != tuple(b.index_set for b in binders) or not lifted(law):
            at.env.report(_wrong_dimensions(at, statement, declared.shape, dims, binders))
        else:
            _unindexed_argument(at, law, binders)
        return False
    problem = _wrong_values(at, law, kind, declared, name) or _cutpoints(at, law, declared, name)
    if problem is not None:
        at.env.report(problem)
    return problem is None


def lifts_to_other_sets(at: ExpressionLowering, law: Law, binders: _Binders) -> bool:
    """Whether vector arguments of a latent make it a vector over index sets other than its own.

    `mu[n] ~ Normal(zeros(N), 1)` would be a matrix over N twice, which nobody means.
    """
    own = {b.index_set for b in binders}
    if not own & set(lifted(law)):
        return True
    _unindexed_argument(at, law, binders)
    return False


def _unindexed_argument(at: ExpressionLowering, law: Law, binders: _Binders) -> None:
    for name, argument in law.arguments.items():
        if argument.kind.shape:
            scope = {b.variable: b for b in binders}
            at.not_a_number(argument, scope, f"`{name}` of `{law.distribution.name}`")
            return


def _observed_latent(at: ExpressionLowering, statement: nodes.SiteStatement) -> Diagnostic:
    """A definition that depends on latents is given a distribution."""
    name = statement.target.name.id
    text = (
        f"only what is computed from data alone can be observed; `{name}` needs a random variable"
    )
    return DefinedTwice(
        span=statement.target.name.span,
        notes=at.env.declared(name),
        name=name,
        again="given a distribution",
        help_text=text,
    )


def _wrong_dimensions(
    at: ExpressionLowering,
    statement: nodes.SiteStatement,
    declared: tuple[str, ...],
    dims: tuple[str, ...],
    binders: _Binders,
) -> Diagnostic:
    """Data that are given a distribution over other index sets than theirs."""
    name = statement.target.name.id
    said = DataDimensions(
        span=statement.target.span,
        notes=at.env.declared(name),
        name=name,
        declared=_over(declared),
        found=_over(dims),
    )
    if not set(dims) <= set(declared) or len(set(declared)) < len(declared):
        return said
    by_set = {b.index_set: b.variable for b in binders}
    scope = {b.variable: b for b in binders}
    words = [by_set.get(d) or f"{binder_name(d, scope)} in {d}" for d in declared]
    suggestion = f"{name}[{', '.join(words)}]"
    fix = Fix("over all that it is declared over", statement.target.span, suggestion)
    return replace(said, help_text=f"write `{suggestion}`", fixes=(fix,))


def _wrong_values(
    at: ExpressionLowering, law: Law, kind: Kind, declared: Kind, name: str
) -> Diagnostic | None:
    """Data whose declared values are not those of the distribution."""
    dims = declared.shape
    if kind.values is not None and declared.values != kind.values:
        suggestion, expected = kind.values, f"the positions of {kind.values}"
    elif kind.support.integer and not declared.support.integer:
        suggestion, expected = _integer_type(kind.support), "integers"
    elif kind.structure is not None and not _is_a(declared, kind.structure):
        dims = declared.shape[: -kind.structure.dimensions]
        suggestion, expected = f"{kind.structure}[{kind.shape[-1]}]", kind.structure.words[1]
    else:
        return None
    said = ObservedSupport(
        span=law.span,
        notes=at.env.declared(name),
        name=name,
        declared=str(declared.drop(len(declared.shape))),
        distribution=law.distribution.name,
        expected=expected,
        help_text="a definition has the type of its value; `floor(...)` gives integers",
    )
    data = at.env.names.data.get(name)
    if data is None:
        return said
    brackets = f"[{', '.join(dims)}]" if dims else ""
    fix = Fix("declare it so", data.name.span.to(data.type.span), f"{name}{brackets}: {suggestion}")
    text = f"declare it so: `data {name}{brackets}: {suggestion}`"
    return replace(said, help_text=text, fixes=(fix,))


def _cutpoints(at: ExpressionLowering, law: Law, declared: Kind, name: str) -> Diagnostic | None:
    """Categories with a name of their own that the cutpoints do not separate."""
    cutpoints = law.arguments.get("cutpoints")
    if cutpoints is None or declared.values is None:
        return None
    values, over = declared.values, cutpoints.kind.shape[-1]
    sizes = [s.known_size for n in (values, over) if (s := at.env.index_sets.get(n)) is not None]
    if values == over:
        found = f"both are over {over}: as many cutpoints as categories"
    elif len(sizes) == 2 and None not in sizes and sizes[0] != (sizes[1] or 0) + 1:
        found = f"{sizes[1]} cutpoints for {sizes[0]} categories"
    else:
        return None
    notes = at.env.declared(name)
    return CutpointCount(
        span=cutpoints.span, notes=notes, name=name, categories=values, found=found
    )


def _is_a(kind: Kind, structure: Structure) -> bool:
    return kind.structure is not None and kind.structure.is_a(structure)


def _integer_type(support: Interval) -> str:
    if support.lower == 0:
        return "bool" if support.upper == 1 else "nat"
    return "int"


def _over(dims: tuple[str, ...]) -> str:
    return " and ".join(dims) if dims else "no index set"
