"""Lines of a guide that ask for Gaussians or points -> blocks."""

from __future__ import annotations

from pplc.compiler.graph import Site
from pplc.compiler.guide.plan import Block
from pplc.compiler.guide_block.alignment import Alignment, SiteLine
from pplc.compiler.guide_block.lines import refuse_family
from pplc.grammar.catalogue.guide import GuidePlates


def gaussian_blocks(alignment: Alignment, line: SiteLine) -> list[Block]:
    """The blocks of a line whose family is dense, diagonal, of low rank or a point.

    None where the sites cannot be drawn so, which is reported.
    """
    for target, site in line.targets:
        if site.discrete:
            refuse_family(
                alignment.env,
                target.span,
                notes=alignment.env.declared(site.name),
                problem=f"`{site.name}` is discrete: it has no Gaussian and no point",
                found=f"drawn from `{site.law.distribution.name}`",
                suggestion="leave it out: it is summed out exactly",
            )
            return []
        if not alignment.fits_indices(target, site, required=False):
            return []
        if not alignment.fits_transform(target, site):
            return []
    family = line.asked.family
    assert family != "structured"  # which stands with `*` alone
    indexed = [site for target, site in line.targets if target.indices]
    if family in ("dense", "lowrank") and indexed:
        return _each_element(alignment, line, indexed[0])
    names = tuple(s.name for s in line.sites)
    if family in ("diagonal", "point"):
        return [Block(name=n, family=family, sites=(n,), named=True) for n in names]
    block = Block(
        name="_".join(names), family=family, sites=names, rank=line.asked.rank, named=True
    )
    return [block]


def _each_element(alignment: Alignment, line: SiteLine, first: Site) -> list[Block]:
    """One Gaussian for each element of the plates of the sites; `first` is the one to go by."""
    env = alignment.env
    plates_of = {s.name: tuple(b.axis for b in s.written) for s in line.sites}
    other = next((s for s in line.sites if plates_of[s.name] != plates_of[first.name]), None)
    if other is not None:
        env.report(_different_plates(alignment, line, first, other))
        return []
    if line.asked.family == "lowrank":
        refuse_family(
            env,
            line.node.family.span,
            problem="a low rank is for many numbers that depend on each other",
            found=f"for each element of {' and '.join(first.plates)} alone",
            suggestion="`mvn` gives each element a dense Gaussian; without indices, "
            "`lowrank` is over all elements",
        )
        return []
    if any(s.cells != first.cells for s in line.sites):
        some = next(s for s in line.sites if s.cells is not None)
        refuse_family(
            env,
            line.node.family.span,
            problem="one Gaussian for each element is for sites with the same elements",
            found=f"`{some.name}` is inferred at some of them only",
            suggestion="give each site a line of its own",
        )
        return []
    names = tuple(s.name for s in line.sites)
    block = Block(
        name="_".join(names),
        family="local",
        sites=names,
        plates=plates_of[first.name],
        cells=first.cells,
        named=True,
    )
    return [block]


def _different_plates(
    alignment: Alignment, line: SiteLine, first: Site, second: Site
) -> GuidePlates:
    plates = [
        f"`{s.name}` in {' and '.join(s.plates)}" if s.plates else f"`{s.name}` in none"
        for s in (first, second)
    ]
    return GuidePlates(
        span=line.targets[0][0].span.to(line.targets[-1][0].span),
        notes=alignment.env.declared(first.name) + alignment.env.declared(second.name),
        first=first.name,
        second=second.name,
        plates=", ".join(plates),
        names=", ".join(s.name for s in line.sites),
    )
