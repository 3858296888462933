"""Ragged index sets: `index T[I]`, of a length of its own for each element of `I`.

Arrays over them are as long as the longest; what is beyond the length of an element does not exist.
A binder over `T` therefore stands within one over `I`, and is compared with the length there.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from pplc.compiler.expressions import Apply, Binder, Constant, Expr, Position, Read
from pplc.compiler.graph import Data, length_of
from pplc.compiler.kinds.kinds import BOOL, NAT, Interval, Kind, inf
from pplc.compiler.lower.environment import Environment, Scope
from pplc.grammar import nodes
from pplc.grammar.catalogue.indices import RaggedSet
from pplc.grammar.source import Span

_LENGTH = Interval(1, inf, False, True, True)


def lengths(env: Environment, index_set: str, outer: str) -> Data:
    """The lengths of a ragged index set, as data over the outer one."""
    return Data(
        name=length_of(index_set),
        span=env.index_sets[index_set].span,
        dims=(outer,),
        kind=Kind(_LENGTH, (outer,)),
        type_text="nat",
        implied=True,
    )


def size_within(index_set: str, outer: Binder, span: Span) -> Expr:
    """`size(T)` at an element of the outer index set."""
    at = Position(kind=Kind(NAT), span=span, binder=outer)
    return Read(kind=Kind(_LENGTH), span=span, name=length_of(index_set), indices=(at,))


def inside(binders: Iterable[Binder], span: Span) -> Expr | None:
    """Whether the positions of ragged binders exist; None where none is ragged."""
    found: Expr | None = None
    for binder in binders:
        if binder.within is None:
            continue
        at = Position(kind=Kind(NAT), span=span, binder=binder)
        length = size_within(binder.index_set, binder.within, span)
        found = both(found, Apply(kind=Kind(BOOL), span=span, function="<", arguments=(at, length)))
    return found


def both(first: Expr | None, second: Expr) -> Expr:
    """Two conditions, of which the first may be missing."""
    if first is None:
        return second
    return Apply(kind=Kind(BOOL), span=second.span, function="and", arguments=(first, second))


def _report(
    env: Environment,
    span: Span,
    index_set: str,
    problem: str,
    suggestion: str,
    *,
    outer: str | None = None,
    about: str | None = None,
) -> None:
    """Report a use of a ragged index set, with its declaration, or that of `about` if given."""
    env.report(
        RaggedSet(
            span=span,
            notes=env.declared(index_set if about is None else about),
            index_set=index_set,
            outer=outer or env.index_sets[index_set].ragged or "",
            problem=problem,
            suggestion=suggestion,
        )
    )


def outer_binder(env: Environment, index_set: str, scope: Scope, span: Span) -> Binder | None:
    """The binder of the outer index set around a use of a ragged one; reports a lack of it."""
    outer = env.index_sets[index_set].ragged
    assert outer is not None
    found = [b for b in scope.values() if b.index_set == outer]
    if found:
        return found[-1]
    name = outer.lower()
    _report(
        env,
        span,
        index_set,
        f"for which element of `{outer}`?",
        f"put it within a loop: `for {name} in {outer} {{ ... }}`",
    )
    return None


def refuse_default(env: Environment, declared: nodes.IndexDecl, outer: str) -> None:
    """Report a default size of a ragged index set: its lengths come from data."""
    if declared.size is not None:
        name = declared.name.id
        _report(
            env,
            declared.size.span,
            name,
            "one size for all of them",
            f"leave the lengths to the data: `index {name}[{outer}]`",
            about="",
            outer=outer,
        )


def may_be_ragged_over(env: Environment, name: str, outer: nodes.Name) -> bool:
    """Whether an index set can be ragged over another one, which must have one length itself."""
    known = env.index_set(outer.id, outer.span)
    if known is None or (known.ragged is None and outer.id != name):
        return known is not None
    _report(
        env,
        outer.span,
        outer.id,
        f"`{name}` would need a length for each element of each element",
        f"declare `{name}` over an index set of one length",
        outer=known.ragged or outer.id,
    )
    return False


def refuse_position(env: Environment, index_set: str, span: Span) -> None:
    """Report data whose values would be positions in a ragged index set."""
    outer, letter = env.index_sets[index_set].ragged or "", index_set.lower()
    _report(
        env,
        span,
        index_set,
        f"a position in `{index_set}` is one at an element of `{outer}`",
        f"declare the positions as `nat`, and compare them: `if k == {letter} ...`",
    )


def refuse_whole(env: Environment, index_set: str, span: Span) -> None:
    """Report a use of all of a ragged index set at once."""
    outer = env.index_sets[index_set].ragged or ""
    letter = index_set.lower()
    _report(
        env,
        span,
        index_set,
        f"there is no vector over all of `{index_set}`",
        f"write what each element is, `x[i, {letter}]`, in loops over `{outer}` and `{index_set}`",
    )


def in_order(env: Environment, target: nodes.Target, binders: Sequence[Binder]) -> bool:
    """Whether the binders of a target have ragged ones behind the outer one; reports it if not."""
    for at, binder in enumerate(binders):
        if binder.within is None or binder.within in binders[:at]:
            continue
        outer, inner = binder.within.variable, binder.variable
        _report(
            env,
            target.span,
            binder.index_set,
            f"`{inner}` comes before `{outer}`",
            f"write them in this order: `{target.name.id}[{outer}, {inner}]`",
        )
        return False
    return True


def may_be_over(env: Environment, dims: Sequence[str], span: Span) -> bool:
    """Whether data can be over these index sets; reports why not.

    A ragged one is their second, behind the one that it is ragged over.
    """
    for at, name in enumerate(dims):
        known = env.index_sets.get(name)
        if known is None or known.ragged is None or (at == 1 and dims[0] == known.ragged):
            continue
        rest = [d for d in dims if d not in (name, known.ragged)]
        _report(
            env,
            span,
            name,
            f"data over `{name}` are over `{known.ragged}` first",
            f"declare it over `[{', '.join([known.ragged, name, *rest])}]`",
        )
        return False
    return True


def reads_elements(
    env: Environment, name: str, kind: Kind, indices: Sequence[Expr], span: Span
) -> bool:
    """Whether a read is of elements that exist, one along each ragged dimension; reports it if not.

    The index of a ragged dimension is its own binder, at the element of the outer set that the
    outer index stands for, or 0.
    """
    for at, index_set in enumerate(kind.shape):
        outer = env.index_sets[index_set].ragged if index_set in env.index_sets else None
        if outer is None:
            continue
        index = indices[at] if at < len(indices) else None
        before = [i for i, s in zip(indices[:at], kind.shape, strict=False) if s == outer]
        if isinstance(index, Constant) and index.value == 0:
            continue
        if isinstance(index, Position) and before and _is_at(index.binder.within, before[-1]):
            continue
        letter = index_set.lower()
        problem = f"`{name}` needs an index for each dimension"
        read = f"{name}[i, {letter}]"
        suggestion = f"a reduction goes over a part: `sum({letter} in {index_set}: {read})`"
        if index is not None:
            problem = f"not a position of `{index_set}` at this element of `{outer}`"
            suggestion = f"read it at binders over both, `{name}[i, {letter}]`, or at position 0"
        _report(
            env, span if index is None else index.span, index_set, problem, suggestion, about=name
        )
        return False
    return True


def _is_at(outer: Binder | None, index: Expr) -> bool:
    """Whether an index is the binder that a ragged one stands within."""
    return (
        outer is not None
        and isinstance(index, Position)
        and index.offset == 0
        and index.binder.axis == outer.axis
    )
