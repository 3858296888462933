"""Reductions -> typed expressions: `sum(k in K where c: e)`, `counts`, `sum(x)` of a vector."""

from __future__ import annotations

from dataclasses import replace
from functools import reduce
from typing import TYPE_CHECKING

from pplc.compiler.advice.other_tools import FUNCTIONS
from pplc.compiler.advice.wording import closest
from pplc.compiler.elements import element_at, fresh_binder
from pplc.compiler.expressions import Apply, Binder, Constant, Expr, Read, Reduce, Size
from pplc.compiler.functions import REDUCTIONS
from pplc.compiler.kinds import intervals
from pplc.compiler.kinds.kinds import BOOL, NAT, POSITIVE, Interval, Kind, constant, inf
from pplc.compiler.kinds.nonzero import differ
from pplc.compiler.kinds.tightening import weighted
from pplc.compiler.lower.environment import Environment, Scope
from pplc.compiler.lower.ragged import both, inside
from pplc.grammar import nodes
from pplc.grammar.catalogue.indices import CountsNeedPositions, NotAVector
from pplc.grammar.catalogue.names import NotAFunction
from pplc.grammar.diagnostics import Fix
from pplc.grammar.source import Span

if TYPE_CHECKING:
    from pplc.compiler.lower.expressions import ExpressionLowering


def lower_reduction(at: ExpressionLowering, node: nodes.Reduction, scope: Scope) -> Expr | None:
    """A reduction over one or several binders."""
    if node.function not in (*REDUCTIONS, "counts"):
        _not_a_reduction(at, node)
        return None
    inner = dict(scope)
    binders: list[Binder] = []
    for written in node.binders:
        binder = at.env.binder(written, inner)
        if binder is None:
            return None
        inner[binder.variable] = binder
        binders.append(binder)
    where = None
    if node.where is not None:
        where = at.number(node.where, inner, "a condition")
        if where is None or not at.fits(where, BOOL, "where", node.where.span):
            return None
    there = inside(binders, node.span)
    if there is not None:
        where = there if where is None else both(there, where)
    counting = node.function == "counts"
    body = at.number(node.body, inner, "what `counts` counts") if counting else None
    body = body if counting else at.lower(node.body, inner)
    if body is None:
        return None
    if counting and body.kind.values is None:
        name = body.name if isinstance(body, Read) else "..."
        notes = at.env.declared(name) if isinstance(body, Read) else ()
        at.env.report(
            CountsNeedPositions(span=body.span, notes=notes, found=str(body.kind), name=name)
        )
        return None
    reduction = _Reduction(at.env, tuple(binders), where, node.span, node.where is not None)
    return reduction.of(node.function, body)


def _not_a_reduction(at: ExpressionLowering, node: nodes.Reduction) -> None:
    idiom = FUNCTIONS.get(node.function)
    meant = idiom.template.split("(")[0] if idiom else closest(node.function, REDUCTIONS)
    known = ", ".join(f"`{r}`" for r in REDUCTIONS)
    name = Span(node.span.start, node.span.start + len(node.function))
    said = NotAFunction(
        span=name, name=node.function, help_text=f"what runs over a binder is one of {known}"
    )
    if meant in REDUCTIONS:
        fix = Fix(f"write `{meant}`", name, meant)
        said = replace(said, help_text=f"did you mean `{meant}`?", fixes=(fix,))
    at.env.report(said)


def reduce_whole(
    at: ExpressionLowering, node: nodes.Call, value: Expr, scope: Scope
) -> Expr | None:
    """`sum(x)` of a vector: a reduction over its only dimension."""
    if len(value.kind.shape) != 1:
        at.env.report(
            NotAVector(
                span=value.span,
                what=f"the argument of `{node.function}`",
                expected="a vector",
                found=str(value.kind),
                help_text=f"over a binder it is written `{node.function}(k in K: ...)`",
            )
        )
        return None
    binder = fresh_binder(value.kind.shape[0], scope.values(), [value])
    return _Reduction(at.env, (binder,), None, node.span).of(
        node.function, element_at(value, binder)
    )


class _Reduction:
    """The reductions over given binders and a filter; `filtered` where it may leave nothing."""

    def __init__(
        self,
        env: Environment,
        binders: tuple[Binder, ...],
        where: Expr | None,
        span: Span,
        filtered: bool = False,
    ) -> None:
        self.env = env
        self.binders = binders
        self.where = where
        self.span = span
        self.filtered = filtered

    def of(self, function: str, body: Expr) -> Expr:
        """The reduction of an expression by one of the functions."""
        if function == "mean" and (self.where is not None or len(self.binders) > 1):
            return self._mean(body)
        if function == "sd" and len(self.binders) > 1:
            return self._sd(body)
        return self._nested(function, body)

    def _nested(self, function: str, body: Expr) -> Expr:
        """One binder inside another; the filter belongs to the innermost."""
        where = self.where
        for binder in reversed(self.binders):
            may_be_empty = binder.start > 0 or (where is not None and self.filtered)
            total = Reduce(
                kind=self._kind(function, body, may_be_empty),
                span=self.span,
                function="sum" if body.kind.shape and function == "counts" else function,
                binder=binder,
                where=where,
                body=body,
            )
            mean = weighted(self.env, total)
            body = total
            if mean is not None:
                body = total.replaced(kind=replace(total.kind, support=mean))
            where = None
        return body

    def _kind(self, function: str, body: Expr, may_be_empty: bool) -> Kind:
        if function == "counts" and body.kind.values is not None:
            return Kind(NAT, (body.kind.values, *body.kind.shape))
        if function == "counts":
            return Kind(NAT, body.kind.shape)
        support = intervals.reduction(function, body.kind.support, may_be_empty)
        if function == "sd" and any(differ(self.env, body, b) for b in self.binders):
            support = POSITIVE
        return Kind(support, body.kind.shape)

    def _count(self) -> Expr:
        """The number of elements."""
        if self.where is not None:
            return self._nested("sum", self._number(1))
        sizes = [self._length(b) for b in self.binders]
        return reduce(lambda a, b: self._apply("*", a, b), sizes)

    def _length(self, binder: Binder) -> Expr:
        kind = Kind(Interval(1, inf, False, True, True))
        size = Size(kind=kind, span=self.span, index_set=binder.index_set)
        return self._apply("-", size, self._number(binder.start)) if binder.start else size

    def _number(self, value: float) -> Expr:
        return Constant(kind=Kind(constant(value)), span=self.span, value=value)

    def _mean(self, body: Expr) -> Expr:
        support = intervals.reduction("mean", body.kind.support)
        both = (self._nested("sum", body), self._count())
        kind = Kind(support, body.kind.shape)
        return Apply(kind=kind, span=self.span, function="/", arguments=both)

    def _sd(self, body: Expr) -> Expr:
        """The root of the sum of squares about the mean, over the number less one."""
        deviation = self._apply("-", body, self._mean(body))
        total = self._nested("sum", self._apply("^", deviation, self._number(2)))
        variance = self._apply("/", total, self._apply("-", self._count(), self._number(1)))
        kind = self._kind("sd", body, may_be_empty=False)
        return Apply(kind=kind, span=self.span, function="sqrt", arguments=(variance,))

    def _apply(self, function: str, left: Expr, right: Expr) -> Expr:
        kind = Kind(shape=left.kind.shape or right.kind.shape)
        return Apply(kind=kind, span=self.span, function=function, arguments=(left, right))
