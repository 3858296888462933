"""The guide block -> what it asks for, lined up with the model and checked against it."""

from __future__ import annotations

from typing import Literal, cast

from pplc.compiler.draws import element_of, kind_of, lifted
from pplc.compiler.environment import Environment
from pplc.compiler.expressions import Binder
from pplc.compiler.graph import Definition, Law, ModelGraph, Param, Site
from pplc.compiler.guide_alignment import Alignment
from pplc.compiler.guide_lines import Family, Target, read_family, read_target, refuse_family
from pplc.compiler.guide_plan import Block, GuideRequest
from pplc.compiler.guide_reads import GuideReads
from pplc.compiler.kinds import Kind
from pplc.compiler.lower_expressions import ExpressionLowering
from pplc.compiler.lower_laws import lower_law
from pplc.compiler.lower_params import lower_param
from pplc.compiler.names import Entry, Names
from pplc.grammar import nodes
from pplc.grammar.catalogue.guide import (
    GuideMissing,
    GuideNotDrawn,
    GuidePlates,
    GuidePlateUnknown,
    GuideTransform,
)
from pplc.grammar.catalogue.names import DefinedTwice
from pplc.grammar.diagnostics import Diagnostic, Note, Result
from pplc.grammar.source import Source, Span
from pplc.grammar.walk import nodes_in

#: Distributions that can be drawn from fixed noise (`runtime/reparameterised.py`).
_REPARAMETERISED = {
    *("Normal", "LogNormal", "StudentT", "Cauchy", "HalfNormal", "HalfCauchy", "FoldedNormal"),
    *("Laplace", "Logistic", "Gumbel", "Exponential", "Gamma", "ChiSquared", "InverseGamma"),
    *("Beta", "Uniform", "Weibull", "Pareto", "Dirichlet", "MultivariateNormal"),
}


def lower_guide(
    source: Source, names: Names, graph: ModelGraph
) -> Result[tuple[ModelGraph, GuideRequest]]:
    """What the guide blocks ask for, and the model with the params of the guide entered.

    Diagnostics: E6, and those of the expressions in it. Statements of the model that have an error
    are unknown here, and lines about them stay silent.
    """
    lowering = _GuideLowering(source, names, graph)
    for guide in names.guides:
        lowering.block(guide)
    for guide in names.guides:
        lowering.complete(guide)
    problems = sorted(lowering.env.problems, key=lambda p: p.span.start if p.span else 0)
    return Result((lowering.graph_with_params(), lowering.request()), tuple(problems))


class _GuideLowering:
    """The lines of the guide blocks of one spec, one after the other."""

    def __init__(self, source: Source, names: Names, graph: ModelGraph) -> None:
        self.names = names
        self.graph = graph
        self.env = Environment(
            source, names, index_sets=dict(graph.index_sets), nets=dict(graph.nets)
        )
        self.env.kinds = {n: _kind(graph, n) for n in names.values}
        self.params: dict[str, Param] = dict(graph.params)
        self.definitions: dict[str, Definition] = {}
        self.blocks: list[Block] = []
        self.rest = "structured"
        self.rest_span: Span | None = None
        self.alignment = Alignment(self.env, graph, self.params, self.definitions)
        self.reads = GuideReads(self.env, graph, self.blocks)

    def block(self, guide: nodes.GuideBlock) -> None:
        """All lines of one block; params first, since their order does not matter."""
        for line in guide.body:
            if isinstance(line, nodes.ParamDecl) and self._claims(line.name):
                self._param(line)
        for line in guide.body:
            if isinstance(line, nodes.DefinitionStatement) and self._claims(line.target.name):
                self._definition(line)
            elif isinstance(line, nodes.GuideStatement):
                self._line(line)

    def request(self) -> GuideRequest:
        """What was asked for."""
        return GuideRequest(
            blocks=tuple(self.blocks),
            definitions=tuple(self.definitions.values()),
            rest=cast(Literal["structured", "dense", "diagonal", "point"], self.rest),
            rest_span=self.rest_span,
        )

    def graph_with_params(self) -> ModelGraph:
        """The model with the guide's params; what the model does not read is the guide's too."""
        read = set().union(*(s.reads for s in self.graph.statements))
        own = {
            name
            for block in self.blocks
            if block.statement is not None
            for name in block.statement.reads
        } | {name for d in self.definitions.values() for name in d.reads}
        guides = own - read
        params = {n: p.replaced(guide=n in guides) for n, p in self.params.items()}
        nets = {n: x.replaced(guide=n in guides) for n, x in self.graph.nets.items()}
        return self.graph.with_params(params, nets)

    def complete(self, guide: nodes.GuideBlock) -> None:
        """Report what a strict guide leaves out."""
        left = [
            s.name
            for s in self.graph.sites.values()
            if s.latent and not s.discrete and s.name not in self.alignment.named
        ]
        starred = any(isinstance(s, nodes.GuideStatement) and not s.targets for s in guide.body)
        if guide.strict and left and not starred:
            names = " and ".join(f"`{n}`" for n in left)
            notes = tuple(Note(f"`{n}` is drawn here", self.graph.sites[n].span) for n in left)
            head = Span(guide.span.start, guide.span.start + len("guide strict"))
            self._report(GuideMissing(span=head, notes=notes, names=names))

    # --- what the guide declares itself ---

    def _report(self, diagnostic: Diagnostic) -> None:
        self.env.report(diagnostic)

    def _claims(self, name: nodes.Name) -> bool:
        if name.id not in self.env.names.values and name.id not in self.env.kinds:
            return True
        note = self.env.declared(name.id) or (Note(f"`{name.id}` is defined in the guide already"),)
        self._report(
            DefinedTwice(span=name.span, notes=note, name=name.id, again="defined in the guide")
        )
        return False

    def _param(self, declared: nodes.ParamDecl) -> None:
        param = lower_param(self.env, declared, local=True)
        self.env.kinds[declared.name.id] = None if param is None else param.kind
        self.names.params[declared.name.id] = declared
        if param is not None:
            self.params[declared.name.id] = param

    def _definition(self, statement: nodes.DefinitionStatement) -> None:
        name = statement.target.name.id
        self.env.kinds[name] = None
        self.names.definitions[name] = Entry(statement, (), generated=False)
        scope: dict[str, Binder] = {}
        for index in statement.target.indices:
            binder = self._plate(index, statement.value, scope)
            if binder is None:
                return
            scope[binder.variable] = binder
        value = ExpressionLowering(self.env, name).whole(statement.value, scope)
        if value is None or not self.reads.readable((value,), name):
            return
        binders = tuple(scope.values())
        self.env.kinds[name] = value.kind.over(tuple(b.index_set for b in binders))
        self.definitions[name] = Definition(
            name=name,
            span=statement.target.name.span,
            binders=binders,
            text=self._text(statement.span),
            value=value,
            constant=False,
        )

    def _plate(
        self, index: nodes.Binder | nodes.Expr, value: nodes.Expr, scope: dict[str, Binder]
    ) -> Binder | None:
        """The binder of a definition in the guide: written out, or told by what it indexes."""
        if isinstance(index, nodes.Binder):
            return self.env.binder(index, scope)
        if isinstance(index, nodes.Name):
            for node in nodes_in(value):
                if isinstance(node, nodes.Index) and isinstance(node.base, nodes.Name):
                    kind = self.env.kinds.get(node.base.id)
                    for i, inner in enumerate(node.indices if kind is not None else ()):
                        if inner == index and kind is not None and i < len(kind.shape):
                            return _binder(index.id, kind.shape[i], scope)
            sets = {b.index_set for b in self.names.binders if b.variable == index.id}
            if len(sets) == 1:
                return _binder(index.id, sets.pop(), scope)
        text = self.env.source.slice(index.span)
        self._report(GuidePlateUnknown(span=index.span, index=text))
        return None

    def _text(self, span: Span) -> str:
        return " ".join(self.env.source.slice(span).split())

    # --- lines about sites ---

    def _line(self, line: nodes.GuideStatement) -> None:
        family = read_family(self.env, line.family, rest=not line.targets)
        if not line.targets:
            self.rest = family.family if family is not None else self.rest
            self.rest_span = line.span
            return
        targets = [read_target(t) for t in line.targets]
        sites = [self.alignment.site(target, line) for target in targets]
        if family is None or any(s is None for s in sites):
            return
        known = [s for s in sites if s is not None]
        before = len(self.blocks)
        if family.family == "law":
            self._law(line, targets, known)
        else:
            self._block(line, family, targets, known)
        self.blocks[before:] = [b.replaced(span=line.span) for b in self.blocks[before:]]

    def _block(
        self, line: nodes.GuideStatement, family: Family, targets: list[Target], sites: list[Site]
    ) -> None:
        for target, site in zip(targets, sites, strict=True):
            if site.discrete:
                refuse_family(
                    self.env,
                    target.span,
                    notes=self.env.declared(site.name),
                    problem=f"`{site.name}` is discrete: it has no Gaussian and no point",
                    found=f"drawn from `{site.law.distribution.name}`",
                    suggestion="leave it out: it is summed out exactly",
                )
                return
            if not self.alignment.fits_indices(target, site, required=False):
                return
            if not self.alignment.fits_transform(target, site):
                return
        indexed = [(t, s) for t, s in zip(targets, sites, strict=True) if t.indices]
        if family.family in ("dense", "lowrank") and indexed:
            self._each_element(line, family, targets, sites, indexed[0][1])
            return
        names = tuple(s.name for s in sites)
        if family.family in ("diagonal", "point"):
            self.blocks += [
                Block(name=n, family=_family(family), sites=(n,), named=True) for n in names
            ]
            return
        self.blocks.append(
            Block(
                name="_".join(names),
                family=_family(family),
                sites=names,
                rank=family.rank,
                named=True,
            )
        )

    def _each_element(
        self,
        line: nodes.GuideStatement,
        family: Family,
        targets: list[Target],
        sites: list[Site],
        first: Site,
    ) -> None:
        """One Gaussian for each element of a plate."""
        plates_of = {s.name: tuple(b.axis for b in s.written) for s in sites}
        other = next((s for s in sites if plates_of[s.name] != plates_of[first.name]), None)
        if other is None and family.family == "lowrank":
            refuse_family(
                self.env,
                line.family.span,
                problem="a low rank is for many numbers that depend on each other",
                found=f"for each element of {' and '.join(first.plates)} alone",
                suggestion="`mvn` gives each element a dense Gaussian; without indices, "
                "`lowrank` is over all elements",
            )
            return
        if other is None and any(s.cells != first.cells for s in sites):
            some = next(s for s in sites if s.cells is not None)
            refuse_family(
                self.env,
                line.family.span,
                problem="one Gaussian for each element is for sites with the same elements",
                found=f"`{some.name}` is inferred at some of them only",
                suggestion="give each site a line of its own",
            )
            return
        if other is None:
            names = tuple(s.name for s in sites)
            self.blocks.append(
                Block(
                    name="_".join(names),
                    family="local",
                    sites=names,
                    plates=plates_of[first.name],
                    cells=first.cells,
                    named=True,
                )
            )
            return
        plates = [
            f"`{s.name}` in {' and '.join(s.plates)}" if s.plates else f"`{s.name}` in none"
            for s in (first, other)
        ]
        self._report(
            GuidePlates(
                span=targets[0].span.to(targets[-1].span),
                notes=self.env.declared(first.name) + self.env.declared(other.name),
                first=first.name,
                second=other.name,
                plates=", ".join(plates),
                names=", ".join(s.name for s in sites),
            )
        )

    def _law(self, line: nodes.GuideStatement, targets: list[Target], sites: list[Site]) -> None:
        if len(targets) > 1:
            refuse_family(
                self.env,
                line.family.span,
                problem="a distribution is given to one site at a time",
                found=f"given to {len(targets)} sites",
                suggestion="give each site its own line, or use `mvn` for all of them together",
            )
            return
        (target,), (site,) = targets, sites
        if site.cells is not None:
            refuse_family(
                self.env,
                line.family.span,
                problem="a distribution is given to all elements of a site",
                found=f"given to `{site.name}`, of which only some elements are inferred",
                suggestion="`normal`, `mvn`, `lowrank(...)` and `point` are for those alone",
            )
            return
        if target.function is not None:
            self._transformed_law(target, site)
            return
        if not self.alignment.fits_indices(target, site, required=True):
            return
        scope: dict[str, Binder] = {}
        for index, binder in zip(target.indices or (), site.written, strict=True):
            assert isinstance(index, nodes.Name)
            scope[index.id] = binder.replaced(variable=index.id)
        lowered = lower_law(ExpressionLowering(self.env), line.family, scope)
        if lowered is None:
            return
        law, binders = self._spread(lowered[0], site, tuple(scope.values()))
        kind = kind_of(law)
        if not self.alignment.fits_support(site, law, kind):
            return
        if not self.reads.readable(law.expressions, site.name):
            return
        family: Literal["law", "discrete"] = "discrete" if site.discrete else "law"
        if not site.discrete and law.distribution.name not in _REPARAMETERISED:
            self._report(_not_drawn(law))
            return
        statement = site.replaced(
            law=law, kind=kind, binders=binders, text=self._text(line.span), bounds=None
        )
        self.blocks.append(
            Block(
                name=site.name, family=family, sites=(site.name,), statement=statement, named=True
            )
        )

    @staticmethod
    def _spread(
        law: Law, site: Site, binders: tuple[Binder, ...]
    ) -> tuple[Law, tuple[Binder, ...]]:
        """A distribution of a vector of independent draws, where the model's is one too."""
        implicit = tuple(b for b in site.binders if b.implicit)
        if lifted(law) in ((), tuple(b.index_set for b in implicit)):
            for binder in implicit:
                law = element_of(law, binder)
            binders = (*binders, *implicit)
        return law, binders

    def _transformed_law(self, target: Target, site: Site) -> None:
        self._report(
            GuideTransform(
                span=target.span,
                function=target.function or "",
                name=site.name,
                support=str(site.kind),
                problem="a distribution is over the site itself",
            )
        )


def _kind(graph: ModelGraph, name: str) -> Kind | None:
    if name in graph.data:
        return graph.data[name].kind
    if name in graph.params:
        return graph.params[name].kind
    if name in graph.definitions:
        definition = graph.definitions[name]
        return definition.value.kind.over(tuple(b.index_set for b in definition.binders))
    if name in graph.sites:
        site = graph.sites[name]
        return site.kind.over(tuple(b.index_set for b in site.binders))
    return None


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


def _family(family: Family) -> Literal["dense", "diagonal", "lowrank", "point"]:
    return cast(Literal["dense", "diagonal", "lowrank", "point"], family.family)


def _binder(variable: str, index_set: str, scope: dict[str, Binder]) -> Binder:
    occurrence = sum(b.index_set == index_set for b in scope.values())
    return Binder(variable=variable, index_set=index_set, occurrence=occurrence)
