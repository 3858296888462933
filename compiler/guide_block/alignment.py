"""The lines of a guide lined up with the model: the latent, its plates, its values."""

from __future__ import annotations

from dataclasses import dataclass

from pplc.compiler.advice.wording import closest
from pplc.compiler.graph import Definition, Law, ModelGraph, Param, Site
from pplc.compiler.guide_block.lines import Asked, Target, read_target
from pplc.compiler.kinds.kinds import OPEN_UNIT, POSITIVE, REAL, Kind
from pplc.compiler.lower.environment import Environment
from pplc.grammar import nodes
from pplc.grammar.catalogue.guide import (
    GuidedTwice,
    GuideIndices,
    GuideObserved,
    GuideSupport,
    GuideTransform,
    GuideUnknown,
)
from pplc.grammar.diagnostics import Diagnostic, Fix, Note
from pplc.grammar.source import Span
from pplc.grammar.walk import nodes_in


@dataclass(frozen=True)
class SiteLine:
    """A line of the guide about sites: what it asks for, and each target with its site."""

    node: nodes.GuideStatement
    asked: Asked
    targets: tuple[tuple[Target, Site], ...]

    @property
    def sites(self) -> tuple[Site, ...]:
        """The sites, in the order in which they are written."""
        return tuple(site for _, site in self.targets)


class Alignment:
    """The checks of one guide; `params` and `definitions` are those known so far."""

    def __init__(
        self,
        env: Environment,
        graph: ModelGraph,
        params: dict[str, Param],
        definitions: dict[str, Definition],
    ) -> None:
        self.env = env
        self.graph = graph
        self.params = params
        self.definitions = definitions
        #: Where each latent that has a line is named.
        self.named: dict[str, Span] = {}

    def line(self, node: nodes.GuideStatement, asked: Asked | None) -> SiteLine | None:
        """A line with the latent that each target names; None where one is reported.

        `asked` is None where the right side was.
        """
        targets = [read_target(t) for t in node.targets]
        found = [(target, self._site(target, node)) for target in targets]
        known = tuple((target, site) for target, site in found if site is not None)
        if asked is None or len(known) < len(found):
            return None
        return SiteLine(node, asked, known)

    def _site(self, target: Target, line: nodes.GuideStatement) -> Site | None:
        """The latent that a target names; reports it where there is none."""
        name = target.name.id
        site = self.graph.sites.get(name)
        known = name in self.graph.data if site is None else not (site.latent or site.generated)
        if known:
            self.env.report(self._observed(target, line))
        elif site is None or site.generated:
            if site is not None or not self._is_in_error(name):
                self.env.report(self._unknown(target, site))
        elif name in self.named:
            note = Note(f"`{name}` is named here", self.named[name])
            self.env.report(GuidedTwice(span=target.span, notes=(note,), name=name))
        else:
            self.named[name] = target.span
            return site
        return None

    def _is_in_error(self, name: str) -> bool:
        """Whether a name is a site of the model, with an error that was reported before."""
        return name in self.env.names.sites and name not in self.env.names.data

    def _observed(self, target: Target, line: nodes.GuideStatement) -> Diagnostic:
        note = Note(
            "a guide is over latents: what is not known. The data are known, and nothing would "
            "tie this distribution to them"
        )
        latents = [
            f"{p.name.id}{_brackets(p)} ~ {_prior(self.params[p.name.id])}"
            for p in self.env.names.params.values()
            if p.name.id in _written(line.family) and p.name.id in self.params
        ]
        if latents:
            suggestion = (
                "drop this line, and declare what is unknown in the model: "
                + " and ".join(f"`{text}`" for text in latents)
            )
        else:
            suggestion = "drop this line; what is unknown is a latent of the model"
        return GuideObserved(
            span=target.span,
            notes=(note, *self.env.declared(target.name.id, "declared as data")),
            name=target.name.id,
            suggestion=suggestion,
        )

    def _unknown(self, target: Target, site: Site | None) -> Diagnostic:
        name = target.name.id
        latents = [s.name for s in self.graph.sites.values() if s.latent]
        suggestion = "drop this line"
        fixes: tuple[Fix, ...] = ()
        if site is not None:
            problem = "it is generated after the fit"
        elif name in self.env.names.definitions or name in self.definitions:
            problem = "it is computed from other quantities"
            suggestion = "give a line to the latents that it is computed from"
        elif name in self.env.names.params:
            problem = "it is a `param`: it is optimised, and has no distribution"
        else:
            problem = "the model has no site of this name"
            near = closest(name, latents)
            if near is not None:
                suggestion = f"did you mean `{near}`?"
                fixes = (Fix(f"write `{near}`", target.name.span, near),)
            elif latents:
                suggestion = f"the latents are {', '.join(f'`{n}`' for n in latents)}"
        return GuideUnknown(
            span=target.name.span,
            notes=self.env.declared(name),
            fixes=fixes,
            name=name,
            problem=problem,
            suggestion=suggestion,
        )

    def fits_indices(self, target: Target, site: Site, required: bool) -> bool:
        """Whether a target names the plates of its site one by one (or leaves them out)."""
        if target.indices is None and not (required and site.written):
            return True
        indices = target.indices or ()
        words = [i.id for i in indices if isinstance(i, nodes.Name)]
        fresh = [w for w in words if w not in self.graph.index_sets]
        plates = [b.index_set for b in site.written]
        if len(fresh) == len(indices) == len(plates) and len(set(fresh)) == len(fresh):
            return True
        model = f"over {' and '.join(plates)}" if plates else "a single site, in no plate,"
        if len(indices) != len(plates):
            problem = f"{len(indices)} instead of {len(plates)} indices"
        elif len(fresh) < len(indices):
            problem = "an index here is a name of your choice for each plate"
        else:
            problem = "each plate has a name of its own"
        brackets = f"[{', '.join(b.variable for b in site.written)}]" if plates else ""
        suggestion = f"{site.name}{brackets}"
        self.env.report(
            GuideIndices(
                span=target.span,
                notes=self.env.declared(site.name),
                fixes=(Fix("name the plates", target.span, suggestion),)
                if target.function is None
                else (),
                name=site.name,
                model=model,
                problem=problem,
                suggestion=suggestion,
            )
        )
        return False

    def fits_transform(self, target: Target, site: Site) -> bool:
        """Whether `log` or `logit` of a target is the way to its unconstrained space."""
        support = site.kind.support
        fits = {"log": support == POSITIVE, "logit": support == OPEN_UNIT}
        if target.function is None or (
            fits.get(target.function, False) and site.kind.structure is None and not site.ordered
        ):
            return True
        problem = "not defined on all of its values"
        if target.function not in fits:
            problem = "only `log` and `logit` can be written here"
        elif support.within(POSITIVE) or support.within(OPEN_UNIT):
            problem = "not its map to the real line"
        self.env.report(
            GuideTransform(
                span=target.span,
                notes=self.env.declared(site.name),
                function=target.function,
                name=site.name,
                support=str(site.kind),
                problem=problem,
            )
        )
        return False

    def fits_support(self, site: Site, law: Law, kind: Kind) -> bool:
        """Whether a distribution is over the values that the model's is over."""
        model, guide = site.kind, kind
        if model.support.integer == guide.support.integer and model == guide and not site.ordered:
            return True
        suggestion = "choose a distribution over the same values"
        if site.ordered:
            suggestion = "an `ordered` family takes `normal`, `mvn` or `point`"
        elif model.is_scalar and guide.support == REAL and model.support == POSITIVE:
            suggestion = "`LogNormal` and `Gamma` are positive"
        elif model.is_scalar and guide.support == REAL and model.support == OPEN_UNIT:
            suggestion = "`Beta` is between 0 and 1"
        self.env.report(
            GuideSupport(
                span=law.span,
                notes=self.env.declared(site.name),
                name=site.name,
                model="an increasing family" if site.ordered else str(model),
                guide=str(guide),
                suggestion=suggestion,
            )
        )
        return False


def _written(node: nodes.Expr) -> set[str]:
    return {n.id for n in nodes_in(node) if isinstance(n, nodes.Name)}


def _brackets(param: nodes.ParamDecl) -> str:
    dims = [f"{d.id.lower()} in {d.id}" for d in param.dims]
    return f"[{', '.join(dims)}]" if dims else ""


def _prior(param: Param) -> str:
    """A weak prior for what a param stands for."""
    support = param.kind.support
    if support == OPEN_UNIT or (support.lower, support.upper) == (0, 1):
        return "Beta(1, 1)"
    return "HalfNormal(10)" if support.lower == 0 else "Normal(0, 10)"
