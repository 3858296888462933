"""Expressions of Python as text, broken into lines that are not too long."""

from __future__ import annotations

import ast
import io
import tokenize

#: Longest line of a generated module.
WIDTH = 96

#: Operators that bind alike, at which an operation is broken into lines.
_LEVELS: tuple[tuple[type[ast.operator], ...], ...] = (
    (ast.Add, ast.Sub),
    (ast.Mult, ast.Div, ast.MatMult),
    (ast.BitAnd,),
    (ast.BitOr,),
)
_BROKEN = tuple(operator for level in _LEVELS for operator in level)


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
    if isinstance(value, ast.BinOp) and isinstance(value.op, _BROKEN):
        return [head + "(", *_operation(value, margin + "    "), margin + ")" + rest]
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
    if len(joined) <= WIDTH and not isinstance(value, ast.Dict | ast.List):
        return [joined]
    lines = []
    for text, (prefix, part) in zip(written, parts, strict=True):
        whole = margin + text
        lines += [whole] if len(whole) < WIDTH else layout(margin + prefix, part, margin)
        lines[-1] += ","
    return lines


def _operation(value: ast.BinOp, margin: str) -> list[str]:
    """An operation in brackets: a sum has a line for each operand, others where they must."""
    line = margin + python(value)
    if len(line) <= WIDTH and not isinstance(value.op, _LEVELS[0]):
        return [line]
    level = next(level for level in _LEVELS if isinstance(value.op, level))
    first, *others = _operands(value, level)
    other = ast.Name("_", ast.Load())
    # As it stands before or behind its operator: in brackets of its own where it needs them.
    text = python(ast.BinOp(first[1], others[0][0], other)).rsplit(" ", 2)[0]
    lines = _operand("", first[1], text, margin)
    for operator, operand in others:
        _, symbol, text = python(ast.BinOp(other, operator, operand)).split(" ", 2)
        lines += _operand(f"{symbol} ", operand, text, margin)
    return lines


def _operand(before: str, value: ast.expr, text: str, margin: str) -> list[str]:
    """An operand behind its operator, broken where it is long and `text` adds no brackets to it."""
    line = margin + before + text
    if len(line) <= WIDTH:
        return [line]
    if isinstance(value, ast.BinOp) and isinstance(value.op, _BROKEN):
        return [margin + before + "(", *_operation(value, margin + "    "), margin + ")"]
    return layout(margin + before, value, margin) if text == python(value) else [line]


def _operands(
    value: ast.expr, level: tuple[type[ast.operator], ...]
) -> list[tuple[ast.operator, ast.expr]]:
    """The operands of a chain of operators of one level, each with what stands before it."""
    if isinstance(value, ast.BinOp) and isinstance(value.op, level):
        return [*_operands(value.left, level), (value.op, value.right)]
    return [(ast.Add(), value)]
