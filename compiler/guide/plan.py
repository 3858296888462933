"""The plan of a guide: its blocks, what each draws, and what the guide block asks of it."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property
from typing import Literal

from pydantic import Field

from pplc.compiler.expressions import Expr
from pplc.compiler.graph import Definition, Site
from pplc.compiler.guide.centring import Centred
from pplc.compiler.records import Record
from pplc.grammar.source import Span


class Outer(Record):
    """A local block that another one depends on: each element on the one at `index`.

    `index` has an expression for each plate of the outer block, over the binders of the inner.
    """

    block: str
    index: tuple[Expr, ...]


Family = Literal["dense", "local", "diagonal", "lowrank", "point", "law", "discrete"]

#: What `*` can be: derived, or one family for all.
Rest = Literal["structured", "dense", "diagonal", "point"]


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
    rest: Rest = "structured"
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
