"""Lines of a guide that give a site a distribution of its own -> blocks."""

from __future__ import annotations

from typing import Literal

from pplc.compiler.draws import element_of, kind_of, lifted
from pplc.compiler.expressions import Binder
from pplc.compiler.graph import Law, Site
from pplc.compiler.guide.plan import Block
from pplc.compiler.guide_block.alignment import Alignment, SiteLine
from pplc.compiler.guide_block.lines import refuse_family
from pplc.compiler.guide_block.reads import GuideReads
from pplc.compiler.lower.expressions import ExpressionLowering
from pplc.compiler.lower.laws import lower_law
from pplc.grammar import nodes
from pplc.grammar.catalogue.guide import GuideNotDrawn, GuideTransform
from pplc.grammar.diagnostics import Diagnostic

#: Distributions that can be drawn from fixed noise (`runtime/guides.py`).
_REPARAMETERISED = {
    *("Normal", "LogNormal", "StudentT", "Cauchy", "HalfNormal", "HalfCauchy", "FoldedNormal"),
    *("Laplace", "Logistic", "Gumbel", "Exponential", "Gamma", "ChiSquared", "InverseGamma"),
    *("Beta", "Uniform", "Weibull", "Pareto", "Dirichlet", "MultivariateNormal"),
}


def law_block(alignment: Alignment, reads: GuideReads, line: SiteLine) -> Block | None:
    """The block of a line with a distribution; None where it cannot be drawn so: reported."""
    if not _can_have_law(alignment, line):
        return None
    env = alignment.env
    ((target, site),) = line.targets
    if not alignment.fits_indices(target, site, required=True):
        return None
    scope: dict[str, Binder] = {}
    for index, binder in zip(target.indices or (), site.written, strict=True):
        assert isinstance(index, nodes.Name)
        scope[index.id] = binder.replaced(variable=index.id)
    lowered = lower_law(ExpressionLowering(env), line.node.family, scope)
    if lowered is None:
        return None
    law, binders = _spread(lowered[0], site, tuple(scope.values()))
    kind = kind_of(law)
    if not alignment.fits_support(site, law, kind):
        return None
    if not reads.readable(law.expressions, site.name):
        return None
    if not site.discrete and law.distribution.name not in _REPARAMETERISED:
        env.report(_not_drawn(law))
        return None
    family: Literal["law", "discrete"] = "discrete" if site.discrete else "law"
    statement = site.replaced(
        law=law, kind=kind, binders=binders, text=env.text(line.node.span), bounds=None
    )
    return Block(name=site.name, family=family, sites=(site.name,), statement=statement, named=True)


def _can_have_law(alignment: Alignment, line: SiteLine) -> bool:
    """Whether a line is about one whole site as it stands; reports where it is not."""
    env = alignment.env
    if len(line.targets) > 1:
        refuse_family(
            env,
            line.node.family.span,
            problem="a distribution is given to one site at a time",
            found=f"given to {len(line.targets)} sites",
            suggestion="give each site its own line, or use `mvn` for all of them together",
        )
        return False
    ((target, site),) = line.targets
    if site.cells is not None:
        refuse_family(
            env,
            line.node.family.span,
            problem="a distribution is given to all elements of a site",
            found=f"given to `{site.name}`, of which only some elements are inferred",
            suggestion="`normal`, `mvn`, `lowrank(...)` and `point` are for those alone",
        )
        return False
    if target.function is not None:
        env.report(
            GuideTransform(
                span=target.span,
                function=target.function,
                name=site.name,
                support=str(site.kind),
                problem="a distribution is over the site itself",
            )
        )
        return False
    return True


def _spread(law: Law, site: Site, binders: tuple[Binder, ...]) -> tuple[Law, tuple[Binder, ...]]:
    """A distribution of a vector of independent draws, where the model's is one too."""
    implicit = tuple(b for b in site.binders if b.implicit)
    if lifted(law) in ((), tuple(b.index_set for b in implicit)):
        for binder in implicit:
            law = element_of(law, binder)
        binders = (*binders, *implicit)
    return law, binders


def _not_drawn(law: Law) -> Diagnostic:
    """A distribution whose draws are not a smooth function of its arguments."""
    name = law.distribution.name
    suggestion = "leave the line out: the guide is derived"
    if name == "Delta":
        suggestion = "a single value that is optimised is `point`"
    elif name == "Flat":
        suggestion = "a guide is a proper distribution, such as `normal`"
    elif name == "Mixture":
        suggestion = "a fit finds the modes itself; leave the line out"
    return GuideNotDrawn(span=law.span, distribution=name, suggestion=suggestion)
