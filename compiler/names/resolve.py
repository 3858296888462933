"""Names: what each stands for, and which are given twice."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from pplc.compiler.distributions import DISTRIBUTIONS
from pplc.compiler.functions import CONSTANTS
from pplc.compiler.names.names import Entry, Names
from pplc.grammar import nodes
from pplc.grammar.catalogue.indices import TargetIndex
from pplc.grammar.catalogue.names import DefinedTwice, ReservedName
from pplc.grammar.diagnostics import Diagnostic, Note, Result
from pplc.grammar.source import Span


def resolve(spec: nodes.Spec, unread: frozenset[str] = frozenset()) -> Result[Names]:
    """Collect what a spec declares.

    Diagnostics: a name that is defined twice, or one that the language itself uses.
    """
    names = Names(unread=unread)
    claims = _Claims()
    for statement in spec.statements:
        match statement:
            case nodes.IndexDecl():
                claims.claim(statement.name, "index")
                names.index_sets.setdefault(statement.name.id, statement)
            case nodes.DataDecl() if claims.claim(statement.name, "data"):
                names.data[statement.name.id] = statement
            case nodes.ParamDecl() if claims.claim(statement.name, "param"):
                names.params[statement.name.id] = statement
            case nodes.NetDecl() if claims.claim(statement.name, "net"):
                names.nets[statement.name.id] = statement
            case nodes.GuideBlock():
                names.guides.append(statement)
            case nodes.FitBlock():
                names.fits.append(statement)
            case _:
                pass
    sites: list[tuple[Entry, nodes.Target]] = []
    for entry in _flatten(spec.statements, (), generated=False):
        if isinstance(entry.statement, nodes.FactorStatement):
            names.factors.append(entry)
        elif isinstance(entry.statement, nodes.SiteStatement):
            sites.append((entry, entry.statement.target))
        elif claims.claim_target(entry.statement.target, "definition", entry):
            names.definitions[entry.name] = entry
    for entry, target in sites:
        observes = entry.name in names.data or entry.name in names.definitions
        if claims.claim_target(target, "observation" if observes else "site", entry):
            names.sites[entry.name] = entry
    names.doubted = {p.name for p in claims.problems if isinstance(p, DefinedTwice)}
    return Result(names, tuple(claims.problems))


@dataclass
class _Claims:
    """Which names are taken, where and by what."""

    problems: list[Diagnostic] = field(default_factory=list)
    _places: dict[str, tuple[Span, str]] = field(default_factory=dict)
    _by_element: set[str] = field(default_factory=set)

    def claim(self, name: nodes.Name, kind: str, help_text: str | None = None) -> bool:
        """Take a name for a meaning of its own; False, and a report, where it has one already."""
        meaning = _meaning(name.id)
        if meaning is not None:
            self.problems.append(ReservedName(span=name.span, name=name.id, meaning=meaning))
        if name.id not in self._places:
            self._places[name.id] = name.span, kind
            return True
        place, earlier = self._places[name.id]
        if kind == "observation" and earlier != "observation":
            # Data, or a definition made of data, that is given its distribution.
            self._places[name.id] = name.span, kind
            return True
        self.problems.append(
            DefinedTwice(
                span=name.span,
                notes=(Note(f"`{name.id}` is {_HOW[earlier]} here", place),),
                name=name.id,
                again=_HOW[kind],
                help_text=help_text or _ONE_OF_TWO.get(frozenset((earlier, kind))),
            )
        )
        return False

    def claim_target(self, target: nodes.Target, kind: str, entry: Entry) -> bool:
        """Take the name of a statement. Elements defined one by one are one mistake, not many."""
        name = target.name.id
        constant = next((i for i in target.indices if isinstance(i, nodes.Number)), None)
        if constant is not None and name in self._places and name not in self._by_element:
            self._by_element.add(name)
            start = _CHAIN_START.format(name=name) if constant.value <= _FIRST else None
            self.problems.append(
                TargetIndex(span=constant.span, name=name, found="one element", help_text=start)
            )
        if name in self._by_element:
            return False
        if constant is not None:
            self._by_element.add(name)
        help_text = None
        if isinstance(entry.statement, nodes.DefinitionStatement):
            value = entry.statement.value
            if isinstance(value, nodes.Call) and value.function in DISTRIBUTIONS:
                help_text = "write `~` before a distribution, not `=`"
            elif name in entry.names:
                help_text = _NOT_A_PROGRAM
        return self.claim(target.name, kind, help_text)


#: Elements up to this one are where a chain may start, counted from 0 or from 1.
_FIRST = 2
_CHAIN_START = (
    "how a chain starts is said behind `from`: `{name}[t] ~ ... from ...` in `scan t in T`;\n"
    "first elements of data are conditioned on in `for t in T from 1`"
)
_HOW = {
    "index": "declared as an index set",
    "data": "declared as data",
    "param": "declared as a param",
    "net": "declared as a net",
    "definition": "defined",
    "site": "given a distribution",
    "observation": "given a distribution",
}
_ONE_OF_TWO = {
    frozenset(("index", "data")): (
        "an index set finds its size in the data file; leave out the line with `data`"
    ),
    frozenset(("param", "site")): (
        "a `param` is optimised and has no prior: leave out the line with `param` to infer it, or "
        "its distribution to optimise it"
    ),
    frozenset(("data", "definition")): (
        "data are read from the file, a definition is computed: keep one of the two"
    ),
    frozenset(("index", "site")): (
        "the size of an index set is fixed; give the random variable another name"
    ),
}
_NOT_A_PROGRAM = (
    "a spec is not run line by line: write the whole value in one definition, or give the second "
    "step a name of its own"
)


def _meaning(name: str) -> str | None:
    """What a name means in every spec. Functions are told from values by their brackets."""
    if name in DISTRIBUTIONS:
        return "a distribution"
    return f"the number {CONSTANTS[name]:.6g}" if name in CONSTANTS else None


def _flatten(
    statements: tuple[nodes.Statement, ...], loops: tuple[nodes.Loop, ...], generated: bool
) -> Iterator[Entry]:
    for statement in statements:
        match statement:
            case nodes.SiteStatement() | nodes.DefinitionStatement() | nodes.FactorStatement():
                yield Entry(statement, loops, generated)
            case nodes.Loop():
                yield from _flatten(statement.body, (*loops, statement), generated)
            case nodes.GenerateBlock():
                yield from _flatten(statement.body, loops, generated=True)
            case _:
                pass
