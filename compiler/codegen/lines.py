"""Expressions of Python as text, broken into lines that are not too long."""

from __future__ import annotations

import ast
import io
import tokenize
from typing import TypeGuard

#: Longest line of a generated module.
WIDTH = 96


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


def bare(node: ast.expr) -> str:
    """As `python`, a tuple without its brackets."""
    text = python(node)
    if isinstance(node, ast.Tuple) and len(node.elts) > 1:
        return text.removeprefix("(").removesuffix(")")
    return text


def layout(head: str, value: ast.expr, margin: str) -> list[str]:
    """A value behind `head`, broken at the brackets of the outermost call or display."""
    line = head + (bare(value) if head.endswith(("= ", "return ")) else python(value))
    if len(line) <= WIDTH:
        return [line]
    rest = ""
    while (behind := _behind(value)) is not None:
        # What comes last is short: break what stands before it.
        value, rest = behind[0], behind[1] + rest
    if _is_chain(value):
        return _chain(head, value, margin, rest)
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
    brackets = 2 if isinstance(inner, ast.BinOp) else 0
    rest = python(value)[len(python(inner)) + brackets :]
    if not isinstance(inner, ast.Call | ast.Subscript | ast.BinOp) or len(rest) > WIDTH // 2:
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
        lines += [whole] if len(whole) < WIDTH else layout(margin + prefix, part, margin)
        lines[-1] += ","
    return lines


def _is_chain(value: ast.expr) -> TypeGuard[ast.BinOp]:
    """Whether a value can be broken at its operators."""
    return isinstance(value, ast.BinOp) and not isinstance(value.op, ast.Pow)


def _chain(head: str, value: ast.BinOp, margin: str, rest: str = "") -> list[str]:
    """Operands in brackets, one a line, with `rest` behind them."""
    return [head + "(", *_operands(value, margin + "    "), margin + ")" + rest]


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
    return layout(head, value, margin) if text == python(value) else [head + text]


def _level(operator: ast.operator) -> type[ast.operator]:
    """One of the operators that bind as tightly as this one."""
    match operator:
        case ast.Sub():
            return ast.Add
        case ast.Div() | ast.FloorDiv() | ast.Mod() | ast.MatMult():
            return ast.Mult
        case _:
            return type(operator)
