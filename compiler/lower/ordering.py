"""`ordered`: families that increase over their last index."""

from __future__ import annotations

from pplc.compiler.expressions import Binder, Expr, Position, walk
from pplc.compiler.graph import Site
from pplc.compiler.kinds.kinds import POSITIVE, Kind, Structure
from pplc.compiler.lower.environment import Environment
from pplc.grammar import nodes
from pplc.grammar.catalogue.supports import OrderedFamily


def may_be_ordered(env: Environment, site: Site, target: nodes.Target) -> bool:
    """Whether a family of such draws can be put in increasing order; reports why not."""
    name, kind, binders = site.name, site.kind, site.binders
    help_text: str | None = ""
    if kind.shape:
        reason = f"{'each ' if binders else ''}`{name}` is {kind}"
    elif kind.support.integer:
        what = f"positions in {kind.values}" if kind.values else kind.support.words[1]
        reason = f"`{name}` takes {what}; real numbers can be ordered"
    elif not binders:
        reason, help_text = f"`{name}` is a single number", None
    elif any(_tells_apart(b, binders[-1]) for b in site.bounds or ()):
        reason = f"each element of `{name}` has bounds of its own"
        help_text = "give all elements the same bounds"
    else:
        return True
    env.report(OrderedFamily(span=target.span, name=name, reason=reason, help_text=help_text))
    return False


def structure_of(kind: Kind) -> Structure:
    """The structure of an ordered family of such draws."""
    positive = kind.support.within(POSITIVE)
    return Structure.POSITIVE_ORDERED if positive else Structure.ORDERED


def is_exchangeable(family: Site) -> bool:
    """Whether no element along the last index is told from the others by its distribution.

    The density of n such elements in increasing order is n! times that in any order.
    """
    return not any(_tells_apart(e, family.binders[-1]) for e in family.expressions)


def _tells_apart(expression: Expr, binder: Binder) -> bool:
    positions = (n for n in walk(expression) if isinstance(n, Position))
    return any(p.binder.axis == binder.axis for p in positions)
