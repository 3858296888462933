"""The guide: which latents are drawn together, in which order, from what family, given what.

What the guide block does not name is derived. The posterior's graph has a link between two latents
that a factor reads together. Latents in a plate whose elements are independent given the rest are
local to it; all others are global. The guide draws globals first, then locals from outer to inner
plates. What an element depends on are its neighbours among those drawn before it, once everything
drawn after it has been eliminated (Webb et al. 2018, "Faithful Inversion of Generative Models").
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from functools import cached_property
from itertools import combinations
from typing import Literal

from pydantic import Field

from pplc.compiler.centring import Centred, centred_sites
from pplc.compiler.dependence import (
    Coupling,
    Key,
    Reader,
    couplings,
    in_terms_of,
    key,
    position,
)
from pplc.compiler.eliminate import EliminationPlan
from pplc.compiler.expressions import Expr, Position
from pplc.compiler.graph import Definition, ModelGraph, Site
from pplc.compiler.records import Record
from pplc.grammar.source import Span


class Outer(Record):
    """A local block that another one depends on: each element on the one at `index`.

    `index` has an expression for each plate of the outer block, over the binders of the inner.
    """

    block: str
    index: tuple[Expr, ...]


Family = Literal["dense", "local", "diagonal", "lowrank", "point", "law", "discrete"]

#: The block of what is in no plate.
_GLOBALS = "globals"

#: Families with a mean in unconstrained space, which others can depend on how far off they are.
_WITH_MEAN = ("dense", "diagonal", "lowrank")


class Block(Record):
    """Sites that are drawn together, in order.

    `dense` is one Gaussian with a full covariance over all of their elements in unconstrained
    space, `lowrank` one with a covariance of rank `rank` beside its diagonal, `diagonal` has
    independent elements, `point` no noise at all. `local` is a Gaussian for each element of
    `plates`, whose mean is affine in the global sites `parents` and in the elements of `outer`
    blocks; `plates` are axes of the binders of its sites. A `law` draws its one site from the
    distribution of `statement`, in the site's own units; a `discrete` site is not drawn, but all
    of its values are weighted with their probabilities under it. `named` tells what the guide
    block asks for from what is derived, and `span` is where a line asks for it or for the rest.
    """

    name: str
    family: Family
    sites: tuple[str, ...]
    rank: int = 0
    statement: Site | None = None
    named: bool = False
    span: Span | None = None
    plates: tuple[str, ...] = ()
    #: The cells that its elements are, where these are not all of the plates' (`Site.cells`).
    cells: str | None = None
    parents: tuple[str, ...] = ()
    outer: tuple[Outer, ...] = ()
    #: A point that is not optimised: it stays where the fit starts.
    frozen: bool = False


class GuideRequest(Record):
    """What the guide block asks for: blocks as written, and the family of the rest.

    `rest_span` is the line about the rest, where there is one.
    """

    blocks: tuple[Block, ...] = ()
    definitions: tuple[Definition, ...] = ()
    rest: Literal["structured", "dense", "diagonal", "point"] = "structured"
    rest_span: Span | None = None

    @property
    def sites(self) -> set[str]:
        """The sites that are named."""
        return {s for b in self.blocks for s in b.sites}

    def holding(self, sites: Iterable[str]) -> GuideRequest:
        """The same request with some sites as points that are not optimised."""
        names = set(sites)
        left = [b.replaced(sites=tuple(s for s in b.sites if s not in names)) for b in self.blocks]
        held = [
            Block(name=s, family="point", sites=(s,), named=True, frozen=True)
            for s in sorted(names)
        ]
        blocks = (*(b for b in left if b.sites), *held)
        return self.replaced(blocks=blocks)

    @property
    def kept(self) -> frozenset[str]:
        """The discrete sites that are kept in the guide in place of being summed out."""
        return frozenset(s for b in self.blocks for s in b.sites if b.family == "discrete")


class GuidePlan(Record):
    """The whole guide: its blocks, in the order in which they are drawn.

    `definitions` are those of the guide block, which its distributions read. `centred` holds the
    sites that are centred by degrees, in the order of the model.
    """

    blocks: tuple[Block, ...]
    definitions: tuple[Definition, ...] = ()
    centred: dict[str, Centred] = Field(default_factory=dict)

    @property
    def sites(self) -> tuple[str, ...]:
        """All guided sites in the order in which they are drawn."""
        return tuple(s for b in self.blocks for s in b.sites)

    @property
    def parents(self) -> set[str]:
        """The blocks that others depend on."""
        outer = {o.block for b in self.blocks for o in b.outer}
        sites = {s for b in self.blocks for s in b.parents}
        return outer | {b.name for b in self.blocks if sites & set(b.sites)}

    @cached_property
    def block_of(self) -> dict[str, Block]:
        """The block of each guided site."""
        return {site: b for b in self.blocks for site in b.sites}

    def read_together(self, block: Block) -> list[tuple[Block, tuple[str, ...]]]:
        """The global parents of a block, by the blocks that they are drawn in."""
        found: dict[str, list[str]] = {}
        for site in block.parents:
            found.setdefault(self.block_of[site].name, []).append(site)
        return [(self.block(name), tuple(sites)) for name, sites in found.items()]

    @cached_property
    def read_apart(self) -> dict[str, frozenset[str]]:
        """For each block, the sites that some local block depends on without the others."""
        found: dict[str, set[str]] = {}
        for local in self.blocks:
            for block, sites in self.read_together(local):
                if len(sites) < len(block.sites):
                    found.setdefault(block.name, set()).update(sites)
        return {name: frozenset(sites) for name, sites in found.items()}

    def above(self, block: Block) -> tuple[str, ...]:
        """The sites of outer blocks that a block depends on."""
        return tuple(s for o in block.outer for s in self.block(o.block).sites)

    def block(self, name: str) -> Block:
        """The block of that name."""
        return self._by_name[name]

    @cached_property
    def _by_name(self) -> dict[str, Block]:
        return {b.name: b for b in self.blocks}


def derive_guide(
    graph: ModelGraph, elimination: EliminationPlan, request: GuideRequest | None = None
) -> GuidePlan:
    """The guide over the latents that are left after elimination.

    What the guide block names is as it asks. Of the rest the globals share one dense Gaussian, in
    the order of the model (parents first), and the locals of a plate one for each of its elements.
    Distributions of the block come last: they may read all else.
    """
    request = _named_apart(request or GuideRequest(), graph.sites)
    rest = [
        s
        for s in graph.sites.values()
        if s.latent and s.name not in elimination.enumerated and s.name not in request.sites
    ]
    if request.rest in ("diagonal", "point"):
        derived = [
            Block(name=s.name, family=request.rest, sites=(s.name,), span=request.rest_span)
            for s in rest
        ]
        return GuidePlan(blocks=_ordered(derived, request), definitions=request.definitions)
    reader = Reader(graph)
    factors = couplings(reader, set(elimination.variables))
    guided = [s for s in graph.sites.values() if s.latent and s.name not in elimination.enumerated]
    near = _by_site(factors)
    axes = {s.name: _local_axes(graph, s, near.get(s.name, ())) for s in guided}
    local = [s for s in rest if axes[s.name] and request.rest == "structured"]
    local_names = {s.name for s in local}
    dense = tuple(s.name for s in rest if s.name not in local_names)
    derived = [Block(name=_GLOBALS, family="dense", sites=dense)] if dense else []
    before = _ordered(derived, request)
    parents = [s for b in before if b.family in _WITH_MEAN for s in b.sites if not axes[s]]
    taken = {*graph.sites, _GLOBALS, *(b.name for b in request.blocks)}
    locals_ = _Locals(_groups(local, axes, factors), axes, factors, parents, taken).blocks()
    laws = [b for b in before if b.statement is not None]
    return GuidePlan(
        blocks=(*(b for b in before if b.statement is None), *locals_, *laws),
        definitions=request.definitions,
        centred=_centred(reader, {s.name for s in guided}, {s.name for s in rest}, request),
    )


def _named_apart(request: GuideRequest, sites: Collection[str]) -> GuideRequest:
    """The same request, no block of several sites called like a site or the globals."""
    taken = {*sites, _GLOBALS}
    blocks = []
    for block in request.blocks:
        own = block.name if len(block.sites) == 1 else _unused(block.name, taken)
        taken.add(own)
        blocks.append(block.replaced(name=own))
    return request.replaced(blocks=tuple(blocks))


def _unused(name: str, taken: Collection[str]) -> str:
    """The name, with underscores behind it where it is taken."""
    while name in taken:
        name += "_"
    return name


def _ordered(derived: list[Block], request: GuideRequest) -> tuple[Block, ...]:
    laws = [b for b in request.blocks if b.statement is not None]
    return (*derived, *(b for b in request.blocks if b.statement is None), *laws)


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


def _by_site(factors: Iterable[Coupling]) -> dict[str, list[Coupling]]:
    """The factors that read each site."""
    near: dict[str, list[Coupling]] = {}
    for factor in factors:
        for site in dict.fromkeys(t.site for t in factor.touches):
            near.setdefault(site, []).append(factor)
    return near


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


#: The element of a group of local sites that one factor reads: an index for each of its plates.
_Element = tuple[Expr, ...]


def _element(site: Site, plates: tuple[str, ...], factor: Coupling) -> _Element | None:
    """Which element of a local site a factor reads; None where it reads none."""
    touches = factor.of(site.name)
    if not touches:
        return None
    at = [touches[0].at[site.plates.index(axis)] for axis in plates]
    return tuple(e for e in at if e is not None)


def _keys(element: _Element) -> tuple[Key, ...]:
    return tuple(map(key, element))


def _groups(
    sites: list[Site], plates: Mapping[str, tuple[str, ...]], factors: Iterable[Coupling]
) -> list[list[Site]]:
    """Local sites of one plate that factors read together, always at one and the same element."""
    together: dict[str, set[str]] = {s.name: set() for s in sites}
    apart: set[frozenset[str]] = set()
    named = {s.name: s for s in sites}
    for factor in factors:
        read = dict.fromkeys(t.site for t in factor.touches if t.site in named)
        for a, b in combinations(read, 2):
            if plates[a] != plates[b] or named[a].cells != named[b].cells:
                continue
            elements = [_element(named[s], plates[s], factor) for s in (a, b)]
            if elements[0] is None or elements[1] is None:
                continue
            if _keys(elements[0]) == _keys(elements[1]):
                together[a].add(b)
                together[b].add(a)
            else:
                apart.add(frozenset((a, b)))
    groups: list[list[Site]] = []
    group_of: dict[str, int] = {}
    for site in sites:
        near = sorted({group_of[s] for s in together[site.name] if s in group_of})
        for i in near:
            if not any(frozenset((site.name, s.name)) in apart for s in groups[i]):
                groups[i].append(site)
                group_of[site.name] = i
                break
        else:
            group_of[site.name] = len(groups)
            groups.append([site])
    return groups


class _Locals:
    """The blocks of local sites: their names, their order and what each depends on."""

    def __init__(
        self,
        groups: list[list[Site]],
        plates: Mapping[str, tuple[str, ...]],
        factors: Iterable[Coupling],
        globals_: list[str],
        taken: Collection[str],
    ) -> None:
        self.near = _by_site(factors)
        self.globals = globals_
        self.groups: dict[str, list[Site]] = {}
        self.group_of: dict[str, str] = {}
        self.plates: dict[str, tuple[str, ...]] = {}
        self.cells: dict[str, str | None] = {}
        of_plates = Counter(plates[group[0].name] for group in groups)
        for group in groups:
            axes = plates[group[0].name]
            name = "_".join(a.replace("'", "_") for a in axes)
            if of_plates[axes] > 1:
                name += f"_{group[0].name}"
            name = _unused(name, {*taken, *self.groups})
            self.groups[name], self.plates[name] = group, axes
            self.cells[name] = group[0].cells
            self.group_of |= {site.name: name for site in group}
        self.rank = {name: i for i, name in enumerate(self.groups)}

    def blocks(self) -> tuple[Block, ...]:
        """All of them, outer plates first."""
        outer = {inner: self._outer(inner) for inner in self.groups}
        left = dict.fromkeys(self.groups)
        drawn: dict[str, int] = {}
        while left:
            ready = (name for name in left if all(o.block in drawn for o in outer[name]))
            chosen = next(ready, next(iter(left)))  # of two nested in each other one comes first
            outer[chosen] = [o for o in outer[chosen] if o.block in drawn]
            drawn[chosen] = len(drawn)
            del left[chosen]
        parents = self._parents(list(drawn), outer)
        return tuple(
            Block(
                name=name,
                family="local",
                sites=tuple(s.name for s in self.groups[name]),
                plates=self.plates[name],
                cells=self.cells[name],
                parents=parents[name],
                outer=tuple(sorted(outer[name], key=lambda o: drawn[o.block])),
            )
            for name in drawn
        )

    def _outer(self, inner: str) -> list[Outer]:
        """The blocks with one element for each element of `inner`, in every factor of both."""
        found = []
        near = self._near(inner)
        linked = {t.site for factor in near for t in factor.touches}
        others = {self.group_of[s] for s in linked if s in self.group_of} - {inner}
        for name in sorted(others, key=self.rank.__getitem__):
            indices = {
                index and _keys(index): index
                for factor in near
                for site in self.groups[inner]
                for other in self.groups[name]
                if (index := self._function(factor, site, inner, other, name)) != ()
            }
            index = next(iter(indices.values()), None) if len(indices) == 1 else None
            if index is not None and self._is_there(inner, name, index):
                found.append(Outer(block=name, index=index))
        return found

    def _is_there(self, inner: str, outer: str, index: _Element) -> bool:
        """Whether the outer block has the element at `index` for each element of `inner`."""
        if self.cells[outer] is None:
            return True
        plain = [i.binder.axis for i in index if isinstance(i, Position) and i.offset == 0]
        return self.cells[outer] == self.cells[inner] and tuple(plain) == self.plates[inner]

    def _near(self, name: str) -> list[Coupling]:
        """The factors that read a site of a group."""
        factors = {id(f): f for site in self.groups[name] for f in self.near.get(site.name, ())}
        return list(factors.values())

    def _function(
        self, factor: Coupling, site: Site, inner: str, other: Site, outer: str
    ) -> _Element | None:
        """The element of `outer` as a function of that of `inner`; () where not both are read."""
        element = _element(site, self.plates[inner], factor)
        wanted = _element(other, self.plates[outer], factor)
        if element is None or wanted is None:
            return ()
        binders = [b for b in site.binders if b.axis in self.plates[inner]]
        own = {key(e): position(b, e.span) for e, b in zip(element, binders, strict=True)}
        index = tuple(in_terms_of(e, own) for e in wanted)
        return tuple(e for e in index if e is not None) if None not in index else None

    def _parents(
        self, drawn: list[str], outer: Mapping[str, list[Outer]]
    ) -> dict[str, tuple[str, ...]]:
        """The global sites that each block is linked to once inner blocks are eliminated."""
        linked = {
            name: {t.site for factor in self._near(name) for t in factor.touches} for name in drawn
        }
        for name in reversed(drawn):
            for above in outer[name]:
                linked[above.block] |= linked[name]
        rank = {site: i for i, site in enumerate(self.globals)}
        return {n: tuple(sorted(s & rank.keys(), key=rank.__getitem__)) for n, s in linked.items()}
