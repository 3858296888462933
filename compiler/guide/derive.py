"""The guide: which latents are drawn together, in which order, from what family, given what.

What the guide block does not name is derived. The posterior's graph has a link between two latents
that a factor reads together. Latents in a plate whose elements are independent given the rest are
local to it; all others are global. The guide draws globals first, then locals from outer to inner
plates. What an element depends on are its neighbours among those drawn before it, once everything
drawn after it has been eliminated (Webb et al. 2018, "Faithful Inversion of Generative Models").
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

from pplc.compiler.elimination.eliminate import EliminationPlan
from pplc.compiler.graph import ModelGraph, Site
from pplc.compiler.guide.centring import Centred, centred_sites
from pplc.compiler.guide.dependence import Coupling, Reader, couplings, factors_by_site
from pplc.compiler.guide.local_blocks import local_blocks
from pplc.compiler.guide.local_groups import local_groups, named_groups
from pplc.compiler.guide.plan import Block, GuidePlan, GuideRequest
from pplc.compiler.naming import unused_name

#: The block of what is in no plate.
_GLOBALS = "globals"

#: Families with a mean in unconstrained space, which others can depend on how far off they are.
_WITH_MEAN = ("dense", "diagonal", "lowrank")


def derive_guide(
    graph: ModelGraph, elimination: EliminationPlan, request: GuideRequest | None = None
) -> GuidePlan:
    """The guide over the latents that are left after elimination.

    What the guide block names is as it asks. Of the rest the globals share one dense Gaussian, in
    the order of the model (parents first), and the locals of a plate one for each of its elements.
    Distributions of the block come last: they may read all else.
    """
    request = _named_apart(request or GuideRequest(), graph.sites)
    guided = [s for s in graph.sites.values() if s.latent and s.name not in elimination.enumerated]
    rest = [s for s in guided if s.name not in request.sites]
    named = [b for b in request.blocks if b.statement is None]
    laws = [b for b in request.blocks if b.statement is not None]
    if request.rest in ("diagonal", "point"):
        derived = [
            Block(name=s.name, family=request.rest, sites=(s.name,), span=request.rest_span)
            for s in rest
        ]
        return GuidePlan(blocks=(*derived, *named, *laws), definitions=request.definitions)
    reader = Reader(graph)
    near = factors_by_site(couplings(reader, set(elimination.variables)))
    axes = {s.name: _local_axes(graph, s, near.get(s.name, ())) for s in guided}
    local = [s for s in rest if axes[s.name] and request.rest == "structured"]
    local_names = {s.name for s in local}
    dense = tuple(s.name for s in rest if s.name not in local_names)
    span = request.rest_span if request.rest == "dense" else None
    shared = [Block(name=_GLOBALS, family="dense", sites=dense, span=span)] if dense else []
    before = [*shared, *named]
    parents = [s for b in before if b.family in _WITH_MEAN for s in b.sites if not axes[s]]
    taken = {*graph.sites, _GLOBALS, *(b.name for b in request.blocks)}
    groups = named_groups(local_groups(local, axes, near), taken)
    return GuidePlan(
        blocks=(*before, *local_blocks(groups, near, parents), *laws),
        definitions=request.definitions,
        centred=_centred(reader, {s.name for s in guided}, {s.name for s in rest}, request),
    )


def _named_apart(request: GuideRequest, sites: Collection[str]) -> GuideRequest:
    """The same request, no block of several sites called like a site or the globals."""
    taken = {*sites, _GLOBALS}
    blocks = []
    for block in request.blocks:
        own = block.name if len(block.sites) == 1 else unused_name(block.name, taken)
        taken.add(own)
        blocks.append(block.replaced(name=own))
    return request.replaced(blocks=tuple(blocks))


def _centred(
    reader: Reader, guided: set[str], derived: set[str], request: GuideRequest
) -> dict[str, Centred]:
    """The derived sites that can be centred. The guide's own distributions read latents as such."""
    statements = [b.statement for b in request.blocks if b.statement is not None]
    definitions = reader.graph.definitions
    read: set[str] = set()
    left = [name for s in (*statements, *request.definitions) for name in s.reads]
    while left:
        name = left.pop()
        if name not in read:
            read.add(name)
            left += definitions[name].reads if name in definitions else ()
    may_be = derived - read
    return {n: c for n, c in centred_sites(reader, guided).items() if n in may_be}


def _local_axes(graph: ModelGraph, site: Site, factors: Iterable[Coupling]) -> tuple[str, ...]:
    """The axes of a site along which its elements are independent given all other latents.

    None of the `factors`, which are those that read it, may read two elements at once. Index sets
    with a default size are small: their elements are drawn together. So are those of a site of
    which only some cells are latents, unless each cell is independent.
    """
    local = [graph.index_sets[b.index_set].size is None and not b.scan for b in site.binders]
    if site.ordered:
        local[-1] = False
    for factor in factors:
        for i, keys in enumerate(zip(*(t.keys for t in factor.of(site.name)), strict=True)):
            local[i] = local[i] and None not in keys and len(set(keys)) == 1
    if site.cells is not None and (not all(local) or (site.completed and site.kind.shape)):
        return ()
    return tuple(b.axis for b, is_local in zip(site.binders, local, strict=True) if is_local)
