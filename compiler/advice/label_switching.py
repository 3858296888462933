"""Mixtures whose components can change places: nothing tells them apart but their labels."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain

from pplc.compiler.expressions import Apply, Expr, Position, Read, walk
from pplc.compiler.graph import ModelGraph, Site
from pplc.compiler.kinds.algebra import form
from pplc.compiler.kinds.kinds import Structure
from pplc.grammar.catalogue.pedantic import LabelSwitching
from pplc.grammar.diagnostics import Diagnostic, Fix, Note
from pplc.grammar.source import Source


def label_switching(graph: ModelGraph, source: Source) -> Iterator[Diagnostic]:
    """W708: a mixture whose components have one prior and no order."""
    for site, families in (*_picking(graph), *_mixing(graph)):
        if any(f.ordered for f in families):
            continue
        first = next((f for f in families if _can_be_ordered(f)), None)
        if first is not None and all(_is_exchangeable(f) for f in families):
            law = first.law.span
            written = f"{source.slice(law)} ordered"
            note = Note(f"`{site.name}` picks one of them", site.span)
            fix = Fix("in increasing order", law, written)
            yield LabelSwitching(span=first.span, name=first.name, notes=(note,), fixes=(fix,))


def _picking(graph: ModelGraph) -> Iterator[tuple[Site, list[Site]]]:
    """The latents that pick elements of families with even chances, with these families."""
    even = [
        s
        for s in graph.sites.values()
        if s.latent and not s.observed and s.discrete and s.kind.values and _is_even(s, graph)
    ]
    picked = _picked_by(even, graph)
    for site in even:
        families = picked[site.name]
        if families is not None:
            yield site, families


def _mixing(graph: ModelGraph) -> Iterator[tuple[Site, list[Site]]]:
    """The `Mixture`s of even weights over the elements of families, with these families."""
    for site in graph.sites.values():
        weights = site.law.arguments.get("weights")
        if weights is None or not site.law.components or not _even(weights, graph):
            continue
        families: dict[str, Site] = {}
        for arguments in zip(*(c.arguments.values() for c in site.law.components), strict=False):
            family = _elements_of(arguments, graph)
            if family is not None:
                families[family.name] = family
            elif len(set(map(form, arguments))) > 1:
                break  # what tells the components apart
        else:
            if len({c.distribution.name for c in site.law.components}) == 1:
                yield site, list(families.values())


def _elements_of(arguments: Sequence[Expr], graph: ModelGraph) -> Site | None:
    """The family that each of some expressions is another element of."""
    reads = [a for a in arguments if isinstance(a, Read) and len(a.indices) == 1]
    names = {r.name for r in reads}
    places = {form(r.indices[0]) for r in reads}
    if len(reads) < len(arguments) or len(names) > 1 or len(places) < len(arguments):
        return None
    return graph.sites.get(reads[0].name)


def _is_even(site: Site, graph: ModelGraph) -> bool:
    """Whether the weights of a Categorical treat all categories alike."""
    probs = site.law.arguments.get("probs")
    return probs is not None and _even(probs, graph)


def _even(probs: Expr, graph: ModelGraph) -> bool:
    """Whether weights are the same, or of one prior."""
    if isinstance(probs, Apply):
        return probs.function == "fill"
    weights = graph.sites.get(probs.name) if isinstance(probs, Read) else None
    if weights is None or weights.kind.structure is not Structure.SIMPLEX:
        return False
    concentration = weights.law.arguments.get("concentration")
    return isinstance(concentration, Apply) and concentration.function == "fill"


def _picked_by(sites: list[Site], graph: ModelGraph) -> dict[str, list[Site] | None]:
    """The families that each site indexes; None where it picks among what is not random too.

    None, too, for a site whose values are compared or computed with.
    """
    found: dict[str, dict[str, Site]] = {s.name: {} for s in sites}
    others: set[str] = set()
    for expression in chain.from_iterable(s.expressions for s in graph.statements):
        for node in walk(expression):
            if isinstance(node, Apply):
                others.update(a.name for a in node.arguments if isinstance(a, Read))
            if not isinstance(node, Read):
                continue
            family = graph.sites.get(node.name)
            for pick in (i.name for i in node.indices if isinstance(i, Read)):
                if family is None or family.observed:
                    others.add(pick)
                elif pick in found:
                    found[pick][family.name] = family
    return {n: None if n in others else list(f.values()) for n, f in found.items()}


def _can_be_ordered(family: Site) -> bool:
    """Whether `ordered` is about what picks one of the family: its one index."""
    return len(family.binders) == 1 and not family.kind.shape and not family.discrete


def _is_exchangeable(family: Site) -> bool:
    """Whether no element of a family is told from the others by its prior."""
    return not any(isinstance(n, Position) for e in family.expressions for n in walk(e))
