"""What the functions of one generated module share: how each name of the model is read."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property

from pplc.compiler.codegen.axes import PARTICLES, Axis, Value
from pplc.compiler.codegen.writer import (
    Writer,
    constant,
    identifier,
    item,
    name,
    quote,
    subscript,
    tuple_of,
)
from pplc.compiler.elimination.eliminate import EliminationPlan
from pplc.compiler.elimination.factor_graph import Slot, Variable, definitions_of_values
from pplc.compiler.expressions import Binder, Read
from pplc.compiler.graph import Definition, ModelGraph
from pplc.compiler.naming import unused_name
from pplc.compiler.scans import steps_back

#: What an axis runs over: some values, an index set, or the positions of a binder.
Length = int | str | Binder

#: Ranks of the values of summed-out sites start here, behind every plate.
_VALUES = 1000

#: How many steps back a chain that is summed out can look.
_BACK = 2


@dataclass
class Frame:
    """One generated function: which names it reads, and whether discrete sites are enumerated.

    Where `enumerate` is set, a discrete site that is summed out stands for all its values at
    once, along an axis of its own; elsewhere it is a tensor of draws.
    """

    graph: ModelGraph
    elimination: EliminationPlan
    enumerate: bool
    used: set[str] = field(default_factory=set)
    #: The summed-out sites whose values are used as numbers.
    valued: set[str] = field(default_factory=set)
    #: Whether the body needs the number of particles.
    counts_particles: bool = False
    #: The sets of cells (`Site.cells`) whose positions are used.
    in_cells: set[str] = field(default_factory=set)

    def variable(self, name_: str) -> Variable | None:
        """The summed-out site of that name, where its values are enumerated here."""
        return self.elimination.enumerated.get(name_) if self.enumerate else None

    @cached_property
    def inlined(self) -> dict[str, Definition]:
        """The definitions without a tensor of their own, since they vary with enumerated values."""
        if not self.enumerate:
            return {}
        return definitions_of_values(self.graph, set(self.elimination.enumerated))

    def values(self, read: Read) -> Value:
        """All values of a summed-out site as numbers, along their axis."""
        variable = self.elimination.enumerated[read.name]
        self.valued.add(read.name)
        self.size(variable.size)
        return Value(name(identifier(read.name)), (self.values_axis(slot_of(read)),))

    def values_axis(self, slot: Slot) -> Axis:
        """The axis of the values of a summed-out site: in the order of the model, earlier first."""
        return Axis(_VALUES + 10 * self._enumerated.index(slot.site) - slot.back, str(slot))

    def slots(self, axes: Iterable[Axis]) -> list[Slot]:
        """The summed-out sites whose values some axes run over, in the order of `values_axis`."""
        return [self._slots[a] for a in sorted(axes) if a in self._slots]

    @cached_property
    def _enumerated(self) -> list[str]:
        return list(self.elimination.enumerated)

    @cached_property
    def _slots(self) -> dict[Axis, Slot]:
        slots = (Slot(site, back) for site in self._enumerated for back in range(_BACK + 1))
        return {self.values_axis(s): s for s in slots}

    @cached_property
    def _plates(self) -> list[str]:
        """The axes of all plates, in one order for the whole model; the steps of scans last."""
        binders = [b for s in self.graph.statements for b in s.binders]
        scans = {b.axis for b in binders if b.scan}
        return sorted(dict.fromkeys(b.axis for b in binders), key=lambda axis: axis in scans)

    def plate(self, axis: str) -> Axis:
        """The axis of a plate."""
        return Axis(self._plates.index(axis), axis)

    def axes(self, binders: tuple[Binder, ...]) -> tuple[Axis, ...]:
        """The axes of the plates of a statement, in its own order."""
        return tuple(self.plate(b.axis) for b in binders)

    def length(self, over: Length) -> ast.expr:
        """The number of values, of elements of an index set, or of positions of a binder."""
        if not isinstance(over, Binder):
            return self.size(over).node
        return self._positions(over)

    def _positions(self, binder: Binder) -> ast.expr:
        if binder.stop is not None:
            return constant(binder.stop - binder.start)
        size = self.size(binder.index_set).node
        return quote("n - start", n=size, start=binder.start) if binder.start else size

    @property
    def particles(self) -> ast.expr:
        """The number of particles."""
        self.counts_particles = True
        return name("particles")

    def base(self, name_: str, result: str | None = None) -> Value:
        """The whole tensor that a name stands for; its dimensions are all vector dimensions.

        Where the name stands for several results of a net, `result` picks one.
        """
        self.used.add(name_)
        node = name(identifier(name_))
        axes = (PARTICLES,) if self.varies(name_) else ()
        dims = self._dims(name_)
        if result is not None:
            node = subscript(node, [constant(result)])
            kind = self.graph.nets[self._net(name_)].result(result)
            assert kind is not None
            dims += kind.shape
        return Value(node, axes, dims)

    def _net(self, name_: str) -> str:
        """The net whose results a definition holds."""
        net = self.graph.definitions[name_].value.kind.net
        assert net is not None
        return net

    @cached_property
    def _varying(self) -> frozenset[str]:
        """The names that depend on a latent: sites without data, and what is computed from them."""
        readers: dict[str, set[str]] = {}
        for definition in self.graph.definitions.values():
            for read in definition.reads if not definition.constant else ():
                readers.setdefault(read, set()).add(definition.name)
        waiting = [name_ for name_ in self.graph.sites if not self.is_data(name_)]
        found = set(waiting)
        while waiting:
            fresh = readers.get(waiting.pop(), set()) - found
            found |= fresh
            waiting.extend(fresh)
        return frozenset(found)

    def varies(self, name_: str) -> bool:
        """Whether a name differs from particle to particle: it depends on a latent."""
        return name_ in self._varying

    def is_data(self, name_: str) -> bool:
        """Whether a name is read from the data: declared, or computed from data alone."""
        return self.graph.is_given(name_)

    def cells(self, of: str) -> ast.expr:
        """The positions of a set of cells, [dimensions, cells]."""
        self.in_cells.add(of)
        return name(self._cells(of))

    def _cells(self, of: str) -> str:
        return unused_name(re.sub(r"\W+", "_", cells_name(of)), self.graph.names)

    def is_whole(self, name_: str) -> bool:
        """Whether the tensor of a name is one of int64: positions, and data of whole numbers."""
        data = self.graph.data.get(name_)
        if data is not None and self.is_data(name_):
            return data.kind.support.integer and data.type_text != "bool"
        definition = self.graph.definitions.get(name_)
        if definition is not None:
            return definition.value.kind.values is not None
        site = self.graph.sites.get(name_)
        drawn = name_ in self.elimination.variables and not self.enumerate
        return site is not None and (site.kind.values is not None or drawn)

    def _dims(self, name_: str) -> tuple[str, ...]:
        for declared in (self.graph.data, self.graph.params):
            if name_ in declared:
                return declared[name_].dims
        if name_ in self.graph.definitions:
            return self.graph.definitions[name_].dims
        return self.graph.sites[name_].dims

    def size(self, over: str | int) -> Value:
        """The number of elements of an index set (a nameless one is called by it), or of values."""
        if isinstance(over, int) or over.isdigit():
            return Value(constant(int(over)), python=True)
        self.used.add(over)
        return Value(name(identifier(over)), python=True)

    def comment(self, value: Value) -> str:
        """The shape of a value, as a comment: `[S, N, K]`."""
        return self.shape(value.axes, value.dims)

    def shape(self, axes: tuple[Axis, ...], dims: tuple[str, ...]) -> str:
        """`[S, N, K]`. Where an index set is called S, the axis of particles is written out."""
        particles = "particles" if "S" in self.graph.index_sets else "S"
        names = [particles if a == PARTICLES else a.name for a in axes]
        return f"[{', '.join([*names, *dims])}]"

    def header(self, writer: Writer, own: frozenset[str] = frozenset()) -> None:
        """Read the names used so far into local variables; `own` are defined by the body."""
        sized = [v.size for v in self.elimination.enumerated.values() if v.largest is not None]
        sets = [str(n) for n in (*self.graph.index_sets, *sized) if n in self.used]
        if sets:
            sizes = [subscript(quote("data.sizes"), [constant(n)]) for n in sets]
            value = sizes[0] if len(sizes) == 1 else tuple_of(sizes)
            writer.assign(", ".join(identifier(n) for n in sets), value)
        for of in sorted(self.in_cells):
            source = item("data", cells_name(of))
            writer.assign(self._cells(of), source, f"[dimensions, {cells_name(of)}]")
        for site in self.elimination.enumerated:
            if site in self.valued:
                variable = self.elimination.enumerated[site]
                values = quote("torch.arange(n, **data.options)", n=self.size(variable.size).node)
                if variable.first:
                    values = quote("x + first", x=values, first=float(variable.first))
                writer.assign(identifier(site), values, f"[{site}], its values")
        for read in sorted(self.used - own - set(sets), key=self._rank):
            tensor = self.base(read)
            source = item(self._home(read), read)
            writer.assign(identifier(read), source, self.comment(tensor))

    def _home(self, name_: str) -> str:
        """The argument of a generated function that holds a name."""
        if self.is_data(name_):
            return "data"
        return "params" if name_ in self.graph.params else "latents"

    @cached_property
    def _first(self) -> dict[str, int]:
        """The first statement of each name: data can be both computed and observed."""
        statements = self.graph.statements
        return {s.name: i for i, s in reversed(list(enumerate(statements)))}

    def _rank(self, name_: str) -> tuple[int, int]:
        if name_ in self.graph.data:
            return 0, list(self.graph.data).index(name_)
        if name_ in self.graph.params:
            return 1, list(self.graph.params).index(name_)
        return 2, self._first[name_]


def cells_name(of: str) -> str:
    """What the positions of a set of cells are called among the data."""
    return f"cells of {of}"


def slot_of(read: Read) -> Slot:
    """The values of a summed-out site that a read stands for."""
    return Slot(read.name, steps_back(read))
