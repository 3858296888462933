"""Chains: which earlier elements a statement reads, how it starts, and what kind it then has."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from pplc.compiler.expressions import Binder
from pplc.compiler.graph import Definition, Factor, Site
from pplc.compiler.kinds.kinds import Interval, Kind, inf
from pplc.compiler.lower.environment import Environment
from pplc.compiler.names.earlier_elements import looks_back
from pplc.compiler.names.names import Entry
from pplc.grammar import nodes
from pplc.grammar.catalogue.indices import BeforeTheStart, NoStart, StartOutsideScan
from pplc.grammar.source import Span

#: How often the kinds of a recurrence are worked out before what still grows is let go.
_ROUNDS = 3


@dataclass
class Steps:
    """What a statement of a chain reads of earlier steps.

    `group` are the names that need each other's earlier elements. While a start is lowered, `at`
    is the number of the step it is for. `needed` is how many steps have nothing to read.
    """

    env: Environment
    group: frozenset[str] = frozenset()
    at: int | None = None
    needed: int = 0
    place: Span | None = None
    name: str = ""

    def read(self, name: str, binder: Binder, back: int, span: Span) -> bool:
        """Note a read of `back` steps earlier; False where there is nothing to read."""
        # What is defined elsewhere may have elements before the first of this statement.
        own = name in self.group and name not in self.env.names.data
        lacking = back - (0 if own else binder.start - self._first(name, binder))
        if self.at is None:
            if lacking > self.needed:
                self.needed, self.place, self.name = lacking, span, name
            return True
        if lacking <= self.at:
            return True
        self.env.report(BeforeTheStart(span=span, name=name, steps=self.at))
        return False

    def _first(self, name: str, binder: Binder) -> int:
        """The first position of a family along the axis of a scan."""
        kind, firsts = self.env.kinds.get(name), self.env.firsts.get(name, ())
        return firsts[kind.shape.index(binder.index_set)] if kind is not None and firsts else 0

    def enough(self, starts: tuple[nodes.Expr, ...], scan: Binder | None, is_factor: bool) -> bool:
        """Whether every step that has nothing to read has a start."""
        if starts and scan is None:
            self.env.report(StartOutsideScan(span=starts[0].span))
            return False
        if self.needed <= len(starts):
            return True
        assert self.place is not None and scan is not None
        help_text = None
        if is_factor:
            head = f"scan {scan.variable} in {scan.index_set} from {self.needed}"
            help_text = f"start later: `{head}`"
        elif self.needed > 1:
            dots = ", ".join(["..."] * self.needed)
            help_text = f"say what the first {self.needed} elements are: `from [{dots}]`"
        self.env.report(
            NoStart(
                span=self.place,
                help_text=help_text,
                name=self.name,
                needed=self.needed,
                given=len(starts),
            )
        )
        return False


def has_start(env: Environment, entry: Entry, group: frozenset[str]) -> bool:
    """Whether the first element of a chain can be told; reports why not."""
    statement = entry.statement
    if isinstance(statement, nodes.FactorStatement) or entry.name in env.names.data:
        return True
    right = statement.law if isinstance(statement, nodes.SiteStatement) else statement.value
    first = statement.starts[0] if statement.starts else right
    for index, place, back in looks_back(entry, first):
        name = index.base.id if isinstance(index.base, nodes.Name) else ""
        if name not in group:
            continue
        if statement.starts:
            env.report(BeforeTheStart(span=place, name=name, steps=0))
        else:
            env.report(NoStart(span=place, name=name, needed=back, given=0))
        return False
    return True


Lowering = Callable[[Entry], Site | Definition | Factor | None]


def assume_kinds(env: Environment, group: tuple[Entry, ...], lower: Lowering) -> None:
    """Find out the kinds of statements that need each other's earlier elements.

    The kinds of the starts are what a first round begins with; from then on each round reads the
    kinds of the one before, until none grows. What still grows then is let go to its limit.
    """
    own = [e for e in group if e.name and e.name not in env.names.data]
    problems, known = list(env.problems), dict(env.kinds)
    random = set(env.random)
    for entry in own:
        env.kinds[entry.name] = _kind(lower(_first(entry)))
    for round_ in range(_ROUNDS + 1):
        grown = False
        for entry in own:
            old = env.kinds[entry.name]
            new = _kind(lower(entry))
            joined = _join(old, new, widen=round_ == _ROUNDS - 1)
            env.kinds[entry.name] = joined
            grown |= joined != old
        if not grown:
            break
    env.problems[:] = problems
    is_random = bool(env.random - random) or any(_is_site(e) for e in own)
    env.random = random | ({e.name for e in own} if is_random else set())
    found = {e.name: env.kinds[e.name] for e in own}
    env.kinds = {**known, **found}


def _is_site(entry: Entry) -> bool:
    return isinstance(entry.statement, nodes.SiteStatement)


def _first(entry: Entry) -> Entry:
    """The statement of the first element, as if it were that of all."""
    statement = entry.statement
    if isinstance(statement, nodes.FactorStatement) or not statement.starts:
        return entry
    right = "law" if isinstance(statement, nodes.SiteStatement) else "value"
    changed = {right: statement.starts[0], "starts": ()}
    return replace(entry, statement=statement.replaced(**changed))


def _kind(statement: Site | Definition | Factor | None) -> Kind | None:
    if statement is None or isinstance(statement, Factor):
        return None
    kind = statement.kind if isinstance(statement, Site) else statement.value.kind
    return kind.over(tuple(b.index_set for b in statement.binders))


def join_kinds(first: Kind, second: Kind) -> Kind | None:
    """The kind of elements some of which are of one kind and some of another."""
    if first.shape != second.shape or first.values != second.values:
        return None
    structure = first.structure if first.structure == second.structure else None
    return replace(first, support=first.support.join(second.support), structure=structure)


def _join(old: Kind | None, new: Kind | None, widen: bool) -> Kind | None:
    if old is None or new is None:
        return old or new
    joined = join_kinds(old, new) or old  # the statement itself reports what does not agree
    if not widen or joined == old:
        return joined
    return replace(joined, support=_widened(old.support, joined.support))


def _widened(old: Interval, new: Interval) -> Interval:
    """An interval that no longer grows: an end that moved goes as far as it can, or to 0."""
    lower, lower_open, upper, upper_open = new.lower, new.lower_open, new.upper, new.upper_open
    if lower < old.lower:
        lower, lower_open = (0.0, True) if lower > 0 else (-inf, True)
    if upper > old.upper:
        upper, upper_open = (0.0, True) if upper < 0 else (inf, True)
    return Interval(lower, upper, lower_open, upper_open, new.integer)
