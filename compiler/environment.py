"""What the lowering passes share: the kinds of all names, the binders in scope, the problems."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from pplc.compiler.expressions import Binder
from pplc.compiler.functions import CONSTANTS
from pplc.compiler.graph import IndexSet, Length
from pplc.compiler.kinds import Kind
from pplc.compiler.resolve import Names, closest
from pplc.grammar import nodes
from pplc.grammar.catalogue.indices import LengthDisagrees, UnknownIndexSet
from pplc.grammar.catalogue.names import UnknownName
from pplc.grammar.diagnostics import Diagnostic, Note
from pplc.grammar.source import Source, Span

#: The binders in scope, by the name they were given.
Scope = Mapping[str, Binder]


@dataclass
class Environment:
    """The state of lowering one spec.

    `kinds` has the kind of every whole family that is typed so far; None marks a name whose own
    statement has an error, so that its readers stay silent. `places` tells where names are
    declared.
    """

    source: Source
    names: Names
    index_sets: dict[str, IndexSet] = field(default_factory=dict)
    kinds: dict[str, Kind | None] = field(default_factory=dict)
    random: set[str] = field(default_factory=set)
    #: Sites with a density, and definitions that take no single value with positive probability.
    diffuse: set[str] = field(default_factory=set)
    #: Discrete latents, and definitions that read them, each with the latent it depends on.
    discrete: dict[str, str] = field(default_factory=dict)
    problems: list[Diagnostic] = field(default_factory=list)

    def report(self, diagnostic: Diagnostic) -> None:
        """Add a diagnostic; the pass goes on."""
        self.problems.append(diagnostic)

    def unknown_name(self, name: nodes.Name, scope: Scope) -> None:
        """Report a name that means nothing here."""
        known = {*self.names.values, *scope, *CONSTANTS, *self.index_sets}
        suggestion = closest(name.id, sorted(known))
        self.report(
            UnknownName(
                span=name.span,
                name=name.id,
                suggestion=suggestion or "",
                help_text=None if suggestion else self._hint(name.id),
            )
        )

    def _hint(self, name: str) -> str:
        binders = [
            loop.binder
            for entry in self.names.entries
            for loop in entry.loops
            if loop.binder.variable == name
        ]
        if binders:
            b = binders[0]
            return f"the binder `{name} in {b.index_set}` exists only inside its own block"
        return f"declare it, for example `data {name}: real`, or define it, `{name} = ...`"

    def index_set(self, name: str, span: Span) -> IndexSet | None:
        """The index set of that name; reports it where there is none."""
        found = self.index_sets.get(name)
        if found is None:
            suggestion = closest(name, self.index_sets)
            text = f"did you mean `{suggestion}`? otherwise declare it: `index {name}`"
            self.report(
                UnknownIndexSet(span=span, name=name, help_text=text if suggestion else None)
            )
        return found

    def fix_length(self, name: str, size: int, source: str, span: Span) -> bool:
        """Note that the spec itself gives an index set a size; reports one that disagrees."""
        index_set = self.index_sets.get(name)
        if index_set is None:
            return True
        length = Length(size=size, source=source, span=span)
        known, notes = index_set.size, (Note(f"`{name}` is declared here", index_set.span),)
        if index_set.length is not None:
            known = index_set.length.size
            notes = (Note(f"{index_set.length.source} is here", index_set.length.span),)
        if known is not None and known != size:
            self.report(
                LengthDisagrees(
                    span=span, notes=notes, index_set=name, what=source, found=size, expected=known
                )
            )
            return False
        if index_set.length is None:
            self.index_sets[name] = index_set.model_copy(update={"length": length})
        return True

    def binder(self, node: nodes.Binder, scope: Scope, scan: bool = False) -> Binder | None:
        """The binder that `k in K` makes, told apart from others over K in the same scope."""
        if self.index_set(node.index_set, node.index_set_span) is None:
            return None
        occurrence = sum(b.index_set == node.index_set for b in scope.values())
        return Binder(
            variable=node.variable,
            index_set=node.index_set,
            start=node.start,
            scan=scan,
            occurrence=occurrence,
        )

    def declared(self, name: str, what: str = "declared") -> tuple[Note, ...]:
        """A note that shows where a name is declared."""
        names = self.names
        for table in (names.data, names.params, names.nets, names.index_sets):
            if name in table:
                return (Note(f"`{name}` is {what} here", table[name].name.span),)
        for entries in (names.definitions, names.sites):
            if name in entries:
                return (Note(f"`{name}` is defined here", entries[name].statement.span),)
        return ()
