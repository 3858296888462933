"""How tightly operators bind: from `a + b * c`, read as a flat list, to a tree."""

from __future__ import annotations

from typing import Any, NamedTuple

from pplc.grammar.mistakes import built
from pplc.grammar.nodes import Binary, Expr, Node, Unary
from pplc.grammar.tokens import Token

_COMPARISON = 4
#: The tighter an operator binds, the higher. All but `^` group from the left.
_BINARY = {
    "or": 1,
    "and": 2,
    **dict.fromkeys(("==", "!=", "<", "<=", ">", ">="), _COMPARISON),
    **dict.fromkeys("+-", 5),
    **dict.fromkeys("*/@", 6),
    "^": 8,
}
_PREFIX = {"not": 3, "-": 7}


class _Waiting(NamedTuple):
    """An operator whose right operand is not complete yet."""

    token: Token
    binding: int
    prefix: bool


def operation(parts: list[Any]) -> Expr:
    """The tree of operands (nodes) and operators (tokens) in the order they were written.

    Dijkstra's shunting yard: no recursion, so no depth of nesting is too much for it. Raises
    `Mistake` for a chain of comparisons.
    """
    operands: list[Any] = []
    waiting: list[_Waiting] = []
    after_operand = False
    for part in parts:
        if isinstance(part, Node):
            operands.append(part)
            after_operand = True
            continue
        if after_operand:
            binding = _BINARY[part.text]
            while waiting and waiting[-1].binding + (part.text != "^") > binding:
                if waiting[-1].binding == binding == _COMPARISON:
                    raise built.chained_comparison(operands[-1], part)
                _combine(operands, waiting.pop())
        else:
            binding = _PREFIX[part.text]
        waiting.append(_Waiting(part, binding, prefix=not after_operand))
        after_operand = False
    while waiting:
        _combine(operands, waiting.pop())
    (tree,) = operands
    return tree  # type: ignore[no-any-return]


def _combine(operands: list[Any], operator: _Waiting) -> None:
    right = operands.pop()
    symbol: Any = operator.token.text
    if operator.prefix:
        span = operator.token.span.to(right.span)
        operands.append(Unary(span=span, operator=symbol, operand=right))
    else:
        left = operands.pop()
        span = left.span.to(right.span)
        operands.append(Binary(span=span, operator=symbol, left=left, right=right))
