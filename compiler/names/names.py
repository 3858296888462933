"""What a spec declares: its names by kind, and its statements with the loops around them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property

from pplc.compiler.functions import OVER_A_SET
from pplc.grammar import nodes
from pplc.grammar.walk import nodes_in


@dataclass(frozen=True)
class Entry:
    """A statement of the model with the loops around it (outermost first)."""

    statement: nodes.SiteStatement | nodes.DefinitionStatement | nodes.FactorStatement
    loops: tuple[nodes.Loop, ...]
    generated: bool

    @property
    def name(self) -> str:
        """What it defines; empty for a factor."""
        if isinstance(self.statement, nodes.FactorStatement):
            return ""
        return self.statement.target.name.id

    @cached_property
    def names(self) -> frozenset[str]:
        """Every name that its right side mentions."""
        return frozenset(n.id for n in nodes_in(self.right_side) if isinstance(n, nodes.Name))

    @property
    def right_side(self) -> tuple[object, ...]:
        """All of the statement but the name that it defines: nodes, tuples of them, others."""
        statement = self.statement
        if isinstance(statement, nodes.FactorStatement):
            return (statement.value,)
        if isinstance(statement, nodes.DefinitionStatement):
            return (statement.value, statement.starts, statement.target.indices)
        return (statement.law, statement.truncation, statement.starts, statement.target.indices)


@dataclass
class Names:
    """Everything a spec declares, by kind.

    `unread` are the names on lines with syntax errors, which may have meant to declare them.
    """

    index_sets: dict[str, nodes.IndexDecl] = field(default_factory=dict)
    data: dict[str, nodes.DataDecl] = field(default_factory=dict)
    params: dict[str, nodes.ParamDecl] = field(default_factory=dict)
    nets: dict[str, nodes.NetDecl] = field(default_factory=dict)
    sites: dict[str, Entry] = field(default_factory=dict)
    definitions: dict[str, Entry] = field(default_factory=dict)
    factors: list[Entry] = field(default_factory=list)
    guides: list[nodes.GuideBlock] = field(default_factory=list)
    fits: list[nodes.FitBlock] = field(default_factory=list)
    unread: frozenset[str] = frozenset()
    #: Those with two definitions: what readers mean is not known.
    doubted: set[str] = field(default_factory=set)

    @property
    def values(self) -> set[str]:
        """The names that can be read."""
        return {*self.data, *self.params, *self.sites, *self.definitions}

    def is_observed(self, name: str) -> bool:
        """Whether a name is declared as data, all of which are known or left out."""
        return name in self.data and name not in self.completed

    def has_value(self, name: str) -> bool:
        """Whether a name can be read."""
        return any(name in t for t in (self.data, self.params, self.sites, self.definitions))

    @cached_property
    def completed(self) -> frozenset[str]:
        """Data with missing cells that some statement reads: these cells are latents."""
        incomplete = {n for n, d in self.data.items() if d.type.missing and n in self.sites}
        read = {name for entry in self.entries if incomplete for name in entry.names}
        return frozenset(incomplete & read)

    @cached_property
    def sets_named(self) -> frozenset[str]:
        """What stands in the place of an index set: behind `in`, in a declaration, as a size."""
        arrays: list[nodes.DataDecl | nodes.ParamDecl] = [
            *self.data.values(),
            *self.params.values(),
        ]
        written = nodes_in(*arrays, *self.nets.values())
        types = [n for n in written if isinstance(n, nodes.TypeExpr)]
        calls = [
            n
            for entry in self.entries
            for n in nodes_in(entry.right_side)
            if isinstance(n, nodes.Call) and n.function in OVER_A_SET and n.arguments
        ]
        sizes = [c.arguments[-1].value for c in calls]
        return frozenset(
            [
                *(b.index_set for b in self.binders),
                *(d.id for x in arrays for d in x.dims),
                *(d.id for x in types for d in x.dims),
                *(size.id for size in sizes if isinstance(size, nodes.Name)),
            ]
        )

    @property
    def entries(self) -> list[Entry]:
        """All statements; of an observed definition both."""
        return [*self.definitions.values(), *self.sites.values(), *self.factors]

    @property
    def binders(self) -> Iterator[nodes.Binder]:
        """Every binder of the model, wherever it stands."""
        for entry in self.entries:
            yield from (loop.binder for loop in entry.loops)
            yield from (n for n in nodes_in(entry.statement) if isinstance(n, nodes.Binder))
