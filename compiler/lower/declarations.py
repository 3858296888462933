"""Declarations: index sets and data with their types."""

from __future__ import annotations

from dataclasses import replace

from pplc.compiler.advice.other_tools import LABEL_TYPES, TYPES
from pplc.compiler.advice.wording import closest
from pplc.compiler.expressions import Constant
from pplc.compiler.graph import Data, IndexSet
from pplc.compiler.kinds.kinds import (
    DECLARED_STRUCTURES,
    NAMED,
    NAT,
    Interval,
    Kind,
    Structure,
    inf,
)
from pplc.compiler.lower.environment import Environment
from pplc.compiler.lower.expressions import ExpressionLowering
from pplc.compiler.lower.ragged import (
    may_be_over,
    may_be_ragged_over,
    refuse_default,
    refuse_position,
)
from pplc.grammar import nodes
from pplc.grammar.catalogue.names import DefaultSize
from pplc.grammar.catalogue.supports import BoundNotConstant, BoundsDisagree, UnknownType
from pplc.grammar.diagnostics import Diagnostic, Fix
from pplc.grammar.source import Span


def lower_index_sets(env: Environment) -> None:
    """Enter the index sets; what is over them is found from the data declarations."""
    for name, declared in env.names.index_sets.items():
        sized_by = tuple(
            d.name.id
            for d in env.names.data.values()
            if any(x.id == name for x in (*d.dims, *d.type.dims))
        )
        env.index_sets[name] = IndexSet(
            name=name,
            span=declared.name.span,
            size=_size(env, declared),
            label_start=declared.label_start,
            sized_by=sized_by,
        )
    for name, declared in env.names.index_sets.items():
        outer = declared.ragged_over
        if outer is None or not may_be_ragged_over(env, name, outer):
            continue
        refuse_default(env, declared, outer.id)
        ragged = env.index_sets[name].replaced(ragged=outer.id)
        env.index_sets[name] = ragged


def _size(env: Environment, declared: nodes.IndexDecl) -> int | None:
    if declared.size is None:
        return None
    size = declared.size
    if isinstance(size, nodes.Number) and size.is_integer and size.value >= 1:
        return int(size.value)
    env.report(DefaultSize(span=declared.size.span, name=declared.name.id))
    return None


def lower_data(env: Environment, declared: nodes.DataDecl) -> Data | None:
    """A declared array with its kind; None where its declaration has an error."""
    known = [env.index_set(d.id, d.span) is not None for d in declared.dims]
    kind = lower_type(env, declared.type)
    if kind is None or not all(known):
        return None
    if not may_be_over(env, [d.id for d in declared.dims], declared.name.span):
        return None
    whole = kind.over(tuple(d.id for d in declared.dims))
    return Data(
        name=declared.name.id,
        span=declared.name.span,
        dims=whole.shape,
        kind=whole,
        type_text=env.source.slice(declared.type.span).rstrip("?").strip(),
        missing=declared.type.missing,
    )


def lower_type(env: Environment, written: nodes.TypeExpr) -> Kind | None:
    """The kind of a value of a declared type."""
    dims = tuple(d.id for d in written.dims)
    if any(env.whole_set(d.id, d.span) is None for d in written.dims):
        return None
    if written.name == "interval" and len(written.bounds) == 2:
        return _interval(env, written, dims)
    if written.name in NAMED and not written.bounds:
        return Kind(NAMED[written.name], dims)
    structures = [s.value for s in DECLARED_STRUCTURES]
    if written.name in structures and dims:
        structure = Structure(written.name)
        if structure.dimensions == 2 and (len(dims) == 1 or dims[-1] != dims[-2]):
            dims = (*dims, dims[-1])
        return Kind(structure.element, dims, structure)
    if env.lacks_declaration(written.name):
        env.index_set(written.name, written.span)
    if written.name in env.index_sets and not written.bounds:
        if env.index_sets[written.name].ragged is not None:
            refuse_position(env, written.name, written.span)
            return None
        return Kind(NAT, dims, values=written.name)
    if written.name not in env.names.unread:
        env.report(_unknown_type(env, written))
    return None


def _unknown_type(env: Environment, written: nodes.TypeExpr) -> Diagnostic:
    name = written.name
    structures = [s.value for s in DECLARED_STRUCTURES]
    known = [*NAMED, *structures, "interval", *env.index_sets]
    suggestion = TYPES.get(name.lower()) or closest(name, known)
    said = UnknownType(span=written.span, name=name, suggestion=suggestion or "")
    if name in structures:
        text = f"it is over an index set, which stands in brackets: `{name}[K]`"
        return replace(said, help_text=text)
    if name == "interval":
        return replace(said, help_text="it takes two bounds: `interval(0, 10)`")
    if name.lower() in LABEL_TYPES or suggestion is None:
        text = (
            "for values that are labels declare an index set, `index G`, "
            "and write its name as the type"
        )
        return replace(said, suggestion="", help_text=text)
    span = Span(written.span.start, written.span.start + len(name))
    return replace(said, fixes=(Fix(f"write `{suggestion}`", span, suggestion),))


def _interval(env: Environment, written: nodes.TypeExpr, dims: tuple[str, ...]) -> Kind | None:
    lowering, before = ExpressionLowering(env), len(env.problems)
    ends = [lowering.number(b, {}, "a bound") for b in written.bounds]
    values = [e.value for e in ends if isinstance(e, Constant)]
    if len(values) < 2:
        wrong = (
            b for b, e in zip(written.bounds, ends, strict=True) if not isinstance(e, Constant)
        )
        if len(env.problems) == before:
            env.report(BoundNotConstant(span=next(wrong).span))
        return None
    lower, upper = values
    if lower >= upper:
        env.report(BoundsDisagree(span=written.span, lower=f"{lower:g}", upper=f"{upper:g}"))
        return None
    return Kind(Interval(lower, upper, lower == -inf, upper == inf), dims)
