"""Functions of whole vectors and matrices -> typed expressions."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from pplc.compiler.advice.wording import counted
from pplc.compiler.expressions import Apply, Expr
from pplc.compiler.kinds import intervals
from pplc.compiler.kinds.kinds import (
    NONNEGATIVE,
    OPEN_UNIT,
    POSITIVE,
    REAL,
    Interval,
    Kind,
    Structure,
    constant,
    inf,
)
from pplc.compiler.kinds.literals import same
from pplc.compiler.kinds.nonzero import is_nonzero
from pplc.compiler.kinds.structures import matrix_product
from pplc.grammar import nodes
from pplc.grammar.catalogue.indices import NotAVector
from pplc.grammar.catalogue.names import FunctionArguments
from pplc.grammar.catalogue.supports import FunctionStructure
from pplc.grammar.source import Span

if TYPE_CHECKING:
    from pplc.compiler.lower.expressions import ExpressionLowering


def product(at: ExpressionLowering, left: Expr, right: Expr, span: Span) -> Expr | None:
    """`a @ b`: of vectors their dot product, of a matrix and a vector a vector."""
    dims = (len(left.kind.shape), len(right.kind.shape))
    if 0 in dims or left.kind.shape[-1] != right.kind.shape[0] or max(dims) > 2:
        at.shapes_disagree(span, "`@`", left, right)
        return None
    shape = left.kind.shape[:-1] + right.kind.shape[1:]
    terms = intervals.multiply(left.kind.support, right.kind.support)
    if same(left, right):
        terms = intervals.square(left.kind.support) if not shape else terms
    total = intervals.reduction("sum", terms)
    if _has_weights(left) or _has_weights(right, columns=True):
        other = right if _has_weights(left) else left
        total = intervals.reduction("mean", other.kind.support)
    elif not shape and same(left, right) and is_nonzero(at.env, left):
        total = POSITIVE
    kind = Kind(total, shape, matrix_product(left, right))
    name = "dot" if not shape else "matmul"
    return Apply(kind=kind, span=span, function=name, arguments=(left, right))


def _has_weights(value: Expr, columns: bool = False) -> bool:
    """Whether what is multiplied with it is averaged: a simplex, or one in each row."""
    structure = value.kind.structure
    if structure is None or not structure.is_a(Structure.SIMPLEX):
        return False
    return not columns or len(value.kind.shape) == 1


def vector_function(
    at: ExpressionLowering, node: nodes.Call, values: tuple[Expr, ...], signature: str
) -> Expr | None:
    """One of `functions.VECTOR_FUNCTIONS` of values that are lowered."""
    takes = {"dot": 2, "outer": 2, "solve": 2, "exp_quad": 4}.get(node.function, 1)
    if len(values) != takes:
        problem = f"it takes {counted(takes, 'argument')}"
        at.env.report(
            FunctionArguments(
                span=node.span, name=node.function, problem=problem, signature=f"`{signature}`"
            )
        )
        return None
    return _Vectors(at, node).lower(values)


class _Vectors:
    """One call of a vector function."""

    def __init__(self, at: ExpressionLowering, node: nodes.Call) -> None:
        self.at = at
        self.name = node.function
        self.span = node.span

    def lower(self, values: tuple[Expr, ...]) -> Expr | None:
        """The call, or None where an argument does not fit."""
        rules: dict[str, Callable[..., Expr | None]] = {
            "dot": self._dot,
            "softmax": self._softmax,
            "cumsum": self._cumsum,
            "outer": self._outer,
            "diag": self._diag,
            "cholesky": self._cholesky,
            "solve": self._solve,
            "exp_quad": self._exp_quad,
        }
        return rules[self.name](*values)

    def _apply(self, kind: Kind, *arguments: Expr) -> Expr:
        return Apply(kind=kind, span=self.span, function=self.name, arguments=arguments)

    def _has(self, value: Expr, dimensions: int, expected: str) -> bool:
        if len(value.kind.shape) == dimensions:
            return True
        self.at.env.report(
            NotAVector(
                span=value.span,
                what=f"the argument of `{self.name}`",
                expected=expected,
                found=str(value.kind),
            )
        )
        return False

    def _is_square(self, value: Expr) -> bool:
        if not self._has(value, 2, "a matrix"):
            return False
        if value.kind.shape[0] == value.kind.shape[1]:
            return True
        expected = "a matrix over one index set twice"
        what = f"the argument of `{self.name}`"
        self.at.env.report(
            NotAVector(span=value.span, what=what, expected=expected, found=str(value.kind))
        )
        return False

    def _dot(self, x: Expr, y: Expr) -> Expr | None:
        if len(x.kind.shape) == 1 and x.kind.shape == y.kind.shape:
            return product(self.at, x, y, self.span)
        self.at.shapes_disagree(self.span, "`dot`", x, y)
        return None

    def _softmax(self, x: Expr) -> Expr | None:
        if not self._has(x, max(len(x.kind.shape), 1), "a vector"):
            return None
        return self._apply(Kind(OPEN_UNIT, x.kind.shape, Structure.SIMPLEX), x)

    def _cumsum(self, x: Expr) -> Expr | None:
        if not self._has(x, max(len(x.kind.shape), 1), "a vector"):
            return None
        support, structure = intervals.reduction("sum", x.kind.support), None
        if x.kind.support.within(POSITIVE):
            structure = Structure.POSITIVE_ORDERED
        return self._apply(Kind(support, x.kind.shape, structure), x)

    def _outer(self, x: Expr, y: Expr) -> Expr | None:
        if not (self._has(x, 1, "a vector") and self._has(y, 1, "a vector")):
            return None
        structure = Structure.SEMIDEFINITE if same(x, y) else None
        support = intervals.multiply(x.kind.support, y.kind.support)
        return self._apply(Kind(support, x.kind.shape + y.kind.shape, structure), x, y)

    def _diag(self, x: Expr) -> Expr | None:
        if len(x.kind.shape) == 2:
            return self._diagonal(x)
        if not self._has(x, 1, "a vector"):
            return None
        positive = x.kind.support.within(POSITIVE)
        structure = Structure.DIAGONAL if positive else None
        if structure is None and x.kind.support.within(NONNEGATIVE):
            structure = Structure.SEMIDEFINITE
        support = x.kind.support.join(constant(0))
        return self._apply(Kind(support, x.kind.shape * 2, structure), x)

    def _diagonal(self, x: Expr) -> Expr | None:
        if not self._is_square(x):
            return None
        structure = x.kind.structure
        definite = structure is not None and (
            structure.is_a(Structure.COV) or structure.is_a(Structure.SCALE_TRIL)
        )
        support = POSITIVE if definite else x.kind.support
        return self._apply(Kind(support, x.kind.shape[:1]), x)

    def _cholesky(self, x: Expr) -> Expr | None:
        if not self._is_square(x):
            return None
        structure = x.kind.structure
        if structure is None or not structure.is_a(Structure.COV):
            self._not_definite(x)
            return None
        factor = {
            Structure.CORR: Structure.CHOLESKY_CORR,
            Structure.DIAGONAL: Structure.DIAGONAL,
        }.get(structure, Structure.SCALE_TRIL)
        return self._apply(Kind(REAL, x.kind.shape, factor), x)

    def _not_definite(self, x: Expr) -> None:
        text = self.at.env.source.slice(x.span)
        help_text = f"where you know that it is one, `assume({text}, cov)`"
        if x.kind.structure is Structure.SEMIDEFINITE:
            mend = f"{text} + diag(fill(1e-6, {x.kind.shape[-1]}))"
            help_text = f"it may be singular; add something small: `{mend}`"
        self.at.env.report(
            FunctionStructure(
                span=x.span,
                function=self.name,
                expected="a covariance matrix",
                found=str(x.kind),
                help_text=help_text,
            )
        )

    def _solve(self, a: Expr, b: Expr) -> Expr | None:
        if not self._is_square(a):
            return None
        if len(b.kind.shape) not in (1, 2) or b.kind.shape[0] != a.kind.shape[0]:
            self.at.shapes_disagree(self.span, "`solve`", a, b)
            return None
        return self._apply(Kind(REAL, b.kind.shape), a, b)

    def _exp_quad(self, x: Expr, y: Expr, length: Expr, amplitude: Expr) -> Expr | None:
        if not (self._has(x, 1, "a vector") and self._has(y, 1, "a vector")):
            return None
        for value in (length, amplitude):
            if value.kind.shape:
                self.at.not_a_number(value, {}, f"the length or amplitude of `{self.name}`")
                return None
            if not self.at.fits(value, POSITIVE, self.name, value.span):
                return None
        structure = Structure.SEMIDEFINITE if same(x, y) else None
        upper = intervals.square(amplitude.kind.support).upper
        support = Interval(0, upper, upper_open=upper == inf)
        return self._apply(
            Kind(support, x.kind.shape + y.kind.shape, structure), x, y, length, amplitude
        )
