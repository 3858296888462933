"""The expressions of the IR: a typed tree of a small, closed set of nodes.

Every node knows what kind of value it is and where it was written. Later passes rewrite these
trees algebraically, so that nothing here depends on how they are evaluated.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, ClassVar, TypeAlias, cast

from pplc.compiler.kinds.kinds import Kind
from pplc.compiler.records import Is, Record
from pplc.grammar.source import Span


class Binder(Record):
    """A name that runs over an index set in a statement: an axis of what the statement computes.

    It stands at the positions from `start` to the last one before `stop`. `occurrence` tells two
    binders over one index set in one statement apart.

    An `implicit` binder is not written: it runs over the elements of vector arguments. That of a
    ragged index set stands `within` a binder of the outer one.
    """

    variable: str
    index_set: str
    start: int = 0
    stop: int | None = None
    scan: bool = False
    occurrence: int = 0
    implicit: bool = False
    within: Binder | None = None

    @property
    def axis(self) -> str:
        """The name of its axis: the index set, primed where the set occurs again."""
        return self.index_set + "'" * self.occurrence


class Expression(Record):
    """Anything with a value."""

    #: The fields that hold expressions, or tuples of them.
    parts: ClassVar[tuple[str, ...]] = ()

    kind: Is[Kind]
    span: Is[Span]

    @property
    def children(self) -> tuple[Expr, ...]:
        """The expressions it is made of."""
        found: list[Expr] = []
        for part in self.parts:
            value = getattr(self, part)
            if isinstance(value, tuple):
                found.extend(value)
            elif value is not None:
                found.append(value)
        return tuple(found)

    @property
    def said(self) -> tuple[object, ...]:
        """What it says besides the expressions that it is made of, wherever it is written."""
        apart = ("span", "kind", *self.parts)
        return tuple(getattr(self, name) for name in self.__pydantic_fields__ if name not in apart)

    def rebuild(self, change: Callable[[Expr], Expr]) -> Expr:
        """The same node over changed children."""
        changed: dict[str, object] = {}
        for part in self.parts:
            value = getattr(self, part)
            if isinstance(value, tuple):
                changed[part] = tuple(map(change, value))
            elif value is not None:
                changed[part] = change(value)
        return cast("Expr", self.replaced(**changed))


if TYPE_CHECKING:
    Expr: TypeAlias = (
        "Constant | Position | Size | Read | Apply | Evaluate | Reduce | Family | Vector"
    )
else:
    # Checked as any expression: a schema of the union in each of them would slow the start.
    Expr = Is[Expression]


class Constant(Expression):
    """A number."""

    value: float


class Position(Expression):
    """A binder used as a number: the position (from 0) it stands at, plus `offset`."""

    binder: Binder
    offset: int = 0


class Size(Expression):
    """The number of elements of an index set."""

    index_set: str


class Read(Expression):
    """A value by name: data, a site, a definition or a param, at some or all of its indices.

    `result` picks one of the results of a net, where the name stands for several.
    """

    parts = ("indices",)

    name: str
    indices: tuple[Expr, ...] = ()
    result: str | None = None


class Apply(Expression):
    """A function of `pplc.compiler.functions` (operators included) applied to arguments."""

    parts = ("arguments",)

    function: str
    arguments: tuple[Expr, ...]


class Evaluate(Expression):
    """A net applied to arguments; `result` picks one of several results."""

    parts = ("arguments",)

    net: str
    arguments: tuple[Expr, ...]
    result: str | None = None


class Reduce(Expression):
    """`sum(k in K where c: e)` and its like (`functions.REDUCTIONS`), over one binder."""

    parts = ("where", "body")

    function: str
    binder: Binder
    where: Expr | None
    body: Expr


class Family(Expression):
    """The values of an expression along a binder, as a vector: its first dimension.

    A read of a whole family is a `Read`; this is what stands in its place where the family has no
    tensor of its own.
    """

    parts = ("body",)

    binder: Binder
    body: Expr


class Vector(Expression):
    """A literal vector, or a matrix as a vector of vectors; all its elements are constants."""

    parts = ("items",)

    items: tuple[Expr, ...]


def walk(expression: Expr) -> Iterator[Expr]:
    """The expression and all below it, parents first."""
    waiting = [expression]
    while waiting:
        node = waiting.pop()
        yield node
        waiting.extend(reversed(node.children))


def names_read(expression: Expr) -> set[str]:
    """The names of data, sites, definitions, params and nets that the expression reads."""
    found: set[str] = set()
    for node in walk(expression):
        if isinstance(node, Read):
            found.add(node.name)
        elif isinstance(node, Evaluate):
            found.add(node.net)
    return found


def index_sets_used(expression: Expr) -> set[str]:
    """The index sets whose size the value of the expression depends on."""
    used: set[str] = set()
    for node in walk(expression):
        used.update(node.kind.shape)
        if isinstance(node, Size):
            used.add(node.index_set)
        elif isinstance(node, Reduce | Family):
            used.add(node.binder.index_set)
    return used
