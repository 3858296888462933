"""What it costs to sum discrete sites out: in sizes, in numbers, and when that is too much."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping

from pplc.compiler.elimination.eliminate import Chain, EliminationPlan, Step, Sum
from pplc.compiler.elimination.factor_graph import Term
from pplc.compiler.graph import ModelGraph
from pplc.grammar.catalogue.pedantic import CostlySum
from pplc.grammar.diagnostics import Diagnostic, Note

Sizes = Mapping[str, int]

#: Terms of one sum, for one evaluation of the density: 80 MB of memory and a tenth of a second.
BUDGET = 10_000_000


def symbolic(step: Sum | Chain) -> str:
    """`N * K terms`."""
    return f"{' * '.join(map(str, step.cost))} terms"


def number_of_terms(step: Sum | Chain, sizes: Sizes) -> int | None:
    """How many terms a step adds up; none where a size is not known."""
    if any(_size(part, sizes) is None for part in step.cost):
        return None
    return math.prod(_size(part, sizes) or 1 for part in step.cost)


def in_numbers(step: Sum | Chain, sizes: Sizes) -> str:
    """`N * K terms = 272 * 2 = 544`; without sizes `N * K terms`."""
    terms = number_of_terms(step, sizes)
    if terms is None:
        return symbolic(step)
    if len(step.cost) == 1:
        return f"{symbolic(step)} = {terms:,}"
    return f"{symbolic(step)} = {' * '.join(f'{_size(p, sizes):,}' for p in step.cost)} = {terms:,}"


def known_sizes(graph: ModelGraph) -> dict[str, int]:
    """The sizes that the spec itself tells."""
    known = {name: s.known_size for name, s in graph.index_sets.items()}
    return {name: size for name, size in known.items() if size is not None}


def over_budget(
    graph: ModelGraph, plan: EliminationPlan, sizes: Sizes, budget: int = BUDGET
) -> Iterator[Diagnostic]:
    """W710: sums with too many terms; a size that is not known counts as one."""
    for step in plan.steps:
        if isinstance(step, Sum | Chain):
            terms = math.prod(_size(part, sizes) or 1 for part in step.cost)
            if terms > budget:
                yield _costly(graph, plan, step, terms, sizes)


def _costly(
    graph: ModelGraph, plan: EliminationPlan, step: Sum | Chain, terms: int, sizes: Sizes
) -> Diagnostic:
    own = (step.variable,) if isinstance(step, Sum) else step.sites
    together = tuple(dict.fromkeys((*own, *(s.site for s in step.output.slots))))
    by_name = {s.name: s for s in graph.statements}
    heaviest = max(_statements(plan, step), key=lambda term: len(term.sites))
    notes = [Note(f"`{site}` is drawn here", by_name[site].span) for site in together[1:]]
    if len(heaviest.sites) > 1 and heaviest.name not in together:
        notes.append(Note(f"this ties {names(together)} together", by_name[heaviest.name].span))
    plates = dict.fromkeys(p for term in step.inputs for p in term.plates)
    known = all(_size(part, sizes) is not None for part in step.cost)
    return CostlySum(
        span=by_name[own[0]].span,
        notes=tuple(notes),
        sites=names(together),
        plates=names(plates) if plates else "no plate",
        terms=f"{terms:,}" if known else f"at least {terms:,}",
        cost=" * ".join(map(str, step.cost)),
        cut=_cut(plan, step, together, heaviest),
    )


def _cut(
    plan: EliminationPlan, step: Sum | Chain, together: tuple[str, ...], heaviest: Term
) -> str:
    """What makes the sum smaller."""
    if isinstance(step, Chain) and step.order > 1:
        return f"let {names(step.sites)} look one step back only"
    if len(heaviest.sites) > 1:
        return f"let `{heaviest.name}` depend on fewer of {names(together)}"
    if len(together) > 1:
        return f"leave one of {names(together)} out"
    values = plan.variables[together[0]].size
    of = f" than the {values}" if isinstance(values, int) else f": a smaller {values}"
    if isinstance(step, Chain):
        return f"give `{together[0]}` fewer values{of}"
    return f"give `{together[0]}` fewer values{of}, or keep it in the guide"


def _statements(plan: EliminationPlan, step: Step) -> Iterator[Term]:
    """The terms of statements that a step adds up, through earlier steps too."""
    earlier = {s.output.name: s for s in plan.steps}
    for term in step.inputs:
        if term.name in earlier:
            yield from _statements(plan, earlier[term.name])
        else:
            yield term


def names(sites: Iterable[str]) -> str:
    """`a`, `b` and `c`."""
    *first, last = [f"`{site}`" for site in sites]
    return f"{', '.join(first)} and {last}" if first else last


def _size(part: str | int, sizes: Sizes) -> int | None:
    """The size of an index set (of a primed one too), or a number of values."""
    return part if isinstance(part, int) else sizes.get(part.rstrip("'"))
