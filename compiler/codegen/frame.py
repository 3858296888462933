"""What the functions of one generated module share: how each name of the model is read."""

from __future__ import annotations

from dataclasses import dataclass, field

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
from pplc.compiler.eliminate import EliminationPlan, Variable
from pplc.compiler.expressions import Binder
from pplc.compiler.graph import Definition, ModelGraph

#: Ranks of the values of summed-out sites start here, behind every plate.
_VALUES = 1000


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

    def variable(self, name_: str) -> Variable | None:
        """The summed-out site of that name, where its values are enumerated here."""
        return self.elimination.variables.get(name_) if self.enumerate else None

    def values(self, variable: Variable) -> Value:
        """All values of a summed-out site as numbers, along their axis."""
        self.valued.add(variable.site)
        self.size(variable.size)
        return Value(name(identifier(variable.site)), (self.values_axis(variable),))

    def values_axis(self, variable: Variable) -> Axis:
        """The axis of the values of a summed-out site, in the order of the model."""
        order = list(self.elimination.variables)
        return Axis(_VALUES + order.index(variable.site), variable.site)

    def depends_on_values(self, definition: Definition) -> bool:
        """Whether a definition reads a summed-out site, directly or through others."""
        for read in definition.reads:
            if read in self.elimination.variables:
                return True
            inner = self.graph.definitions.get(read)
            if inner is not None and self.depends_on_values(inner):
                return True
        return False

    def inlines(self, definition: Definition) -> bool:
        """Whether a definition has no tensor of its own, since it varies with enumerated values."""
        return self.enumerate and self.depends_on_values(definition)

    def base(self, name_: str) -> Value:
        """The whole tensor that a name stands for; its dimensions are all vector dimensions."""
        self.used.add(name_)
        node = name(identifier(name_))
        if self.is_data(name_):
            return Value(node, (), self._dims(name_))
        return Value(node, (PARTICLES,), self._dims(name_))

    def is_data(self, name_: str) -> bool:
        """Whether a name is read from the data: declared, or computed from data alone."""
        definition = self.graph.definitions.get(name_)
        return name_ in self.graph.data or (definition is not None and definition.constant)

    def _dims(self, name_: str) -> tuple[str, ...]:
        if name_ in self.graph.data:
            return self.graph.data[name_].dims
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
        sets = [n for n in self.graph.index_sets if n in self.used]
        if sets:
            sizes = [subscript(quote("data.sizes"), [constant(n)]) for n in sets]
            value = sizes[0] if len(sizes) == 1 else tuple_of(sizes)
            writer.assign(", ".join(identifier(n) for n in sets), value)
        for site in self.elimination.variables:
            if site in self.valued:
                variable = self.elimination.variables[site]
                values = quote("torch.arange(n, **data.options)", n=self.size(variable.size).node)
                if variable.first:
                    values = quote("x + first", x=values, first=float(variable.first))
                writer.assign(identifier(site), values, f"[{site}], its values")
        for read in sorted(self.used - own - set(sets), key=self._rank):
            tensor = self.base(read)
            source = item("data" if self.is_data(read) else "latents", read)
            writer.assign(identifier(read), source, self.comment(tensor))

    def _rank(self, name_: str) -> tuple[int, int]:
        if name_ in self.graph.data:
            return 0, list(self.graph.data).index(name_)
        return 1, [s.name for s in self.graph.statements].index(name_)


def statement_axes(binders: tuple[Binder, ...]) -> dict[str, Axis]:
    """The plate axes of a statement, outermost first."""
    return {b.axis: Axis(i, b.axis) for i, b in enumerate(binders)}
