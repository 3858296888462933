"""Networks applied to arguments, and the results that are picked of them -> typed expressions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pplc.compiler.advice.wording import closest, counted
from pplc.compiler.expressions import Evaluate, Expr, Read
from pplc.compiler.graph import Net
from pplc.compiler.kinds.kinds import Kind
from pplc.compiler.lower.environment import Scope
from pplc.grammar import nodes
from pplc.grammar.catalogue.indices import NetInput
from pplc.grammar.catalogue.names import NetResult
from pplc.grammar.diagnostics import Fix

if TYPE_CHECKING:
    from pplc.compiler.lower.expressions import ExpressionLowering


def lower_evaluation(at: ExpressionLowering, node: nodes.Call, scope: Scope) -> Expr | None:
    """`enc(x[n])`: of a net with several results all of them, of which one is to be picked."""
    arguments = [at.lower(a.value, scope) for a in node.arguments]
    net = at.env.nets.get(node.function)
    if net is None or any(a is None for a in arguments):
        return None
    values = tuple(a for a in arguments if a is not None)
    if len(values) != len(net.inputs) or any(a.name is not None for a in node.arguments):
        expected = counted(len(net.inputs), "argument")
        _wrong_input(at, net, node, f"{expected}, without names", f"{len(values)}")
        return None
    for value, takes in zip(values, net.inputs, strict=True):
        fits = value.kind.shape == takes.shape and value.kind.values is None
        if not fits or (takes.structure and value.kind.structure != takes.structure):
            _wrong_input(at, net, value, str(takes), str(value.kind))
            return None
        if not at.fits(value, takes.support, net.name, value.span):
            return None
    kind = net.result(None) or Kind(net=net.name)
    return Evaluate(kind=kind, span=node.span, net=net.name, arguments=values)


def _wrong_input(
    at: ExpressionLowering, net: Net, where: nodes.Node | Expr, expected: str, found: str
) -> None:
    at.env.report(
        NetInput(
            span=where.span,
            notes=at.env.declared(net.name),
            name=net.name,
            expected=expected,
            found=found,
        )
    )


def lower_result(at: ExpressionLowering, node: nodes.FieldAccess, scope: Scope) -> Expr | None:
    """`q[n].loc`: one of the results of a net."""
    base = at.whole(node.base, scope)
    if base is None:
        return None
    net = at.env.nets[base.kind.net] if base.kind.net is not None else None
    kind = net.result(node.name) if net is not None and not base.kind.shape else None
    if kind is not None and isinstance(base, Read | Evaluate):
        return base.replaced(kind=kind, result=node.name, span=node.span)
    text = at.env.source.slice(node.base.span)
    if net is None:
        at.env.report(
            NetResult(
                span=node.span,
                problem=f"`{text}` is {base.kind}, which has no part named `{node.name}`",
                help_text=f"leave out `.{node.name}`; only a net with several results has parts",
                fixes=(Fix("leave it out", node.span, text),),
                suggestion="",
            )
        )
        return None
    names = [r.name for r in net.results if r.name is not None]
    near = closest(node.name, names) if not base.kind.shape else None
    missing = f"`{net.name}` has no result `{node.name}`"
    if base.kind.shape:
        missing = f"`{text}` is a family over {' and '.join(base.kind.shape)}: it needs its index"
    at.env.report(
        NetResult(
            span=node.span,
            notes=at.env.declared(net.name),
            problem=missing,
            suggestion=_choices(names),
            fixes=(Fix(f"the result `{near}`", node.span, f"{text}.{near}"),) if near else (),
        )
    )
    return None


def unpicked(at: ExpressionLowering, found: Expr) -> None:
    """Report several results of a net where a single value is needed."""
    net = at.env.nets[found.kind.net or ""]
    names = [r.name for r in net.results if r.name is not None]
    text = at.env.source.slice(found.span)
    problem = f"`{text}` has several results"
    if found.kind.shape:
        problem = f"`{text}` is a family of several results"
    at.env.report(
        NetResult(
            span=found.span,
            notes=at.env.declared(net.name),
            problem=problem,
            suggestion=_choices(names),
        )
    )


def _choices(names: list[str]) -> str:
    return " or ".join(f"`.{n}`" for n in names)
