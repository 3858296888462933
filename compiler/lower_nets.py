"""Neural networks: what each takes and gives, and where they are applied."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pplc.compiler.environment import Environment, Scope
from pplc.compiler.expressions import Evaluate, Expr, Read
from pplc.compiler.graph import Net, Result
from pplc.compiler.kinds import Kind, Structure
from pplc.compiler.lower_declarations import lower_type
from pplc.compiler.resolve import closest, counted
from pplc.grammar import nodes
from pplc.grammar.catalogue.indices import NetInput
from pplc.grammar.catalogue.names import NetBody, NetResult
from pplc.grammar.catalogue.supports import NetType
from pplc.grammar.diagnostics import Fix

if TYPE_CHECKING:
    from pplc.compiler.lower_expressions import ExpressionLowering

#: What can stand between two layers.
ACTIVATIONS = ("relu", "tanh", "sigmoid", "softplus", "gelu", "silu")


def lower_nets(env: Environment) -> None:
    """Enter the declared nets; one whose declaration has an error is left out."""
    for name, declared in env.names.nets.items():
        inputs = [_input(env, name, t) for t in declared.inputs]
        results = [_result(env, name, r) for r in declared.results]
        layers = _layers(env, name, declared.body)
        env.random.add(name)
        if layers is None or None in inputs or None in results:
            continue
        env.nets[name] = Net(
            name=name,
            span=declared.name.span,
            inputs=tuple(k for k in inputs if k is not None),
            results=tuple(r for r in results if r is not None),
            hidden=layers[0],
            activation=layers[1],
            text=" ".join(env.source.slice(declared.span).split()),
        )


def _input(env: Environment, name: str, written: nodes.TypeExpr) -> Kind | None:
    kind = lower_type(env, written)
    if kind is None or (kind.values is None and len(kind.shape) < 2 and not written.missing):
        return kind
    _wrong_type(env, name, written, "take", kind)
    return None


def _result(env: Environment, name: str, result: nodes.NetResult) -> Result | None:
    kind = lower_type(env, result.type)
    if kind is None:
        return None
    plain = kind.structure in (None, Structure.SIMPLEX) and len(kind.shape) < 2
    if not plain or kind.support.integer or result.type.missing:
        _wrong_type(env, name, result.type, "give", kind)
        return None
    return Result(name=result.name, kind=kind)


def _wrong_type(
    env: Environment, name: str, written: nodes.TypeExpr, verb: str, kind: Kind
) -> None:
    found = str(kind) + (" with missing cells" if written.missing else "")
    env.report(NetType(span=written.span, name=name, verb=verb, found=found))


def _layers(
    env: Environment, name: str, body: nodes.Expr
) -> tuple[tuple[int, ...], str] | None:
    """The hidden layers and the activation of `mlp(hidden=[100], activation=relu)`."""
    hidden: tuple[int, ...] | None = None
    activation: str | None = "relu"
    problem: tuple[nodes.Node, str] | None = None
    if not isinstance(body, nodes.Call) or body.function != "mlp":
        problem = body, "not a kind of network"
    else:
        for argument in body.arguments:
            if argument.name == "hidden":
                hidden = _widths(argument.value)
                if hidden is None:
                    problem = argument, "not a list of numbers of units"
            elif argument.name == "activation":
                activation = argument.value.id if isinstance(argument.value, nodes.Name) else None
                if activation not in ACTIVATIONS:
                    problem = argument, f"not one of {', '.join(ACTIVATIONS)}"
            else:
                problem = argument, "`mlp` has no such argument"
        if hidden is None and problem is None:
            problem = body, "without `hidden`"
    if problem is None and hidden is not None and activation is not None:
        return hidden, activation
    if problem is not None:
        env.report(NetBody(span=problem[0].span, name=name, problem=problem[1]))
    return None


def _widths(node: nodes.Expr) -> tuple[int, ...] | None:
    """The elements of a list of positive integers."""
    items = node.items if isinstance(node, nodes.ListLiteral) else ()
    widths = [int(i.value) for i in items if isinstance(i, nodes.Number) and i.is_integer]
    whole = isinstance(node, nodes.ListLiteral) and len(widths) == len(items)
    return tuple(widths) if whole and all(w > 0 for w in widths) else None


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
        return base.model_copy(update={"kind": kind, "result": node.name, "span": node.span})
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
