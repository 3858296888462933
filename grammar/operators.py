"""How tightly operators bind: from `a + b * c`, read as a flat list, to a tree.

What is written flat is not nested: a long sum becomes a tree of many short sums, whose depth grows
with the logarithm of its length. The same holds for products, `and` and `or`. Matrix products and
powers, which cannot be regrouped, are as deep as they are long.
"""

from __future__ import annotations

from dataclasses import dataclass, field
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

#: Operators that can be regrouped, with what each becomes behind a `-` or `/` that now comes first:
#: `a - b + c` is `a - (b - c)`.
_REGROUPED = {"or": "or", "and": "and", "+": "-", "-": "+", "*": "/", "/": "*"}
#: Up to so many operands in a row are grouped from the left, as everywhere.
_SHORT = 32


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
    (whole,) = operands
    return _tree(whole)


@dataclass(slots=True)
class _Chain:
    """Operands of operators that bind alike: the first, and each other with what is before it."""

    binding: int
    first: Expr
    rest: list[tuple[str, Expr]] = field(default_factory=list)


def _combine(operands: list[Any], operator: _Waiting) -> None:
    right = _tree(operands.pop())
    symbol: Any = operator.token.text
    if operator.prefix:
        span = operator.token.span.to(right.span)
        operands.append(Unary(span=span, operator=symbol, operand=right))
        return
    left = operands[-1]
    if not isinstance(left, _Chain) or left.binding != operator.binding:
        left = operands[-1] = _Chain(operator.binding, _tree(left))
    left.rest.append((symbol, right))


def _tree(part: Any) -> Expr:
    """The tree of a chain; anything else is one already."""
    return _grouped(part.first, part.rest) if isinstance(part, _Chain) else part


def _grouped(first: Expr, rest: list[tuple[str, Expr]]) -> Expr:
    if len(rest) < _SHORT or any(symbol not in _REGROUPED for symbol, _ in rest):
        tree = first
        for symbol, right in rest:
            tree = _binary(tree, symbol, right)
        return tree
    middle = len(rest) // 2
    symbol, second = rest[middle]
    after = rest[middle + 1 :]
    if symbol in "-/":
        after = [(_REGROUPED[s], operand) for s, operand in after]
    return _binary(_grouped(first, rest[:middle]), symbol, _grouped(second, after))


def _binary(left: Expr, symbol: Any, right: Expr) -> Expr:
    return Binary(span=left.span.to(right.span), operator=symbol, left=left, right=right)
