"""Data with missing cells: which statements may read them.

Missing cells of an observed quantity are left out of its likelihood. Any other statement would
read a number that is not there.
"""

from __future__ import annotations

from pplc.compiler.environment import Environment
from pplc.compiler.expressions import Read, walk
from pplc.compiler.graph import Data, ModelGraph, Site
from pplc.grammar.catalogue.names import NotSupportedYet
from pplc.grammar.catalogue.supports import MissingCovariate


def check_missing(env: Environment, graph: ModelGraph) -> None:
    """Report where a missing cell would be read.

    Diagnostics: data without a distribution (E417); reads of data with one, and distributions of
    vectors of which some cells may be missing, which are not supported yet.
    """
    incomplete = {n: d for n, d in graph.data.items() if d.missing}
    for statement in graph.statements:
        if isinstance(statement, Site) and statement.name in incomplete and statement.kind.shape:
            feature = f"missing cells of `{statement.name}`, whose cells are drawn together,"
            env.report(NotSupportedYet(span=incomplete[statement.name].span, feature=feature))
    values = [p.initial for p in graph.params.values() if p.initial is not None]
    for expressions in (values, *(s.expressions for s in graph.statements)):
        reads = {n.name: n for e in expressions for n in walk(e) if isinstance(n, Read)}
        for name in sorted(set(reads) & set(incomplete)):
            _refuse(env, graph, reads[name], incomplete[name])


def _refuse(env: Environment, graph: ModelGraph, read: Read, data: Data) -> None:
    if data.name in graph.sites:
        feature = f"reading `{data.name}`, which may have missing cells,"
        env.report(NotSupportedYet(span=read.span, feature=feature))
        return
    plates = ", ".join(f"{d.lower()} in {d}" for d in data.dims)
    env.report(
        MissingCovariate(
            span=read.span,
            notes=env.declared(data.name),
            name=data.name,
            site=f"{data.name}[{plates}]" if plates else data.name,
        )
    )
