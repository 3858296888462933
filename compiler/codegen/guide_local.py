"""Local blocks of a guide: a Gaussian for each element of a plate, given those drawn before it."""

from __future__ import annotations

import ast

from pplc.compiler.codegen.axes import PARTICLES, Axis, Value, align, arrange, union
from pplc.compiler.codegen.constraints import unconstrained_shape
from pplc.compiler.codegen.expressions import ExpressionEmitter
from pplc.compiler.codegen.frame import Frame, cells_name
from pplc.compiler.codegen.gather import ARANGE, position_of
from pplc.compiler.codegen.writer import (
    Writer,
    add,
    call,
    constant,
    everything,
    item,
    listing,
    mapping,
    multiply,
    name,
    quote,
    subscript,
    tuple_of,
)
from pplc.compiler.elimination.eliminate import EliminationPlan
from pplc.compiler.expressions import Position
from pplc.compiler.graph import ModelGraph, Site
from pplc.compiler.guide.plan import Block, GuidePlan, Outer


def flat_size(frame: Frame, site: Site) -> ast.expr:
    """The number of unconstrained elements of a site, plates included."""
    return multiply(unconstrained_shape(frame, site))


class LocalBlock:
    """Writes one block. An element of it is a vector of d numbers; its plates are axes."""

    def __init__(self, frame: Frame, guide: GuidePlan, block: Block) -> None:
        self.frame = frame
        self.guide = guide
        self.block = block
        self.sites = [frame.graph.sites[n] for n in block.sites]

    # --- shapes ---

    def _axes(self, site: Site) -> list[str]:
        """The axes of a site in unconstrained space, those of a vector without a name."""
        count = len(unconstrained_shape(self.frame, site))
        plates = self.plate_names if self.block.cells else site.plates
        return [*plates, *("" for _ in range(count - len(plates)))]

    def _element(self, site: Site) -> list[ast.expr]:
        """The unconstrained shape of one element of a site."""
        sized = zip(self._axes(site), unconstrained_shape(self.frame, site), strict=True)
        return [size for axis, size in sized if axis not in self.plate_names]

    @property
    def plate_names(self) -> tuple[str, ...]:
        """What its elements run over: its plates, or cells of these as a single one."""
        return (cells_name(self.block.cells),) if self.block.cells else self.block.plates

    def plates(self) -> list[ast.expr]:
        """The sizes of what its elements run over."""
        if self.block.cells:
            return [quote("x.shape[1]", x=self.frame.cells(self.block.cells))]
        return [self.frame.size(axis.rstrip("'")).node for axis in self.block.plates]

    def width(self) -> ast.expr:
        """d."""
        return add([multiply(self._element(s)) for s in self.sites])

    @property
    def scalar(self) -> bool:
        """Whether d is 1 whatever the data."""
        return len(self.sites) == 1 and not self._element(self.sites[0])

    def noise(self) -> ast.expr:
        """The shape of the noise."""
        return tuple_of([*self.plates(), self.width()])

    def parameters(self) -> dict[str, ast.expr]:
        """The shape of each parameter (phi)."""
        name_, d = self.block.name, self.width()
        shapes = {f"{name_}.loc": [d]}
        if self.block.parents:
            parents = [self.frame.graph.sites[p] for p in self.block.parents]
            shapes[f"{name_}.weights"] = [d, add([flat_size(self.frame, s) for s in parents])]
        for outer in self.block.outer:
            other = LocalBlock(self.frame, self.guide, self.guide.block(outer.block))
            shapes[f"{name_}.weights_{outer.block}"] = [d, other.width()]
        shapes[f"{name_}.log_scale"] = [d]
        if not self.scalar:
            shapes[f"{name_}.lower"] = [d, d]
        return {key: tuple_of([*self.plates(), *shape]) for key, shape in shapes.items()}

    def _comment(self, *dims: str, particles: bool = True) -> str:
        return self.frame.shape((PARTICLES,) if particles else (), (*self.plate_names, *dims))

    # --- the draw ---

    def draw(self, body: Writer, kept: bool) -> None:
        """`u` and `density` of the sites, and `delta` of the block where others depend on it."""
        block = self.block.name
        sites, plates = ", ".join(self.block.sites), ", ".join(self.plate_names)
        body.comment(f"{sites}: a Gaussian in unconstrained space for each element of {plates},")
        body.comment(self._mean())
        body.assign("eps", item("noise", block), self._comment("d"))
        body.assign(
            "log_scale", item("phi", f"{block}.log_scale"), self._comment("d", particles=False)
        )
        spread = quote("log_scale.exp() * eps")
        if not self.scalar:
            lower = quote("x.tril(-1)", x=item("phi", f"{block}.lower"))
            body.assign("lower", lower, self._comment("d", "d", particles=False))
            spread = quote(
                "log_scale.exp() * (eps + torch.einsum('...de,s...e->s...d', lower, eps))"
            )
        terms = [item("phi", f"{block}.loc"), *self._means(body), spread]
        body.assign("joint", add(terms), self._comment("d"))
        density = quote("Normal(0.0, 1.0).log_prob(eps) - log_scale")
        body.assign("log_density", density, self._comment("d"))
        if kept:
            loc = item("phi", f"{block}.loc")
            body.assign(item("delta", block), quote("joint - loc", loc=loc), self._comment("d"))
        self._split(body)

    def _mean(self) -> str:
        given = [*self.block.parents, *self.guide.above(self.block)]
        if not given:
            return "independent of all others"
        verb = "is" if len(given) == 1 else "are"
        return f"its mean affine in how far {', '.join(given)} {verb} off the mean"

    def _means(self, body: Writer) -> list[ast.expr]:
        """What those drawn before add to the mean."""
        block, found = self.block.name, []
        if self.block.parents:
            body.assign("given", self._given_globals(), self.frame.shape((PARTICLES,), ("A",)))
            weights = item("phi", f"{block}.weights")
            found.append(quote("torch.einsum('...da,sa->s...d', weights, given)", weights=weights))
        for outer in self.block.outer:
            body.assign("above", self._above(outer), self._comment("a"))
            weights = item("phi", f"{block}.weights_{outer.block}")
            found.append(
                quote("torch.einsum('...da,s...a->s...d', weights, above)", weights=weights)
            )
        return found

    def _given_globals(self) -> ast.expr:
        """How far the global parents are off their means, [S, A]."""
        parts: list[ast.expr] = []
        for block, sites in self.guide.read_together(self.block):
            if len(sites) == len(block.sites):
                parts.append(item("delta", block.name))
            else:
                parts += [item("delta", f"{block.name}.{site}") for site in sites]
        return parts[0] if len(parts) == 1 else call("torch.cat", listing(parts), constant(-1))

    def _above(self, outer: Outer) -> ast.expr:
        """How far the outer elements are off their means, [S, plates, a]."""
        delta = item("delta", outer.block)
        places = self._places(outer)
        along = union(*places)
        plain = all(isinstance(index, Position) for index in outer.index)
        if self.block.cells:
            plain = self.guide.block(outer.block).cells is not None
        if plain and len(along) == len(places):
            value = arrange(Value(delta, (PARTICLES, *(p.axes[0] for p in places)), ("a",)))
        else:
            node = subscript(delta, [everything(), *(align(p, along) for p in places)])
            value = Value(node, (PARTICLES, *along), ("a",))
        return align(value, (PARTICLES, *self._plate_axes().values()), ("a",))

    def _plate_axes(self) -> dict[str, Axis]:
        return {axis: Axis(i, axis) for i, axis in enumerate(self.plate_names)}

    def _places(self, outer: Outer) -> list[Value]:
        """The positions in the plates of an outer block, over the plates of this one."""
        emitter = ExpressionEmitter(self.frame)
        emitter.axes = self._plate_axes()
        if self.block.cells:
            emitter.places = self._cell_places()
            if self.guide.block(outer.block).cells:
                (axis,) = emitter.axes.values()
                count = quote(ARANGE, n=self.plates()[0])
                return [Value(count, (axis,))]
        places = []
        for index in outer.index:
            if isinstance(index, Position) and index.binder.axis in emitter.places:
                places.append(emitter.places[index.binder.axis])
            elif isinstance(index, Position):
                size = self.frame.size(index.binder.index_set).node
                places.append(Value(quote(ARANGE, n=size), (emitter.axis(index.binder),)))
            else:
                places.append(position_of(emitter, index))
        return places

    def _cell_places(self) -> dict[str, Value]:
        """The positions of its cells in each of its plates."""
        assert self.block.cells is not None
        (axis,) = self._plate_axes().values()
        cells, site = self.frame.cells(self.block.cells), self.sites[0]
        return {
            plate: Value(quote("cells[i]", cells=cells, i=i), (axis,), whole=True)
            for i, plate in enumerate(site.plates)
        }

    def nesting(self, outer: Outer) -> ast.expr:
        """For each element, the position of the outer one among all, as one vector."""
        places = self._places(outer)
        axes = tuple(self._plate_axes().values())
        sizes = LocalBlock(self.frame, self.guide, self.guide.block(outer.block)).plates()
        node: ast.expr | None = None
        for place, size in zip(places, sizes, strict=True):
            index = align(place, axes)
            node = index if node is None else quote("a * n + b", a=node, n=size, b=index)
        assert node is not None
        if len(axes) == 1 and len(places) == 1:
            return node
        shape = tuple_of(self.plates())
        return quote("x.expand(shape).flatten()", x=node, shape=shape)

    def _split(self, body: Writer) -> None:
        parts = [(name("joint"), name("log_density"))]
        if len(self.sites) > 1:
            sizes = listing([multiply(self._element(s)) for s in self.sites])
            body.assign("parts", quote("joint.split(sizes, -1)", sizes=sizes))
            body.assign("densities", quote("log_density.split(sizes, -1)", sizes=sizes))
            parts = [
                (quote("parts[i]", i=i), quote("densities[i]", i=i)) for i in range(len(self.sites))
            ]
        for site, (part, density) in zip(self.sites, parts, strict=True):
            plates = self.plate_names if self.block.cells else site.plates
            shape = self.frame.shape((PARTICLES,), (*plates, *self._event(site)))
            body.assign(item("u", site.name), self._shaped(site, part), shape)
            body.assign(item("density", site.name), quote("x.flatten(1).sum(-1)", x=density))

    def _event(self, site: Site) -> list[str]:
        """The names of the dimensions of a vector in unconstrained space."""
        return ["..."] if "" in self._axes(site) else []

    def _shaped(self, site: Site, part: ast.expr) -> ast.expr:
        """An element's numbers [S, plates, n] in the site's own shape."""
        element = self._element(site)
        if not element:
            part = quote("x[..., 0]", x=part)
        elif len(element) > 1:
            part = quote("x.unflatten(-1, shape)", x=part, shape=tuple_of(element))
        axes = self._axes(site)
        now = [*(axes.index(a) for a in self.plate_names)]
        now += [i for i in range(len(axes)) if i not in now]
        if now == sorted(now):
            return part
        order = [constant(0), *(constant(1 + now.index(i)) for i in range(len(axes)))]
        return call(ast.Attribute(part, "permute", ast.Load()), *order)


def write_nesting(
    out: Writer, graph: ModelGraph, elimination: EliminationPlan, guide: GuidePlan
) -> None:
    """`nesting(data)`."""
    frame = Frame(graph, elimination, enumerate=False)
    entries = {
        block.name: mapping(
            {o.block: LocalBlock(frame, guide, block).nesting(o) for o in block.outer}
        )
        for block in guide.blocks
        if block.outer
    }
    out.function("nesting", "data")
    out.docstring("For each element of a local block, the element of an outer one it depends on.")
    frame.header(out)
    out.returns(mapping(entries))
    out.end()
