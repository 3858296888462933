"""Data with missing cells: which of them are latents, and where none may be.

Missing cells of an observed quantity are left out of its likelihood. Where another statement reads
them, or cells are drawn together, they are latents: the rest of the model and the cells that are
there tell what they may be (Rubin 1976, "Inference and missing data": this is right where the
reason why a cell is missing is not its own value).
"""

from __future__ import annotations

from pplc.compiler.expressions import Read, walk
from pplc.compiler.graph import Data, ModelGraph
from pplc.compiler.kinds.kinds import Kind
from pplc.compiler.lower.environment import Environment
from pplc.grammar import nodes
from pplc.grammar.catalogue.supports import MissingCovariate, MissingTied


def is_joint(kind: Kind, declared: nodes.DataDecl) -> bool:
    """Whether missing cells would be drawn together with others."""
    return declared.type.missing and bool(kind.shape)


def may_be_completed(
    env: Environment,
    statement: nodes.SiteStatement,
    kind: Kind,
) -> bool:
    """Whether missing cells of a site with draws of `kind` can be latents; reports why not."""
    name = statement.target.name.id
    if kind.structure is not None:
        reason = f"each `{name}` is {kind}: its cells depend on each other"
    elif kind.shape and kind.support.integer:
        reason = f"each `{name}` is {kind}, drawn together"
    elif statement.ordered:
        reason = f"the cells of `{name}` are in order"
    else:
        return True
    notes = env.declared(name)
    env.report(MissingTied(span=statement.target.span, notes=notes, name=name, reason=reason))
    return False


def check_missing(env: Environment, graph: ModelGraph) -> None:
    """Report where a missing cell would be read of which nothing says what it may be (E417)."""
    incomplete = {n: d for n, d in graph.data.items() if d.missing}
    starts = [p.initial for p in graph.params.values() if p.initial is not None]
    for expressions in (starts, *(s.expressions for s in graph.statements)):
        reads = {n.name: n for e in expressions for n in walk(e) if isinstance(n, Read)}
        for name in sorted(set(reads) & set(incomplete)):
            if expressions is starts or name not in env.names.sites:
                _refuse(env, reads[name], incomplete[name])


def _refuse(env: Environment, read: Read, data: Data) -> None:
    plates = ", ".join(f"{d.lower()} in {d}" for d in data.dims)
    env.report(
        MissingCovariate(
            span=read.span,
            notes=env.declared(data.name),
            name=data.name,
            site=f"{data.name}[{plates}]" if plates else data.name,
        )
    )
