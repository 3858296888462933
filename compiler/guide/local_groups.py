"""Local latents that are drawn together: those that factors read at one and the same element."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from pplc.compiler.expressions import Expr
from pplc.compiler.graph import Site
from pplc.compiler.guide.dependence import Coupling, Key, key
from pplc.compiler.naming import unused_name

#: The element of a local site that a factor reads: an index for each of its plates.
Element: TypeAlias = tuple[Expr, ...]

#: A factor by its statements, and what it reads an element of: plates, or some cells of them.
_Place: TypeAlias = tuple[tuple[str, ...], tuple[str, ...], str | None]


def element_read(site: Site, plates: tuple[str, ...], factor: Coupling) -> Element | None:
    """Which element of a local site a factor reads; None where it reads none."""
    touches = factor.of(site.name)
    if not touches:
        return None
    at = [touches[0].at[site.plates.index(axis)] for axis in plates]
    return tuple(e for e in at if e is not None)


def keys_of(element: Element) -> tuple[Key, ...]:
    """An element without the places in the spec that its indices were written at."""
    return tuple(map(key, element))


@dataclass
class LocalGroup:
    """Sites of the same `plates`, of which every factor reads one and the same element.

    `cells` are what their elements are, where these are not all of the plates' (`Site.cells`).
    """

    plates: tuple[str, ...]
    cells: str | None
    sites: list[Site] = field(default_factory=list)
    elements: dict[_Place, tuple[Key, ...]] = field(default_factory=dict)

    def takes(self, elements: Mapping[_Place, tuple[Key, ...]]) -> bool:
        """Whether no factor reads a site with these elements and the group at different ones."""
        return all(self.elements.get(place, e) == e for place, e in elements.items())

    def add(self, site: Site, elements: Mapping[_Place, tuple[Key, ...]]) -> None:
        """Take in a site that factors read at these elements."""
        self.sites.append(site)
        self.elements.update(elements)


def local_groups(
    sites: Iterable[Site],
    plates: Mapping[str, tuple[str, ...]],
    near: Mapping[str, Iterable[Coupling]],
) -> list[LocalGroup]:
    """The groups of the local sites, in the order of their first sites.

    `plates` has the axes along which each site is local, `near` the factors that read it.
    """
    # By what reads them rather than pair by pair: one likelihood may read hundreds of sites.
    groups: list[LocalGroup] = []
    read_at: dict[tuple[_Place, tuple[Key, ...]], set[int]] = {}
    for site in sites:
        axes = plates[site.name]
        elements = {}
        for factor in near.get(site.name, ()):
            element = element_read(site, axes, factor)
            if element is not None:
                elements[factor.statements, axes, site.cells] = keys_of(element)
        candidates = sorted({g for place in elements.items() for g in read_at.get(place, ())})
        chosen = next((g for g in candidates if groups[g].takes(elements)), len(groups))
        if chosen == len(groups):
            groups.append(LocalGroup(axes, site.cells))
        groups[chosen].add(site, elements)
        for place in elements.items():
            read_at.setdefault(place, set()).add(chosen)
    return groups


def named_groups(groups: Iterable[LocalGroup], taken: Collection[str]) -> dict[str, LocalGroup]:
    """The groups by the names of their plates, and of their first sites where a plate has several.

    Names that are `taken` get underscores behind them.
    """
    groups = list(groups)
    of_plates = Counter(group.plates for group in groups)
    named: dict[str, LocalGroup] = {}
    for group in groups:
        name = "_".join(axis.replace("'", "_") for axis in group.plates)
        if of_plates[group.plates] > 1:
            name += f"_{group.sites[0].name}"
        named[unused_name(name, {*taken, *named})] = group
    return named
