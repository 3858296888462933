"""Declarations: index sets and data with their types."""

from __future__ import annotations

from pplc.compiler.environment import Environment
from pplc.compiler.expressions import Constant
from pplc.compiler.graph import Data, IndexSet
from pplc.compiler.kinds import (
    DECLARED_STRUCTURES,
    NAMED,
    NAT,
    Interval,
    Kind,
    Structure,
    inf,
)
from pplc.compiler.lower_expressions import ExpressionLowering
from pplc.compiler.resolve import closest
from pplc.grammar import nodes
from pplc.grammar.catalogue.names import FunctionArguments, NotSupportedYet
from pplc.grammar.catalogue.supports import BoundNotConstant, BoundsDisagree, UnknownType

#: What other tools call the types.
_ALIASES = {
    "float": "real",
    "double": "real",
    "number": "real",
    "continuous": "real",
    "integer": "int",
    "count": "nat",
    "natural": "nat",
    "boolean": "bool",
    "binary": "bool",
    "logical": "bool",
    "probability": "unit",
    "vector": "real",
    "array": "real",
    "matrix": "real",
}


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
        if declared.ragged_over is not None:
            env.report(NotSupportedYet(span=declared.span, feature="a ragged index set"))


def _size(env: Environment, declared: nodes.IndexDecl) -> int | None:
    if declared.size is None:
        return None
    size = declared.size
    if isinstance(size, nodes.Number) and size.is_integer and size.value >= 1:
        return int(size.value)
    env.report(
        FunctionArguments(
            span=declared.size.span,
            name=f"index {declared.name.id} = ...",
            problem="a default size is a whole number, at least 1",
            signature=f"for example `index {declared.name.id} = 3`",
        )
    )
    return None


def lower_data(env: Environment, declared: nodes.DataDecl) -> Data | None:
    """A declared array with its kind; None where its declaration has an error."""
    known = [env.index_set(d.id, d.span) is not None for d in declared.dims]
    kind = lower_type(env, declared.type)
    if kind is None or not all(known):
        return None
    if declared.type.missing:
        env.report(NotSupportedYet(span=declared.type.span, feature="data with missing cells"))
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
    if any(env.index_set(d.id, d.span) is None for d in written.dims):
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
    if written.name in env.index_sets and not written.bounds:
        return Kind(NAT, dims, values=written.name)
    known = [*NAMED, *structures, "interval", *env.index_sets]
    suggestion = _ALIASES.get(written.name.lower()) or closest(written.name, known)
    help_text = None if suggestion else f"for a set of labels declare `index {written.name}`"
    if written.name in structures:
        help_text = f"name the index set it is over: `{written.name}[K]`"
    elif written.name == "interval":
        help_text = "it takes two bounds: `interval(0, 10)`"
    env.report(
        UnknownType(
            span=written.span, name=written.name, suggestion=suggestion or "", help_text=help_text
        )
    )
    return None


def _interval(env: Environment, written: nodes.TypeExpr, dims: tuple[str, ...]) -> Kind | None:
    lowering = ExpressionLowering(env)
    ends = [lowering.number(b, {}, "a bound") for b in written.bounds]
    if any(e is None for e in ends):
        return None
    values = [e.value for e in ends if isinstance(e, Constant)]
    if len(values) < 2:
        culprit = next(e for e in ends if e is not None and not isinstance(e, Constant))
        env.report(BoundNotConstant(span=culprit.span))
        return None
    lower, upper = values
    if lower >= upper:
        env.report(BoundsDisagree(span=written.span, lower=f"{lower:g}", upper=f"{upper:g}"))
        return None
    return Kind(Interval(lower, upper, lower == -inf, upper == inf), dims)
