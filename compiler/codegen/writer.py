"""Writes Python: syntax trees made of our own templates, laid out with comments.

Text of a spec enters generated code in two ways only: as an identifier or constant node of the
syntax tree, and as a comment, from which everything but printable characters is removed.
"""

from __future__ import annotations

import ast
import builtins
import io
import keyword
import tokenize
from collections.abc import Iterable, Mapping
from functools import reduce
from typing import TypeGuard, cast

#: Longest line of a generated module.
WIDTH = 96

#: More summands than this are written as a list: Python nests sums, and not without end.
_SUMMANDS = 50

#: Names that generated code uses for itself.
_OWN = {
    *("torch", "constraints", "METADATA", "S", "D", "data", "latents", "params", "particles"),
    *("log_f", "log_p", "log_q", "log_jacobian", "log_density", "log_scale", "lower", "phi"),
    *("u", "eps", "noise", "density", "densities", "parts", "sizes", "joint", "draws"),
    *("delta", "deltas", "given", "above", "centre", "centring", "terms", "nesting"),
    *("initial_centring", "filled", "occurrences"),
    *("probabilities", "prepare", "unconstrained_shapes", "constrain", "unconstrain"),
    *("initial_params", "constrain_params", "unconstrain_params"),
    *("factors", "contract", "model", "guide_shapes", "noise_shapes", "guide", "prior"),
    *("law", "factor", "reparameterised", "low_rank_log_density", "joint"),
    *("recover", "generate", "draw", "largest", "log_sum", "marginals", "softplus", "join", "late"),
    *("most_probable",),
}


def identifier(name: str) -> str:
    """The Python name of a name of the spec: itself, or with `_` behind where it is taken."""
    if keyword.iskeyword(name) or name in _OWN or hasattr(builtins, name):
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


def python(node: ast.expr) -> str:
    """The text of an expression, strings in double quotes."""
    text = ast.unparse(node)
    if not set(text) & set('"\\'):
        return text.replace("'", '"')
    pieces, at = [], 0
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        body = token.string[1:-1]
        if token.type == tokenize.STRING and token.string[0] == "'" and not set(body) & set('"\\'):
            pieces += [text[at : token.start[1]], f'"{body}"']
            at = token.end[1]
    return "".join(pieces) + text[at:]


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
        left = target if isinstance(target, str) else _bare(target)
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
        lines = _layout(self._margin + head, value, self._margin)
        tail = f"  # {safe(comment)}" if comment else ""
        if len(lines[-1]) + len(tail) > WIDTH:
            self.comment(comment)
            tail = ""
        lines[-1] += tail
        self.lines.extend(lines)


def _bare(node: ast.expr) -> str:
    """As `python`, a tuple without its brackets."""
    text = python(node)
    if isinstance(node, ast.Tuple) and len(node.elts) > 1:
        return text.removeprefix("(").removesuffix(")")
    return text


def _layout(head: str, value: ast.expr, margin: str) -> list[str]:
    """A value behind `head`, broken at the brackets of the outermost call or display."""
    line = head + (_bare(value) if head.endswith(("= ", "return ")) else python(value))
    if len(line) <= WIDTH:
        return [line]
    if _is_chain(value):
        return _chain(head, value, margin)
    rest = ""
    while (behind := _behind(value)) is not None:
        # What comes last is short: break what stands before it.
        value, rest = behind[0], behind[1] + rest
    opening, parts, closing = _brackets(value)
    if not parts or len(head + opening) > WIDTH:
        return [line]
    return [head + opening, *_contents(value, parts, margin + "    "), margin + closing + rest]


def _behind(value: ast.expr) -> tuple[ast.expr, str] | None:
    """`x[...]` and `x.method(...)` as `x` and the rest, where the rest is short."""
    if isinstance(value, ast.Subscript):
        inner = value.value
    elif isinstance(value, ast.Call) and isinstance(value.func, ast.Attribute):
        inner = value.func.value
    else:
        return None
    rest = python(value)[len(python(inner)) :]
    if not isinstance(inner, ast.Call | ast.Subscript) or len(rest) > WIDTH // 2:
        return None
    return inner, rest


def _brackets(value: ast.expr) -> tuple[str, list[tuple[str, ast.expr]], str]:
    """The opening, the parts (each with what stands before it) and the closing of a bracket."""
    if isinstance(value, ast.Call):
        parts: list[tuple[str, ast.expr]] = [("", a) for a in value.args]
        parts += [(f"{k.arg}=" if k.arg else "**", k.value) for k in value.keywords]
        return python(value.func) + "(", parts, ")"
    if isinstance(value, ast.Dict):
        keys = [python(k) + ": " if k is not None else "**" for k in value.keys]
        return "{", list(zip(keys, value.values, strict=True)), "}"
    if isinstance(value, ast.List | ast.Tuple):
        opening, closing = ("[", "]") if isinstance(value, ast.List) else ("(", ")")
        return opening, [("", e) for e in value.elts], closing
    return "", [], ""


def _contents(value: ast.expr, parts: list[tuple[str, ast.expr]], margin: str) -> list[str]:
    """The parts of a bracket: on one line where they fit, otherwise one a line."""
    written = [prefix + python(part) for prefix, part in parts]
    joined = margin + ", ".join(written)
    if len(joined) < WIDTH and not isinstance(value, ast.Dict | ast.List):
        is_single = isinstance(value, ast.Tuple) and len(parts) == 1
        return [joined + "," if is_single else joined]
    lines = []
    for text, (prefix, part) in zip(written, parts, strict=True):
        whole = margin + text
        lines += [whole] if len(whole) < WIDTH else _layout(margin + prefix, part, margin)
        lines[-1] += ","
    return lines


def _is_chain(value: ast.expr) -> TypeGuard[ast.BinOp]:
    """Whether a value can be broken at its operators."""
    return isinstance(value, ast.BinOp) and not isinstance(value.op, ast.Pow)


def _chain(head: str, value: ast.BinOp, margin: str) -> list[str]:
    """Operands in brackets, one a line."""
    return [head + "(", *_operands(value, margin + "    "), margin + ")"]


def _operands(value: ast.BinOp, margin: str) -> list[str]:
    """The lines of operators that bind equally, as `+` and `-`: one operand a line."""
    blank = ast.Name("_")
    sign = python(ast.BinOp(blank, value.op, blank)).strip("_")
    if isinstance(value.left, ast.BinOp) and _level(value.left.op) == _level(value.op):
        lines = _operands(value.left, margin)
    else:
        first = python(ast.BinOp(value.left, value.op, blank)).removesuffix(f"{sign}_")
        lines = _operand("", value.left, first, margin)
    last = python(ast.BinOp(blank, value.op, value.right)).removeprefix(f"_{sign}")
    return [*lines, *_operand(sign.lstrip(), value.right, last, margin)]


def _operand(sign: str, value: ast.expr, text: str, margin: str) -> list[str]:
    """The lines of an operand; `text` has it in brackets where the operator needs them."""
    head = margin + sign
    if len(head + text) <= WIDTH:
        return [head + text]
    if _is_chain(value):
        return _chain(head, value, margin)
    return _layout(head, value, margin) if text == python(value) else [head + text]


def _level(operator: ast.operator) -> type[ast.operator]:
    """One of the operators that bind as tightly as this one."""
    match operator:
        case ast.Sub():
            return ast.Add
        case ast.Div() | ast.FloorDiv() | ast.Mod() | ast.MatMult():
            return ast.Mult
        case _:
            return type(operator)
