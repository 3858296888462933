"""Diagnostics as people and programs read them; golden/render/*.txt hold what is expected."""

import json
from pathlib import Path

import pytest

from pplc.grammar.diagnostics import Diagnostic, Fix, Note, diagnostic
from pplc.grammar.render import counts, diagnostics_json, render, render_all
from pplc.grammar.source import Source, Span

GOLDEN = Path(__file__).parent / "golden" / "render"

SPEC = """\
index N
data y[N]: real

mu ~ Normal(0, 1)

for n in N {
  y[n] ~ Normal(mux, 1)
}
"""


@diagnostic
class Unknown(Diagnostic):
    code = "E201"
    title = "unknown name `{name}`"
    label = "no declaration has this name"
    help = "did you mean `{suggestion}`?"
    name: str
    suggestion: str


@diagnostic
class Careless(Diagnostic):
    code = "W701"
    title = "nothing reads this"


def at(text, part, after=0):
    start = text.index(part, after)
    return Span(start, start + len(part))


def unknown(span, name="mux", **rest):
    return Unknown(name=name, suggestion="mu", span=span, **rest)


def careless(text, part, note=None, **rest):
    notes = (Note("declared here", at(text, note)),) if note else ()
    return Careless(span=at(text, part), notes=notes, **rest)


LONG = "y ~ Normal(" + " + ".join(f"term{i}" for i in range(200_000)) + ")\nmu ~ Normal(0, 1)\n"

CASES = {
    "one_place": (SPEC, unknown(at(SPEC, "mux"))),
    "no_place": (SPEC, unknown(None, notes=(Note("and one more thing"),))),
    "empty_file": ("", Careless(span=Span(0, 0))),
    "end_of_file": (SPEC, Careless(span=Span(len(SPEC), len(SPEC)))),
    "note_far_away": (SPEC, careless(SPEC, "y[n]", note="y[N]")),
    "note_two_lines_up": (SPEC, careless(SPEC, "for", note="mu ~")),
    "note_on_the_same_line": (SPEC, careless(SPEC, "mux", note="y[n]")),
    "fix_replaces": (
        SPEC,
        unknown(at(SPEC, "mux"), help_text="", fixes=(Fix("write `mu`", at(SPEC, "mux"), "mu"),)),
    ),
    "fix_inserts": (
        SPEC,
        careless(SPEC, "mu ~", fixes=(Fix("name it", Span(0, 0), "index K = 3\n"),)),
    ),
    "fix_deletes": (
        SPEC,
        careless(SPEC, "data y[N]", fixes=(Fix("leave it out", at(SPEC, ": real"), ""),)),
    ),
    "three_lines": (SPEC, careless(SPEC, "for n in N {\n  y[n] ~ Normal(mux, 1)\n}")),
    "many_lines": (SPEC, careless(SPEC, SPEC.strip())),
    "tabs": ("\tx ~\tNormal(mux, 1)\n", unknown(Span(13, 16))),
    "wide": ("s = '日本' + e\u0301 + mux\n", unknown(Span(15, 18))),
    "unprintable": ("x = \x1b[31m + mux\r\n", unknown(Span(12, 15), name="\x1b[31mmux")),
    "megabyte_start": (LONG, careless(LONG, "y")),
    "megabyte_middle": (LONG, careless(LONG, "term100000", note="term150000")),
    "megabyte_end": (LONG, careless(LONG, "term199999)", note="mu")),
    "megabyte_whole": (LONG, unknown(Span(0, LONG.index("\n")), name=LONG)),
}


@pytest.mark.parametrize("case", CASES)
def test_render(case, golden):
    text, problem = CASES[case]
    golden(GOLDEN / f"{case}.txt", render(problem, Source("model.ppl", text)))


def test_colour_changes_nothing_but_colour(golden):
    problem = unknown(
        at(SPEC, "mux"),
        notes=(Note("this is near", at(SPEC, "mu ~")),),
        fixes=(Fix("write `mu`", at(SPEC, "mux"), "mu"),),
    )
    source = Source("model.ppl", SPEC)
    colored = render(problem, source, color=True)
    for code in ("1;31", "1;33", "1;34", "1;32", "1", "0"):
        colored = colored.replace(f"\x1b[{code}m", "")
    assert colored == render(problem, source)
    golden(GOLDEN / "color.txt", render(problem, source, color=True).replace("\x1b", "<esc>"))


def test_all_in_the_order_of_their_places_with_a_last_line(golden):
    problems = [unknown(at(SPEC, "mux")), careless(SPEC, "data"), Careless()]
    golden(GOLDEN / "all.txt", render_all(problems, Source("model.ppl", SPEC)))


def test_counts():
    error, warning = unknown(None), Careless()
    assert counts([]) == "no problems"
    assert counts([warning]) == "1 warning"
    assert counts([error, warning, error, warning]) == "2 errors, 2 warnings"


def test_json(golden):
    problems = [
        unknown(
            at(SPEC, "mux"),
            notes=(Note("near", at(SPEC, "mu ~")), Note("no place")),
            fixes=(Fix("write `mu`", at(SPEC, "mux"), "mu"),),
        ),
        Careless(),
    ]
    text = diagnostics_json(problems, Source("model.ppl", SPEC))
    first = json.loads(text)["diagnostics"][1]
    assert SPEC[first["start"]["offset"] : first["end"]["offset"]] == "mux"
    golden(GOLDEN / "diagnostics.json", text)
