"""Expressions of the syntax tree -> typed expressions of the IR."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import cast

from pplc.compiler.advice.expressions import Adviser
from pplc.compiler.expressions import (
    Apply,
    Constant,
    Expr,
    Vector,
)
from pplc.compiler.functions import OPERATORS, Function, fold
from pplc.compiler.kinds import intervals
from pplc.compiler.kinds.kinds import BOOL, Interval, Kind, constant
from pplc.compiler.kinds.literals import same, structure_of_items
from pplc.compiler.kinds.nonzero import is_nonzero
from pplc.compiler.kinds.structures import elementwise
from pplc.compiler.kinds.tightening import refined
from pplc.compiler.lower.chains import Steps
from pplc.compiler.lower.environment import Environment, Scope
from pplc.compiler.lower.evaluations import lower_result, unpicked
from pplc.compiler.lower.reads import Reads
from pplc.compiler.lower.vectors import product
from pplc.grammar import nodes
from pplc.grammar.catalogue.indices import (
    LiteralIndexSet,
    NotANumber,
    NotAVector,
    ShapesDisagree,
)
from pplc.grammar.catalogue.supports import FunctionSupport
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
        self.reads = Reads(self)

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
                return self.reads.name(node, scope)
            case nodes.Index():
                return self.reads.index(node, scope)
            case nodes.Unary():
                return self._unary(node, scope)
            case nodes.Binary():
                return self._binary(node, scope)
            case nodes.Conditional():
                return self._conditional(node, scope)
            case nodes.Reduction():
                from pplc.compiler.lower.reductions import lower_reduction

                return lower_reduction(self, node, scope)
            case nodes.ListLiteral():
                self.unknown_literal(node)
                return None
            case nodes.Call():
                from pplc.compiler.lower.calls import lower_call

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
        return found if kind == found.kind else found.replaced(kind=kind)

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
