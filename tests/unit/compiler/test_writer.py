"""The writer of Python: layout, and that nothing of a spec becomes code but names and numbers."""

import ast
import keyword

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pplc.compiler.codegen.lines import WIDTH
from pplc.compiler.codegen.writer import (
    Writer,
    call,
    constant,
    identifier,
    name,
    python,
    quote,
    safe,
    subscript,
)


def test_a_template_is_filled_with_nodes():
    node = quote("torch.logsumexp(x + y, axis)", x=name("a"), y=quote("b * c"), axis=-1)
    assert python(node) == "torch.logsumexp(a + b * c, -1)"


def test_a_string_in_a_hole_is_a_string_constant():
    hostile = '"); __import__("os").system("true")'
    tree = ast.parse(python(subscript(name("data"), [constant(hostile)])), mode="eval")
    assert ast.literal_eval(tree.body.slice) == hostile


@pytest.mark.parametrize(
    "text", ["a\nimport os", 'x """ y', "a\x00b\r\nc", "\u2028import os", "\\"]
)
def test_comments_and_docstrings_stay_what_they_are(text):
    out = Writer()
    out.function("f")
    out.docstring("title", text)
    out.comment(text)
    out.assign("x", constant(1), text)
    tree = ast.parse(out.text)
    (function,) = tree.body
    assert [type(s) for s in function.body] == [ast.Expr, ast.Assign]
    assert "\n" not in safe(text)


@pytest.mark.parametrize("word", [*keyword.kwlist, "torch", "data", "len", "log_p"])
def test_a_name_that_is_taken_gets_an_underscore(word):
    assert identifier(word) == word + "_"
    assert identifier("loc") == "loc"


def test_strings_are_in_double_quotes_whatever_they_hold():
    for text in ("plain", "it's", 'say "hi"', "it's 'x' \"y\"", "back\\slash"):
        assert ast.literal_eval(python(constant(text))) == text
    assert python(constant("plain")) == '"plain"'


@pytest.mark.parametrize("value", [float("inf"), float("-inf"), -2.0, 1e-300, 0.1, 3, True])
def test_numbers_come_back_exactly(value):
    code = python(constant(value)).replace("torch.inf", "float('inf')")
    assert eval(code, {"float": float}) == value  # noqa: S307 - our own text, in a test


def test_long_lines_are_broken_at_brackets():
    out = Writer()
    out.function("f")
    parts = [name(f"a_rather_long_name_{i}") for i in range(8)]
    out.assign("x", call("torch.stack", *parts), "[S, N]")
    out.assign("y", quote("a + b", a=call("f", *parts[:3]), b=call("g", *parts[3:6])))
    assert all(len(line) <= WIDTH for line in out.text.splitlines())
    ast.parse(out.text)


OPERATORS = (ast.Add, ast.Sub, ast.Mult, ast.Div, ast.MatMult, ast.Pow, ast.BitAnd, ast.FloorDiv)


def larger(inner):
    """Expressions of the kinds that generated code has, around smaller ones."""
    names = st.sampled_from(["scale", "expand", "log_prob"])
    return st.one_of(
        st.builds(ast.BinOp, inner, st.sampled_from(OPERATORS).map(lambda op: op()), inner),
        st.builds(ast.UnaryOp, st.just(ast.USub()), inner),
        st.builds(ast.IfExp, inner, inner, inner),
        st.builds(lambda a, b: ast.Compare(a, [ast.Lt()], [b]), inner, inner),
        st.builds(lambda f, *a: call(f, *a, dim=name("axis")), names, inner, inner),
        st.builds(lambda x, f, a: call(ast.Attribute(x, f), a), inner, names, inner),
        st.builds(lambda x, i: subscript(x, [i]), inner, inner),
        st.lists(inner, max_size=3).map(lambda x: ast.Tuple(x, ast.Load())),
        st.lists(inner, max_size=3).map(lambda x: ast.List(x, ast.Load())),
        st.builds(lambda a, b: ast.Dict([constant("a"), constant("b")], [a, b]), inner, inner),
    )


LEAVES = st.one_of(st.just("x"), st.integers(10, 80).map(lambda length: "n" * length))
EXPRESSIONS = st.recursive(LEAVES.map(name), larger, max_leaves=25)


@settings(max_examples=1500, derandomize=True, deadline=None)
@given(EXPRESSIONS)
def test_an_expression_that_is_laid_out_is_still_the_same(value):
    out = Writer()
    out.function("f")
    out.assign("x", value)
    out.returns(value)
    (function,) = ast.parse(out.text).body
    for statement in function.body:
        assert ast.unparse(statement.value) == ast.unparse(value), out.text


@pytest.mark.parametrize("template", ["-a * (b + c)", "a - (b - c)", "a / (b * c)", "(a - b) ** c"])
def test_brackets_stay_at_whatever_length_a_line_is_broken(template):
    for length in range(2 * WIDTH):
        b = "b" * (1 + length // 2)
        value = quote(template, b=name(b), c=name("c" * (1 + length - length // 2)))
        out = Writer()
        out.assign("x", value)
        (statement,) = ast.parse(out.text).body
        assert ast.unparse(statement.value) == ast.unparse(value), out.text
