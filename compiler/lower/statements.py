"""Statements of the model: sites, definitions and factors with their binders and kinds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

from pplc.compiler.distributions import TRUNCATED
from pplc.compiler.draws import kind_of, non_constant_ends, spread
from pplc.compiler.expressions import Binder, Expr, names_read
from pplc.compiler.graph import Definition, Factor, Law, Site
from pplc.compiler.kinds.kinds import Kind
from pplc.compiler.kinds.nonzero import is_diffuse
from pplc.compiler.kinds.structures import of_family
from pplc.compiler.lower.chains import join_kinds
from pplc.compiler.lower.check_laws import check_law
from pplc.compiler.lower.environment import Environment, Scope
from pplc.compiler.lower.expressions import ExpressionLowering
from pplc.compiler.lower.latents import may_be_latent
from pplc.compiler.lower.laws import Observed, lower_law
from pplc.compiler.lower.missing import is_joint, may_be_completed
from pplc.compiler.lower.observations import fits_data, lifts_to_other_sets
from pplc.compiler.lower.ordering import may_be_ordered, structure_of
from pplc.compiler.lower.targets import binders_of, whole_sets
from pplc.compiler.names.names import Entry
from pplc.grammar import nodes
from pplc.grammar.catalogue.indices import OtherStart, ScanInScan
from pplc.grammar.catalogue.names import NotADistribution
from pplc.grammar.catalogue.supports import ChainBounds
from pplc.grammar.source import Span

T = TypeVar("T")


class StatementLowering:
    """Lowers one statement: its target first, then its right side."""

    def __init__(
        self, env: Environment, entry: Entry, position: int, group: frozenset[str]
    ) -> None:
        self.env = env
        self.entry = entry
        self.position = position
        self.expressions = ExpressionLowering(env, entry.name, group)

    def lower(self) -> Site | Definition | Factor | None:
        """The statement; None where something was reported."""
        statement = self.entry.statement
        scope = self._loops()
        if scope is None:
            self.env.kinds.setdefault(self.entry.name, None)
            return None
        if isinstance(statement, nodes.FactorStatement):
            return self._factor(statement, scope)
        build: Callable[[], Site | Definition | None]
        if isinstance(statement, nodes.SiteStatement):
            build = lambda: self._site(statement, scope)  # noqa: E731
        else:
            build = lambda: self._definition(statement, scope)  # noqa: E731
        built = build()
        if built is None:
            self.env.kinds.setdefault(self.entry.name, None)
        if self.entry.name in self.env.names.doubted:
            self.env.kinds[self.entry.name] = None
        return built

    def _loops(self) -> dict[str, Binder] | None:
        """The binders of the loops around the statement."""
        scope: dict[str, Binder] = {}
        for loop in self.entry.loops:
            if loop.ordered and any(b.scan for b in scope.values()):
                head = Span(loop.span.start, loop.binder.span.end)
                inner, outer = loop.binder.index_set, next(b for b in scope.values() if b.scan)
                self.env.report(ScanInScan(span=head, inner=inner, outer=outer.index_set))
                return None
            binder = self.env.binder(loop.binder, scope, scan=loop.ordered)
            if binder is None:
                return None
            scope[binder.variable] = binder
        return scope

    def _factor(self, statement: nodes.FactorStatement, scope: Scope) -> Factor | None:
        value = self.expressions.number(statement.value, scope, "a factor")
        if value is None or not self.expressions.steps.enough((), _scan(scope), is_factor=True):
            return None
        return Factor(
            name=f"factor {self.position}",
            span=statement.span,
            binders=tuple(scope.values()),
            text=self.env.text(self.entry.statement.span),
            generated=self.entry.generated,
            value=value,
        )

    def _definition(
        self, statement: nodes.DefinitionStatement, scope: dict[str, Binder]
    ) -> Definition | None:
        shape = whole_sets(self.env, statement.target, scope)
        starts: list[Expr] | None = []
        if shape is not None:
            places = zip(shape, statement.target.indices, strict=True)
            if any(self.env.whole_set(name, index.span) is None for name, index in places):
                return None
            binders: tuple[Binder, ...] = ()
            what = f"`{self.env.source.slice(statement.target.span)}`"
            value = self.expressions.literal(statement.value, shape, {}, what)
        else:
            found = binders_of(self.env, statement.target, scope)
            if found is None:
                return None
            binders, inner = found
            value = self.expressions.whole(statement.value, inner)
            starts = self._starts(
                statement.starts, inner, lambda e: self.expressions.lower(e, inner)
            )
        if value is None or starts is None:
            return None
        name = self.entry.name
        self._note_firsts(binders)
        kind = value.kind
        for start in starts:
            joined = join_kinds(kind, start.kind)
            if joined is None:
                self._other_start(start.span, start.kind, value.kind)
                return None
            kind = joined
        if kind != value.kind:
            value = value.replaced(kind=kind)
        reads = set().union(*(names_read(e) for e in (value, *starts)))
        random = bool(reads & self.env.random)
        if random:
            self.env.random.add(name)
        if all(is_diffuse(self.env, e) for e in (value, *starts)):
            self.env.diffuse.add(name)
        discrete = sorted(reads & set(self.env.discrete))
        if discrete:
            self.env.discrete[name] = self.env.discrete[discrete[0]]
        whole = value.kind.over(tuple(b.index_set for b in binders))
        structure = of_family(value, binders) if not starts else None
        self.env.kinds[name] = replace(whole, structure=structure or whole.structure)
        return Definition(
            name=name,
            span=statement.target.name.span,
            binders=binders,
            text=self.env.text(self.entry.statement.span),
            generated=self.entry.generated,
            value=value,
            starts=tuple(starts),
            constant=not random,
        )

    def _site(self, statement: nodes.SiteStatement, scope: dict[str, Binder]) -> Site | None:
        found = binders_of(self.env, statement.target, scope)
        if found is None:
            return None
        binders, inner = found
        name = self.entry.name
        observed = name in self.env.names.data or name in self.env.names.definitions
        context = self._declared(len(binders)) if observed else None
        truncation = statement.truncation
        law = self._law(statement.law, truncation, inner, context)
        starts = self._starts(
            statement.starts, inner, lambda e: self._law(e, truncation, inner, context)
        )
        if law is None or starts is None:
            return None
        for start in starts:
            if kind_of(start) != kind_of(law):
                self._other_start(start.span, kind_of(start), kind_of(law))
                return None
        if observed and not fits_data(self.expressions, statement, law, kind_of(law), binders):
            return None
        if not observed and not lifts_to_other_sets(self.expressions, law, binders):
            return None
        (law, *starts), binders = spread((law, *starts), binders)
        kind = kind_of(law)
        bounds = non_constant_ends(law) if not kind.shape and not kind.support.integer else None
        completed = name in self.env.names.completed or (
            name in self.env.names.data and is_joint(kind, self.env.names.data[name])
        )
        site = Site(
            name=name,
            span=statement.target.name.span,
            binders=binders,
            text=self.env.text(self.entry.statement.span),
            generated=self.entry.generated,
            law=law,
            kind=kind,
            observed=observed,
            starts=tuple(starts),
            ordered=statement.ordered,
            bounds=bounds,
            completed=completed,
        )
        if not self._can_be_drawn(site, statement):
            return None
        self._note(site)
        return site

    def _can_be_drawn(self, site: Site, statement: nodes.SiteStatement) -> bool:
        """Whether a latent, or an ordered family, can have these draws; reports why not."""
        latent = site.latent or site.completed
        if latent and site.bounds is not None and site.starts:
            self.env.report(ChainBounds(span=site.law.span, name=site.name))
            return False
        if latent and not may_be_latent(self.env, site):
            return False
        if site.completed and not may_be_completed(self.env, statement, site.kind):
            return False
        return not site.ordered or may_be_ordered(self.env, site, statement.target)

    def _note(self, site: Site) -> None:
        """Enter what readers of a site have to know of it."""
        if site.completed:
            self._enter(site.name, site.law, site.kind)
            self._widen(site.name, site.kind)
        if not site.observed:
            self._note_firsts(site.binders)
            self._enter(site.name, site.law, site.kind)
            whole = site.kind.over(tuple(b.index_set for b in site.binders))
            if site.ordered:
                whole = replace(whole, structure=structure_of(site.kind))
            self.env.kinds[site.name] = whole

    def _widen(self, name: str, kind: Kind) -> None:
        """Missing cells are where the distribution says, which the declared type may not hold."""
        declared = self.env.kinds[name]
        if declared is not None:
            support = declared.support.join(kind.support)
            self.env.kinds[name] = replace(declared, support=support)

    def _declared(self, binders: int) -> Observed | None:
        """What is known of the draws of an observed site from its declaration."""
        kind = self.env.kinds.get(self.entry.name)
        return None if kind is None else Observed(kind.shape[binders:], kind.values)

    def _law(
        self,
        written: nodes.Expr,
        truncation: nodes.Truncation | None,
        scope: Scope,
        observed: Observed | None,
    ) -> Law | None:
        """A distribution of a site, truncated where the statement says so."""
        lowered = lower_law(self.expressions, written, scope, observed)
        if lowered is None or truncation is None:
            return None if lowered is None else lowered[0]
        ends = [self.expressions.lower(e, scope) for e in (truncation.lower, truncation.upper)]
        if any(e is None for e in ends):
            return None
        arguments = {n: e for n, e in zip(("lower", "upper"), ends, strict=True) if e is not None}
        law = Law(
            distribution=TRUNCATED,
            arguments=arguments,
            components=(lowered[0],),
            span=written.span.to(truncation.span),
        )
        return law if check_law(self.expressions, law) else None

    def _enter(self, name: str, law: Law, kind: Kind) -> None:
        """Note that a site is random, and what kind of randomness it has."""
        self.env.random.add(name)
        known = name in self.env.names.data  # a cell that is there may be any number
        if kind.support.integer:
            self.env.discrete[name] = name
        elif not law.distribution.atoms and not known and not _is_matrix(kind):
            self.env.diffuse.add(name)

    def _starts(
        self,
        starts: tuple[nodes.Expr, ...],
        scope: Scope,
        lower_one: Callable[[nodes.Expr], T | None],
    ) -> list[T] | None:
        """What the first elements of a chain are; None where something was reported."""
        steps = self.expressions.steps
        if not steps.enough(starts, _scan(scope), is_factor=False):
            return None
        found: list[T] = []
        for number, start in enumerate(starts):
            steps.at = number
            if self._is_number_start(start):
                continue
            lowered = lower_one(start)
            if lowered is not None:
                found.append(lowered)
        steps.at = None
        return found if len(found) == len(starts) else None

    def _is_number_start(self, start: nodes.Expr) -> bool:
        """Whether a random variable starts from a number; reports it."""
        drawn = isinstance(self.entry.statement, nodes.SiteStatement)
        if not drawn or isinstance(start, nodes.Call | nodes.Name):
            return False
        text = self.env.source.slice(start.span)
        self.env.report(
            NotADistribution(
                span=start.span,
                found=f"`{text}`" if len(text) <= 40 else "this expression",
                help_text=f"the first element is drawn too: `from Normal({text}, 1)`, "
                f"or `from Delta({text})` where it is known",
            )
        )
        return True

    def _note_firsts(self, binders: tuple[Binder, ...]) -> None:
        if any(b.start for b in binders):
            self.env.firsts[self.entry.name] = tuple(b.start for b in binders)

    def _other_start(self, span: Span, found: Kind, expected: Kind) -> None:
        name = self.entry.name
        self.env.report(OtherStart(span=span, name=name, found=str(found), expected=str(expected)))


def _scan(scope: Scope) -> Binder | None:
    """The binder of the scan around a statement."""
    return next((b for b in scope.values() if b.scan), None)


def _is_matrix(kind: Kind) -> bool:
    """Whether it is a matrix some of whose elements are known, such as a Cholesky factor."""
    return kind.structure is not None and kind.structure.dimensions == 2
