"""The ledger: what becomes of every site. Each is exactly one of five things."""

from __future__ import annotations

from functools import cached_property
from typing import Literal

from pplc.compiler.elimination.eliminate import EliminationPlan
from pplc.compiler.graph import ModelGraph
from pplc.compiler.guide.plan import Block, GuidePlan
from pplc.compiler.guide_block.points import unbounded
from pplc.compiler.records import Record

Role = Literal["observed", "guided", "derived", "summed out", "generated"]


#: More sites than this are counted rather than named.
_FEW = 8


class LedgerLine(Record):
    """One site and what becomes of it; `detail` says how."""

    site: str
    role: Role
    detail: str


class Ledger(Record):
    """All sites, in the order of the model."""

    lines: tuple[LedgerLine, ...]

    def role(self, site: str) -> Role:
        """What becomes of a site."""
        return self._roles[site]

    @cached_property
    def _roles(self) -> dict[str, Role]:
        return {line.site: line.role for line in self.lines}


def _together(site: str, block: tuple[str, ...]) -> str:
    """The other sites of a block, by name where they are few."""
    if len(block) == 1:
        return ""
    if len(block) > _FEW:
        return f", jointly with {len(block) - 1} other sites"
    return f", jointly with {', '.join(s for s in block if s != site)}"


def keep_ledger(graph: ModelGraph, elimination: EliminationPlan, guide: GuidePlan) -> Ledger:
    """Tell for each site whether it is observed, guided, derived, summed out or generated."""
    block_of = {s: b for b in guide.blocks for s in b.sites}
    lines: list[LedgerLine] = []
    for site in graph.sites.values():
        role: Role
        if site.observed and not site.completed:
            role, detail = "observed", _observed(site.name, graph)
        elif site.generated:
            role, detail = "generated", "drawn after the fit, outside the objective"
        elif site.name in elimination.variables:
            role = "summed out"
            detail = f"exactly, {' * '.join(map(str, elimination.cost_of(site.name)))} terms"
            detail += "; cells that are there have one value" if site.completed else ""
        else:
            block = block_of[site.name]
            role = "guided" if block.named else "derived"
            detail = _drawn(block, site.name, guide)
            if block.family == "point" and unbounded(site):
                detail = "a point: the mode in unconstrained space, since its density has none"
            detail = f"missing cells: {detail}" if site.completed else detail
        lines.append(LedgerLine(site=site.name, role=role, detail=detail))
    return Ledger(lines=tuple(lines))


def _observed(site: str, graph: ModelGraph) -> str:
    """Where the values of an observed site come from."""
    if site not in graph.data:
        return "computed from data"
    return "data; missing cells are left out" if graph.data[site].missing else "data"


def _drawn(block: Block, site: str, guide: GuidePlan) -> str:
    """How the guide draws a site."""
    return _family(block, site, guide) + ("; centred by degrees" if site in guide.centred else "")


def _family(block: Block, site: str, guide: GuidePlan) -> str:
    together = _together(site, block.sites)
    match block.family:
        case "point" if block.frozen:
            return "a point: held fixed at its value in the run that the fit starts from"
        case "point":
            return "a point: its value is optimised and has no distribution"
        case "diagonal":
            return "independent Gaussians in unconstrained space"
        case "lowrank":
            return f"Gaussian of rank {block.rank} in unconstrained space{together}"
        case "law":
            assert block.statement is not None
            return block.statement.text.partition("~")[2].strip()
        case "local":
            given = [*block.parents, *guide.above(block)]
            on = f" given {', '.join(given) if len(given) <= _FEW else f'{len(given)} others'}"
            each = block.cells if block.cells and site != block.cells else ", ".join(block.plates)
            return f"Gaussian for each {each}{together}{on if given else ''}"
        case "discrete":
            assert block.statement is not None
            law = block.statement.text.partition("~")[2].strip()
            return f"{law}, kept in place of being summed out; its expectation is exact"
        case "dense":
            return f"Gaussian in unconstrained space{together}"
