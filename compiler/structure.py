"""The derived guide: which latents are drawn together, in which order, from what family."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict

from pplc.compiler.eliminate import EliminationPlan
from pplc.compiler.graph import ModelGraph


class Block(BaseModel):
    """Sites that are drawn together in unconstrained space, in order.

    `dense` is one Gaussian with a full covariance over all of their elements.
    """

    model_config = ConfigDict(frozen=True)

    name: str
    family: Literal["dense"]
    sites: tuple[str, ...]


class GuidePlan(BaseModel):
    """The whole guide: its blocks, in the order in which they are drawn."""

    model_config = ConfigDict(frozen=True)

    blocks: tuple[Block, ...]

    @property
    def sites(self) -> tuple[str, ...]:
        """All guided sites in the order in which they are drawn."""
        return tuple(s for b in self.blocks for s in b.sites)


def derive_guide(graph: ModelGraph, elimination: EliminationPlan) -> GuidePlan:
    """The guide over the latents that are left after elimination.

    All of them share one dense Gaussian, in the order of the model (parents first). That is exact
    for a Gaussian posterior, at a cost that grows with the square of the number of elements.
    """
    latents = tuple(
        s.name for s in graph.sites.values() if s.latent and s.name not in elimination.variables
    )
    return GuidePlan(
        blocks=(Block(name="joint", family="dense", sites=latents),) if latents else ()
    )
