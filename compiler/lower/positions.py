"""Indices -> positions in the index sets of a family, earlier ones along a chain among them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from pplc.compiler.advice.expressions import NO_ADVICE, Advice
from pplc.compiler.expressions import Binder, Constant, Expr, Position
from pplc.compiler.kinds.kinds import NAT, Kind, constant
from pplc.compiler.lower.environment import Scope
from pplc.grammar import nodes
from pplc.grammar.catalogue.indices import (
    EarlierInFor,
    LagOutside,
    PositionOutOfRange,
    WrongIndexSet,
)
from pplc.grammar.source import Span

if TYPE_CHECKING:
    from pplc.compiler.lower.expressions import ExpressionLowering


class Positions:
    """Types the indices of the statement that `at` lowers, one at a time."""

    def __init__(self, at: ExpressionLowering) -> None:
        self.at = at
        self.env = at.env

    def position(self, node: nodes.Expr, name: str, expected: str, scope: Scope) -> Expr | None:
        """One index, checked to be a position in the index set `expected`."""
        lagged = lag_of(node, scope)
        if lagged is not None:
            return self._earlier(node, name, expected, scope, *lagged)
        if isinstance(node, nodes.Number) and node.is_integer:
            return self._constant_position(node, expected)
        if isinstance(node, nodes.Name) and node.id in self.env.index_sets:
            advice = self.at.advice.set_as_index(node, expected, scope)
            self._wrong_set(node.span, name, expected, f"the index set `{node.id}` itself", advice)
            return None
        index = self.at.number(node, scope, "an index")
        if index is None:
            return None
        if isinstance(index, Position):
            if index.binder.index_set == expected:
                return index
            found = f"`{index.binder.variable}`, a position in {index.binder.index_set}"
            advice = self.at.advice.other_index(index, expected, scope)
            self._wrong_set(node.span, name, expected, found, advice)
            return None
        if index.kind.values == expected:
            return index
        text = self.env.source.slice(node.span)
        found = f"`{text}`, a position in {index.kind.values}"
        if index.kind.values is None:
            found = f"`{text}`, a plain number"
        self._wrong_set(
            node.span, name, expected, found, self.at.advice.other_index(index, expected, scope)
        )
        return None

    def _wrong_set(
        self, span: Span, name: str, expected: str, found: str, advice: Advice = NO_ADVICE
    ) -> None:
        self.env.report(
            WrongIndexSet(
                span=span,
                notes=self.env.declared(name) + advice.notes,
                help_text=advice.help,
                fixes=advice.fixes,
                name=name,
                expected=expected,
                found=found,
            )
        )

    def _constant_position(self, node: nodes.Number, expected: str) -> Expr | None:
        size = self.env.index_sets[expected].known_size
        if size is not None and node.value >= size:
            self.env.report(
                PositionOutOfRange(
                    span=node.span,
                    notes=self.env.declared(expected),
                    position=int(node.value),
                    index_set=expected,
                    last=size - 1,
                )
            )
            return None
        kind = Kind(constant(node.value), values=expected)
        return Constant(kind=kind, span=node.span, value=node.value)

    def _earlier(
        self, node: nodes.Expr, name: str, expected: str, scope: Scope, variable: str, offset: int
    ) -> Expr | None:
        """`x[t-1]`: of data an earlier value, of anything random a chain."""
        binder = scope[variable]
        if binder.index_set != expected:
            found = f"`{variable}`, a position in {binder.index_set}"
            self._wrong_set(node.span, name, expected, found)
            return None
        if binder.scan and offset < 0:
            if not self.at.steps.read(name, binder, -offset, node.span):
                return None
            return Position(kind=Kind(NAT), span=node.span, binder=binder, offset=offset)
        if not self.env.names.is_observed(name):
            self.not_a_chain(node.span, name, binder)
            return None
        if offset > 0 or -offset > binder.start:
            self._outside(node.span, name, binder, offset)
            return None
        return Position(kind=Kind(NAT), span=node.span, binder=binder, offset=offset)

    def _outside(self, span: Span, name: str, binder: Binder, offset: int) -> None:
        """Report a lag of data that leaves the index set, with where the loop could start."""
        variable, over = binder.variable, binder.index_set
        help_text = None
        if offset > 0:
            help_text = (
                f"read backwards: `for {variable} in {over} from {offset}`, with `[{variable}]` "
                f"here and `[{variable}-{offset}]` where `[{variable}]` is now"
            )
        self.env.report(
            LagOutside(
                span=span,
                help_text=help_text,
                name=name,
                index_set=over,
                binder=variable,
                end="last" if offset > 0 else "first",
                where="after" if offset > 0 else "before",
                start=abs(offset),
            )
        )

    def not_a_chain(self, span: Span, name: str, binder: Binder) -> None:
        """Report a read of other elements that is no chain: later ones, or outside of a `scan`."""
        said = EarlierInFor(
            span=span, name=name, index_set=binder.index_set, binder=binder.variable
        )
        if binder.scan:
            t = binder.variable
            text = f"a chain reads what came before, such as `{name}[{t}-1]`, and nothing later"
            said = replace(said, loop="scan", help_text=text)
        self.env.report(said)


def lag_of(node: nodes.Expr, scope: Scope) -> tuple[str, int] | None:
    """The binder and the offset of `t - 1`, where the index has that form."""
    if (
        isinstance(node, nodes.Binary)
        and node.operator in ("-", "+")
        and isinstance(node.left, nodes.Name)
        and node.left.id in scope
        and isinstance(node.right, nodes.Number)
        and node.right.is_integer
    ):
        offset = int(node.right.value)
        return node.left.id, -offset if node.operator == "-" else offset
    return None
