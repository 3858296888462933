"""Warnings: what compiles and may still not be meant. One function for each.

`ordinary` are those that are nearly always right; `pedantic` those that are worth a look.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import chain

from pplc.compiler.advice.label_switching import label_switching
from pplc.compiler.distributions import Distribution, Parameter, Support
from pplc.compiler.expressions import (
    Apply,
    Constant,
    Expr,
    Read,
    index_sets_used,
    walk,
)
from pplc.compiler.graph import Definition, Factor, Law, ModelGraph, Site
from pplc.compiler.guide.plan import GuidePlan
from pplc.compiler.kinds.algebra import summands
from pplc.compiler.kinds.kinds import POSITIVE, REAL, UNIT, inf
from pplc.compiler.names.names import Names
from pplc.compiler.subsample import Subsample, guides_of_elements
from pplc.grammar import nodes
from pplc.grammar.catalogue.pedantic import (
    HardBounds,
    LooksLikeLogits,
    NothingObserved,
    TwoLevels,
    Unamortised,
    Unscaled,
    Unused,
    VagueGamma,
)
from pplc.grammar.diagnostics import Diagnostic, Fix, Note
from pplc.grammar.source import Source
from pplc.grammar.walk import nodes_in

#: Constants of a prior outside of these are unusual in models whose data have sensible units.
_SMALL, _LARGE = 1e-3, 1e4
#: Both arguments of a Gamma below this put nearly all of it next to 0.
_VAGUE = 0.1

_Check = Callable[[ModelGraph, Source], Iterator[Diagnostic]]


def ordinary(graph: ModelGraph, names: Names, source: Source) -> tuple[Diagnostic, ...]:
    """The warnings that every check shows."""
    return tuple(chain(unused(graph, names), label_switching(graph, source)))


def pedantic(graph: ModelGraph, source: Source) -> tuple[Diagnostic, ...]:
    """The further warnings of `pplc check --pedantic`."""
    return tuple(chain.from_iterable(check(graph, source) for check in _PEDANTIC))


def unamortised(graph: ModelGraph, guide: GuidePlan, taken: Subsample) -> Iterator[Diagnostic]:
    """W709: latents with guides of their own for each element that is taken in batches."""
    for site in guides_of_elements(graph, guide, taken):
        yield Unamortised(span=site.span, name=site.name, plate=taken.plate)


def unused(graph: ModelGraph, names: Names) -> Iterator[Diagnostic]:
    """W702: data, index sets, params and nets that no statement uses."""
    read = set().union(*(s.reads for s in graph.statements)) | set(graph.sites)
    for data in (d for d in graph.data.values() if not d.implied):
        if data.name not in read:
            yield Unused(span=data.span, what="the data", name=data.name)
    over = _index_sets_read(graph) if graph.index_sets else set()
    for index_set in graph.index_sets.values():
        if index_set.name not in over:
            yield Unused(span=index_set.span, what="the index set", name=index_set.name)
    for param in graph.params.values():
        if param.name not in read and not param.guide:
            yield Unused(span=param.span, what="the param", name=param.name)
    called = _functions_called(names) if names.nets else set()
    for name, net in names.nets.items():
        if name not in called:
            yield Unused(span=net.name.span, what="the net", name=name)


def _functions_called(names: Names) -> set[str]:
    """The functions and nets that statements call."""
    statements = [e.statement for e in names.entries]
    every = nodes_in(*statements, *names.guides)
    return {node.function for node in every if isinstance(node, nodes.Call)}


def _index_sets_read(graph: ModelGraph) -> set[str]:
    """The index sets of data, and those that statements run over or whose size they depend on."""
    found = set().union(*(d.kind.shape for d in graph.data.values()))
    found |= {d.kind.values for d in graph.data.values() if d.kind.values is not None}
    for statement in graph.statements:
        found.update(b.index_set for b in statement.binders)
        found.update(*map(index_sets_used, statement.expressions))
    for net in graph.nets.values():
        found.update(*(k.shape for k in net.inputs), *(r.kind.shape for r in net.results))
    return found.union(*(p.kind.shape for p in graph.params.values()))


def nothing_observed(graph: ModelGraph, source: Source) -> Iterator[Diagnostic]:
    """W701: latents of which no data, and no factor, depend."""
    del source
    observed = [s for s in graph.statements if isinstance(s, Factor) or _is_observed(s)]
    if not observed:
        return
    by_name = {s.name: s for s in graph.statements}
    used: set[str] = set()
    left = [name for s in observed for name in s.reads]
    while left:
        name = left.pop()
        if name not in used:
            used.add(name)
            left += by_name[name].reads if name in by_name else ()
    for site in graph.sites.values():
        if site.latent and not site.observed and site.name not in used:
            yield NothingObserved(span=site.span, name=site.name)


def _is_observed(statement: object) -> bool:
    return isinstance(statement, Site) and statement.observed


def hard_bounds(graph: ModelGraph, source: Source) -> Iterator[Diagnostic]:
    """W703: a Uniform prior of what is used as an argument that knows no such ends."""
    for site in graph.sites.values():
        ends = [a.value for a in site.law.arguments.values() if isinstance(a, Constant)]
        if not site.latent or site.law.distribution.name != "Uniform" or len(ends) < 2:
            continue
        for user in graph.sites.values():
            uses = ((law, p) for law in _laws(user.law) for p in _unbounded_uses(site, law, graph))
            law, argument = next(uses, (None, None))
            if law is None or argument is None:
                continue
            low, high = ends
            middle, half = (low + high) / 2, (high - low) / 2
            positive = argument.support == POSITIVE
            suggestion = f"HalfNormal({half:g})" if positive else f"Normal({middle:g}, {half:g})"
            yield HardBounds(
                span=site.law.span,
                name=site.name,
                argument=argument.name,
                user=law.distribution.name,
                bounds=f"({low:g}, {high:g})",
                suggestion=suggestion,
                fixes=(Fix("without hard ends", site.law.span, suggestion),),
            )
            break


def _laws(law: Law) -> Iterator[Law]:
    """A distribution, and those inside of it."""
    yield law
    for component in law.components:
        yield from _laws(component)


def _unbounded_uses(site: Site, law: Law, graph: ModelGraph) -> Iterator[Parameter]:
    """The parameters of a distribution without ends of their own that a site goes into.

    Where the data end is no such parameter: `y[n] ~ Uniform(0, b)` ends the values of `b` itself.
    """
    if law.distribution.support_rule in (Support.BETWEEN, Support.ABOVE_FIRST):
        return
    for parameter in _parameters(law.distribution):
        value = law.arguments.get(parameter.name)
        if value is None or parameter.support.upper < inf:
            continue
        if any(isinstance(t, Read) and t.name == site.name for t in _terms(value, graph)):
            yield parameter


def _parameters(distribution: Distribution) -> tuple[Parameter, ...]:
    return (*distribution.parameters, *distribution.choices)


def _terms(value: Expr, graph: ModelGraph) -> Iterator[Expr]:
    """What an expression adds up, through definitions."""
    if isinstance(value, Apply) and value.function in ("+", "-"):
        for part in value.arguments:
            yield from _terms(part, graph)
    elif isinstance(value, Read) and value.name in graph.definitions:
        yield from _terms(graph.definitions[value.name].value, graph)
    else:
        yield value


def vague_gamma(graph: ModelGraph, source: Source) -> Iterator[Diagnostic]:
    """W704: Gamma and InverseGamma with both arguments near 0."""
    for site in graph.sites.values():
        values = _constants(site)
        if _is_vague(site):
            inverse = site.law.distribution.name == "InverseGamma"
            first, second = (source.slice(v.span) for v in values[:2])
            yield VagueGamma(
                span=site.law.span,
                distribution=site.law.distribution.name,
                first=first,
                second=second,
                where="far out, where nothing is plausible" if inverse else "next to 0",
            )


def _constants(site: Site) -> list[Constant]:
    return [a for a in site.law.arguments.values() if isinstance(a, Constant)]


def _is_vague(site: Site) -> bool:
    values = [c.value for c in _constants(site)]
    gamma = site.law.distribution.name in ("Gamma", "InverseGamma")
    return gamma and site.latent and len(values) == 2 and max(values) <= _VAGUE


def unscaled(graph: ModelGraph, source: Source) -> Iterator[Diagnostic]:
    """W705: very large or very small constants in priors."""
    for site in graph.sites.values():
        if not site.latent or _is_vague(site):
            continue
        for constant in _constants(site):
            if constant.value.is_integer() and site.discrete:
                continue  # a number of trials
            size = abs(constant.value)
            if size in (0, inf) or _SMALL <= size <= _LARGE:
                continue
            yield Unscaled(
                span=constant.span,
                name=site.name,
                value=source.slice(constant.span),
                size="large" if size > 1 else "small",
            )


def looks_like_logits(graph: ModelGraph, source: Source) -> Iterator[Diagnostic]:
    """W706: a real number that is assumed to be a probability."""
    for site in graph.sites.values():
        value = site.law.arguments.get("probs")
        assumed = _assumed(value, graph) if value is not None else None
        if value is None or assumed is None or assumed.kind.support.within(UNIT):
            continue
        if assumed.kind.support.lower == 0:  # not negative: normalised weights, most likely
            continue
        inner = source.slice(assumed.span)
        direct = isinstance(value, Apply)
        fix = Fix("as log odds", value.span, f"logits={inner}")
        yield LooksLikeLogits(
            span=value.span,
            argument="probs",
            distribution=site.law.distribution.name,
            suggestion=f"logits={inner}",
            fixes=(fix,) if direct else (),
        )


def _assumed(value: Expr, graph: ModelGraph) -> Expr | None:
    """What `assume` is applied to, directly or in a definition."""
    if isinstance(value, Apply) and value.function == "assume":
        return value.arguments[0]
    if isinstance(value, Read) and value.name in graph.definitions:
        return _assumed(graph.definitions[value.name].value, graph)
    return None


def two_levels(graph: ModelGraph, source: Source) -> Iterator[Diagnostic]:
    """W707: a sum of a free number and a family around another free number, or of two such."""
    del source
    for statement in graph.statements:
        for value in _sums(statement):
            numbers, families = [], []
            for term in _terms(value, graph):
                site = graph.sites.get(term.name) if isinstance(term, Read) else None
                if site is None or not site.latent or site.kind.support != REAL:
                    continue
                if not site.binders:
                    numbers.append(site)
                elif _free_level(site, graph):
                    families.append(site)
            if not families and len(numbers) > 1 and _only_added(numbers[:2], value, graph):
                first, second = numbers[:2]
                notes = tuple(Note(f"`{s.name}` is drawn here", s.law.span) for s in numbers[:2])
                yield TwoLevels(
                    span=value.span,
                    levels=f"`{first.name}` and `{second.name}`",
                    family=second.name,
                    notes=notes,
                    help_text=f"leave `{second.name}` out: one number sets the level",
                )
            if not families or len(numbers) + len(families) < 2:
                continue
            family, other = families[0], (*families[1:], *numbers)[0]
            level = _free_level(family, graph)
            if level == other.name:
                continue
            notes = tuple(Note(f"`{s.name}` is drawn here", s.law.span) for s in (other, family))
            levels = f"`{other.name}` and the mean `{level}` of `{family.name}`"
            if other.binders:
                means = f"`{level}` and `{_free_level(other, graph)}`"
                levels = f"{means}, the means of `{family.name}` and `{other.name}`,"
            yield TwoLevels(span=value.span, levels=levels, family=family.name, notes=notes)


def _only_added(sites: list[Site], total: Expr, graph: ModelGraph) -> bool:
    """Whether nothing but one sum reads two sites."""
    names = {s.name for s in sites}
    reads = [
        node
        for statement in graph.statements
        for e in statement.expressions
        for node in walk(e)
        if isinstance(node, Read) and node.name in names
    ]
    return len(reads) == len(names) and all(any(t is r for t in _added(total)) for r in reads)


def _added(total: Expr) -> list[Expr]:
    """The terms of a sum as it is written."""
    return [term for _, term in summands(total)]


def _sums(statement: Site | Definition | Factor) -> tuple[Expr, ...]:
    """The expressions of a statement that are written as a sum."""
    return tuple(
        e for e in statement.expressions if isinstance(e, Apply) and e.function in ("+", "-")
    )


def _free_level(family: Site, graph: ModelGraph) -> str | None:
    """The latent number that a family is centred at."""
    location = family.law.arguments.get("loc")
    site = graph.sites.get(location.name) if isinstance(location, Read) else None
    return site.name if site is not None and site.latent and not site.binders else None


_PEDANTIC: tuple[_Check, ...] = (
    nothing_observed,
    hard_bounds,
    vague_gamma,
    unscaled,
    looks_like_logits,
    two_levels,
)
