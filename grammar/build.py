"""From what lark reads to nodes: one method for each rule of ppl.lark.

The parser calls them as it goes, with every token of the rule among the arguments (so that spans
are exact) and None for an optional part that is absent.
"""

from __future__ import annotations

from typing import Any, NamedTuple, TypeVar, cast

from lark import Transformer, v_args

from pplc.grammar import nodes
from pplc.grammar.diagnostics import Diagnostic
from pplc.grammar.nodes import Expr, Node
from pplc.grammar.source import Span
from pplc.grammar.tokens import Token

N = TypeVar("N", bound=Node)


class Mistake(Exception):  # noqa: N818  (what the user made, not what went wrong here)
    """A statement that follows the grammar and still cannot be read."""

    def __init__(self, diagnostic: Diagnostic) -> None:
        super().__init__(diagnostic.code)
        self.diagnostic = diagnostic


class LoopHeader(NamedTuple):
    """`for n in N`, `scan t in T`."""

    ordered: bool
    binder: nodes.Binder


class GuideHeader(NamedTuple):
    """`guide`, `guide strict`."""

    strict: bool


class GenerateHeader(NamedTuple):
    """`generate`."""


class FitHeader(NamedTuple):
    """`fit`."""


Header = LoopHeader | GuideHeader | GenerateHeader | FitHeader


class _Modifier(NamedTuple):
    """`truncated(a, b)`, or (None) `ordered`."""

    span: Span
    truncation: nodes.Truncation | None


class _Dims(NamedTuple):
    span: Span
    names: tuple[nodes.Name, ...]


class _Bounds(NamedTuple):
    span: Span
    values: tuple[Expr, ...]


Part = Any  # a Token, a Node, one of the tuples above, or None


def _span(parts: tuple[Part, ...] | list[Part]) -> Span:
    present = [part for part in parts if part is not None]
    first: Span = present[0].span
    last: Span = present[-1].span
    return Span(first.start, last.end)


def _all(kind: type[N] | tuple[type[N], ...], parts: tuple[Part, ...]) -> tuple[N, ...]:
    return tuple(part for part in parts if isinstance(part, kind))


@v_args(inline=True)
class Build(Transformer[Token, Any]):
    """Makes the nodes of one statement."""

    # --- declarations ---

    def index_decl(self, _index: Token, *items: Part) -> tuple[nodes.IndexDecl, ...]:
        return _all(nodes.IndexDecl, items)

    def index_item(self, *parts: Part) -> nodes.IndexDecl:
        name, _, over, _, _, size, _, start = parts
        return nodes.IndexDecl(
            span=_span(parts),
            name=name,
            size=size,
            label_start=None if start is None else _whole_number(start),
            ragged_over=over,
        )

    def data_decl(self, *parts: Part) -> nodes.DataDecl:
        _, name, dims, _, type_ = parts
        return nodes.DataDecl(span=_span(parts), name=name, dims=_names(dims), type=type_)

    def param_decl(self, *parts: Part) -> nodes.ParamDecl:
        _, name, dims, _, type_, _, initial = parts
        return nodes.ParamDecl(
            span=_span(parts), name=name, dims=_names(dims), type=type_, initial=initial
        )

    def net_decl(self, *parts: Part) -> nodes.NetDecl:
        _, name, *inputs, _, _, results, _, body = parts
        return nodes.NetDecl(
            span=_span(parts),
            name=name,
            inputs=_all(nodes.TypeExpr, tuple(inputs)),
            results=results,
            body=body,
        )

    def net_results(self, *parts: Part) -> tuple[nodes.NetResult, ...]:
        if isinstance(parts[0], nodes.TypeExpr):
            return (nodes.NetResult(span=parts[0].span, name=None, type=parts[0]),)
        return _all(nodes.NetResult, parts)

    def net_result(self, name: nodes.Name, colon: Token, type_: nodes.TypeExpr) -> nodes.NetResult:
        return nodes.NetResult(span=name.span.to(type_.span), name=name.id, type=type_)

    def type_expr(self, *parts: Part) -> nodes.TypeExpr:
        name, bounds, dims, missing = parts
        return nodes.TypeExpr(
            span=_span(parts),
            name=name.id,
            bounds=() if bounds is None else bounds.values,
            dims=_names(dims),
            missing=missing is not None,
        )

    def bounds(self, *parts: Part) -> _Bounds:
        return _Bounds(_span(parts), _expressions(parts))

    def dims(self, *parts: Part) -> _Dims:
        return _Dims(_span(parts), _all(nodes.Name, parts))

    # --- statements ---

    def site(self, *parts: Part) -> nodes.SiteStatement:
        target, _, law, *modifiers, _, start = parts
        truncation, ordered = _modifiers(modifiers)
        return nodes.SiteStatement(
            span=_span(parts),
            target=target,
            law=law,
            truncation=truncation,
            ordered=ordered,
            starts=_starts(start),
        )

    def definition(self, *parts: Part) -> nodes.DefinitionStatement:
        target, _, value, _, start = parts
        return nodes.DefinitionStatement(
            span=_span(parts), target=target, value=value, starts=_starts(start)
        )

    def factor(self, factor: Token, value: Expr) -> nodes.FactorStatement:
        return nodes.FactorStatement(span=factor.span.to(value.span), value=value)

    def target(self, *parts: Part) -> nodes.Target:
        indices = tuple(part for part in parts[1:] if isinstance(part, Node))
        return nodes.Target(span=_span(parts), name=parts[0], indices=indices)

    def binder(self, *parts: Part) -> nodes.Binder:
        variable, _, index_set, _, start = parts
        return nodes.Binder(
            span=_span(parts),
            variable=variable.id,
            index_set=index_set.id,
            index_set_span=index_set.span,
            start=0 if start is None else _whole_number(start),
        )

    def modifier(self, *parts: Part) -> _Modifier:
        span = _span(parts)
        if len(parts) == 1:
            return _Modifier(span, None)
        _, _, lower, _, upper, _ = parts
        return _Modifier(span, nodes.Truncation(span=span, lower=lower, upper=upper))

    # --- headers of blocks ---

    def loop_header(self, word: Token, binder: nodes.Binder) -> LoopHeader:
        return LoopHeader(word.text == "scan", binder)

    def guide_header(self, _guide: Token, strict: Token | None) -> GuideHeader:
        return GuideHeader(strict is not None)

    def generate_header(self, _generate: Token) -> GenerateHeader:
        return GenerateHeader()

    def fit_header(self, _fit: Token) -> FitHeader:
        return FitHeader()

    # --- lines of a guide and a fit ---

    def guide_site(self, *parts: Part) -> nodes.GuideStatement:
        *targets, _, family = parts
        return nodes.GuideStatement(
            span=_span(parts), targets=_expressions(tuple(targets)), family=family
        )

    def guide_target(self, first: Part, *rest: Part) -> Expr:
        if rest:
            return self.call(first, *_as_argument(rest))
        name, indices = first.name, first.indices
        return nodes.Index(span=first.span, base=name, indices=indices) if indices else name

    def fit_option(self, *parts: Part) -> nodes.FitOption:
        name, index_set, _, value = parts
        return nodes.FitOption(span=_span(parts), name=name, index_set=index_set, value=value)

    # --- expressions ---

    def conditional(self, *parts: Part) -> nodes.Conditional:
        _, condition, _, then, _, otherwise = parts
        return nodes.Conditional(
            span=_span(parts), condition=condition, then=then, otherwise=otherwise
        )

    def binary(self, left: Expr, operator: Token, right: Expr) -> nodes.Binary:
        return nodes.Binary(
            span=left.span.to(right.span),
            operator=cast(Any, operator.text),
            left=left,
            right=right,
        )

    def unary(self, operator: Token, operand: Expr) -> nodes.Unary:
        return nodes.Unary(
            span=operator.span.to(operand.span), operator=cast(Any, operator.text), operand=operand
        )

    def index(self, *parts: Part) -> nodes.Index:
        base, *indices = parts
        return nodes.Index(span=_span(parts), base=base, indices=_expressions(tuple(indices)))

    def field(self, base: Expr, _dot: Token, name: Token) -> nodes.FieldAccess:
        return nodes.FieldAccess(span=base.span.to(name.span), base=base, name=name.text)

    def parenthesis(self, opening: Token, inner: Expr, closing: Token) -> Expr:
        return cast(Expr, inner.model_copy(update={"span": opening.span.to(closing.span)}))

    def call(self, name: nodes.Name, *parts: Part) -> nodes.Call:
        return nodes.Call(
            span=_span((name, *parts)),
            function=name.id,
            function_span=name.span,
            arguments=_all(nodes.Argument, parts),
        )

    def argument(self, *parts: Part) -> nodes.Argument:
        name = parts[0].id if len(parts) > 1 else None
        return nodes.Argument(span=_span(parts), name=name, value=parts[-1])

    def reduction(self, name: nodes.Name, *parts: Part) -> nodes.Reduction:
        *binders, _, where, _, body, closing = parts
        return nodes.Reduction(
            span=name.span.to(closing.span),
            function=name.id,
            binders=_all(nodes.Binder, tuple(binders)),
            where=where,
            body=body,
        )

    def list_literal(self, *parts: Part) -> nodes.ListLiteral:
        return nodes.ListLiteral(span=_span(parts), items=_expressions(parts))

    def number(self, token: Token) -> nodes.Number:
        return nodes.Number(span=token.span, value=float(token.text), text=token.text)

    def boolean(self, token: Token) -> nodes.Boolean:
        return nodes.Boolean(span=token.span, value=token.text == "true")

    def name(self, token: Token) -> nodes.Name:
        return nodes.Name(span=token.span, id=token.text)


def _expressions(parts: tuple[Part, ...]) -> tuple[Expr, ...]:
    return tuple(part for part in parts if isinstance(part, Node))


def _names(dims: _Dims | None) -> tuple[nodes.Name, ...]:
    return () if dims is None else dims.names


def _as_argument(parts: tuple[Part, ...]) -> list[Part]:
    opening, value, closing = parts
    return [opening, nodes.Argument(span=value.span, name=None, value=value), closing]


def _starts(start: Expr | None) -> tuple[Expr, ...]:
    """`from a` gives one start, `from [a, b]` as many as stand in the brackets."""
    if start is None:
        return ()
    return start.items if isinstance(start, nodes.ListLiteral) else (start,)


def _whole_number(start: Expr) -> int:
    return int(start.text)


def _modifiers(modifiers: list[_Modifier]) -> tuple[nodes.Truncation | None, bool]:
    truncation, ordered = None, False
    for modifier in modifiers:
        truncation = modifier.truncation or truncation
        ordered = ordered or modifier.truncation is None
    return truncation, ordered
