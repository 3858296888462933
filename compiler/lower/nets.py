"""Neural networks: what each takes and gives, and its layers."""

from __future__ import annotations

from pplc.compiler.graph import Net, Result
from pplc.compiler.kinds.kinds import Kind, Structure
from pplc.compiler.lower.declarations import lower_type
from pplc.compiler.lower.environment import Environment
from pplc.grammar import nodes
from pplc.grammar.catalogue.names import NetBody
from pplc.grammar.catalogue.supports import NetType

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
            text=env.text(declared.span),
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


def _layers(env: Environment, name: str, body: nodes.Expr) -> tuple[tuple[int, ...], str] | None:
    """The hidden layers and the activation of `mlp(hidden=[100], activation=relu)`."""
    hidden: tuple[int, ...] | None = None
    activation = "relu"
    problem: tuple[nodes.Node, str] | None = None
    if not isinstance(body, nodes.Call) or body.function not in ("mlp", "linear"):
        problem = body, "not a kind of network"
    else:
        for argument in body.arguments:
            if body.function == "mlp" and argument.name == "hidden":
                hidden = _widths(argument.value)
                if hidden is None:
                    problem = argument, "not a list of numbers of units"
            elif body.function == "mlp" and argument.name == "activation":
                activation = env.source.slice(argument.value.span)
                if activation not in ACTIVATIONS:
                    problem = argument, f"not one of {', '.join(ACTIVATIONS)}"
            else:
                problem = argument, f"`{body.function}` has no such argument"
        hidden = () if body.function == "linear" else hidden
        if hidden is None and problem is None:
            problem = body, "without `hidden`"
    if problem is not None:
        env.report(NetBody(span=problem[0].span, name=name, problem=problem[1]))
    return None if hidden is None or problem is not None else (hidden, activation)


def _widths(node: nodes.Expr) -> tuple[int, ...] | None:
    """The elements of a list of positive integers."""
    items = node.items if isinstance(node, nodes.ListLiteral) else ()
    widths = [int(i.value) for i in items if isinstance(i, nodes.Number) and i.is_integer]
    whole = isinstance(node, nodes.ListLiteral) and len(widths) == len(items)
    return tuple(widths) if whole and all(w > 0 for w in widths) else None
