"""The guide: which latents are drawn together, in which order, from what family."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict

from pplc.compiler.eliminate import EliminationPlan
from pplc.compiler.graph import Definition, ModelGraph, Site

Family = Literal["dense", "diagonal", "lowrank", "point", "law", "discrete"]


class Block(BaseModel):
    """Sites that are drawn together, in order.

    `dense` is one Gaussian with a full covariance over all of their elements in unconstrained
    space, `lowrank` one with a covariance of rank `rank` beside its diagonal, `diagonal` has
    independent elements, `point` no noise at all. A `law` draws its one site from the
    distribution of `statement`, in the site's own units; a `discrete` site is not drawn, but all
    of its values are weighted with their probabilities under it. `named` tells what the guide
    block asks for from what is derived.
    """

    model_config = ConfigDict(frozen=True)

    name: str
    family: Family
    sites: tuple[str, ...]
    rank: int = 0
    statement: Site | None = None
    named: bool = False


class GuideRequest(BaseModel):
    """What the guide block asks for: blocks as written, and the family of the rest."""

    model_config = ConfigDict(frozen=True)

    blocks: tuple[Block, ...] = ()
    definitions: tuple[Definition, ...] = ()
    rest: Literal["structured", "dense", "diagonal", "point"] = "structured"

    @property
    def sites(self) -> set[str]:
        """The sites that are named."""
        return {s for b in self.blocks for s in b.sites}

    @property
    def kept(self) -> frozenset[str]:
        """The discrete sites that are kept in the guide in place of being summed out."""
        return frozenset(s for b in self.blocks for s in b.sites if b.family == "discrete")


class GuidePlan(BaseModel):
    """The whole guide: its blocks, in the order in which they are drawn.

    `definitions` are those of the guide block, which its distributions read.
    """

    model_config = ConfigDict(frozen=True)

    blocks: tuple[Block, ...]
    definitions: tuple[Definition, ...] = ()

    @property
    def sites(self) -> tuple[str, ...]:
        """All guided sites in the order in which they are drawn."""
        return tuple(s for b in self.blocks for s in b.sites)


def derive_guide(
    graph: ModelGraph, elimination: EliminationPlan, request: GuideRequest | None = None
) -> GuidePlan:
    """The guide over the latents that are left after elimination.

    What the guide block names is as it asks. The rest shares one dense Gaussian, in the order of
    the model (parents first): exact for a Gaussian posterior, at a cost that grows with the square
    of the number of elements. Distributions of the block come last: they may read all else.
    """
    request = request or GuideRequest()
    left = tuple(
        s.name
        for s in graph.sites.values()
        if s.latent and s.name not in elimination.enumerated and s.name not in request.sites
    )
    blocks = [*_rest(graph, left, request)]
    blocks += [b for b in request.blocks if b.statement is None]
    blocks += [b for b in request.blocks if b.statement is not None]
    return GuidePlan(blocks=tuple(blocks), definitions=request.definitions)


def _rest(graph: ModelGraph, left: tuple[str, ...], request: GuideRequest) -> list[Block]:
    if not left:
        return []
    if request.rest in ("diagonal", "point"):
        return [Block(name=s, family=request.rest, sites=(s,)) for s in left]
    name = "joint" if "joint" not in graph.sites else "joint_"
    return [Block(name=name, family="dense", sites=left)]
