"""What the lowering passes share: the kinds of all names, the binders in scope, the problems."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from pplc.compiler.advice.other_tools import MISSING, VALUES
from pplc.compiler.advice.wording import closest
from pplc.compiler.expressions import Binder
from pplc.compiler.functions import CONSTANTS
from pplc.compiler.graph import IndexSet, Length, Net
from pplc.compiler.kinds.kinds import Kind
from pplc.compiler.names.names import Names
from pplc.grammar import nodes
from pplc.grammar.catalogue.indices import LengthDisagrees, UnknownIndexSet
from pplc.grammar.catalogue.names import DefinedTwice, UnknownName
from pplc.grammar.diagnostics import Diagnostic, Fix, Note
from pplc.grammar.source import Source, Span

#: The binders in scope, by the name they were given.
Scope = Mapping[str, Binder]
#: So many further places of the same mistake are shown.
_SHOWN = 2


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
    nets: dict[str, Net] = field(default_factory=dict)
    kinds: dict[str, Kind | None] = field(default_factory=dict)
    #: The first positions of families that do not start at 0, for each dimension.
    firsts: dict[str, tuple[int, ...]] = field(default_factory=dict)
    random: set[str] = field(default_factory=set)
    #: Sites with a density, and definitions that take no single value with positive probability.
    diffuse: set[str] = field(default_factory=set)
    #: Discrete latents, and definitions that read them, each with the latent it depends on.
    discrete: dict[str, str] = field(default_factory=dict)
    problems: list[Diagnostic] = field(default_factory=list)
    _repeated: dict[str, list[Diagnostic]] = field(default_factory=dict)
    _undeclared: set[str] = field(default_factory=set)

    def report(self, diagnostic: Diagnostic) -> None:
        """Add a diagnostic; the pass goes on."""
        self.problems.append(diagnostic)

    def diagnostics(self) -> tuple[Diagnostic, ...]:
        """All that was reported, in the order of the spec; a repeated mistake once."""
        found = list(self.problems)
        for same in self._repeated.values():
            first, *others = sorted({d.span: d for d in same}.values(), key=_place)
            notes = tuple(Note("and here", d.span) for d in others[:_SHOWN])
            found.append(replace(first, notes=first.notes + notes))
        return tuple(sorted(found, key=_place))

    def text(self, span: Span) -> str:
        """What is written there, on one line."""
        return " ".join(self.source.slice(span).split())

    def unknown_name(
        self, name: nodes.Name, scope: Scope, indices: Sequence[nodes.Expr] = ()
    ) -> None:
        """Report a name that means nothing here; `indices` are those it is read at."""
        if name.id in self.names.unread:
            return
        suggestion, help_text = self._meant(name.id, scope, indices)
        fixes = (Fix(f"write `{suggestion}`", name.span, suggestion),) if suggestion else ()
        self._repeated.setdefault(name.id, []).append(
            UnknownName(
                span=name.span,
                name=name.id,
                suggestion=suggestion,
                help_text=help_text,
                fixes=fixes,
            )
        )

    def _meant(
        self, name: str, scope: Scope, indices: Sequence[nodes.Expr]
    ) -> tuple[str, str | None]:
        """The name that was meant, or nothing, and the help."""
        if name in VALUES:
            return VALUES[name], f"it is written `{VALUES[name]}`"
        if name in MISSING:
            return "", "a missing cell is one that is empty in the data file; no name stands for it"
        binder = next((b for b in self.names.binders if b.variable == name), None)
        if binder is not None:
            where = f"`{name} in {binder.index_set}`"
            return "", f"{where} stands for an element only within its own statement or block"
        known = {*self.names.values, *scope, *CONSTANTS}
        suggestion = closest(name, sorted(known))
        if suggestion is not None:
            return suggestion, None
        sets = [
            scope[i.id].index_set for i in indices if isinstance(i, nodes.Name) if i.id in scope
        ]
        over = f"[{', '.join(sets)}]" if sets else ""
        return "", f"if it is in the data file, declare it: `data {name}{over}: real`"

    def index_set(self, name: str, span: Span) -> IndexSet | None:
        """The index set of that name; reports it where there is none.

        One that nothing else may have been meant by is there from then on, so that what is over
        it is checked too.
        """
        unknown = name not in self.index_sets or name in self._undeclared
        if unknown and name not in self.names.unread:
            said = self._unknown_set(name, span)
            self._repeated.setdefault(f"index {name}", []).append(said)
            if not said.fixes and name not in self.names.data:
                self._undeclared.add(name)
                self.index_sets[name] = IndexSet(name=name, span=span)
        return self.index_sets.get(name)

    def lacks_declaration(self, name: str) -> bool:
        """Whether a name stands for an index set elsewhere, but is not declared as one."""
        return name in self.names.sets_named and name not in self.names.index_sets

    def whole_set(self, name: str, span: Span) -> IndexSet | None:
        """As `index_set`, for a place where the size must be one number."""
        found = self.index_set(name, span)
        if found is None or found.ragged is None:
            return found
        from pplc.compiler.lower.ragged import refuse_whole

        refuse_whole(self, name, span)
        return None

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
            self.index_sets[name] = index_set.replaced(length=length)
        return True

    def _unknown_set(self, name: str, span: Span) -> Diagnostic:
        said = UnknownIndexSet(span=span, name=name)
        data = self.names.data.get(name)
        suggestion = closest(name, sorted(self.index_sets.keys() - self._undeclared))
        if data is not None and data.dims:
            suggestion = data.dims[0].id
            text = f"`{name}` is data; the index set that it is over is `{suggestion}`"
            return replace(said, notes=self.declared(name), help_text=text)
        if suggestion is not None:
            text = f"did you mean `{suggestion}`? otherwise declare it: `index {name}`"
            fix = Fix(f"write `{suggestion}`", span, suggestion)
            return replace(said, help_text=text, fixes=(fix,))
        return said

    def binder(self, node: nodes.Binder, scope: Scope, scan: bool = False) -> Binder | None:
        """The binder that `k in K` makes, told apart from others over K in the same scope."""
        if self.index_set(node.index_set, node.index_set_span) is None:
            return None
        if self.names.has_value(node.variable):
            self._hides(node)
        within = None
        if self.index_sets[node.index_set].ragged is not None:
            from pplc.compiler.lower.ragged import outer_binder

            within = outer_binder(self, node.index_set, scope, node.span)
            if within is None:
                return None
        occurrence = sum(b.index_set == node.index_set for b in scope.values())
        return Binder(
            variable=node.variable,
            index_set=node.index_set,
            start=node.start,
            scan=scan,
            occurrence=occurrence,
            within=within,
        )

    def _hides(self, node: nodes.Binder) -> None:
        """Report a binder with the name of something that could then not be read: `n in N`."""
        name, key = node.variable, f"binder {node.variable}"
        if key in self._repeated:
            return
        others = (x for x in (f"{name}_", "i", "j") if not self.names.has_value(x))
        self._repeated[key] = [
            DefinedTwice(
                span=Span(node.span.start, node.span.start + len(name)),
                notes=self.declared(name),
                name=name,
                again="made a binder, which would hide it,",
                help_text=f"give the binder another name, such as `{next(others)}`",
            )
        ]

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


def _place(diagnostic: Diagnostic) -> int:
    return diagnostic.span.start if diagnostic.span else -1
