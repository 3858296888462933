"""The blocks of local latents: in which order they are drawn, and what each depends on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from pplc.compiler.expressions import Position
from pplc.compiler.graph import Site
from pplc.compiler.guide.dependence import Coupling, in_terms_of, key, position
from pplc.compiler.guide.local_groups import Element, LocalGroup, element_read, keys_of
from pplc.compiler.guide.plan import Block, Outer


def local_blocks(
    groups: Mapping[str, LocalGroup],
    near: Mapping[str, Iterable[Coupling]],
    globals_: Iterable[str],
) -> tuple[Block, ...]:
    """A block for each of the named groups, outer plates first.

    `near` has the factors that read each site, `globals_` the global sites that a block can
    depend on, in the order in which it is to have them.
    """
    nesting = _Nesting(groups, near)
    outer = {inner: nesting.outer(inner) for inner in groups}
    left = dict.fromkeys(groups)
    drawn: dict[str, int] = {}
    while left:
        ready = (name for name in left if all(o.block in drawn for o in outer[name]))
        chosen = next(ready, next(iter(left)))  # of two nested in each other one comes first
        outer[chosen] = [o for o in outer[chosen] if o.block in drawn]
        drawn[chosen] = len(drawn)
        del left[chosen]
    linked = {name: nesting.linked(name) for name in drawn}
    for name in reversed(drawn):  # what an inner block is linked to passes on when it is eliminated
        for above in outer[name]:
            linked[above.block] |= linked[name]
    return tuple(
        Block(
            name=name,
            family="local",
            sites=tuple(s.name for s in groups[name].sites),
            plates=groups[name].plates,
            cells=groups[name].cells,
            parents=tuple(s for s in globals_ if s in linked[name]),
            outer=tuple(sorted(outer[name], key=lambda o: drawn[o.block])),
        )
        for name in drawn
    )


class _Nesting:
    """Which groups have one element for each element of another one."""

    def __init__(
        self, groups: Mapping[str, LocalGroup], near: Mapping[str, Iterable[Coupling]]
    ) -> None:
        self.groups = groups
        self.near = {name: _near(group, near) for name, group in groups.items()}
        self.group_of = {s.name: name for name, group in groups.items() for s in group.sites}
        self.rank = {name: i for i, name in enumerate(groups)}

    def linked(self, name: str) -> set[str]:
        """The sites that some factor reads together with one of the group."""
        return {site for factor in self.near[name] for site in factor.by_site}

    def outer(self, inner: str) -> list[Outer]:
        """The groups with one element for each element of `inner`, in every factor of both."""
        found = []
        others = {self.group_of[s] for s in self.linked(inner) if s in self.group_of} - {inner}
        for name in sorted(others, key=self.rank.__getitem__):
            indices = {
                index and keys_of(index): index
                for factor in self.near[inner]
                for site in self.groups[inner].sites
                for other in self.groups[name].sites
                if (index := self._function(factor, site, inner, other, name)) != ()
            }
            index = next(iter(indices.values()), None) if len(indices) == 1 else None
            if index is not None and self._is_there(inner, name, index):
                found.append(Outer(block=name, index=index))
        return found

    def _is_there(self, inner: str, outer: str, index: Element) -> bool:
        """Whether the outer group has the element at `index` for each element of `inner`."""
        cells = self.groups[outer].cells
        if cells is None:
            return True
        plain = [i.binder.axis for i in index if isinstance(i, Position) and i.offset == 0]
        group = self.groups[inner]
        return cells == group.cells and tuple(plain) == group.plates

    def _function(
        self, factor: Coupling, site: Site, inner: str, other: Site, outer: str
    ) -> Element | None:
        """The element of `outer` as a function of that of `inner`; () where not both are read."""
        plates = self.groups[inner].plates
        element = element_read(site, plates, factor)
        wanted = element_read(other, self.groups[outer].plates, factor)
        if element is None or wanted is None:
            return ()
        binders = [b for b in site.binders if b.axis in plates]
        own = {key(e): position(b, e.span) for e, b in zip(element, binders, strict=True)}
        index = tuple(in_terms_of(e, own) for e in wanted)
        return tuple(e for e in index if e is not None) if None not in index else None


def _near(group: LocalGroup, near: Mapping[str, Iterable[Coupling]]) -> list[Coupling]:
    """The factors that read a site of a group."""
    factors = {f.statements: f for site in group.sites for f in near.get(site.name, ())}
    return list(factors.values())
