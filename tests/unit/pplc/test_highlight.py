"""The Pygments lexer: good specs have a colour for each character, and words keep their kind."""

import tomllib
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest
from pygments.token import Comment, Error, Keyword, Name, Number, Operator, Punctuation

from pplc.grammar.tables import token_types
from pplc.highlight import PplLexer

ROOT = Path(__file__).parents[3]
GOOD = sorted([*ROOT.glob("specs/**/*.ppl"), *ROOT.glob("tests/good/*.ppl")])


def kinds(text):
    return [(str(v), k) for k, v in PplLexer().get_tokens(text) if v.strip()]


@pytest.mark.parametrize("spec", GOOD, ids=lambda p: p.stem)
def test_good_specs_have_no_errors_and_keep_their_text(spec):
    text = spec.read_text()
    tokens = list(PplLexer(stripnl=False, ensurenl=False).get_tokens(text))
    assert Error not in {kind for kind, _ in tokens}
    assert "".join(value for _, value in tokens) == text


def test_faithful():
    text = (ROOT / "specs/faithful.ppl").read_text()
    found = kinds(text)
    assert found[0] == (text.split("\n")[0], Comment.Single)
    for expected in [
        ("index", Keyword.Declaration),
        ("N", Name),
        ("2", Number),
        ("real", Keyword.Type),
        ("weights", Name),
        ("~", Operator),
        ("Dirichlet", Name.Class),
        ("ones", Name.Builtin),
        ("in", Keyword),
        ("ordered", Keyword),
        ("for", Keyword),
        ("{", Punctuation),
    ]:
        assert expected in found


def test_every_symbol_and_word_of_the_language_has_a_kind():
    for word in token_types():
        ((value, kind),) = kinds(word)
        assert value == word
        assert kind is not Error
        assert (kind is Name) == (word in ("truncated", "ordered", "strict"))


def test_words_that_may_be_names():
    assert kinds("ordered = 1")[0] == ("ordered", Name)
    assert kinds("mu ~ Normal(0, 1) ordered")[-1] == ("ordered", Keyword)
    assert kinds("z ~ Normal(a[n], 1) truncated(0, inf)")[-6] == ("truncated", Keyword)
    assert kinds("guide strict {")[1] == ("strict", Keyword)
    assert kinds("phi[k] + phi(x)")[0] == ("phi", Name)
    assert kinds("phi[k] + phi(x)")[5] == ("phi", Name.Builtin)
    assert kinds("enc(x)")[0] == ("enc", Name.Function)
    assert kinds("positive = 1")[0] == ("positive", Name)
    assert kinds("data p[K]: simplex[K]")[6] == ("simplex", Keyword.Type)


def test_what_no_spec_may_hold_is_an_error():
    assert Error in {kind for _, kind in kinds("x <- 3; $")}


def test_pygments_finds_it():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    value = project["entry-points"]["pygments.lexers"]["ppl"]
    assert EntryPoint("ppl", value, "pygments.lexers").load() is PplLexer
    assert PplLexer.filenames == ["*.ppl"]
