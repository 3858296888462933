"""The function `initial_centring`: how much of a latent is centred when a fit starts."""

from __future__ import annotations

import ast

from pplc.compiler.codegen.axes import Value, align, union
from pplc.compiler.codegen.constraints import unconstrained_shape
from pplc.compiler.codegen.expressions import ExpressionEmitter
from pplc.compiler.codegen.frame import Frame
from pplc.compiler.codegen.gather import ARANGE, position_of, positions
from pplc.compiler.codegen.writer import (
    Writer,
    add,
    call,
    constant,
    everything,
    mapping,
    multiply,
    quote,
    subscript,
    tuple_of,
)
from pplc.compiler.elimination.eliminate import EliminationPlan
from pplc.compiler.expressions import Position
from pplc.compiler.graph import ModelGraph, Site
from pplc.compiler.guide.centring import Centred, Terms
from pplc.compiler.guide.plan import GuidePlan


def write_initial_centring(
    out: Writer, graph: ModelGraph, elimination: EliminationPlan, guide: GuidePlan
) -> None:
    """`initial_centring(data)`."""
    frame = Frame(graph, elimination, enumerate=False)
    body = Writer()
    body.indent()
    starts: dict[str, ast.expr] = {}
    for centred in guide.centred.values():
        site = graph.sites[centred.site]
        _write_terms(frame, site, centred, body)
        shape = tuple_of(unconstrained_shape(frame, site))
        start = quote("torch.as_tensor(terms / (terms + 1), **data.options)")
        starts[site.name] = quote("start.expand(shape)", start=start, shape=shape)
        body.assign(subscript(ast.Name("centring"), [constant(site.name)]), starts[site.name])
    out.function("initial_centring", "data")
    out.docstring(
        "Where the centring of latents starts: n / (n + 1), with n terms that read an element."
    )
    if not starts:
        out.raw("return {}")
        out.end()
        return
    frame.header(out)
    out.assign("centring", mapping({}))
    out.extend(body)
    out.raw("return centring")
    out.end()


def _write_terms(frame: Frame, site: Site, centred: Centred, body: Writer) -> None:
    counts = [_count(frame, site, t) for t in centred.terms]
    names = ", ".join(dict.fromkeys(t.statement for t in centred.terms))
    body.comment(f"{site.name} is read by {names}" if names else f"{site.name} is not read")
    body.assign("terms", add(counts))


def _count(frame: Frame, site: Site, terms: Terms) -> ast.expr:
    """How many instances of a statement read each element of a site."""
    statement = next(s for s in frame.graph.statements if s.name == terms.statement)
    emitter = ExpressionEmitter(frame, statement.binders)
    axes = {emitter.axis(b): frame.length(b) for b in statement.binders}
    places: dict[int, Value] = {}
    for i, index in enumerate(terms.at):
        if isinstance(index, Position):
            places[i] = Value(positions(frame, index, ARANGE), (emitter.axis(index.binder),))
        elif index is not None:
            places[i] = position_of(emitter, index)
    along = union(*places.values())
    others = [n for a, n in axes.items() if a not in along]
    if all(index is None or isinstance(index, Position) for index in terms.at):
        return multiply(others)
    sizes = [frame.size(site.binders[i].index_set).node for i in places]
    tensors = [align(v, along) for v in places.values()]
    count = call("occurrences", tuple_of(sizes), *tensors)
    items = [everything() if i in places else ast.Constant(None) for i in range(len(site.dims))]
    if len(places) < len(items):
        count = subscript(count, items)
    return multiply([count, *others])
