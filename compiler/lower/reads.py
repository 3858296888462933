"""Names and indices -> reads of families: what they are, and whether the indices fit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, cast

from pplc.compiler.advice.expressions import NO_ADVICE, Advice
from pplc.compiler.advice.wording import counted
from pplc.compiler.distributions import DISTRIBUTIONS
from pplc.compiler.expressions import Binder, Constant, Expr, Position, Read
from pplc.compiler.functions import CONSTANTS
from pplc.compiler.kinds.kinds import NAT, Kind, constant
from pplc.compiler.lower.environment import Scope
from pplc.compiler.lower.ragged import reads_elements
from pplc.grammar import nodes
from pplc.grammar.catalogue.indices import (
    BeforeFirst,
    EarlierInFor,
    IndexOfExpression,
    LagOutside,
    NestedIndex,
    PositionOutOfRange,
    TooManyIndices,
    WrongIndexSet,
)
from pplc.grammar.catalogue.names import Cycle, DistributionAsValue, IndexSetAsValue
from pplc.grammar.diagnostics import Diagnostic, Fix
from pplc.grammar.source import Span

if TYPE_CHECKING:
    from pplc.compiler.lower.expressions import ExpressionLowering


class Reads:
    """Types the reads of the statement that `at` lowers."""

    def __init__(self, at: ExpressionLowering) -> None:
        self.at = at
        self.env = at.env

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
        lags = [lag for i in indices if (lag := _lag(i, scope)) is not None]
        earlier = any(scope[variable].scan and offset < 0 for variable, offset in lags)
        return earlier and self.at.owner in self.env.kinds

    def _circle(self, node: nodes.Name, scope: Scope, indices: tuple[nodes.Expr, ...]) -> None:
        """Report a name that is read in its own statement; at another element it is a chain."""
        for index in indices:
            lagged = _lag(index, scope)
            if lagged is not None:
                binder = scope[lagged[0]]
                self._not_a_chain(index.span, node.id, binder)
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

    def _not_a_chain(self, span: Span, name: str, binder: Binder) -> None:
        said = EarlierInFor(
            span=span, name=name, index_set=binder.index_set, binder=binder.variable
        )
        if binder.scan:
            t = binder.variable
            text = f"a chain reads what came before, such as `{name}[{t}-1]`, and nothing later"
            said = replace(said, loop="scan", help_text=text)
        self.env.report(said)

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
            self._position(index, name, expected, scope)
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

    def _position(self, node: nodes.Expr, name: str, expected: str, scope: Scope) -> Expr | None:
        """One index, checked to be a position in the index set `expected`."""
        lagged = _lag(node, scope)
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
            self._not_a_chain(node.span, name, binder)
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


def _index_of_expression(text: str, node: nodes.Index) -> Diagnostic:
    """`softmax(x)[k]`: what is indexed needs a name."""
    short = text if len(text) <= 40 else "..."
    return IndexOfExpression(span=node.base.span, text=short)


def _indices(node: nodes.Index) -> str:
    count = len(node.indices)
    return "1 is" if count == 1 else f"{count} are"


def _lag(node: nodes.Expr, scope: Scope) -> tuple[str, int] | None:
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
