"""Expressions of the syntax tree -> typed expressions of the IR."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import cast

from pplc.compiler import intervals
from pplc.compiler.advice import NO_ADVICE, Advice, Adviser
from pplc.compiler.distributions import DISTRIBUTIONS
from pplc.compiler.environment import Environment, Scope
from pplc.compiler.expressions import (
    Apply,
    Binder,
    Constant,
    Expr,
    Position,
    Read,
    Vector,
)
from pplc.compiler.functions import CONSTANTS, OPERATORS, Function, fold
from pplc.compiler.kinds import BOOL, NAT, Interval, Kind, constant
from pplc.compiler.literals import same, structure_of_items
from pplc.compiler.lower_evaluations import lower_result, unpicked
from pplc.compiler.lower_scans import Steps
from pplc.compiler.lower_vectors import product
from pplc.compiler.nonzero import is_nonzero
from pplc.compiler.resolve import counted
from pplc.compiler.structures import elementwise
from pplc.compiler.tightening import refined
from pplc.grammar import nodes
from pplc.grammar.catalogue.indices import (
    BeforeFirst,
    EarlierInFor,
    IndexOfExpression,
    LagOutside,
    LiteralIndexSet,
    NestedIndex,
    NotANumber,
    NotAVector,
    PositionOutOfRange,
    ShapesDisagree,
    TooManyIndices,
    WrongIndexSet,
)
from pplc.grammar.catalogue.names import (
    Cycle,
    DistributionAsValue,
    IndexSetAsValue,
    NotSupportedYet,
)
from pplc.grammar.catalogue.supports import FunctionSupport
from pplc.grammar.diagnostics import Diagnostic, Fix
from pplc.grammar.source import Span


class ExpressionLowering:
    """Types expressions one by one; an expression with an error becomes None.

    `owner` is the name whose statement is being lowered: reading it there is a circle.
    """

    def __init__(
        self, environment: Environment, owner: str = "", group: frozenset[str] = frozenset()
    ) -> None:
        self.env = environment
        self.owner = owner
        self.steps = Steps(environment, group)
        self.advice = Adviser(environment)

    def lower(self, node: nodes.Expr, scope: Scope) -> Expr | None:
        """The typed expression, or None where something in it was reported."""
        found = self.whole(node, scope)
        if found is None or found.kind.net is None:
            return found
        unpicked(self, found)
        return None

    def whole(self, node: nodes.Expr, scope: Scope) -> Expr | None:
        """As `lower`, for a place where several results of a net may stand together."""
        match node:
            case nodes.Number():
                return Constant(kind=Kind(constant(node.value)), span=node.span, value=node.value)
            case nodes.Boolean():
                return Constant(kind=Kind(BOOL), span=node.span, value=float(node.value))
            case nodes.Name():
                return self._name(node, scope)
            case nodes.Index():
                return self._index(node, scope)
            case nodes.Unary():
                return self._unary(node, scope)
            case nodes.Binary():
                return self._binary(node, scope)
            case nodes.Conditional():
                return self._conditional(node, scope)
            case nodes.Reduction():
                from pplc.compiler.lower_reductions import lower_reduction

                return lower_reduction(self, node, scope)
            case nodes.ListLiteral():
                self.unknown_literal(node)
                return None
            case nodes.Call():
                from pplc.compiler.lower_functions import lower_call

                return lower_call(self, node, scope)
            case nodes.FieldAccess():
                return lower_result(self, node, scope)

    def number(self, node: nodes.Expr, scope: Scope, what: str) -> Expr | None:
        """As `lower`, for a place where only a single number will do."""
        found = self.lower(node, scope)
        if found is None or found.kind.is_scalar:
            return found
        self.not_a_number(found, scope, what)
        return None

    def not_a_number(self, found: Expr, scope: Scope, what: str) -> None:
        """Report a vector where a number is needed, with the index that would mend it."""
        advice = self.advice.index_it(found, scope)
        self.env.report(
            NotANumber(
                span=found.span,
                what=what,
                found=str(found.kind),
                notes=advice.notes,
                help_text=advice.help,
                fixes=advice.fixes,
            )
        )

    def unsupported(self, span: Span, feature: str) -> None:
        """Report a part of the language that is not compiled yet."""
        self.env.report(NotSupportedYet(span=span, feature=feature))

    # --- names and indices ---

    def _name(self, node: nodes.Name, scope: Scope) -> Expr | None:
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
        return Read(kind=kind, span=node.span, name=node.id)

    def _readable(
        self, node: nodes.Name, scope: Scope, indices: tuple[nodes.Expr, ...] = ()
    ) -> Kind | None:
        """The kind of the family of that name, or None where there is none to be had."""
        if node.id == self.owner and not self._may_read_itself(indices, scope):
            self._circle(node, scope, indices)
            return None
        if not self.env.names.has_value(node.id):
            self.env.unknown_name(node, scope, indices)
            return None
        return self.env.kinds.get(node.id)

    def _may_read_itself(self, indices: tuple[nodes.Expr, ...], scope: Scope) -> bool:
        """Whether a statement may read its own name there: observed values, earlier elements."""
        if self.env.names.is_observed(self.owner):
            return True
        lags = [lag for i in indices if (lag := _lag(i, scope)) is not None]
        earlier = any(scope[variable].scan and offset < 0 for variable, offset in lags)
        return earlier and self.owner in self.env.kinds

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
        self.env.report(
            EarlierInFor(span=span, name=name, index_set=binder.index_set, binder=binder.variable)
        )

    def _index(self, node: nodes.Index, scope: Scope) -> Expr | None:
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
                self.lower(index, scope)
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
        takes = "no index"
        fixes: tuple[Fix, ...] = (Fix("leave it out", node.span, name),)
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
            advice = self.advice.set_as_index(node, expected, scope)
            self._wrong_set(node.span, name, expected, f"the index set `{node.id}` itself", advice)
            return None
        index = self.number(node, scope, "an index")
        if index is None:
            return None
        if isinstance(index, Position):
            if index.binder.index_set == expected:
                return index
            found = f"`{index.binder.variable}`, a position in {index.binder.index_set}"
            advice = self.advice.other_index(index, expected, scope)
            self._wrong_set(node.span, name, expected, found, advice)
            return None
        if index.kind.values == expected:
            return index
        text = self.env.source.slice(node.span)
        found = f"`{text}`, a position in {index.kind.values}"
        if index.kind.values is None:
            found = f"`{text}`, a plain number"
        self._wrong_set(
            node.span, name, expected, found, self.advice.other_index(index, expected, scope)
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
            if not self.steps.read(name, binder, -offset, node.span):
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

    # --- operators ---

    def _unary(self, node: nodes.Unary, scope: Scope) -> Expr | None:
        operand = self.lower(node.operand, scope)
        if operand is None:
            return None
        name = "negate" if node.operator == "-" else "not"
        if name == "not" and not self.fits(operand, BOOL, "not", node.operand.span):
            return None
        if isinstance(operand, Constant) and name == "negate":
            value = -operand.value
            return Constant(kind=Kind(constant(value)), span=node.span, value=value)
        support = intervals.negate(operand.kind.support) if name == "negate" else BOOL
        kind = Kind(support, operand.kind.shape)
        return Apply(kind=kind, span=node.span, function=name, arguments=(operand,))

    def _binary(self, node: nodes.Binary, scope: Scope) -> Expr | None:
        both = self.together((node.left, node.right), scope)
        if both is None:
            return None
        left, right = both
        if node.operator == "@":
            return product(self, left, right, node.span)
        function = OPERATORS[node.operator]
        if node.operator == "*" and same(left, right):
            function = Function("*", function.takes, lambda x, _: intervals.square(x))
        return self.apply(function, (left, right), node.span, f"`{node.operator}`")

    def _conditional(self, node: nodes.Conditional, scope: Scope) -> Expr | None:
        condition = self.lower(node.condition, scope)
        branches = self.together((node.then, node.otherwise), scope)
        if condition is not None and not self.fits(condition, BOOL, "if", node.condition.span):
            return None
        if condition is None or branches is None:
            return None
        then, otherwise = branches
        shape = self.join_shapes((condition, then, otherwise), node.span, "`if`")
        if shape is None:
            return None
        values = then.kind.values if then.kind.values == otherwise.kind.values else None
        support = then.kind.support.join(otherwise.kind.support)
        kind = Kind(support, shape, values=values)
        return Apply(
            kind=kind, span=node.span, function="if", arguments=(condition, then, otherwise)
        )

    def apply(
        self, function: Function, arguments: tuple[Expr, ...], span: Span, what: str
    ) -> Expr | None:
        """An elementwise function of arguments whose number is right."""
        for argument, takes in zip(arguments, function.takes, strict=True):
            if not self.fits(argument, takes, function.name, argument.span):
                return None
        shape = self.join_shapes(arguments, span, what)
        if shape is None:
            return None
        folded = fold(function.name, arguments)
        if folded is not None:
            return Constant(kind=Kind(constant(folded)), span=span, value=folded)
        support = function.gives(*(a.kind.support for a in arguments))
        if support.lower == 0 and self._keeps_zero_out(function.name, arguments):
            support = replace(support, lower_open=True)
        found = Apply(
            kind=Kind(support, shape), span=span, function=function.name, arguments=arguments
        )
        kind = Kind(refined(self.env, found), shape, elementwise(function.name, *arguments))
        return found.model_copy(update={"kind": kind})

    def _keeps_zero_out(self, function: str, arguments: tuple[Expr, ...]) -> bool:
        """Whether |x|, x^2 or x * x is almost surely not zero."""
        square = function == "*" and same(arguments[0], arguments[-1])
        return (function in ("abs", "^") or square) and is_nonzero(self.env, arguments[0])

    def fits(self, argument: Expr, takes: Interval, function: str, span: Span) -> bool:
        """Whether an argument is within the numbers that a function takes; reports it if not."""
        if argument.kind.support.within(takes):
            return True
        advice = self.advice.make_fit(argument, takes)
        self.env.report(
            FunctionSupport(
                span=span,
                function=function,
                expected=takes.words[0],
                found=str(argument.kind),
                notes=advice.notes,
                help_text=advice.help,
                fixes=advice.fixes,
            )
        )
        return False

    def join_shapes(
        self, arguments: tuple[Expr, ...], span: Span, what: str
    ) -> tuple[str, ...] | None:
        """The common shape of numbers and vectors; None and a report where they disagree."""
        vectors = [a for a in arguments if a.kind.shape]
        if not vectors:
            return ()
        first = vectors[0]
        for other in vectors[1:]:
            if other.kind.shape != first.kind.shape:
                self.shapes_disagree(span, what, first, other)
                return None
        return first.kind.shape

    def shapes_disagree(self, span: Span, what: str, first: Expr, second: Expr) -> None:
        """Report vectors or matrices over different index sets in one operation."""
        advice = self.advice.join(what, first, second, span)
        self.env.report(
            ShapesDisagree(
                span=span,
                what=what,
                first=str(first.kind),
                second=str(second.kind),
                help_text=advice.help,
                fixes=advice.fixes,
            )
        )

    # --- reductions and literals ---

    def literal(
        self, node: nodes.Expr, shape: tuple[str, ...], scope: Scope, what: str
    ) -> Expr | None:
        """A list of values over the given index sets, nested for a matrix."""
        if not shape:
            return self.number(node, scope, "an element of a list")
        if not isinstance(node, nodes.ListLiteral):
            return self._vector(node, shape, scope, what)
        if not self.env.fix_length(shape[0], len(node.items), what, node.span):
            return None
        items = [self.literal(item, shape[1:], scope, "this row") for item in node.items]
        if any(i is None for i in items):
            return None
        elements = tuple(cast("list[Expr]", items))
        support = elements[0].kind.support
        for element in elements[1:]:
            support = support.join(element.kind.support)
        kind = Kind(support, shape, structure_of_items(elements))
        return Vector(kind=kind, span=node.span, items=elements)

    def _vector(
        self, node: nodes.Expr, shape: tuple[str, ...], scope: Scope, what: str
    ) -> Expr | None:
        """A vector or matrix that is not written as a list."""
        found = self.lower(node, scope)
        if found is None or found.kind.shape == shape:
            return found
        if found.kind.shape:
            first = str(Kind(found.kind.support, shape))
            self.env.report(
                ShapesDisagree(span=node.span, what=what, first=first, second=str(found.kind))
            )
            return None
        text = self.env.source.slice(node.span)
        self.env.report(
            NotAVector(
                span=node.span,
                what=what,
                expected=f"a vector over {shape[0]}",
                found=str(found.kind),
                help_text=f"for the same number everywhere, `fill({text}, {shape[0]})`"
                if len(shape) == 1
                else "list its rows in brackets",
            )
        )
        return None

    def unknown_literal(self, node: nodes.ListLiteral) -> None:
        """Report a list of which nothing tells the index set."""
        text = self.env.source.slice(node.span)
        self.env.report(LiteralIndexSet(span=node.span, text=text if len(text) <= 30 else "[...]"))

    def together(self, written: Sequence[nodes.Expr], scope: Scope) -> tuple[Expr, ...] | None:
        """Expressions of one shape: a list among them is over the index sets of the others."""
        found = [
            None if isinstance(n, nodes.ListLiteral) else self.lower(n, scope) for n in written
        ]
        lists = [n for n in written if isinstance(n, nodes.ListLiteral)]
        if any(f is None and n not in lists for f, n in zip(found, written, strict=True)):
            return None
        shape = next((f.kind.shape for f in found if f is not None and f.kind.shape), None)
        if lists and shape is None:
            self.unknown_literal(lists[0])
            return None
        for i, node in enumerate(written):
            if isinstance(node, nodes.ListLiteral) and shape is not None:
                found[i] = self.literal(node, shape, scope, "this list")
        return None if any(f is None for f in found) else tuple(cast("list[Expr]", found))


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
