"""The abstract syntax of a spec: frozen models, each with the span it was read from.

Two nodes are equal when they say the same, wherever they stand: spans do not take part.
Nothing here knows what a name means; `pplc.compiler` finds that out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypeAlias

from pydantic import Field

from pplc.grammar.records import Is, Record
from pplc.grammar.source import Span


class Node(Record):
    """Anything that was written in a spec."""

    #: Where it was written.
    span: Is[Span] = Field(repr=False)

    def __eq__(self, other: object) -> bool:
        if type(self) is not type(other):
            return NotImplemented
        mine, theirs = self.__dict__, other.__dict__
        return all(mine[name] == theirs[name] for name in mine if name != "span")

    def __hash__(self) -> int:
        return hash((type(self), *(v for k, v in self.__dict__.items() if k != "span")))


if TYPE_CHECKING:
    Expr: TypeAlias = (
        "Number | Name | Boolean | ListLiteral | Index | FieldAccess | Call | Unary | Binary"
        " | Conditional | Reduction"
    )
    Statement: TypeAlias = (
        "IndexDecl | DataDecl | ParamDecl | NetDecl | SiteStatement | DefinitionStatement"
        " | FactorStatement | Loop | GuideBlock | GenerateBlock | FitBlock"
    )
else:
    # Checked as any node: a schema of the full union in each of thirty models costs 0.1 s at start.
    Expr = Statement = Is[Node]


# --- expressions ---------------------------------------------------------------------------------


class Number(Node):
    """A literal number. `text` keeps how it was written; an integer literal has no point."""

    kind: Literal["number"] = "number"
    value: float
    text: str

    @property
    def is_integer(self) -> bool:
        """Whether it was written as an integer."""
        return self.text.isdigit()


class Name(Node):
    """A name: a site, a definition, data, a binder, an index set, a constant such as `pi`."""

    kind: Literal["name"] = "name"
    id: str


class Boolean(Node):
    """`true` or `false`."""

    kind: Literal["boolean"] = "boolean"
    value: bool


class ListLiteral(Node):
    """`[3, 10]`, nested for a matrix."""

    kind: Literal["list"] = "list"
    items: tuple[Expr, ...]


class Index(Node):
    """`base[i, j]`."""

    kind: Literal["index"] = "index"
    base: Expr
    indices: tuple[Expr, ...]


class FieldAccess(Node):
    """`base.name`: one of several results of a net."""

    kind: Literal["field"] = "field"
    base: Expr
    name: str


class Argument(Node):
    """One argument of a call; `name` is None where it is positional."""

    kind: Literal["argument"] = "argument"
    name: str | None
    value: Expr


class Call(Node):
    """`function(arguments)`: a function, a law, or a net; which one is found out later."""

    kind: Literal["call"] = "call"
    function: str
    function_span: Is[Span] = Field(repr=False)
    arguments: tuple[Argument, ...]

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, Call)
            and self.function == other.function
            and self.arguments == other.arguments
        )

    def __hash__(self) -> int:
        return hash((self.function, self.arguments))


class Unary(Node):
    """`-x`, `not x`."""

    kind: Literal["unary"] = "unary"
    operator: Literal["-", "not"]
    operand: Expr


class Binary(Node):
    """Arithmetic (`+ - * / ^ @`), comparisons (`== != < <= > >=`) and `and`, `or`."""

    kind: Literal["binary"] = "binary"
    operator: Literal["+", "-", "*", "/", "^", "@", "==", "!=", "<", "<=", ">", ">=", "and", "or"]
    left: Expr
    right: Expr


class Conditional(Node):
    """`if condition then a else b`."""

    kind: Literal["conditional"] = "conditional"
    condition: Expr
    then: Expr
    otherwise: Expr


class Binder(Node):
    """`k in K`, `k in K from 1`: a name that runs over an index set."""

    kind: Literal["binder"] = "binder"
    variable: str
    index_set: str
    index_set_span: Is[Span] = Field(repr=False)
    start: int = 0

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Binder) and (self.variable, self.index_set, self.start) == (
            other.variable,
            other.index_set,
            other.start,
        )

    def __hash__(self) -> int:
        return hash((self.variable, self.index_set, self.start))


class Reduction(Node):
    """`sum(k in K where c: e)` and its like; `counts` too. Several binders nest."""

    kind: Literal["reduction"] = "reduction"
    function: str
    binders: tuple[Binder, ...]
    where: Expr | None
    body: Expr


# --- declarations --------------------------------------------------------------------------------


class TypeExpr(Node):
    """`real`, `interval(a, b)`, `simplex[K]`, an index set's name; `missing` for a trailing `?`."""

    kind: Literal["type"] = "type"
    name: str
    bounds: tuple[Expr, ...] = ()
    dims: tuple[Name, ...] = ()
    missing: bool = False


class IndexDecl(Node):
    """`index N`, `index K = 3`, `index V from 1`, `index T[I]`; a list of names makes several."""

    kind: Literal["index_decl"] = "index_decl"
    name: Name
    size: Expr | None = None
    label_start: int | None = None
    ragged_over: Name | None = None


class DataDecl(Node):
    """`data x[N, P]: real`."""

    kind: Literal["data_decl"] = "data_decl"
    name: Name
    dims: tuple[Name, ...]
    type: TypeExpr


class ParamDecl(Node):
    """`param a[K]: positive = 5.0`."""

    kind: Literal["param_decl"] = "param_decl"
    name: Name
    dims: tuple[Name, ...]
    type: TypeExpr
    initial: Expr | None = None


class NetResult(Node):
    """One result of a net; `name` is None where there is only one."""

    kind: Literal["net_result"] = "net_result"
    name: str | None
    type: TypeExpr


class NetDecl(Node):
    """`net enc(real[V]) -> positive[K] = mlp(hidden=[100], activation=relu)`."""

    kind: Literal["net_decl"] = "net_decl"
    name: Name
    inputs: tuple[TypeExpr, ...]
    results: tuple[NetResult, ...]
    body: Expr


# --- statements ----------------------------------------------------------------------------------


class Target(Node):
    """What a statement defines: `mu`, `x[n]`, `loc[k in K]`, `m0[K]` (a whole index set)."""

    kind: Literal["target"] = "target"
    name: Name
    indices: tuple[Binder | Expr, ...] = ()


class Truncation(Node):
    """`truncated(a, b)`."""

    kind: Literal["truncation"] = "truncation"
    lower: Expr
    upper: Expr


class SiteStatement(Node):
    """`target ~ law`, with `truncated(a, b)`, `ordered` and, inside a scan, `from` start laws."""

    kind: Literal["site"] = "site"
    target: Target
    law: Expr
    truncation: Truncation | None = None
    ordered: bool = False
    starts: tuple[Expr, ...] = ()


class DefinitionStatement(Node):
    """`target = expression`, inside a scan with `from` start values."""

    kind: Literal["definition"] = "definition"
    target: Target
    value: Expr
    starts: tuple[Expr, ...] = ()


class FactorStatement(Node):
    """`factor expression`."""

    kind: Literal["factor"] = "factor"
    value: Expr


class Loop(Node):
    """`for n in N { ... }` (exchangeable) or `scan t in T { ... }` (an ordered chain)."""

    kind: Literal["loop"] = "loop"
    ordered: bool
    binder: Binder
    body: tuple[Statement, ...]


class GuideStatement(Node):
    """A line of the guide block: `mu ~ point`, `(a, log(b)) ~ mvn`, `* ~ structured`.

    `targets` is empty for `*`.
    """

    kind: Literal["guide_statement"] = "guide_statement"
    targets: tuple[Expr, ...]
    family: Expr


class GuideBlock(Node):
    """`guide { ... }`, `guide strict { ... }`."""

    kind: Literal["guide"] = "guide"
    strict: bool
    body: tuple[GuideStatement | DefinitionStatement | ParamDecl, ...]


class GenerateBlock(Node):
    """`generate { ... }`: sites and definitions outside the objective."""

    kind: Literal["generate"] = "generate"
    body: tuple[Statement, ...]


class FitOption(Node):
    """`batch D = 64` (then `index_set` is `D`), `particles = 16`."""

    kind: Literal["fit_option"] = "fit_option"
    name: Name
    index_set: Name | None
    value: Expr


class FitBlock(Node):
    """`fit { ... }`."""

    kind: Literal["fit"] = "fit"
    body: tuple[FitOption, ...]


class Spec(Node):
    """A whole file, in the order it was written."""

    kind: Literal["spec"] = "spec"
    statements: tuple[Statement, ...]
