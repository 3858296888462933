"""The functions `guide_shapes`, `noise_shapes` and `guide`."""

from __future__ import annotations

import ast

from pplc.compiler.codegen.constraints import unconstrained_shape
from pplc.compiler.codegen.frame import Frame, cells_name
from pplc.compiler.codegen.guide_blocks import (
    LawWriter,
    draw_joint,
    noise_shape,
    parameter_shapes,
)
from pplc.compiler.codegen.guide_local import LocalBlock, flat_size
from pplc.compiler.codegen.kept import entropy_term, kept_blocks
from pplc.compiler.codegen.writer import (
    Writer,
    add,
    constant,
    item,
    listing,
    mapping,
    name,
    quote,
    tuple_of,
)
from pplc.compiler.elimination.eliminate import EliminationPlan
from pplc.compiler.graph import ModelGraph, Site
from pplc.compiler.guide.plan import Block, GuidePlan
from pplc.compiler.kinds.kinds import Structure


class GuideWriter:
    """Writes the guide, one block after the other."""

    def __init__(self, graph: ModelGraph, elimination: EliminationPlan, guide: GuidePlan) -> None:
        self.graph = graph
        self.elimination = elimination
        self.plan = guide

    def _frame(self) -> Frame:
        return Frame(self.graph.with_more(self.plan.definitions), self.elimination, enumerate=False)

    def _sizes(self, frame: Frame, block: Block) -> list[ast.expr]:
        """The number of unconstrained elements of each site of a block."""
        return [flat_size(frame, self.graph.sites[site]) for site in block.sites]

    def shapes(self, out: Writer) -> None:
        """`guide_shapes(data)` and `noise_shapes(data)`."""
        for function, text in (
            ("guide_shapes", "The shape of each parameter (phi) of the guide."),
            ("noise_shapes", "The shape of the standard normal noise of each block, without S."),
        ):
            frame = self._frame()
            out.function(function, "data")
            out.docstring(text)
            body = Writer()
            body.indent()
            pairs: dict[str, ast.expr] = {}
            for block in self.plan.blocks:
                if block.family == "local":
                    local = LocalBlock(frame, self.plan, block)
                    shapes = local.parameters()
                    pairs |= {block.name: local.noise()} if function == "noise_shapes" else shapes
                    continue
                if block.family == "discrete":
                    if function == "noise_shapes":
                        pairs[block.name] = noise_shape(frame, block, constant(0))
                    continue
                total = add(self._sizes(frame, block))
                dense = sum(b.family == "dense" for b in self.plan.blocks)
                alone = len(self.plan.blocks) == 1 and block.family != "law"
                if block.family == "dense" or alone:
                    size = "D" if dense < 2 else f"D_{block.name}"
                    body.assign(size, total)
                    total = name(size)
                if block.family != "dense":
                    if function == "noise_shapes":
                        pairs[block.name] = noise_shape(frame, block, total)
                    else:
                        pairs |= parameter_shapes(block, total)
                    continue
                if function == "noise_shapes":
                    pairs[block.name] = quote("(n,)", n=total)
                    continue
                pairs[f"{block.name}.loc"] = quote("(n,)", n=total)
                pairs[f"{block.name}.log_scale"] = quote("(n,)", n=total)
                pairs[f"{block.name}.lower"] = quote("(n, n)", n=total)
            if function == "guide_shapes":
                for site in self.plan.centred:
                    shape = unconstrained_shape(frame, self.graph.sites[site])
                    pairs[f"{site}.centring"] = tuple_of(shape)
            frame.header(out)
            out.extend(body)
            out.returns(mapping(pairs))
            out.end()

    def guide(self, out: Writer) -> None:
        """`guide(phi, noise, data, params)`."""
        frame = self._frame()
        body = Writer()
        body.indent()
        laws = LawWriter(frame, self.graph, self.plan)
        parents = self.plan.parents
        for block in self.plan.blocks:
            if block.family == "local":
                LocalBlock(frame, self.plan, block).draw(body, kept=block.name in parents)
                continue
            if block.family == "dense":
                self._dense(block, body)
            elif block.family == "point":
                self._point(frame, block, body)
                continue
            elif block.family in ("law", "discrete"):
                continue
            else:
                draw_joint(block, body)
            if block.name in parents:
                loc = item("phi", f"{block.name}.loc")
                body.assign(item("delta", block.name), quote("joint - loc", loc=loc), "[S, D]")
            self._split(frame, block, body)
            self._apart(block, body)
        laws.write(body)
        out.function("guide", "phi", "noise", "data", "params")
        out.docstring(
            "Latents drawn from the guide, [S, ...], and the log density of each, [S].",
            "",
            "`noise` is standard normal, [S, ...] for each block.",
        )
        frame.header(out, laws.own)
        kept = kept_blocks(self.plan)
        apart = bool(laws.laws or laws.points or kept)
        own = ["u", "density", *(["delta"] if parents else []), *(["log_q"] if apart else [])]
        out.raw(f"{', '.join(own)} = {', '.join('{}' for _ in own)}")
        out.extend(body)
        if self.plan.centred:
            out.comment("how far each latent is centred: 0 not at all, 1 fully")
            centring = {
                site: quote("x.sigmoid()", x=item("phi", f"{site}.centring"))
                for site in self.plan.centred
            }
            out.assign("centring", mapping(centring))
            out.raw("latents, log_jacobian = constrain(u, data, params, centring)")
        else:
            out.raw("latents, log_jacobian = constrain(u, data, params, {})")
        terms = "{site: density[site] - log_jacobian[site] for site in density}"
        out.raw(f"log_q {'|=' if apart else '='} {terms}")
        laws.write_unbounded(out)
        for block in kept:
            out.comment(f"{block.sites[0]}: the mean of the log probability of its value")
            out.assign(item("log_q", block.sites[0]), entropy_term(block, self.elimination))
        out.raw("return latents, log_q")
        out.end()

    def density(self, out: Writer) -> None:
        """`guide_density(latents, data, params)`."""
        LawWriter(self._frame(), self.graph, self.plan).density(out)

    def _dense(self, block: Block, body: Writer) -> None:
        body.comment(f"{', '.join(block.sites)}: one dense Gaussian in unconstrained space")
        body.assign("eps", item("noise", block.name), "[S, D]")
        lower = quote("x.tril(-1)", x=item("phi", f"{block.name}.lower"))
        body.assign("lower", lower, "[D, D]")
        body.assign("log_scale", item("phi", f"{block.name}.log_scale"), "[D]")
        u = quote(
            "loc + log_scale.exp() * (eps + eps @ lower.T)", loc=item("phi", f"{block.name}.loc")
        )
        body.assign("joint", u, "[S, D]")
        body.comment("the log density of each coordinate given those before it")
        body.assign("log_density", quote("Normal(0.0, 1.0).log_prob(eps) - log_scale"), "[S, D]")

    def _split(self, frame: Frame, block: Block, body: Writer) -> None:
        """Give each site its part of a block."""
        sites = [self.graph.sites[n] for n in block.sites]
        if len(sites) == 1:
            self._part(frame, sites[0], name("joint"), name("log_density"), body)
            return
        sizes = self._sizes(frame, block)
        body.assign("sizes", listing(sizes))
        for target, source in (("parts", "joint"), ("densities", "log_density")):
            body.assign(target, quote(f"{source}.split(sizes, -1)"))
        for i, site in enumerate(sites):
            part, density = quote("parts[i]", i=i), quote("densities[i]", i=i)
            self._part(frame, site, part, density, body)

    def _apart(self, block: Block, body: Writer) -> None:
        """How far single sites of a block are off their means, where others depend on those."""
        wanted = self.plan.read_apart.get(block.name)
        if wanted is None:
            return
        delta = item("delta", block.name)
        body.assign("deltas", quote("x.split(sizes, -1)", x=delta))
        for i, site in enumerate(block.sites):
            if site in wanted:
                body.assign(item("delta", f"{block.name}.{site}"), quote("deltas[i]", i=i))

    def _part(
        self, frame: Frame, site: Site, part: ast.expr, density: ast.expr, body: Writer
    ) -> None:
        shape = unconstrained_shape(frame, site)
        if len(shape) != 1:
            minus_one = constant(-1)
            part = ast.Call(ast.Attribute(part, "reshape", ast.Load()), [minus_one, *shape], [])
        body.assign(item("u", site.name), part, f"[S, {_shape(site)}]".replace(", ]", "]"))
        body.assign(item("density", site.name), quote("x.sum(-1)", x=density))

    def _point(self, frame: Frame, block: Block, body: Writer) -> None:
        (site,) = (self.graph.sites[n] for n in block.sites)
        body.comment(f"{site.name}: a point, without noise")
        shape = tuple_of([constant(1), *unconstrained_shape(frame, site)])
        value = quote("loc.reshape(shape)", loc=item("phi", f"{block.name}.loc"), shape=shape)
        body.assign(item("u", site.name), value, f"[1, {_shape(site)}]".replace(", ]", "]"))


def _shape(site: Site) -> str:
    if site.completed:
        return cells_name(site.name)
    dims = [cells_name(site.cells), *site.kind.shape] if site.cells else list(site.dims)
    if site.kind.structure is Structure.SIMPLEX:
        dims[-1] += " - 1"
    elif site.kind.structure is not None:
        dims[-2:] = ["triangle"]
    return ", ".join(dims)
