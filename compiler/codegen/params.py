"""The functions `initial_params`, `constrain_params` and `unconstrain_params`."""

from __future__ import annotations

import ast

from pplc.compiler.codegen.constraints import support_constraint
from pplc.compiler.codegen.expressions import ExpressionEmitter
from pplc.compiler.codegen.frame import Frame
from pplc.compiler.codegen.writer import Writer, item, mapping, quote, tuple_of
from pplc.compiler.elimination.eliminate import EliminationPlan
from pplc.compiler.graph import ModelGraph, Param
from pplc.compiler.kinds.kinds import Structure, inf


def write_params(out: Writer, graph: ModelGraph, elimination: EliminationPlan) -> None:
    """The three functions; nothing where the model has no params."""
    if not graph.params:
        return
    _initial(out, Frame(graph, elimination, enumerate=False))
    constraints = {p.name: support_constraint(p.kind) for p in graph.params.values()}
    for function, template, text in (
        (
            "constrain_params",
            "c.value(x)",
            "The params, in their own units, from unconstrained space.",
        ),
        ("unconstrain_params", "c.inverse(x)", "The inverse of `constrain_params`."),
    ):
        source = "u" if function == "constrain_params" else "params"
        out.function(function, source, "data")
        out.docstring(text)
        out.returns(
            mapping({n: quote(template, c=c, x=item(source, n)) for n, c in constraints.items()})
        )
        out.end()


def _initial(out: Writer, frame: Frame) -> None:
    values = {p.name: (_start(frame, p), p) for p in frame.graph.params.values()}
    out.function("initial_params", "data")
    out.docstring("Where each param starts, in its own units.")
    frame.header(out)
    out.raw("params = {}")
    for name, (value, param) in values.items():
        out.comment(param.text)
        out.assign(item("params", name), value, frame.shape((), param.dims))
    out.raw("return params")
    out.end()


def _start(frame: Frame, param: Param) -> ast.expr:
    """The declared start, or the default: the middle of the type."""
    shape = tuple_of([frame.size(d).node for d in param.dims])
    if param.initial is None:
        return _default(frame, param, shape)
    value = ExpressionEmitter(frame).number(param.initial)
    if value.python:
        return quote("torch.full(shape, x, **data.options)", shape=shape, x=value.node)
    if value.dims == param.dims:
        return value.node
    return quote("x.expand(shape)", x=value.node, shape=shape)


def _default(frame: Frame, param: Param, shape: ast.expr) -> ast.expr:
    structure = param.kind.structure
    if structure is None:
        middle = _middle(param.kind.support.lower, param.kind.support.upper)
        return quote("torch.full(shape, x, **data.options)", shape=shape, x=middle)
    size = frame.size(param.dims[-1]).node
    if structure is Structure.SIMPLEX:
        return quote("torch.full(shape, 1 / n, **data.options)", shape=shape, n=size)
    if structure is Structure.ORDERED:
        start = quote("torch.arange(n, **data.options)", n=size)
    elif structure is Structure.POSITIVE_ORDERED:
        start = quote("torch.arange(1, n + 1, **data.options)", n=size)
    else:
        start = quote("torch.eye(n, **data.options)", n=size)
    if len(param.dims) == structure.dimensions:
        return start
    return quote("x.expand(shape)", x=start, shape=shape)


def _middle(lower: float, upper: float) -> float:
    """0 on the line, 1 away from a single bound, halfway between two."""
    if lower == -inf and upper == inf:
        return 0.0
    if upper == inf:
        return lower + 1.0
    if lower == -inf:
        return upper - 1.0
    return (lower + upper) / 2
