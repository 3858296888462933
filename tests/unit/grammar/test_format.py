"""The one layout: what it looks like, that it is stable, and that it changes no meaning."""

from pathlib import Path

import pytest
from unit.grammar.specs import GOOD, TESTS, read

from pplc.grammar.format import format_source
from pplc.grammar.parse import parse
from pplc.grammar.source import Source
from pplc.grammar.tables import token_types
from pplc.grammar.tokens import COMMENT, tokenize

GOLDEN = Path(__file__).parent / "golden" / "format"
UGLY = sorted(GOLDEN.glob("*.ppl"))
BAD = sorted((TESTS / "bad").glob("E1*/*.ppl"))


def formatted(text):
    result = format_source(Source("test.ppl", text))
    assert result.diagnostics == ()
    return result.value


def comments(text):
    tokens = tokenize(text, token_types())
    return [token.text.rstrip() for token in tokens if token.type == COMMENT]


@pytest.mark.parametrize("spec", UGLY, ids=lambda path: path.stem)
def test_layout(spec, golden):
    golden(spec.with_suffix(".txt"), formatted(spec.read_text(encoding="utf-8")))


@pytest.mark.parametrize("spec", GOOD, ids=lambda path: path.stem)
def test_good_specs_have_the_layout(spec):
    text = spec.read_text(encoding="utf-8")
    assert formatted(text) == text


@pytest.mark.parametrize("spec", [*UGLY, *GOOD], ids=lambda path: path.stem)
def test_layout_is_stable_and_keeps_the_meaning_and_the_comments(spec):
    text = spec.read_text(encoding="utf-8")
    once = formatted(text)
    assert formatted(once) == once
    assert read(once) == read(text)
    assert comments(once) == comments(text)


@pytest.mark.parametrize("spec", BAD, ids=lambda path: path.stem)
def test_a_spec_with_syntax_errors_is_left_alone(spec):
    source = Source(spec.name, spec.read_text(encoding="utf-8"))
    result = format_source(source)
    assert result.value is None
    assert result.diagnostics == parse(source).diagnostics


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a=-b^ - 2*( c+d )", "a = -b^-2 * (c + d)"),
        ("a=f( x ,k = -1,j=[ 1,2 ] )", "a = f(x, k=-1, j=[1, 2])"),
        ("a=x[ t - 1 ]+y[t-1,n + 2]", "a = x[t-1] + y[t-1, n+2]"),
        ("a=x[t-lag]+x[2*t-1]+x[(t-1)]", "a = x[t - lag] + x[2 * t - 1] + x[(t - 1)]"),
        ("a=[t-1,2]", "a = [t - 1, 2]"),
        ("a=if not(b)and c<-1 then(d)else-e", "a = if not (b) and c < -1 then (d) else -e"),
        ("a=sum( n in N from 1 where b:c [n] )", "a = sum(n in N from 1 where b: c[n])"),
        ("a=q [n] . loc", "a = q[n].loc"),
        ("a=2 .loc", "a = 2 .loc"),
        ("x[k in K]~L( )truncated( 0,1 )ordered", "x[k in K] ~ L() truncated(0, 1) ordered"),
        ("x~L from[ a,b ]", "x ~ L from [a, b]"),
        ("factor-x", "factor -x"),
        ("factor( x )", "factor (x)"),
        ("data x[ N,P ]:interval( 0,1 ) ?", "data x[N, P]: interval(0, 1)?"),
        ("param w [K]:real=0", "param w[K]: real = 0"),
        ("index N ,K=3,V from 1,T [ I ]", "index N, K = 3, V from 1, T[I]"),
        (
            "net f(real[V])->( a:real[Z],b:unit )=mlp( hidden=[ 2 ] )",
            "net f(real[V]) -> (a: real[Z], b: unit) = mlp(hidden=[2])",
        ),
        ("for n in N{ x[n]~L }", "for n in N { x[n] ~ L }"),
        ("guide strict{ }", "guide strict { }"),
        ("guide{(a,log( b ))~mvn}", "guide { (a, log(b)) ~ mvn }"),
        ("guide{*~point}", "guide { * ~ point }"),
        ("fit{batch N=64}", "fit { batch N = 64 }"),
        ("a=1   #  why", "a = 1  #  why"),
    ],
)
def test_spaces(text, expected):
    assert formatted(text) == f"{expected}\n"
    assert read(expected) == read(text)


def test_newlines_become_those_of_unix():
    assert formatted("\ufeffa = 1\r\n\r\n\r\n\r\nb = 2") == "a = 1\n\nb = 2\n"
