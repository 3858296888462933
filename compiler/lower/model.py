"""Syntax tree -> typed model: every statement with its binders, distributions and kinds."""

from __future__ import annotations

from pplc.compiler.graph import Definition, Factor, ModelGraph, Site, length_of
from pplc.compiler.lower.chains import assume_kinds, has_start
from pplc.compiler.lower.declarations import lower_data, lower_index_sets
from pplc.compiler.lower.environment import Environment
from pplc.compiler.lower.missing import check_missing
from pplc.compiler.lower.nets import lower_nets
from pplc.compiler.lower.params import lower_params
from pplc.compiler.lower.ragged import lengths
from pplc.compiler.lower.statements import StatementLowering
from pplc.compiler.names.computation_order import Group, computation_order
from pplc.compiler.names.earlier_elements import reads_earlier
from pplc.compiler.names.names import Entry, Names
from pplc.grammar.diagnostics import Result
from pplc.grammar.source import Source


def lower(source: Source, names: Names) -> Result[ModelGraph]:
    """The typed model of a spec.

    Diagnostics: everything about names, index sets, types and supports (E2 to E4). A statement
    with an error is left out, and those that read it stay silent.
    """
    env = Environment(source, names)
    lower_index_sets(env)
    data = {n: d for n, decl in names.data.items() if (d := lower_data(env, decl)) is not None}
    for name in names.data:
        env.kinds[name] = data[name].kind if name in data else None
    for name, index_set in env.index_sets.items():
        if index_set.ragged is not None:
            data[length_of(name)] = lengths(env, name, index_set.ragged)
    env.random |= names.completed
    params = lower_params(env)
    lower_nets(env)
    ordered = computation_order(names)
    env.problems.extend(ordered.diagnostics)
    groups = ordered.value if ordered.value is not None else [(e,) for e in names.entries]
    statements: list[Site | Definition | Factor] = []
    for group in groups:
        statements += _lower_group(env, group, len(statements))
    graph = ModelGraph(
        index_sets=env.index_sets,
        data=data,
        params=params,
        nets=env.nets,
        statements=tuple(statements),
    )
    check_missing(env, graph)
    return Result(graph, env.diagnostics())


def _lower_group(env: Environment, group: Group, position: int) -> list[Site | Definition | Factor]:
    """Lower statements that need each other's earlier elements, or a single one."""
    names = frozenset(e.name for e in group)

    def lower_one(entry: Entry) -> Site | Definition | Factor | None:
        return StatementLowering(env, entry, position, names).lower()

    if any(reads_earlier(e) & names for e in group):
        started = [has_start(env, e, names) for e in group]
        if not all(started):
            env.kinds.update({e.name: None for e in group if e.name not in env.names.data})
            return []
        assume_kinds(env, group, lower_one)
    return [s for s in map(lower_one, group) if s is not None]
