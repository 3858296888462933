"""`assume(e, type)`: what a user knows of a value and the compiler cannot show."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pplc.compiler.advice.wording import closest
from pplc.compiler.expressions import Apply, Constant, Expr
from pplc.compiler.functions import all_functions
from pplc.compiler.kinds.kinds import DECLARED_STRUCTURES, NAMED, NAT, Interval, Kind, Structure
from pplc.compiler.lower.environment import Scope
from pplc.grammar import nodes
from pplc.grammar.catalogue.indices import NotAVector
from pplc.grammar.catalogue.names import FunctionArguments
from pplc.grammar.catalogue.supports import UnknownType

if TYPE_CHECKING:
    from pplc.compiler.lower.expressions import ExpressionLowering


def lower_assume(at: ExpressionLowering, node: nodes.Call, scope: Scope) -> Expr | None:
    """`assume(x, positive)`: the value itself, of the kind that the type says."""
    arguments, signature = [a.value for a in node.arguments], all_functions()["assume"]
    if len(arguments) != 2 or isinstance(arguments[1], nodes.Number | nodes.ListLiteral):
        at.env.report(
            FunctionArguments(
                span=node.span,
                name="assume",
                problem="it takes a value and the name of a type",
                signature=f"`{signature}`",
            )
        )
        return None
    value = at.lower(arguments[0], scope)
    kind = None if value is None else _assumed(at, arguments[1], value, scope, signature)
    if value is None or kind is None:
        return None
    return Apply(kind=kind, span=node.span, function="assume", arguments=(value,))


def _assumed(
    at: ExpressionLowering, written: nodes.Expr, value: Expr, scope: Scope, signature: str
) -> Kind | None:
    """The kind of a value that is assumed to be of a type: `positive`, `cov`, `interval(0, 10)`."""
    shape = value.kind.shape
    if isinstance(written, nodes.Call) and written.function == "interval":
        bounds = [at.lower(a.value, scope) for a in written.arguments]
        numbers = [b.value for b in bounds if isinstance(b, Constant)]
        if len(bounds) == len(numbers) == 2 and numbers[0] < numbers[1]:
            return Kind(Interval(numbers[0], numbers[1], False, False), shape)
    base = written.base if isinstance(written, nodes.Index) else written
    name = base.id if isinstance(base, nodes.Name) else at.env.source.slice(written.span)
    if name in NAMED:
        return Kind(NAMED[name], shape, None, value.kind.values)
    if name in at.env.index_sets:
        return Kind(NAT, shape, values=name)
    if name in [s.value for s in DECLARED_STRUCTURES]:
        structure = Structure(name)
        if len(shape) >= structure.dimensions:
            return Kind(structure.element, shape, structure)
        expected = "a vector" if structure.dimensions == 1 else "a matrix"
        what = f"what is assumed to be `{name}`"
        at.env.report(
            NotAVector(span=value.span, what=what, expected=expected, found=str(value.kind))
        )
        return None
    known = [*NAMED, *(s.value for s in DECLARED_STRUCTURES), *at.env.index_sets]
    suggestion = closest(name, known)
    help_text = None if suggestion else f"expected `{signature}`"
    at.env.report(
        UnknownType(span=written.span, name=name, suggestion=suggestion or "", help_text=help_text)
    )
    return None
