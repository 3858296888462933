"""Writes Python: syntax trees made of our own templates, laid out with comments.

Text of a spec enters generated code in two ways only: as an identifier or constant node of the
syntax tree, and as a comment, from which everything but printable characters is removed.
"""

from __future__ import annotations

import ast
import builtins
import keyword
from collections.abc import Iterable, Mapping
from functools import reduce
from typing import cast

from pplc.compiler.codegen.lines import WIDTH, bare, layout, python
from pplc.compiler.codegen.names import OWN, OWN_BEGINNINGS

#: More summands than this are written as a list: Python nests sums, and not without end.
_SUMMANDS = 50


def identifier(name: str) -> str:
    """The Python name of a name of the spec: itself, or with `_` behind where it is taken."""
    taken = keyword.iskeyword(name) or name in OWN or hasattr(builtins, name)
    if taken or name.startswith(OWN_BEGINNINGS):
        return name + "_"
    return name.replace(" ", "_")


def quote(template: str, **holes: ast.expr | str | float | int | bool) -> ast.expr:
    """The expression that a template of ours stands for, with nodes put in place of names.

    A string fills a hole as a string constant, a number as a number.
    """
    tree = ast.parse(template, mode="eval").body
    fill = _Fill({k: v if isinstance(v, ast.expr) else constant(v) for k, v in holes.items()})
    return cast(ast.expr, fill.visit(tree))


class _Fill(ast.NodeTransformer):
    def __init__(self, holes: dict[str, ast.expr]) -> None:
        self.holes = holes

    def visit_Name(self, node: ast.Name) -> ast.expr:
        return self.holes.get(node.id, node)


def constant(value: float | str | bool) -> ast.expr:
    """A literal. Infinities and negative numbers are written as expressions."""
    if isinstance(value, float) and value in (float("inf"), float("-inf")):
        return quote("torch.inf") if value > 0 else quote("-torch.inf")
    if isinstance(value, int | float) and not isinstance(value, bool) and value < 0:
        return ast.UnaryOp(ast.USub(), ast.Constant(-value))
    return ast.Constant(value)


def name(identifier_: str) -> ast.expr:
    """A variable."""
    return ast.Name(identifier_, ast.Load())


def call(function: ast.expr | str, *arguments: ast.expr, **keywords: ast.expr) -> ast.expr:
    """A call."""
    target = quote(function) if isinstance(function, str) else function
    return ast.Call(target, list(arguments), [ast.keyword(k, v) for k, v in keywords.items()])


def subscript(value: ast.expr, items: Iterable[ast.expr]) -> ast.expr:
    """`value[items]`."""
    elements = list(items)
    index = elements[0] if len(elements) == 1 else ast.Tuple(elements, ast.Load())
    return ast.Subscript(value, index, ast.Load())


def everything() -> ast.expr:
    """The `:` of a subscript."""
    return ast.Slice()


def item(mapping: str, key: str) -> ast.expr:
    """`mapping["key"]`."""
    return subscript(name(mapping), [ast.Constant(key)])


def listing(values: Iterable[ast.expr]) -> ast.expr:
    """A list display."""
    return ast.List(list(values), ast.Load())


def mapping(entries: Mapping[str, ast.expr]) -> ast.expr:
    """A dictionary display with strings as keys."""
    return ast.Dict([constant(k) for k in entries], list(entries.values()))


def tuple_of(values: Iterable[ast.expr]) -> ast.expr:
    """A tuple display."""
    return ast.Tuple(list(values), ast.Load())


def add(terms: Iterable[ast.expr]) -> ast.expr:
    """The sum of terms, integers added up and put last; 0 of none."""
    number, others = 0, []
    for term in terms:
        if isinstance(term, ast.Constant) and isinstance(term.value, int):
            number += term.value
        else:
            others.append(term)
    if number or not others:
        others.append(constant(number))
    if len(others) > _SUMMANDS:
        return call("sum", listing(others))
    return reduce(lambda a, b: ast.BinOp(a, ast.Add(), b), others)


def multiply(factors: Iterable[ast.expr]) -> ast.expr:
    """The product of factors; 1 of none."""
    several = list(factors) or [constant(1)]
    return reduce(lambda a, b: ast.BinOp(a, ast.Mult(), b), several)


def safe(text: str) -> str:
    """Text of a spec as it may stand in a comment or docstring: printable, on one line."""
    plain = "".join(c if c.isprintable() else " " for c in text)
    return plain.replace("\\", "/").replace('"""', "'''")


class Writer:
    """Lines of Python, indented."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self._depth = 0

    def blank(self, count: int = 1) -> None:
        """Empty lines."""
        self.lines.extend([""] * count)

    def comment(self, text: str) -> None:
        """A comment of its own."""
        self.lines.append(f"{self._margin}# {safe(text)}")

    def docstring(self, *lines: str) -> None:
        """A docstring of a title and more lines."""
        first, *rest = [safe(line).rstrip() for line in lines]
        if not rest:
            self.lines.append(f'{self._margin}"""{first}"""')
            return
        self.lines.append(f'{self._margin}"""{first}')
        self.lines.extend(f"{self._margin}{line}".rstrip() for line in rest)
        self.lines.append(f'{self._margin}"""')

    def function(self, name_: str, *parameters: str) -> None:
        """The head of a function; what follows is its body, until `end`."""
        self.blank(2)
        self.lines.append(f"def {name_}({', '.join(parameters)}):")
        self._depth += 1

    def indent(self) -> None:
        """What follows stands one level deeper."""
        self._depth += 1

    def end(self) -> None:
        """The end of a function."""
        self._depth -= 1

    def extend(self, other: Writer) -> None:
        """Add what another writer holds, as it is."""
        self.lines.extend(other.lines)

    def assign(self, target: str | ast.expr, value: ast.expr, comment: str = "") -> None:
        """`target = value  # comment`."""
        left = target if isinstance(target, str) else bare(target)
        self._statement(f"{left} = ", value, comment)

    def expression(self, value: ast.expr) -> None:
        """An expression as a statement."""
        self._statement("", value, "")

    def loop(self, variable: ast.expr, over: ast.expr) -> None:
        """The head of a loop; what follows is its body, until `end`."""
        self.lines.append(f"{self._margin}for {python(variable)} in {python(over)}:")
        self._depth += 1

    def returns(self, value: ast.expr) -> None:
        """`return value`."""
        self._statement("return ", value, "")

    def raw(self, line: str) -> None:
        """A line that holds no text of the spec."""
        self.lines.append(f"{self._margin}{line}" if line else "")

    @property
    def text(self) -> str:
        """All of it, ending in a newline."""
        return "\n".join(self.lines).rstrip("\n") + "\n"

    @property
    def _margin(self) -> str:
        return "    " * self._depth

    def _statement(self, head: str, value: ast.expr, comment: str) -> None:
        lines = layout(self._margin + head, value, self._margin)
        tail = f"  # {safe(comment)}" if comment else ""
        if len(lines[-1]) + len(tail) > WIDTH:
            self.comment(comment)
            tail = ""
        lines[-1] += tail
        self.lines.extend(lines)
