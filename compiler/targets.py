"""Left sides of statements: what to say of one that does not define a whole family."""

from __future__ import annotations

from dataclasses import replace

from pplc.compiler.advice import binder_name
from pplc.compiler.environment import Environment, Scope
from pplc.compiler.expressions import Binder
from pplc.grammar import nodes
from pplc.grammar.catalogue.indices import TargetIndex, TargetNotIndexed
from pplc.grammar.diagnostics import Diagnostic, Fix


def not_a_binder(
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


def not_indexed(
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
