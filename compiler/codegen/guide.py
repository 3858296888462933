"""The functions `guide_shapes`, `noise_shapes` and `guide`."""

from __future__ import annotations

import ast

from pplc.compiler.codegen.constraints import unconstrained_shape
from pplc.compiler.codegen.frame import Frame
from pplc.compiler.codegen.guide_local import LocalBlock, flat_size
from pplc.compiler.codegen.writer import (
    Writer,
    add,
    constant,
    item,
    listing,
    mapping,
    quote,
    tuple_of,
)
from pplc.compiler.eliminate import EliminationPlan
from pplc.compiler.graph import ModelGraph, Site
from pplc.compiler.structure import Block, GuidePlan


class GuideWriter:
    """Writes the guide, one block after the other."""

    def __init__(self, graph: ModelGraph, elimination: EliminationPlan, guide: GuidePlan) -> None:
        self.graph = graph
        self.elimination = elimination
        self.plan = guide

    def _frame(self) -> Frame:
        return Frame(self.graph, self.elimination, enumerate=False)

    def _sizes(self, frame: Frame, block: Block) -> list[ast.expr]:
        """The number of unconstrained elements of each site of a dense block."""
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
            pairs: dict[str, ast.expr] = {}
            body = Writer()
            body.indent()
            for block in self.plan.blocks:
                if block.family == "local":
                    local = LocalBlock(frame, self.plan, block)
                    shapes = local.parameters()
                    pairs |= {block.name: local.noise()} if function == "noise_shapes" else shapes
                    continue
                body.assign("D", add(self._sizes(frame, block)))
                if function == "noise_shapes":
                    pairs[block.name] = quote("(D,)")
                    continue
                pairs[f"{block.name}.loc"] = quote("(D,)")
                pairs[f"{block.name}.log_scale"] = quote("(D,)")
                pairs[f"{block.name}.lower"] = quote("(D, D)")
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
        parents = self.plan.parents
        for block in self.plan.blocks:
            if block.family == "local":
                LocalBlock(frame, self.plan, block).draw(body, kept=block.name in parents)
            else:
                self._dense(frame, block, body, kept=block.name in parents)
        out.function("guide", "phi", "noise", "data", "params")
        out.docstring(
            "Latents drawn from the guide, [S, ...], and the log density of each, [S].",
            "",
            "`noise` is standard normal, [S, ...] for each block.",
        )
        frame.header(out)
        out.raw("u, density, delta = {}, {}, {}" if parents else "u, density = {}, {}")
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
        out.raw("log_q = {site: density[site] - log_jacobian[site] for site in latents}")
        out.raw("return latents, log_q")
        out.end()

    def _dense(self, frame: Frame, block: Block, body: Writer, kept: bool) -> None:
        sites = [self.graph.sites[n] for n in block.sites]
        body.comment(f"{', '.join(block.sites)}: one dense Gaussian in unconstrained space")
        body.assign("eps", item("noise", block.name), "[S, D]")
        lower = quote("x.tril(-1)", x=item("phi", f"{block.name}.lower"))
        body.assign("lower", lower, "[D, D]")
        body.assign("log_scale", item("phi", f"{block.name}.log_scale"), "[D]")
        u = quote(
            "loc + log_scale.exp() * (eps + eps @ lower.T)", loc=item("phi", f"{block.name}.loc")
        )
        body.assign("joint", u, "[S, D]")
        if kept:
            loc = item("phi", f"{block.name}.loc")
            body.assign(item("delta", block.name), quote("joint - loc", loc=loc), "[S, D]")
        body.comment("the log density of each coordinate given those before it")
        body.assign("log_density", quote("Normal(0.0, 1.0).log_prob(eps) - log_scale"), "[S, D]")
        sizes = self._sizes(frame, block)
        body.assign("sizes", listing(sizes))
        for target, source in (("parts", "joint"), ("densities", "log_density")):
            body.assign(target, quote(f"{source}.split(sizes, -1)"))
        for i, site in enumerate(sites):
            part = quote("parts[i]", i=i)
            shape = unconstrained_shape(frame, site)
            if len(shape) != 1:
                minus_one = constant(-1)
                part = ast.Call(ast.Attribute(part, "reshape", ast.Load()), [minus_one, *shape], [])
            body.assign(item("u", site.name), part, f"[S, {_shape(site)}]".replace(", ]", "]"))
            body.assign(item("density", site.name), quote("densities[i].sum(-1)", i=i))


def _shape(site: Site) -> str:
    dims = list(site.dims)
    if site.kind.structure is not None:
        dims[-1] += " - 1"
    return ", ".join(dims)
