"""Syntax tree -> typed model: every statement with its binders, distributions and kinds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

from pplc.compiler.distributions import Support
from pplc.compiler.environment import Environment, Scope
from pplc.compiler.expressions import Binder, Constant, Expr, names_read
from pplc.compiler.graph import Definition, Factor, Law, ModelGraph, Site
from pplc.compiler.kinds import POSITIVE, REAL, Kind, Structure
from pplc.compiler.lower_declarations import lower_data, lower_index_sets
from pplc.compiler.lower_expressions import ExpressionLowering
from pplc.compiler.lower_laws import lower_law
from pplc.compiler.lower_params import lower_params
from pplc.compiler.lower_scans import assume_kinds, has_start, join_kinds
from pplc.compiler.observations import fits_data, lifts_to_other_sets
from pplc.compiler.resolve import Entry, Group, Names, order, reads_earlier
from pplc.compiler.targets import not_a_binder, not_indexed
from pplc.grammar import nodes
from pplc.grammar.catalogue.indices import OtherStart
from pplc.grammar.catalogue.names import NotSupportedYet
from pplc.grammar.catalogue.supports import BoundsDisagree, OrderedFamily
from pplc.grammar.diagnostics import Result
from pplc.grammar.source import Source, Span

T = TypeVar("T")


def lower(source: Source, names: Names) -> Result[ModelGraph]:
    """The typed model of a spec.

    Diagnostics: everything about names, index sets, types and supports (E2 to E4). A statement
    with an error is left out, and those that read it stay silent.
    """
    env = Environment(source, names)
    lower_index_sets(env)
    data = {n: d for n, decl in names.data.items() if (d := lower_data(env, decl)) is not None}
    for name in names.data:
        env.kinds[name] = data[name].kind if name in data else None
    params = lower_params(env)
    _refuse_unsupported(env)
    ordered = order(names)
    env.problems.extend(ordered.diagnostics)
    groups = ordered.value if ordered.value is not None else [(e,) for e in names.entries]
    statements: list[Site | Definition | Factor] = []
    for group in groups:
        statements += _lower_group(env, group, len(statements))
    graph = ModelGraph(
        index_sets=env.index_sets, data=data, params=params, statements=tuple(statements)
    )
    return Result(graph, env.diagnostics())


def _refuse_unsupported(env: Environment) -> None:
    for net in env.names.nets.values():
        env.report(NotSupportedYet(span=net.span, feature="a `net`"))


def _lower_group(env: Environment, group: Group, position: int) -> list[Site | Definition | Factor]:
    """Lower statements that need each other's earlier elements, or a single one."""
    names = frozenset(e.name for e in group)

    def lower_one(entry: Entry) -> Site | Definition | Factor | None:
        return _StatementLowering(env, entry, position, names).lower()

    if any(reads_earlier(e) & names for e in group):
        started = [has_start(env, e, names) for e in group]
        if not all(started):
            env.kinds.update({e.name: None for e in group if e.name not in env.names.data})
            return []
        assume_kinds(env, group, lower_one)
    return [s for s in map(lower_one, group) if s is not None]


def _scan(scope: Scope) -> Binder | None:
    """The binder of the scan around a statement."""
    return next((b for b in scope.values() if b.scan), None)


def _head(span: Span) -> Span:
    return Span(span.start, span.start + 5)


class _StatementLowering:
    """Lowers one statement: its target first, then its right side."""

    def __init__(
        self, env: Environment, entry: Entry, position: int, group: frozenset[str]
    ) -> None:
        self.env = env
        self.entry = entry
        self.position = position
        self.expressions = ExpressionLowering(env, entry.name, group)

    def lower(self) -> Site | Definition | Factor | None:
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
        return built

    def _loops(self) -> dict[str, Binder] | None:
        """The binders of the loops around the statement."""
        scope: dict[str, Binder] = {}
        for loop in self.entry.loops:
            if loop.ordered and any(b.scan for b in scope.values()):
                head = Span(loop.span.start, loop.binder.span.end)
                self.env.report(NotSupportedYet(span=head, feature="a `scan` inside of a `scan`"))
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
            text=self._text(),
            generated=self.entry.generated,
            value=value,
        )

    def _definition(
        self, statement: nodes.DefinitionStatement, scope: dict[str, Binder]
    ) -> Definition | None:
        shape = self._whole_sets(statement, scope)
        starts: list[Expr] | None = []
        if shape is not None:
            binders: tuple[Binder, ...] = ()
            value = self.expressions.literal(statement.value, shape, {})
        else:
            found = self._binders(statement.target, scope)
            if found is None:
                return None
            binders, inner = found
            value = self.expressions.lower(statement.value, inner)
            starts = self._starts(
                statement.starts, inner, lambda e: self.expressions.lower(e, inner)
            )
        if value is None or starts is None:
            return None
        name = self.entry.name
        kind = value.kind
        for start in starts:
            joined = join_kinds(kind, start.kind)
            if joined is None:
                self._other_start(start.span, start.kind, value.kind)
                return None
            kind = joined
        value = value.model_copy(update={"kind": kind})
        random = any(names_read(e) & self.env.random for e in (value, *starts))
        if random:
            self.env.random.add(name)
        self.env.kinds[name] = value.kind.over(tuple(b.index_set for b in binders))
        return Definition(
            name=name,
            span=statement.target.name.span,
            binders=binders,
            text=self._text(),
            generated=self.entry.generated,
            value=value,
            starts=tuple(starts),
            constant=not random,
        )

    def _site(self, statement: nodes.SiteStatement, scope: dict[str, Binder]) -> Site | None:
        found = self._binders(statement.target, scope)
        if found is None:
            return None
        binders, inner = found
        lowered = lower_law(self.expressions, statement.law, inner)
        starts = self._starts(
            statement.starts, inner, lambda e: lower_law(self.expressions, e, inner)
        )
        if lowered is None or starts is None:
            return None
        law, kind = lowered
        for start, start_kind in starts:
            if start_kind != kind:
                self._other_start(start.span, start_kind, kind)
                return None
        if not self._in_order(law):
            return None
        bounds = self._bounds(statement, law, inner)
        if statement.truncation is not None:
            self.expressions.unsupported(statement.truncation.span, "`truncated`")
            return None
        name = self.entry.name
        observed = name in self.env.names.data or name in self.env.names.definitions
        if observed and not fits_data(self.expressions, statement, law, kind, binders):
            return None
        if not observed and not lifts_to_other_sets(self.expressions, law, kind, binders):
            return None
        if statement.ordered and not self._may_be_ordered(statement, binders, kind):
            return None
        if not observed and any(b.start for b in binders):
            feature = "a family that is not observed and begins later than position 0"
            self.expressions.unsupported(statement.target.span, feature)
            return None
        whole = kind.over(tuple(b.index_set for b in binders))
        if not observed:
            self.env.random.add(name)
            self.env.kinds[name] = (
                replace(whole, structure=_ordered(kind)) if statement.ordered else whole
            )
        return Site(
            name=name,
            span=statement.target.name.span,
            binders=binders,
            text=self._text(),
            generated=self.entry.generated,
            law=law,
            kind=kind,
            observed=observed,
            starts=tuple(start for start, _ in starts),
            ordered=statement.ordered,
            bounds=bounds,
        )

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
            lowered = lower_one(start)
            if lowered is not None:
                found.append(lowered)
        steps.at = None
        return found if len(found) == len(starts) else None

    def _other_start(self, span: Span, found: Kind, expected: Kind) -> None:
        name = self.entry.name
        self.env.report(OtherStart(span=span, name=name, found=str(found), expected=str(expected)))

    def _text(self) -> str:
        """The statement as it was written, on one line."""
        return " ".join(self.env.source.slice(self.entry.statement.span).split())

    # --- targets ---

    def _whole_sets(
        self, statement: nodes.DefinitionStatement, scope: Scope
    ) -> tuple[str, ...] | None:
        """The index sets of `m0[K] = [...]`, which defines a whole vector at once."""
        indices = statement.target.indices
        names = [i.id for i in indices if isinstance(i, nodes.Name) and i.id not in scope]
        if indices and len(names) == len(indices) and all(n in self.env.index_sets for n in names):
            return tuple(names)
        return None

    def _binders(
        self, target: nodes.Target, scope: dict[str, Binder]
    ) -> tuple[tuple[Binder, ...], dict[str, Binder]] | None:
        """The binders of a target, in the order of its indices, and the scope they make."""
        inner = dict(scope)
        binders: list[Binder] = []
        for index in target.indices:
            if isinstance(index, nodes.Binder):
                binder = self.env.binder(index, inner)
                if binder is None:
                    return None
                inner[binder.variable] = binder
            elif isinstance(index, nodes.Name) and index.id in scope:
                binder = scope[index.id]
            else:
                if not (isinstance(index, nodes.Name) and index.id in self.env.names.unread):
                    self.env.report(not_a_binder(self.env, target, index, scope))
                return None
            binders.append(binder)
        missing = [b for b in scope.values() if b not in binders]
        if missing:
            self.env.report(not_indexed(self.env, target, missing[0], [*binders, *missing]))
            return None
        return tuple(binders), inner

    # --- checks ---

    def _bounds(
        self, statement: nodes.SiteStatement, law: Law, scope: Scope
    ) -> tuple[Expr, Expr] | None:
        """The ends of a support that depends on arguments."""
        del scope
        if law.distribution.support_rule is not Support.BETWEEN:
            return None
        ends: list[Expr] = []
        for parameter, default in zip(
            law.distribution.parameters, (-float("inf"), float("inf")), strict=True
        ):
            given = law.arguments.get(parameter.name)
            ends.append(
                given
                if given is not None
                else Constant(kind=Kind(REAL), span=statement.law.span, value=default)
            )
        return ends[0], ends[1]

    def _in_order(self, law: Law) -> bool:
        """Whether the lower end of a support is below the upper one, where both are numbers."""
        rule = law.distribution.support_rule
        if rule not in (Support.BETWEEN, Support.INTEGERS_BETWEEN):
            return True
        ends = [law.arguments.get(p.name) for p in law.distribution.parameters]
        values = [e.value for e in ends if isinstance(e, Constant)]
        if len(values) < 2 or values[0] < values[1]:
            return True
        if values[0] == values[1] and rule is Support.INTEGERS_BETWEEN:
            return True
        lower, upper = (f"{v:g}" for v in values)
        self.env.report(BoundsDisagree(span=law.span, lower=lower, upper=upper))
        return False

    def _may_be_ordered(
        self, statement: nodes.SiteStatement, binders: tuple[Binder, ...], kind: Kind
    ) -> bool:
        name = self.entry.name
        help_text: str | None = ""
        if kind.shape:
            reason = f"{'each ' if binders else ''}`{name}` is {kind}"
        elif not binders:
            reason, help_text = f"`{name}` is a single number", None
        elif kind.support not in (REAL, POSITIVE):
            what = f"positions in {kind.values}" if kind.values else kind.support.words[1]
            reason = f"`{name}` takes {what}; real or positive numbers can be ordered"
        else:
            return True
        self.env.report(
            OrderedFamily(span=statement.target.span, name=name, reason=reason, help_text=help_text)
        )
        return False


def _ordered(kind: Kind) -> Structure:
    return Structure.ORDERED if kind.support == REAL else Structure.POSITIVE_ORDERED
