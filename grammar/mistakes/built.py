"""Mistakes that the grammar lets through: found while nodes are built."""

from __future__ import annotations

from typing import TypeGuard

from pplc.grammar import catalogue
from pplc.grammar.diagnostics import Diagnostic, Fix, Note
from pplc.grammar.nodes import Binary, Binder, Name, Node, Number, Target, TypeExpr
from pplc.grammar.source import Span
from pplc.grammar.tokens import Token

#: Types whose values are vectors or matrices, and which therefore have index sets of their own.
_VECTORS = frozenset(
    {"real", "simplex", "ordered", "positive_ordered", "cholesky_corr", "corr", "cov"}
)
_MOST_DIGITS = 9
#: Of other languages; their elements are real numbers.
_ARRAYS = frozenset({"vector", "row_vector", "matrix", "array"})


class Mistake(Exception):  # noqa: N818  (what the user made, not what went wrong here)
    """A statement that follows the grammar and still cannot be read."""

    def __init__(self, diagnostic: Diagnostic) -> None:
        super().__init__(diagnostic.code)
        self.diagnostic = diagnostic


def whole_number(start: Node) -> int:
    """The value after `from`; raises `Mistake` where it is not a literal whole number."""
    if _is_position(start):
        return int(start.text)
    first = _first_of(start)
    if first is None:
        raise Mistake(catalogue.syntax.StartNotNumber(span=start.span))
    fix = Fix(f"write `from {first}`", start.span, str(first))
    text = f"write the first one alone: `from {first}`"
    raise Mistake(catalogue.syntax.StartNotNumber(span=start.span, help_text=text, fixes=(fix,)))


def _is_position(node: Node) -> TypeGuard[Number]:
    return isinstance(node, Number) and node.is_integer and len(node.text) <= _MOST_DIGITS


def _first_of(condition: Node) -> int | None:
    """The first position that `t > 0` or `t >= 1` holds for."""
    if not isinstance(condition, Binary) or not isinstance(condition.left, Name):
        return None
    after = {">": 1, ">=": 0}.get(condition.operator)
    if after is None or not _is_position(condition.right):
        return None
    return int(condition.right.text) + after


def number_too_large(token: Token) -> Mistake:
    """`1e999`."""
    return Mistake(catalogue.syntax.NumberTooLarge(span=token.span))


def chained_comparison(between: Node, second: Token) -> Mistake:
    """`0 < x < 1`."""
    return Mistake(
        catalogue.syntax.ChainedComparison(
            span=second.span, notes=(Note("this would be compared twice", between.span),)
        )
    )


def repeated_modifier(word: str, span: Span, earlier: Span) -> Mistake:
    """`ordered ordered`."""
    return Mistake(
        catalogue.syntax.ModifierOrder(
            span=span,
            problem=f"`{word}` stands here twice",
            advice="leave this one out",
            notes=(Note("the first one", earlier),),
            fixes=(Fix("remove it", span, ""),),
        )
    )


def guide_binder(target: Target) -> Mistake:
    """`phi[k in K] ~ point` in a guide."""
    variables = [index.variable if isinstance(index, Binder) else None for index in target.indices]
    meant = f"{target.name.id}[{', '.join(v or '...' for v in variables)}]"
    fixes = () if None in variables else (Fix(f"write `{meant}`", target.span, meant),)
    return Mistake(catalogue.syntax.GuideBinder(span=target.span, meant=meant, fixes=fixes))


def check_dimensions(word: Token, name: Name, dims: tuple[Name, ...], type_: TypeExpr) -> None:
    """Raises `Mistake` for `data x: int[N]`."""
    if not type_.dims or type_.name in _VECTORS:
        return
    sets = ", ".join(dim.id for dim in (*dims, *type_.dims))
    bounds = "(...)" if type_.bounds else ""
    question = "?" if type_.missing else ""
    element = "real" if type_.name in _ARRAYS else type_.name
    meant = f"{word.text} {name.id}[{sets}]: {element}{bounds}{question}"
    span = word.span.to(type_.span)
    raise Mistake(
        catalogue.syntax.DimensionsAfterType(
            span=type_.span,
            type=type_.name,
            meant=meant,
            fixes=() if bounds else (Fix(f"write `{meant}`", span, meant),),
        )
    )
