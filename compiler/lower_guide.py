"""The guide block -> what it asks for, lined up with the model and checked against it."""

from __future__ import annotations

from typing import Literal, cast

from pplc.compiler.draws import element_of, kind_of, lifted
from pplc.compiler.environment import Environment
from pplc.compiler.expressions import Binder, Expr, Read, names_read, walk
from pplc.compiler.graph import Definition, Law, ModelGraph, Param, Site
from pplc.compiler.guide_lines import Family, Target, read_family, read_target
from pplc.compiler.kinds import OPEN_UNIT, POSITIVE, REAL, Kind
from pplc.compiler.lower_expressions import ExpressionLowering
from pplc.compiler.lower_laws import lower_law
from pplc.compiler.lower_params import lower_param
from pplc.compiler.resolve import Entry, Names, closest
from pplc.compiler.structure import Block, GuideRequest
from pplc.grammar import nodes
from pplc.grammar.catalogue.guide import (
    GuidedTwice,
    GuideFamilyUse,
    GuideIndices,
    GuideMissing,
    GuideObserved,
    GuidePlates,
    GuideReadsLater,
    GuideReadsSummedOut,
    GuideSupport,
    GuideTransform,
    GuideUnknown,
)
from pplc.grammar.catalogue.names import DefinedTwice, NotSupportedYet
from pplc.grammar.diagnostics import Diagnostic, Fix, Note, Result
from pplc.grammar.source import Source, Span

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
        self.named: dict[str, Span] = {}

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
        params = {n: p.model_copy(update={"guide": n in guides}) for n, p in self.params.items()}
        nets = {n: x.model_copy(update={"guide": n in guides}) for n, x in self.graph.nets.items()}
        return self.graph.with_params(params, nets)

    def complete(self, guide: nodes.GuideBlock) -> None:
        """Report what a strict guide leaves out."""
        left = [
            s.name
            for s in self.graph.sites.values()
            if s.latent and not s.discrete and s.name not in self.named
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
        if value is None or not self._readable((value,), name):
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
            for node in _nodes(value):
                if isinstance(node, nodes.Index) and isinstance(node.base, nodes.Name):
                    kind = self.env.kinds.get(node.base.id)
                    for i, inner in enumerate(node.indices if kind is not None else ()):
                        if inner == index and kind is not None and i < len(kind.shape):
                            return _binder(index.id, kind.shape[i], scope)
        text = self.env.source.slice(index.span)
        self._report(
            NotSupportedYet(span=index.span, feature=f"a definition over `{text}` in the guide")
        )
        return None

    def _text(self, span: Span) -> str:
        return " ".join(self.env.source.slice(span).split())

    # --- lines about sites ---

    def _line(self, line: nodes.GuideStatement) -> None:
        family = read_family(self.env, line.family, rest=not line.targets)
        if not line.targets:
            self.rest = family.family if family is not None else self.rest
            return
        targets = [read_target(t) for t in line.targets]
        sites = [self._site(target, line) for target in targets]
        if family is None or any(s is None for s in sites):
            return
        known = [s for s in sites if s is not None]
        if family.family == "law":
            self._law(line, targets, known)
        else:
            self._block(line, family, targets, known)

    def _block(
        self, line: nodes.GuideStatement, family: Family, targets: list[Target], sites: list[Site]
    ) -> None:
        for target, site in zip(targets, sites, strict=True):
            if site.discrete:
                self._report(
                    GuideFamilyUse(
                        span=target.span,
                        notes=self.env.declared(site.name),
                        problem=f"`{site.name}` is discrete: it has no Gaussian and no point",
                        found=f"drawn from `{site.law.distribution.name}`",
                        suggestion="leave it out: it is summed out exactly",
                    )
                )
                return
            if not self._fits_indices(target, site, required=False):
                return
            if not self._fits_transform(target, site):
                return
        indexed = [(t, s) for t, s in zip(targets, sites, strict=True) if t.indices]
        if family.family in ("dense", "lowrank") and indexed:
            self._each_element(line, targets, sites, indexed[0][1])
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
        self, line: nodes.GuideStatement, targets: list[Target], sites: list[Site], first: Site
    ) -> None:
        """One Gaussian for each element of a plate."""
        other = next((s for s in sites if s.plates != first.plates), None)
        if other is None:
            text = self.env.source.slice(line.family.span)
            feature = f"one `{text}` for each element of {' and '.join(first.plates)}"
            self._report(NotSupportedYet(span=line.span, feature=feature))
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
            self._report(
                GuideFamilyUse(
                    span=line.family.span,
                    problem="a distribution is given to one site at a time",
                    found=f"given to {len(targets)} sites",
                    suggestion="give each site its own line, or use `mvn` for all of them together",
                )
            )
            return
        (target,), (site,) = targets, sites
        if site.cells is not None:
            self._report(
                GuideFamilyUse(
                    span=line.family.span,
                    problem="a distribution is given to all elements of a site",
                    found=f"given to `{site.name}`, of which only some elements are inferred",
                    suggestion="`normal`, `mvn`, `lowrank(...)` and `point` are for those alone",
                )
            )
            return
        if target.function is not None:
            self._transformed_law(target, site)
            return
        if not self._fits_indices(target, site, required=True):
            return
        scope: dict[str, Binder] = {}
        for index, binder in zip(target.indices or (), site.written, strict=True):
            assert isinstance(index, nodes.Name)
            scope[index.id] = binder.model_copy(update={"variable": index.id})
        lowered = lower_law(ExpressionLowering(self.env), line.family, scope)
        if lowered is None:
            return
        law, binders = self._spread(lowered[0], site, tuple(scope.values()))
        kind = kind_of(law)
        if not self._fits_support(site, law, kind):
            return
        if not self._readable(law.expressions, site.name):
            return
        family: Literal["law", "discrete"] = "discrete" if site.discrete else "law"
        if site.discrete and self._reads_latents(law):
            feature = f"`{site.name}` kept in the guide with probabilities that depend on latents"
            self._report(NotSupportedYet(span=line.family.span, feature=feature))
            return
        if not site.discrete and law.distribution.name not in _REPARAMETERISED:
            feature = f"`{law.distribution.name}` in a guide"
            self._report(NotSupportedYet(span=line.family.span, feature=feature))
            return
        statement = site.model_copy(
            update={
                "law": law,
                "kind": kind,
                "binders": binders,
                "text": self._text(line.span),
                "bounds": None,
            }
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

    # --- checks ---

    def _site(self, target: Target, line: nodes.GuideStatement) -> Site | None:
        """The latent that a target names; reports it where there is none."""
        name = target.name.id
        site = self.graph.sites.get(name)
        if site is not None and not site.latent and not site.generated:
            self._report(self._observed(target, site, line))
        elif site is None or site.generated:
            if site is not None or not self._is_in_error(name):
                self._report(self._unknown(target, site))
        elif name in self.named:
            note = Note(f"`{name}` is named here", self.named[name])
            self._report(GuidedTwice(span=target.span, notes=(note,), name=name))
        else:
            self.named[name] = target.span
            return site
        return None

    def _is_in_error(self, name: str) -> bool:
        """Whether a name is a site of the model, with an error that was reported before."""
        return name in self.names.sites and name not in self.names.data

    def _observed(self, target: Target, site: Site, line: nodes.GuideStatement) -> Diagnostic:
        note = Note(
            "a guide is over latents: what is not known. The data are known, and nothing would "
            "tie this distribution to them"
        )
        latents = [
            f"{p.name.id}{_brackets(p)} ~ {_prior(self.params[p.name.id])}"
            for p in self.names.params.values()
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
            notes=(note, *self.env.declared(site.name, "declared as data")),
            name=site.name,
            suggestion=suggestion,
        )

    def _unknown(self, target: Target, site: Site | None) -> Diagnostic:
        name = target.name.id
        latents = [s.name for s in self.graph.sites.values() if s.latent]
        suggestion = "drop this line"
        fixes: tuple[Fix, ...] = ()
        if site is not None:
            problem = "it is generated after the fit"
        elif name in self.names.definitions or name in self.definitions:
            problem = "it is computed from other quantities"
            suggestion = "give a line to the latents that it is computed from"
        elif name in self.names.params:
            problem = "it is a `param`: it is optimised, and has no distribution"
        elif name in self.names.data:
            problem = "it is data without a distribution"
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

    def _fits_indices(self, target: Target, site: Site, required: bool) -> bool:
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
        self._report(
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

    def _fits_transform(self, target: Target, site: Site) -> bool:
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
        self._report(
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

    def _fits_support(self, site: Site, law: Law, kind: Kind) -> bool:
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
        self._report(
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

    def _readable(self, expressions: tuple[Expr, ...], owner: str) -> bool:
        """Whether everything read here has a value when the guide draws `owner`."""
        drawn = {b.name for b in self.blocks if b.family == "law"}
        problems: list[Diagnostic] = []
        reads = [n for e in expressions for n in walk(e) if isinstance(n, Read)]
        for read in reads:
            problem = self._unreadable(read, owner, drawn)
            if problem is not None:
                problems.append(problem)
        self.env.problems.extend(problems)
        return not problems

    def _unreadable(self, read: Read, owner: str, drawn: set[str]) -> Diagnostic | None:
        notes = self.env.declared(read.name)
        definition = self.graph.definitions.get(read.name)
        site = self.graph.sites.get(read.name)
        if definition is not None and not definition.constant and names_read(definition.value):
            feature = f"reading `{read.name}`, which is computed from latents, in the guide"
            return NotSupportedYet(span=read.span, feature=feature)
        if site is None or not (site.latent or site.generated):
            return None
        if site.discrete:
            return GuideReadsSummedOut(
                span=read.span,
                notes=notes,
                name=read.name,
                how="kept there as a table of probabilities"
                if site.name in self._laws()
                else "summed out of the model",
            )
        if site.generated:
            when = "in the objective, but it is drawn after the fit"
            help_text = "let the guide depend on data and on latents that it draws"
            return GuideReadsLater(
                span=read.span, notes=notes, help_text=help_text, name=read.name, when=when
            )
        if site.name == owner:
            help_text = "let it depend on params, data or latents drawn before"
            return GuideReadsLater(
                span=read.span, help_text=help_text, name=owner, when="to draw it itself"
            )
        if site.name not in self._laws() - drawn:
            return None
        when = f"to draw `{owner}`, but draws it later"
        return GuideReadsLater(span=read.span, notes=notes, name=read.name, when=when)

    def _reads_latents(self, law: Law) -> bool:
        waiting = {n for a in law.arguments.values() for n in names_read(a)}
        reads: set[str] = set()
        while waiting:
            name = waiting.pop()
            reads.add(name)
            if name in self.definitions:
                waiting |= self.definitions[name].reads - reads
        return any(n in self.graph.sites and self.graph.sites[n].latent for n in reads)

    def _laws(self) -> set[str]:
        """The sites to which some line of the guide gives a distribution."""
        return {
            read_target(line.targets[0]).name.id
            for guide in self.names.guides
            for line in guide.body
            if isinstance(line, nodes.GuideStatement)
            and line.targets
            and isinstance(line.family, nodes.Call)
            and line.family.function != "lowrank"
        }


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


def _family(family: Family) -> Literal["dense", "diagonal", "lowrank", "point"]:
    return cast(Literal["dense", "diagonal", "lowrank", "point"], family.family)


def _binder(variable: str, index_set: str, scope: dict[str, Binder]) -> Binder:
    occurrence = sum(b.index_set == index_set for b in scope.values())
    return Binder(variable=variable, index_set=index_set, occurrence=occurrence)


def _nodes(node: object) -> list[nodes.Node]:
    """A piece of syntax and all below it."""
    if isinstance(node, tuple):
        return [n for item in node for n in _nodes(item)]
    if not isinstance(node, nodes.Node):
        return []
    return [node, *(n for value in node.__dict__.values() for n in _nodes(value))]


def _written(node: nodes.Expr) -> set[str]:
    return {n.id for n in _nodes(node) if isinstance(n, nodes.Name)}


def _brackets(param: nodes.ParamDecl) -> str:
    dims = [f"{d.id.lower()} in {d.id}" for d in param.dims]
    return f"[{', '.join(dims)}]" if dims else ""


def _prior(param: Param) -> str:
    """A weak prior for what a param stands for."""
    support = param.kind.support
    if support == OPEN_UNIT or (support.lower, support.upper) == (0, 1):
        return "Beta(1, 1)"
    return "HalfNormal(10)" if support.lower == 0 else "Normal(0, 10)"
