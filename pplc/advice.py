"""What to try after a fit that cannot be trusted, as its spec suggests."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pplc.compiler.graph import ModelGraph, Site, Statement
    from pplc.compiler.pipeline import Plan
    from pplc.grammar.source import Source
    from pplc.runtime.verdict.verdict import Verdict

_MOST = 2  # of things to try: they stand in one line
_MOST_NAMES = 3
_HEAVY = frozenset({"Cauchy", "HalfCauchy", "InverseGamma", "Pareto"})  # tails of a power
#: Elements from which a spread can hardly be told: Gelman and Hill 2007, "Data analysis using
#: regression and multilevel models", 12.9, speak of fewer than five groups.
_FEW = 5


def advice(verdict: Verdict, plan: Plan, source: Source, sizes: Mapping[str, int]) -> str:
    """What to try, in the words of the spec; what the verdict says itself where there is nothing.

    Where no latents are known to be off, all are looked at.
    """
    found: list[str] = []
    if verdict.about == "modes":
        found += _order(verdict.exchanged, plan.graph)
    elif verdict.about == "model":
        off = [d.site for d in verdict.departures] or [s.name for s in _latents(plan.graph)]
        found += _guide_lines(off, plan, source)
        found += _priors(off, plan.graph)
        found += _little_data(off, plan.graph, sizes)
    return ", or ".join(found[:_MOST]) or verdict.remedy


def _latents(graph: ModelGraph) -> Iterator[Site]:
    return (s for s in graph.sites.values() if s.latent and not s.discrete)


def _order(exchanged: str | None, graph: ModelGraph) -> Iterator[str]:
    """`ordered` for a family over an index set whose labels can be exchanged."""
    if exchanged is None:
        return
    for site in _latents(graph):
        if site.dims == (exchanged,) and not site.kind.shape and not site.ordered:
            yield f"`ordered` behind the distribution of `{site.name}`"
            return


def _guide_lines(off: Collection[str], plan: Plan, source: Source) -> Iterator[str]:
    """To leave lines of the guide block out: those about latents that are off, or else all."""
    written = [b for b in plan.guide.blocks if b.family != "discrete"]
    if plan.graph.nets:  # amortised
        written = [b for b in written if b.statement is None]
    spans = [(b.sites, b.span) for b in written if b.span is not None]
    lines = [span for sites, span in spans if set(sites) & set(off)] or [s for _, s in spans]
    texts = []
    for span in dict.fromkeys(lines):
        number, _ = source.position(span.start)
        texts.append(f"`{' '.join(source.slice(span).split())}` (line {number})")
    if texts:
        yield f"the guide without {_listed(texts)}"


def _priors(off: Collection[str], graph: ModelGraph) -> Iterator[str]:
    """Other priors in place of improper ones, and of those with heavy tails."""
    laws = {name: graph.sites[name].law.distribution.name for name in off if name in graph.sites}
    flat = [f"`{name}`" for name, law in laws.items() if law == "Flat"]
    if flat:
        yield f"a proper prior in place of `Flat` for {_listed(flat)}"
    heavy = [f"`{name}`" for name, law in laws.items() if law in _HEAVY]
    if heavy:
        kinds = _listed(sorted({f"`{law}`" for law in laws.values() if law in _HEAVY}))
        yield f"a prior with lighter tails than {kinds} for {_listed(heavy)}"


def _little_data(
    off: Collection[str], graph: ModelGraph, sizes: Mapping[str, int]
) -> Iterator[str]:
    """Priors that say more about what few elements tell about."""
    for name in off:
        site = graph.sites.get(name)
        if site is None or site.binders:
            continue
        readers = [s for s in graph.statements if _reads(s, name, graph)]
        if not readers or not all(s.binders for s in readers):
            continue
        count = sum(math.prod(sizes.get(b.index_set, _FEW + 1) for b in s.binders) for s in readers)
        if count <= _FEW:
            told = _listed([f"`{s.name}`" for s in readers])
            elements = "1 element" if count == 1 else f"{count} elements"
            few = f"only {elements} of {told} {'tells' if count == 1 else 'tell'} of it"
            yield f"a prior that says more about `{name}`: {few}"


def _reads(statement: Statement, name: str, graph: ModelGraph) -> bool:
    """Whether a site or factor of the objective reads a latent, be it through definitions."""
    from pplc.compiler.graph import Definition, Site

    if isinstance(statement, Definition) or (isinstance(statement, Site) and statement.generated):
        return False
    left, seen = list(statement.reads), set()
    while left:
        read = left.pop()
        if read == name:
            return True
        if read in graph.definitions and read not in seen:
            seen.add(read)
            left += graph.definitions[read].reads
    return False


def _listed(names: list[str]) -> str:
    """Names as a list in a sentence, a long one cut."""
    if len(names) > _MOST_NAMES:
        return f"{', '.join(names[:_MOST_NAMES])} and {len(names) - _MOST_NAMES} more"
    return " and ".join(filter(None, [", ".join(names[:-1]), names[-1]]))
