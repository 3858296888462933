"""Several mistakes in one file: all are reported, once, in the right places."""

import pytest
from unit.grammar.specs import codes, places

from pplc.grammar import nodes
from pplc.grammar.parse import MOST_SHOWN, parse, read_source
from pplc.grammar.source import Source


def test_every_statement_is_read_whatever_is_wrong_with_others():
    text = """
        index N
        data x[N]
        mu ~
        for (n in N) {
          y[n] ~ Normal(mu 1)
          z[n] == 3
        }
        guide { mu ~ point; sigma: point }
        tau <- 2
    """
    assert places(text) == [
        ("E158", "x[N]"),
        ("E134", "~"),
        ("E171", "(n in N)"),
        ("E136", "mu 1"),
        ("E137", "=="),
        ("E117", ";"),
        ("E157", ":"),
        ("E120", "<-"),
    ]


def test_an_unclosed_bracket_ends_where_a_statement_begins():
    text = """
        mu ~ Normal(f(0, 1
        b[k in K] ~ Normal(0, 1)
        for n in N { y[n] ~ Normal(mu, (1 }
        total = sum(n in N: y[n]
        tau = 3
        scale[k in K = 2
        guide { mu ~ point( }
        m = (2
        * ~ point
        z ~ Normal(0, 1
    """
    assert places(text) == [
        ("E182", "("),
        ("E182", "("),
        ("E182", "("),
        ("E182", "["),
        ("E182", "("),
        ("E182", "("),
        ("E178", "* ~"),
        ("E182", "("),
    ]


def test_arguments_on_lines_of_their_own_begin_no_statement():
    text = "y ~ Normal(\n  loc = a,\n  scale = b[n]\n  + (c) ,\n  k\n)\n"
    assert codes(text) == []


def test_a_tilde_closes_brackets():
    text = "z[n in N ~ Normal(0, 1)\ny ~ N(0, 1)"
    (said,) = parse(Source("test.ppl", text)).diagnostics
    assert said.code == "E182"
    (fix,) = said.fixes
    assert text[: fix.span.start] + fix.replacement == "z[n in N]"


def test_wrong_and_superfluous_brackets_are_said_once():
    text = "a = f(x]\nb = g[x)\nc = (1))\nd = [(2]\n"
    assert places(text) == [("E184", "]"), ("E184", ")"), ("E183", ")"), ("E182", "(")]


@pytest.mark.parametrize(
    ("text", "opener"),
    [
        ("for n in N {\n  for k in K {\n    y[n, k] ~ L\n}\nz ~ L\n", 1),
        ("for n in N {\n  for k in K {\n    y[n, k] ~ L\n  }\nz ~ L\n", 0),
        ("for n in N {\n  y[n] ~ L\n\ngenerate {\n  z = 1\n}\n", 0),
        ("for n in N {\n  y[n] ~ L\n}\ngenerate { z = 1\n", 1),
    ],
)
def test_an_unclosed_block_is_said_once_at_its_brace(text, opener):
    (said,) = parse(Source("test.ppl", text)).diagnostics
    assert said.code == "E185"
    braces = [place for place, character in enumerate(text) if character == "{"]
    assert said.span.start == braces[opener]


def test_blocks_that_are_none_are_still_read():
    text = "model {\n  mu ~\n}\nif (a) {\n  b =\n} else {\n  c ~\n}\nfoo {\n  d =\n}\n}\n"
    assert codes(text) == [
        *("E168", "E134"),
        *("E170", "E134", "E134"),
        *("E169", "E134"),
        "E186",
    ]


def test_a_line_that_goes_on_is_not_a_second_mistake():
    assert codes("m = a +\n  b * c\n") == ["E135"]
    assert codes("m = a +\nb * c\n") == ["E135", "E133"]
    assert codes("m ~\n  Normal(0, 1)\n") == ["E134"]


def test_mended_signs_leave_a_tree():
    text = "μ <- 2 ** 3;  // power\n"
    result = parse(Source("test.ppl", text))
    assert [d.code for d in result.diagnostics] == ["E108", "E120", "E122", "E117", "E118"]
    (definition,) = result.value.statements
    assert definition.target.name.id == "μ"
    assert isinstance(definition.value, nodes.Binary)


def test_guessed_signs_leave_none():
    for text in ("a = b % 2", 'a = "b"', "a = 2b", "a = b $ c", "a = (b", "total += 1"):
        result = parse(Source("test.ppl", text))
        assert not result.ok
        assert result.value is None


def test_a_sign_is_said_once_with_its_other_places():
    text = "".join(f"a{i} = {i};\n" for i in range(10))
    (said,) = parse(Source("test.ppl", text)).diagnostics
    assert [note.span.start for note in said.notes] == [text.index(";", 8), text.index(";", 16)]
    assert "9 more" in said.label_message


def test_an_arrow_compares_where_it_cannot_define():
    assert codes("a <- 1\nb[n] <- 1") == ["E120"]
    assert codes("a = if b<-1 then 2 else 3") == []


def test_diagnostics_are_capped():
    text = "mu ~\n" * (MOST_SHOWN + 50)
    result = parse(Source("test.ppl", text))
    assert len(result.diagnostics) == MOST_SHOWN + 1
    assert (result.diagnostics[-1].code, result.diagnostics[-1].hidden) == ("E104", 50)


# --- text that is no spec ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ["E101"]),
        ("\ufeff\r\n  \t # only a comment", ["E101"]),
        ("mu ~ Normal(0, 1)\0", ["E102"]),
        ("a" * 1_000_000, ["E133"]),
        ("a = " + "1 + " * 30_000, ["E100"]),
        ("a " * 30_000, ["E100"]),
        ("(" * 10_000, ["E103"]),
        ("a = " + "(" * 10_000 + "1" + ")" * 10_000, ["E103"]),
        ("a = " + "[" * 10_000, ["E103"]),
        ("a = " + "- " * 10_000 + "1", ["E103"]),
        ("a = " + "1 + " * 10_000 + "1", []),
        ("a = " + "1 ^ " * 10_000 + "1", ["E103"]),
        ("a = " + "if b then c else " * 10_000 + "1", ["E103"]),
        ("for n in N { " * 10_000 + "}" * 10_000, ["E103"]),
        ("for n in N {\n" * 10_000, ["E103", "E185"]),
        ("{" * 10_000, ["E169", "E103", "E185"]),
        ("}" * 150, ["E186"] * 100 + ["E104"]),
    ],
    ids=lambda value: repr(value)[:20] if isinstance(value, str) else "",
)
def test_absurd_text_gets_a_diagnostic(text, expected):
    assert codes(text) == expected


def test_junk_gets_a_diagnostic():
    junk = bytes(range(1, 256)).decode("latin-1") * 100
    assert codes(junk)


def test_read_source():
    assert read_source("a.ppl", "mu = 1 # µ".encode()).value == Source("a.ppl", "mu = 1 # µ")
    result = read_source("a.ppl", "x = 1\n# µ".encode("latin-1"))
    assert result.value is None
    (said,) = result.diagnostics
    assert said.code == "E102"
    assert "line 2" in said.message
