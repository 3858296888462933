"""Left sides of statements: the binders of a whole family, and what to say where it is none."""

from __future__ import annotations

from dataclasses import replace

from pplc.compiler.advice.expressions import binder_name
from pplc.compiler.expressions import Binder
from pplc.compiler.lower.environment import Environment, Scope
from pplc.compiler.lower.ragged import in_order
from pplc.grammar import nodes
from pplc.grammar.catalogue.indices import TargetIndex, TargetNotIndexed
from pplc.grammar.diagnostics import Diagnostic, Fix


def whole_sets(env: Environment, target: nodes.Target, scope: Scope) -> tuple[str, ...] | None:
    """The index sets of `m0[K] = [...]`, which defines a whole vector at once."""
    indices = target.indices
    written = [i for i in indices if isinstance(i, nodes.Name) and i.id not in scope]
    for index in written:
        if env.lacks_declaration(index.id):
            env.index_set(index.id, index.span)
    names = [i.id for i in written]
    if indices and len(names) == len(indices) and all(n in env.index_sets for n in names):
        return tuple(names)
    return None


def binders_of(
    env: Environment, target: nodes.Target, scope: dict[str, Binder]
) -> tuple[tuple[Binder, ...], dict[str, Binder]] | None:
    """The binders of a target, in the order of its indices, and the scope they make.

    `scope` holds those of the loops around it. None where something was reported.
    """
    inner = dict(scope)
    binders: list[Binder] = []
    for index in target.indices:
        if isinstance(index, nodes.Binder):
            binder = env.binder(index, inner)
            if binder is None:
                return None
            inner[binder.variable] = binder
        elif isinstance(index, nodes.Name) and index.id in scope:
            binder = scope[index.id]
        else:
            if not (isinstance(index, nodes.Name) and index.id in env.names.unread):
                env.report(_not_a_binder(env, target, index, scope))
            return None
        binders.append(binder)
    if not in_order(env, target, binders):
        return None
    missing = [b for b in scope.values() if b not in binders]
    if missing:
        env.report(_not_indexed(env, target, missing[0], [*binders, *missing]))
        return None
    return tuple(binders), inner


def _not_a_binder(
    env: Environment, target: nodes.Target, index: nodes.Expr, scope: Scope
) -> Diagnostic:
    """What a left side is indexed by that cannot stand there, and what can."""
    name, text = target.name.id, env.source.slice(index.span)
    said = TargetIndex(span=index.span, name=name, found="not a binder")
    if isinstance(index, nodes.Number):
        k = next(iter(scope), "k")
        text = f"`if {k} == 0 then ... else ...` on the right tells one element from the others"
        return replace(said, found="one element", help_text=f"define them together; {text}")
    if isinstance(index, nodes.Binary) and isinstance(index.left, nodes.Name):
        t = index.left.id
        text = f"write `{name}[{t}]` and look back on the right: `for {t} in ... from 1`, `[{t}-1]`"
        return replace(said, found="another element than that of the loop", help_text=text)
    if not isinstance(index, nodes.Name):
        text = f"give `{name}` a statement over its own index set, `{name}[k in K]`"
        return replace(said, found="an expression", help_text=text)
    data = env.names.data.get(name)
    place = target.indices.index(index)
    if index.id in env.index_sets:
        binder, found = f"{binder_name(index.id, scope)} in {index.id}", "a whole index set"
    elif data is not None and place < len(data.dims):
        binder, found = f"{text} in {data.dims[place].id}", "a name without a meaning here"
    else:
        return replace(said, help_text=f"write `{name}[{text} in K]`, with its index set for K")
    fix = Fix("name the elements", index.span, binder)
    return replace(said, found=found, help_text=f"write `{binder}`", fixes=(fix,))


def _not_indexed(
    env: Environment, target: nodes.Target, missing: Binder, binders: list[Binder]
) -> Diagnostic:
    """A statement in a loop whose left side leaves out the binder of the loop."""
    suggestion = f"{target.name.id}[{', '.join(b.variable for b in binders)}]"
    said = TargetNotIndexed(
        span=target.span,
        name=target.name.id,
        loop=f"for {missing.variable} in {missing.index_set}",
        binder=missing.variable,
        suggestion=suggestion,
    )
    if target.name.id not in env.names.data and not target.indices:
        return said
    fix = Fix("index it", target.span, suggestion)
    return replace(said, help_text=f"write `{suggestion}`", fixes=(fix,))
