"""From what lark reads to nodes: one method for each rule of ppl.lark.

The parser calls them as it goes, with the parts of the rule: every token is among them (so that
spans are exact), and None for an optional part that is absent.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple, TypeVar

from pplc.grammar import nodes
from pplc.grammar.mistakes import built
from pplc.grammar.nodes import Expr, Node
from pplc.grammar.operators import operation
from pplc.grammar.source import Span

N = TypeVar("N", bound=Node)


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


# A Token, a Node, one of the tuples above, or None.
Part = Any
Parts = list[Part]


def _span(parts: Parts) -> Span:
    present = [part for part in parts if part is not None]
    first: Span = present[0].span
    last: Span = present[-1].span
    return Span(first.start, last.end)


def _expressions(parts: Parts) -> tuple[Any, ...]:
    """The parts that are nodes."""
    return tuple(part for part in parts if isinstance(part, Node))


def _all(kind: type[N], parts: Parts) -> tuple[N, ...]:
    """The parts of a kind."""
    return tuple(part for part in parts if isinstance(part, kind))


class Build:
    """Makes the nodes of one statement."""

    # --- declarations ---

    def index_decl(self, parts: Parts) -> tuple[nodes.IndexDecl, ...]:
        return _all(nodes.IndexDecl, parts)

    def index_item(self, parts: Parts) -> nodes.IndexDecl:
        name, _, over, _, _, size, _, start = parts
        return nodes.IndexDecl(
            span=_span(parts),
            name=name,
            size=size,
            label_start=None if start is None else built.whole_number(start),
            ragged_over=over,
        )

    def data_decl(self, parts: Parts) -> nodes.DataDecl:
        word, name, dims, _, type_ = parts
        built.check_dimensions(word, name, _names(dims), type_)
        return nodes.DataDecl(span=_span(parts), name=name, dims=_names(dims), type=type_)

    def param_decl(self, parts: Parts) -> nodes.ParamDecl:
        word, name, dims, _, type_, _, initial = parts
        built.check_dimensions(word, name, _names(dims), type_)
        return nodes.ParamDecl(
            span=_span(parts), name=name, dims=_names(dims), type=type_, initial=initial
        )

    def net_decl(self, parts: Parts) -> nodes.NetDecl:
        _, name, *inputs, _, _, results, _, body = parts
        return nodes.NetDecl(
            span=_span(parts),
            name=name,
            inputs=_all(nodes.TypeExpr, inputs),
            results=results,
            body=body,
        )

    def net_results(self, parts: Parts) -> tuple[nodes.NetResult, ...]:
        if isinstance(parts[0], nodes.TypeExpr):
            return (nodes.NetResult(span=parts[0].span, name=None, type=parts[0]),)
        return _all(nodes.NetResult, parts)

    def net_result(self, parts: Parts) -> nodes.NetResult:
        name, _, type_ = parts
        return nodes.NetResult(span=_span(parts), name=name.id, type=type_)

    def type_expr(self, parts: Parts) -> nodes.TypeExpr:
        name, bounds, dims, missing = parts
        return nodes.TypeExpr(
            span=_span(parts),
            name=name.id,
            bounds=() if bounds is None else bounds.values,
            dims=_names(dims),
            missing=missing is not None,
        )

    def bounds(self, parts: Parts) -> _Bounds:
        return _Bounds(_span(parts), _expressions(parts))

    def dims(self, parts: Parts) -> _Dims:
        return _Dims(_span(parts), _all(nodes.Name, parts))

    # --- statements ---

    def site(self, parts: Parts) -> nodes.SiteStatement:
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

    def definition(self, parts: Parts) -> nodes.DefinitionStatement:
        target, _, value, _, start = parts
        return nodes.DefinitionStatement(
            span=_span(parts), target=target, value=value, starts=_starts(start)
        )

    def factor(self, parts: Parts) -> nodes.FactorStatement:
        return nodes.FactorStatement(span=_span(parts), value=parts[1])

    def target(self, parts: Parts) -> nodes.Target:
        name, *indices = parts
        return nodes.Target(span=_span(parts), name=name, indices=_expressions(indices))

    def binder(self, parts: Parts) -> nodes.Binder:
        variable, _, index_set, _, start = parts
        return nodes.Binder(
            span=_span(parts),
            variable=variable.id,
            index_set=index_set.id,
            index_set_span=index_set.span,
            start=0 if start is None else built.whole_number(start),
        )

    def modifier(self, parts: Parts) -> _Modifier:
        span = _span(parts)
        if len(parts) == 1:
            return _Modifier(span, None)
        _, _, lower, _, upper, _ = parts
        return _Modifier(span, nodes.Truncation(span=span, lower=lower, upper=upper))

    # --- headers of blocks ---

    def loop_header(self, parts: Parts) -> LoopHeader:
        word, binder = parts
        return LoopHeader(word.text == "scan", binder)

    def guide_header(self, parts: Parts) -> GuideHeader:
        return GuideHeader(strict=parts[1] is not None)

    def generate_header(self, _: Parts) -> GenerateHeader:
        return GenerateHeader()

    def fit_header(self, _: Parts) -> FitHeader:
        return FitHeader()

    # --- lines of a guide and a fit ---

    def guide_site(self, parts: Parts) -> nodes.GuideStatement:
        *targets, _, family = parts
        return nodes.GuideStatement(span=_span(parts), targets=_expressions(targets), family=family)

    def guide_target(self, parts: Parts) -> Expr:
        if len(parts) > 1:
            function, opening, value, closing = parts
            argument = nodes.Argument(span=value.span, name=None, value=value)
            return self.call([function, opening, argument, closing])
        (target,) = parts
        if not target.indices:
            name: nodes.Name = target.name
            return name
        if any(isinstance(index, nodes.Binder) for index in target.indices):
            raise built.guide_binder(target)
        return nodes.Index(span=target.span, base=target.name, indices=target.indices)

    def fit_option(self, parts: Parts) -> nodes.FitOption:
        name, index_set, _, value = parts
        return nodes.FitOption(span=_span(parts), name=name, index_set=index_set, value=value)

    # --- expressions ---

    def conditional(self, parts: Parts) -> nodes.Conditional:
        _, condition, _, then, _, otherwise = parts
        return nodes.Conditional(
            span=_span(parts), condition=condition, then=then, otherwise=otherwise
        )

    def operation(self, parts: Parts) -> Expr:
        return operation(parts)

    def index(self, parts: Parts) -> nodes.Index:
        base, *indices = parts
        return nodes.Index(span=_span(parts), base=base, indices=_expressions(indices))

    def field(self, parts: Parts) -> nodes.FieldAccess:
        base, _, name = parts
        return nodes.FieldAccess(span=_span(parts), base=base, name=name.text)

    def parenthesis(self, parts: Parts) -> Expr:
        inner: Expr = parts[1].replaced(span=_span(parts))
        return inner

    def call(self, parts: Parts) -> nodes.Call:
        name = parts[0]
        return nodes.Call(
            span=_span(parts),
            function=name.id,
            function_span=name.span,
            arguments=_all(nodes.Argument, parts),
        )

    def argument(self, parts: Parts) -> nodes.Argument:
        name = parts[0].id if len(parts) > 1 else None
        return nodes.Argument(span=_span(parts), name=name, value=parts[-1])

    def reduction(self, parts: Parts) -> nodes.Reduction:
        name, *binders, _, where, _, body, _ = parts
        return nodes.Reduction(
            span=_span(parts),
            function=name.id,
            binders=_all(nodes.Binder, binders),
            where=where,
            body=body,
        )

    def list_literal(self, parts: Parts) -> nodes.ListLiteral:
        return nodes.ListLiteral(span=_span(parts), items=_expressions(parts))

    def number(self, parts: Parts) -> nodes.Number:
        (token,) = parts
        value = float(token.text)
        if value == math.inf:
            raise built.number_too_large(token)
        return nodes.Number(span=token.span, value=value, text=token.text)

    def boolean(self, parts: Parts) -> nodes.Boolean:
        (token,) = parts
        return nodes.Boolean(span=token.span, value=token.text == "true")

    def name(self, parts: Parts) -> nodes.Name:
        (token,) = parts
        return nodes.Name(span=token.span, id=token.text)


def _names(dims: _Dims | None) -> tuple[nodes.Name, ...]:
    return () if dims is None else dims.names


def _starts(start: Expr | None) -> tuple[Expr, ...]:
    """`from a` gives one start, `from [a, b]` as many as stand in the brackets."""
    if start is None:
        return ()
    return start.items if isinstance(start, nodes.ListLiteral) else (start,)


def _modifiers(modifiers: list[_Modifier]) -> tuple[nodes.Truncation | None, bool]:
    """The truncation, if there is one, and whether `ordered` is there."""
    by_word: dict[str, _Modifier] = {}
    for modifier in modifiers:
        word = "truncated" if modifier.truncation else "ordered"
        if word in by_word:
            raise built.repeated_modifier(word, modifier.span, by_word[word].span)
        by_word[word] = modifier
    truncated = by_word.get("truncated")
    return truncated.truncation if truncated else None, "ordered" in by_word
