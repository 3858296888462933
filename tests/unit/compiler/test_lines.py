"""Expressions broken into lines say what they said on one line."""

import ast
import random

import pytest

from pplc.compiler.codegen.lines import WIDTH, layout


def text(generator, depth):
    """A made-up expression of what generated code is made of."""
    if depth == 0 or generator.random() < 0.15:
        return generator.choice(
            ["alpha" * generator.randint(1, 8), "x[0]", "torch.inf", "latents['mu']", "-beta"]
        )

    def inner():
        return text(generator, depth - 1)

    match generator.randrange(9):
        case 0 | 1 | 2 | 3:
            operator = generator.choice("+-+-*/@&|")
            return f"({inner()}) {operator} ({inner()})"
        case 4:
            return f"({inner()}) {generator.choice(['<', '==', '!='])} ({inner()})"
        case 5:
            return f"torch.where({inner()}, {inner()}, {inner()})"
        case 6:
            return f"({inner()})[:, None]"
        case 7:
            return f"Normal({inner()}, scale={inner()}).log_prob({inner()})"
        case _:
            return f"({inner()}) if ({inner()}) else ({inner()})"


@pytest.mark.parametrize("seed", range(300))
def test_lines_parse_to_the_same_expression(seed):
    generator = random.Random(seed)
    tree = ast.parse(text(generator, generator.randint(1, 6)), mode="eval").body
    lines = layout("value = ", tree, "")
    (statement,) = ast.parse("\n".join(lines)).body
    assert ast.dump(statement.value) == ast.dump(tree)


def test_a_long_difference_keeps_its_brackets():
    names = [f"a_rather_long_name_{i}" for i in range(8)]
    first, second = " + ".join(names[:4]), " - ".join(names[4:])
    lines = layout("total = ", ast.parse(f"{first} - ({second})", mode="eval").body, "")
    assert all(len(line) <= WIDTH for line in lines)
    values = {n: float(i**2) for i, n in enumerate(names)}
    exec("\n".join(lines), values)  # noqa: S102
    assert values["total"] == (0 + 1 + 4 + 9) - (16 - 25 - 36 - 49)
