"""Names and indices -> reads of families: what they are, and whether the indices fit."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, cast

from pplc.compiler.advice.wording import counted
from pplc.compiler.distributions import DISTRIBUTIONS
from pplc.compiler.expressions import Constant, Expr, Position, Read
from pplc.compiler.functions import CONSTANTS
from pplc.compiler.kinds.kinds import NAT, Kind, constant
from pplc.compiler.lower.environment import Scope
from pplc.compiler.lower.positions import Positions, lag_of
from pplc.compiler.lower.ragged import reads_elements
from pplc.grammar import nodes
from pplc.grammar.catalogue.indices import (
    BeforeFirst,
    IndexOfExpression,
    NestedIndex,
    TooManyIndices,
    WrongIndexSet,
)
from pplc.grammar.catalogue.names import Cycle, DistributionAsValue, IndexSetAsValue
from pplc.grammar.diagnostics import Diagnostic, Fix

if TYPE_CHECKING:
    from pplc.compiler.lower.expressions import ExpressionLowering


class Reads:
    """Types the reads of the statement that `at` lowers."""

    def __init__(self, at: ExpressionLowering) -> None:
        self.at = at
        self.env = at.env
        self.positions = Positions(at)

    def name(self, node: nodes.Name, scope: Scope) -> Expr | None:
        """A name by itself: a binder, a constant, or a whole family."""
        if node.id in scope:
            return Position(kind=Kind(NAT), span=node.span, binder=scope[node.id])
        if node.id in CONSTANTS and not self.env.names.has_value(node.id):
            value = CONSTANTS[node.id]
            return Constant(kind=Kind(constant(value)), span=node.span, value=value)
        if node.id in self.env.index_sets:
            fix = Fix("its number of elements", node.span, f"size({node.id})")
            self.env.report(IndexSetAsValue(span=node.span, name=node.id, fixes=(fix,)))
            return None
        if node.id in DISTRIBUTIONS and not self.env.names.has_value(node.id):
            self.env.report(DistributionAsValue(span=node.span, name=node.id))
            return None
        kind = self._readable(node, scope)
        if kind is None or not self._exists(node, node.id, ()):
            return None
        if not reads_elements(self.env, node.id, kind, (), node.span):
            return None
        return Read(kind=kind, span=node.span, name=node.id)

    def _readable(
        self, node: nodes.Name, scope: Scope, indices: tuple[nodes.Expr, ...] = ()
    ) -> Kind | None:
        """The kind of the family of that name, or None where there is none to be had."""
        if node.id == self.at.owner and not self._may_read_itself(indices, scope):
            self._circle(node, scope, indices)
            return None
        if not self.env.names.has_value(node.id):
            self.env.unknown_name(node, scope, indices)
            return None
        return self.env.kinds.get(node.id)

    def _may_read_itself(self, indices: tuple[nodes.Expr, ...], scope: Scope) -> bool:
        """Whether a statement may read its own name there: observed values, earlier elements."""
        if self.env.names.is_observed(self.at.owner):
            return True
        lags = [lag for i in indices if (lag := lag_of(i, scope)) is not None]
        earlier = any(scope[variable].scan and offset < 0 for variable, offset in lags)
        return earlier and self.at.owner in self.env.kinds

    def _circle(self, node: nodes.Name, scope: Scope, indices: tuple[nodes.Expr, ...]) -> None:
        """Report a name that is read in its own statement; at another element it is a chain."""
        for index in indices:
            lagged = lag_of(index, scope)
            if lagged is not None:
                binder = scope[lagged[0]]
                self.positions.not_a_chain(index.span, node.id, binder)
                return
        help_text = "a random variable cannot be an argument of its own distribution"
        if node.id in self.env.names.definitions:
            help_text = (
                "a name has one value, which cannot be changed; "
                "give what is on the right another name"
            )
        self.env.report(
            Cycle(
                span=node.span,
                name=node.id,
                needed="itself",
                path=f"`{node.id}` needs itself",
                help_text=help_text,
            )
        )

    def index(self, node: nodes.Index, scope: Scope) -> Expr | None:
        """A name with indices: an element of a family, or a part of it."""
        if isinstance(node.base, nodes.Index):
            self._nested(node)
            return None
        if not isinstance(node.base, nodes.Name):
            self.env.report(_index_of_expression(self.env.source.slice(node.base.span), node))
            return None
        name = node.base.id
        if name in scope or name in self.env.index_sets or name in CONSTANTS:
            self.env.report(
                TooManyIndices(
                    span=node.span,
                    name=name,
                    takes="no index",
                    given=_indices(node),
                    fixes=(Fix("leave them out", node.span, name),),
                )
            )
            return None
        kind = self._readable(node.base, scope, node.indices)
        if kind is None:
            for index in node.indices:
                self.at.lower(index, scope)
            return None
        if len(node.indices) > len(kind.shape):
            self._too_many(node, name, kind)
            return None
        swapped = self._swapped(node, kind, scope)
        if swapped is not None:
            self.env.report(swapped)
            return None
        indices = [
            self.positions.position(index, name, expected, scope)
            for index, expected in zip(node.indices, kind.shape, strict=False)
        ]
        if any(i is None for i in indices):
            return None
        if not self._exists(node, name, cast("list[Expr]", indices)):
            return None
        if not reads_elements(self.env, name, kind, cast("list[Expr]", indices), node.span):
            return None
        return Read(
            kind=kind.drop(len(indices)),
            span=node.span,
            name=name,
            indices=tuple(cast("list[Expr]", indices)),
        )

    def _exists(self, node: nodes.Expr, name: str, indices: Sequence[Expr]) -> bool:
        """Whether a family that starts late has all the elements that are read."""
        for at, first in enumerate(self.env.firsts.get(name, ())):
            index = indices[at] if at < len(indices) else None
            if first == 0:
                continue
            if isinstance(index, Constant) and index.value >= first:
                continue
            if isinstance(index, Position) and index.binder.scan and index.offset < 0:
                continue  # the starts of the statement tell
            if isinstance(index, Position) and index.binder.start + index.offset >= first:
                continue
            kind = self.env.kinds[name]
            assert kind is not None
            self.env.report(
                BeforeFirst(
                    span=node.span if index is None else index.span,
                    notes=self.env.declared(name),
                    name=name,
                    index_set=kind.shape[at],
                    first=first,
                    binder=index.binder.variable if isinstance(index, Position) else "i",
                )
            )
            return False
        return True

    def _swapped(self, node: nodes.Index, kind: Kind, scope: Scope) -> Diagnostic | None:
        """`x[p, n]` of an `x` over N and P: the right indices in the wrong order."""
        binders = [scope.get(i.id) for i in node.indices if isinstance(i, nodes.Name)]
        by_set = {b.index_set: b.variable for b in binders if b is not None}
        expected = kind.shape[: len(node.indices)]
        found = [b.index_set for b in binders if b is not None]
        if len(by_set) < len(node.indices) or set(by_set) != set(expected):
            return None
        if tuple(found) == expected:
            return None
        name = self.env.source.slice(node.base.span)
        written = f"{name}[{', '.join(by_set[s] for s in expected)}]"
        return WrongIndexSet(
            span=node.indices[0].span.to(node.indices[-1].span),
            notes=self.env.declared(name),
            name=name,
            expected=" and ".join(expected),
            found=" and ".join(found),
            help_text=f"write `{written}`",
            fixes=(Fix("in the order of its declaration", node.span, written),),
        )

    def _nested(self, node: nodes.Index) -> None:
        indices = [self.env.source.slice(i.span) for i in node.indices]
        base: nodes.Expr = node.base
        while isinstance(base, nodes.Index):
            indices = [self.env.source.slice(i.span) for i in base.indices] + indices
            base = base.base
        suggestion = f"{self.env.source.slice(base.span)}[{', '.join(indices)}]"
        self.env.report(
            NestedIndex(
                span=node.span,
                suggestion=suggestion,
                fixes=(Fix("put them together", node.span, suggestion),),
            )
        )

    def _too_many(self, node: nodes.Index, name: str, kind: Kind) -> None:
        takes, help_text = "no index", None
        fixes: tuple[Fix, ...] = (Fix("leave it out", node.span, name),)
        if not kind.shape and self.env.names.sites.get(name) is not None:
            help_text = f"if there is one for each element of a set K, write `{name}[k in K] ~ ...`"
        if kind.shape:
            takes = f"{counted(len(kind.shape), 'index', 'indices')} (over {', '.join(kind.shape)})"
            fixes = ()
        self.env.report(
            TooManyIndices(
                span=node.span,
                notes=self.env.declared(name),
                name=name,
                takes=takes,
                given=_indices(node),
                help_text=help_text,
                fixes=fixes,
            )
        )


def _index_of_expression(text: str, node: nodes.Index) -> Diagnostic:
    """`softmax(x)[k]`: what is indexed needs a name."""
    short = text if len(text) <= 40 else "..."
    return IndexOfExpression(span=node.base.span, text=short)


def _indices(node: nodes.Index) -> str:
    count = len(node.indices)
    return "1 is" if count == 1 else f"{count} are"
