"""Neural networks: a function each, `initial_weights`, and the calls."""

from __future__ import annotations

import ast
from dataclasses import replace
from typing import TYPE_CHECKING

from pplc.compiler.codegen.axes import Value, align, union
from pplc.compiler.codegen.frame import Frame
from pplc.compiler.codegen.functions import UNARY
from pplc.compiler.codegen.writer import (
    Writer,
    call,
    constant,
    identifier,
    listing,
    mapping,
    multiply,
    name,
    quote,
    subscript,
)
from pplc.compiler.elimination.eliminate import EliminationPlan
from pplc.compiler.expressions import Evaluate
from pplc.compiler.graph import ModelGraph, Net, Result
from pplc.compiler.kinds.kinds import Kind, Structure, inf

if TYPE_CHECKING:
    from pplc.compiler.codegen.expressions import ExpressionEmitter

_ACTIVATIONS = {**{n: UNARY[n] for n in ("tanh", "sigmoid", "softplus")}, "relu": "x.relu()"}
_ACTIVATIONS |= {n: f"torch.nn.functional.{n}(x)" for n in ("gelu", "silu")}


def write_nets(out: Writer, graph: ModelGraph, elimination: EliminationPlan) -> None:
    """`net_NAME(params, ...)` for each network, and `initial_weights(data, seed)`."""
    if not graph.nets:
        return
    for net in graph.nets.values():
        _function(out, net)
    frame = Frame(graph, elimination, enumerate=False)
    body = Writer()
    body.indent()
    for net in graph.nets.values():
        body.comment(net.text)
        for layer, inputs, outputs in _layers(frame, net):
            sizes = listing([inputs, outputs])
            body.expression(
                call(
                    "weights.update",
                    call("initial_layer", constant(layer), sizes, name("data"), name("seed")),
                )
            )
    out.function("initial_weights", "data", "seed")
    out.docstring("Where the weights of each network start.")
    frame.header(out)
    out.raw("weights = {}")
    out.extend(body)
    out.raw("return weights")
    out.end()


def _layers(frame: Frame, net: Net) -> list[tuple[str, ast.expr, ast.expr]]:
    """The name of each layer, how many numbers it takes, how many it gives."""
    widths = [_size(frame, k) for k in net.inputs]
    before = widths[0]
    for width in widths[1:]:
        before = quote("a + b", a=before, b=width)
    found = []
    for i, units in enumerate(net.hidden):
        found.append((f"{net.name}.{i}", before, constant(units)))
        before = constant(units)
    for result in net.results:
        found.append((_last(net, result), before, _size(frame, result.kind)))
    return found


def _size(frame: Frame, kind: Kind) -> ast.expr:
    return multiply([frame.size(d).node for d in kind.shape])


def _last(net: Net, result: Result) -> str:
    return f"{net.name}.{result.name or 'out'}"


def _function(out: Writer, net: Net) -> None:
    inputs = ["x"] if len(net.inputs) == 1 else [f"x{i + 1}" for i in range(len(net.inputs))]
    out.function(identifier(f"net_{net.name}"), "params", *inputs)
    out.docstring(net.text)
    vectors = [
        name(x) if kind.shape else quote("x[..., None]", x=name(x))
        for x, kind in zip(inputs, net.inputs, strict=True)
    ]
    if len(inputs) > 1:
        out.assign("x", call("joined", *vectors))
    elif not net.inputs[0].shape:
        out.assign("x", vectors[0])
    for i in range(len(net.hidden)):
        layer = call("linear", name("x"), name("params"), constant(f"{net.name}.{i}"))
        out.assign("x", quote(_ACTIVATIONS[net.activation], x=layer))
    results = {
        r.name or "": _supported(
            call("linear", name("x"), name("params"), constant(_last(net, r))), r.kind
        )
        for r in net.results
    }
    out.returns(results[""] if "" in results else mapping(results))
    out.end()


def _supported(x: ast.expr, kind: Kind) -> ast.expr:
    """What the last layer gives, brought into the declared support."""
    support = kind.support
    if not kind.shape:
        x = quote("x[..., 0]", x=x)
    if kind.structure is Structure.SIMPLEX:
        return quote("x.softmax(-1)", x=x)
    if support.lower == -inf and support.upper == inf:
        return x
    if support.upper == inf:
        x = call("strictly_positive", x)
        return quote("a + x", a=support.lower, x=x) if support.lower else x
    if support.lower == -inf:
        return quote("b - x", b=support.upper, x=call("strictly_positive", x))
    x = quote("x.sigmoid()", x=x)
    if (support.lower, support.upper) == (0, 1):
        return x
    return quote("a + w * x", a=support.lower, w=support.upper - support.lower, x=x)


def evaluation(at: ExpressionEmitter, expression: Evaluate) -> Value:
    """The call of a network."""
    arguments = [at.real(a).tensor for a in expression.arguments]
    value = apply(expression, arguments)
    return replace(value, dims=expression.kind.shape)


def apply(expression: Evaluate, arguments: list[Value]) -> Value:
    """The call of a network on the values of its arguments; its dimensions are left open."""
    axes = union(*arguments)
    ordered = arguments[0].axes if len(arguments) == 1 else axes
    nodes = [align(a, ordered, a.dims) for a in arguments]
    node = call(name(identifier(f"net_{expression.net}")), name("params"), *nodes)
    if expression.result is not None:
        node = subscript(node, [constant(expression.result)])
    return Value(node, axes)
