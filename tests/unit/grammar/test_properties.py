"""Whatever is typed: nothing but diagnostics comes of it, and the layout changes no meaning."""

import sys

from hypothesis import given, settings
from hypothesis import strategies as st
from unit.grammar.specs import GOOD, TESTS, read

from pplc.grammar.format import format_source
from pplc.grammar.parse import parse
from pplc.grammar.render import diagnostics_json, render_all
from pplc.grammar.source import Source
from pplc.grammar.tables import token_types
from pplc.grammar.tokens import NEWLINE, tokenize

TEXTS = [path.read_text(encoding="utf-8") for path in GOOD]
BAD_TEXTS = [path.read_text(encoding="utf-8") for path in sorted((TESTS / "bad").glob("E1*/*.ppl"))]
SHORT_BAD_TEXTS = [text for text in BAD_TEXTS if len(text) < 1000]
PIECES = sorted({*token_types(), *("mu", "3", "1e-3", ";", "<-", "**", "|", '"', "'", "\n", "μ")})


def check(text):
    """Parse, show and lay out a text: none of it raises, and the places lie within the text."""
    source = Source("test.ppl", text)
    result = parse(source)
    assert result.value is not None or result.diagnostics
    for diagnostic in result.diagnostics:
        places = [diagnostic.span, *(note.span for note in diagnostic.notes)]
        places += [fix.span for fix in diagnostic.fixes]
        assert all(0 <= place.start <= place.end <= len(text) for place in places)
    render_all(result.diagnostics, source)
    diagnostics_json(result.diagnostics, source)
    formatted = format_source(source)
    assert (formatted.value is None) == bool(result.diagnostics)
    if formatted.value is not None:
        assert read(formatted.value) == result.value
        assert format_source(Source("test.ppl", formatted.value)).value == formatted.value


@st.composite
def with_characters_changed(draw):
    """A spec with some characters deleted, doubled, swapped or replaced."""
    text = draw(st.sampled_from(TEXTS + SHORT_BAD_TEXTS))
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, max(0, len(text) - 2)))
        new = draw(
            st.sampled_from(["", text[at : at + 1] * 2, text[at + 1 : at + 2] + text[at : at + 1]])
            | st.characters(codec="utf-8")
            | st.sampled_from(PIECES)
        )
        text = text[:at] + new + text[at + draw(st.integers(0, 2)) :]
    return text


@st.composite
def with_tokens_changed(draw):
    """A spec with some tokens deleted, doubled, swapped or replaced."""
    text = draw(st.sampled_from(TEXTS))
    tokens = [token.text for token in tokenize(text, token_types())]
    for _ in range(draw(st.integers(1, 4))):
        at, other = draw(st.tuples(*[st.integers(0, len(tokens) - 1)] * 2))
        match draw(st.sampled_from(["delete", "double", "swap", "replace", "cut"])):
            case "delete":
                tokens[at] = ""
            case "double":
                tokens[at] += f" {tokens[at]}"
            case "swap":
                tokens[at], tokens[other] = tokens[other], tokens[at]
            case "replace":
                tokens[at] = draw(st.sampled_from(PIECES))
            case "cut":
                tokens = tokens[: at + 1]
    return " ".join(tokens)


@given(with_characters_changed())
@settings(max_examples=150, deadline=None)
def test_changed_characters(text):
    check(text)


@given(with_tokens_changed())
@settings(max_examples=150, deadline=None)
def test_changed_tokens(text):
    check(text)


@given(st.lists(st.sampled_from(PIECES), max_size=30).map(" ".join))
@settings(max_examples=150, deadline=None)
def test_any_tokens(text):
    check(text)


@given(st.text(max_size=60))
@settings(max_examples=100, deadline=None)
def test_any_text(text):
    check(text)


# --- specs that are right ------------------------------------------------------------------------

NAMES = st.sampled_from(["mu", "x", "loc", "ordered", "batch", "N", "t"])
GAPS = st.sampled_from(["", " ", "   "])
BREAKS = st.sampled_from(["\n", "\n\n\n", "\n# own\n", "  # behind\n", "\r\n", "\n  \t\n"])


def join(*parts):
    return st.tuples(*(st.just(p) if isinstance(p, str) else p for p in parts)).map("".join)


def listed(items, least=1):
    return st.lists(items, min_size=least, max_size=3).map(" , ".join)


ATOMS = NAMES | st.sampled_from(["0", "2.5", "1e-3", "true", "inf"])
EXPRESSIONS = st.recursive(
    ATOMS,
    lambda e: st.one_of(
        join("(", GAPS, e, BREAKS, e.map(lambda text: f"- {text}"), ")"),
        join(NAMES, "[", listed(e), GAPS, "]"),
        join(NAMES, "[t", GAPS, "-", GAPS, "1]"),
        join(NAMES, "(", listed(e | join(NAMES, GAPS, "=", GAPS, e), 0), ")"),
        join(NAMES, "(k in K where ", e, ":", BREAKS, e, ")"),
        join("[", listed(e), "]"),
        join(NAMES, "[x] . loc"),
        join("(if ", e, " then ", e, " else ", e, ")"),
        *(join("(", e, GAPS, sign, GAPS, e, ")") for sign in ("+", "-", "*", "/", "@", "^")),
        *(join("(", e, f" {sign} not ", e, ")") for sign in ("and", "or")),
        join("(", e, GAPS, "<", GAPS, e, ")"),
    ),
    max_leaves=6,
)
TARGETS = NAMES | join(NAMES, "[", listed(NAMES | st.just("k in K")), "]")
SITES = st.one_of(
    join(TARGETS, GAPS, "~", GAPS, EXPRESSIONS),
    join(TARGETS, GAPS, "=", GAPS, EXPRESSIONS),
    join(TARGETS, " ~ ", EXPRESSIONS, GAPS, " truncated(", EXPRESSIONS, ",0) ordered"),
    join(TARGETS, "=", EXPRESSIONS, " from ", EXPRESSIONS),
)
LOOPS = st.recursive(
    SITES | join("factor ", EXPRESSIONS),
    lambda body: st.one_of(
        join("for n in N{", GAPS, body, GAPS, "}"),
        join("scan t in T from 2 {", BREAKS, body, BREAKS, body, BREAKS, "}"),
        join("for n in N {", body, BREAKS, body, "}"),
    ),
    max_leaves=4,
)
DECLARATIONS = st.one_of(
    join("index ", listed(NAMES)),
    join("data ", NAMES, "[", listed(NAMES), "]:", GAPS, "real", GAPS, "?"),
    join("param ", NAMES, ": positive=", EXPRESSIONS),
    join("net ", NAMES, "(real[V])->(a:real , b: simplex[K])=mlp(", EXPRESSIONS, ")"),
    join("guide strict{", BREAKS, "(", listed(NAMES), ")~", ATOMS, BREAKS, "* ~ point}"),
    join("generate {", SITES, BREAKS, "for n in N {", SITES, "}}"),
    join("fit {", GAPS, "batch N=3", BREAKS, "steps = ", ATOMS, "}"),
)
SPECS = st.lists(join(BREAKS, LOOPS | DECLARATIONS, BREAKS), min_size=1, max_size=5).map("".join)


@given(SPECS)
@settings(max_examples=100, deadline=None)
def test_right_specs_have_no_diagnostics_and_a_layout_that_keeps_them(text):
    read(text)
    check(text)


def test_work_grows_as_the_text_does():
    """Counted in calls of the parser: four times the text, four times the calls."""
    counts = []
    for copies in (2, 8):
        text = "\n".join(TEXTS * copies)
        tokens = [t for t in tokenize(text, token_types()) if t.type != NEWLINE]
        counts.append((len(tokens), calls(text)))
    (small, few), (large, many) = counts
    assert many / few < 1.05 * large / small


def calls(text):
    """How many functions are called to parse a text."""
    count = 0

    def on_event(_frame, event, _argument):
        nonlocal count
        count += event == "call"

    sys.setprofile(on_event)
    try:
        parse(Source("test.ppl", text))
    finally:
        sys.setprofile(None)
    return count
