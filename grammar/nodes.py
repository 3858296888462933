"""The abstract syntax of a spec: frozen records, each with the span it was read from.

Two nodes are equal when they say the same, wherever they stand: spans do not take part.
Nothing here knows what a name means; `pplc.compiler` finds that out.
"""

from __future__ import annotations

from typing import Any, ClassVar, Literal, TypeAlias

from pplc.grammar.records import Record
from pplc.grammar.source import Span


class Node(Record):
    """Anything that was written in a spec."""

    #: What kind of node it is, in the tree as JSON.
    kind: ClassVar[str]

    #: Where it was written.
    span: Span

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        cls._compared = tuple(name for name in cls._fields if not name.endswith("span"))

    @property
    def parts(self) -> tuple[Any, ...]:
        """Its fields in the order in which they are written: nodes, tuples of them, others."""
        fields = self.__dict__
        return tuple([fields[name] for name in self._compared])

    def plain(self) -> dict[str, Any]:
        """Its fields, and its kind, as what JSON has."""
        return {"kind": self.kind, **super().plain()}


# --- expressions ---------------------------------------------------------------------------------


class Number(Node):
    """A literal number. `text` keeps how it was written; an integer literal has no point."""

    kind: ClassVar[str] = "number"
    value: float
    text: str

    @property
    def is_integer(self) -> bool:
        """Whether it was written as an integer."""
        return self.text.isdigit()


class Name(Node):
    """A name: a site, a definition, data, a binder, an index set, a constant such as `pi`."""

    kind: ClassVar[str] = "name"
    id: str


class Boolean(Node):
    """`true` or `false`."""

    kind: ClassVar[str] = "boolean"
    value: bool


class ListLiteral(Node):
    """`[3, 10]`, nested for a matrix."""

    kind: ClassVar[str] = "list"
    items: tuple[Expr, ...]


class Index(Node):
    """`base[i, j]`."""

    kind: ClassVar[str] = "index"
    base: Expr
    indices: tuple[Expr, ...]


class FieldAccess(Node):
    """`base.name`: one of several results of a net."""

    kind: ClassVar[str] = "field"
    base: Expr
    name: str


class Argument(Node):
    """One argument of a call; `name` is None where it is positional."""

    kind: ClassVar[str] = "argument"
    name: str | None
    value: Expr


class Call(Node):
    """`function(arguments)`: a function, a law, or a net; which one is found out later."""

    kind: ClassVar[str] = "call"
    function: str
    function_span: Span
    arguments: tuple[Argument, ...]


class Unary(Node):
    """`-x`, `not x`."""

    kind: ClassVar[str] = "unary"
    operator: Literal["-", "not"]
    operand: Expr


class Binary(Node):
    """Arithmetic (`+ - * / ^ @`), comparisons (`== != < <= > >=`) and `and`, `or`."""

    kind: ClassVar[str] = "binary"
    operator: Literal["+", "-", "*", "/", "^", "@", "==", "!=", "<", "<=", ">", ">=", "and", "or"]
    left: Expr
    right: Expr


class Conditional(Node):
    """`if condition then a else b`."""

    kind: ClassVar[str] = "conditional"
    condition: Expr
    then: Expr
    otherwise: Expr


class Binder(Node):
    """`k in K`, `k in K from 1`: a name that runs over an index set."""

    kind: ClassVar[str] = "binder"
    variable: str
    index_set: str
    index_set_span: Span
    start: int = 0


class Reduction(Node):
    """`sum(k in K where c: e)` and its like; `counts` too. Several binders nest."""

    kind: ClassVar[str] = "reduction"
    function: str
    binders: tuple[Binder, ...]
    where: Expr | None
    body: Expr


# --- declarations --------------------------------------------------------------------------------


class TypeExpr(Node):
    """`real`, `interval(a, b)`, `simplex[K]`, an index set's name; `missing` for a trailing `?`."""

    kind: ClassVar[str] = "type"
    name: str
    bounds: tuple[Expr, ...] = ()
    dims: tuple[Name, ...] = ()
    missing: bool = False


class IndexDecl(Node):
    """`index N`, `index K = 3`, `index V from 1`, `index T[I]`; a list of names makes several."""

    kind: ClassVar[str] = "index_decl"
    name: Name
    size: Expr | None = None
    label_start: int | None = None
    ragged_over: Name | None = None


class DataDecl(Node):
    """`data x[N, P]: real`."""

    kind: ClassVar[str] = "data_decl"
    name: Name
    dims: tuple[Name, ...]
    type: TypeExpr


class ParamDecl(Node):
    """`param a[K]: positive = 5.0`."""

    kind: ClassVar[str] = "param_decl"
    name: Name
    dims: tuple[Name, ...]
    type: TypeExpr
    initial: Expr | None = None


class NetResult(Node):
    """One result of a net; `name` is None where there is only one."""

    kind: ClassVar[str] = "net_result"
    name: str | None
    type: TypeExpr


class NetDecl(Node):
    """`net enc(real[V]) -> positive[K] = mlp(hidden=[100], activation=relu)`."""

    kind: ClassVar[str] = "net_decl"
    name: Name
    inputs: tuple[TypeExpr, ...]
    results: tuple[NetResult, ...]
    body: Expr


# --- statements ----------------------------------------------------------------------------------


class Target(Node):
    """What a statement defines: `mu`, `x[n]`, `loc[k in K]`, `m0[K]` (a whole index set)."""

    kind: ClassVar[str] = "target"
    name: Name
    indices: tuple[Binder | Expr, ...] = ()


class Truncation(Node):
    """`truncated(a, b)`."""

    kind: ClassVar[str] = "truncation"
    lower: Expr
    upper: Expr


class SiteStatement(Node):
    """`target ~ law`, with `truncated(a, b)`, `ordered` and, inside a scan, `from` start laws."""

    kind: ClassVar[str] = "site"
    target: Target
    law: Expr
    truncation: Truncation | None = None
    ordered: bool = False
    starts: tuple[Expr, ...] = ()


class DefinitionStatement(Node):
    """`target = expression`, inside a scan with `from` start values."""

    kind: ClassVar[str] = "definition"
    target: Target
    value: Expr
    starts: tuple[Expr, ...] = ()


class FactorStatement(Node):
    """`factor expression`."""

    kind: ClassVar[str] = "factor"
    value: Expr


class Loop(Node):
    """`for n in N { ... }` (exchangeable) or `scan t in T { ... }` (an ordered chain)."""

    kind: ClassVar[str] = "loop"
    ordered: bool
    binder: Binder
    body: tuple[Statement, ...]


class GuideStatement(Node):
    """A line of the guide block: `mu ~ point`, `(a, log(b)) ~ mvn`, `* ~ structured`.

    `targets` is empty for `*`.
    """

    kind: ClassVar[str] = "guide_statement"
    targets: tuple[Expr, ...]
    family: Expr


class GuideBlock(Node):
    """`guide { ... }`, `guide strict { ... }`."""

    kind: ClassVar[str] = "guide"
    strict: bool
    body: tuple[GuideStatement | DefinitionStatement | ParamDecl, ...]


class GenerateBlock(Node):
    """`generate { ... }`: sites and definitions outside the objective."""

    kind: ClassVar[str] = "generate"
    body: tuple[Statement, ...]


class FitOption(Node):
    """`batch D = 64` (then `index_set` is `D`), `particles = 16`."""

    kind: ClassVar[str] = "fit_option"
    name: Name
    index_set: Name | None
    value: Expr


class FitBlock(Node):
    """`fit { ... }`."""

    kind: ClassVar[str] = "fit"
    body: tuple[FitOption, ...]


class Spec(Node):
    """A whole file, in the order it was written."""

    kind: ClassVar[str] = "spec"
    statements: tuple[Statement, ...]


Expr: TypeAlias = (
    Number
    | Name
    | Boolean
    | ListLiteral
    | Index
    | FieldAccess
    | Call
    | Unary
    | Binary
    | Conditional
    | Reduction
)
Statement: TypeAlias = (
    IndexDecl
    | DataDecl
    | ParamDecl
    | NetDecl
    | SiteStatement
    | DefinitionStatement
    | FactorStatement
    | Loop
    | GuideBlock
    | GenerateBlock
    | FitBlock
)
