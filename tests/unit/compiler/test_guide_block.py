"""Guide blocks: what is printed asks for the same guide, and the ledger tells what a line does."""

from pathlib import Path

import pytest

from pplc.compiler.pipeline import check
from pplc.compiler.report import guide_text
from pplc.grammar.source import Source

ROOT = Path(__file__).parents[3]
GOOD = {p.stem: p for d in ("tests/good", "specs/examples") for p in ROOT.glob(f"{d}/*.ppl")}
MODEL = """
index N
data y[N]: real
mu    ~ Normal(0, 10)
sigma ~ HalfNormal(1)
for n in N { y[n] ~ Normal(mu, sigma) }
"""


def plan(text):
    result = check(Source("m.ppl", text))
    assert not result.diagnostics
    return result.value


def blocks(plan):
    """The blocks without what tells named from derived ones, and without places."""
    return [
        (b.family, b.sites, b.rank, b.statement and b.statement.text) for b in plan.guide.blocks
    ]


@pytest.mark.parametrize("name", ["guided", "strict_guide", "reading_guide", "crossed", "capture"])
def test_the_printed_guide_parses_back_to_the_same_plan(name):
    text = GOOD[name].read_text()
    before = plan(text)
    model = text.partition("\nguide")[0] if "\nguide" in text else text
    after = plan(f"{model}\n{guide_text(before)}")
    assert blocks(after) == blocks(before)
    assert [d.text for d in after.guide.definitions] == [d.text for d in before.guide.definitions]
    derived = {line.site for line in after.ledger.lines if line.role == "derived"}
    local = [b for b in after.guide.blocks if b.family == "local" and not b.named]
    assert derived == {s for b in local for s in b.sites}


def test_the_ledger_tells_what_a_line_changes():
    derived = {line.site: line for line in plan(MODEL).ledger.lines}
    guided = {line.site: line for line in plan(MODEL + "guide { sigma ~ point }").ledger.lines}
    assert (derived["sigma"].role, guided["sigma"].role) == ("derived", "guided")
    assert guided["mu"].role == "derived"
    assert "point" in guided["sigma"].detail
    assert "sigma" in derived["mu"].detail and "sigma" not in guided["mu"].detail


@pytest.mark.parametrize(
    ("line", "families"),
    [
        ("* ~ structured", ["dense"]),
        ("* ~ mvn", ["dense"]),
        ("* ~ normal", ["diagonal", "diagonal"]),
        ("* ~ point", ["point", "point"]),
    ],
)
def test_the_rest_takes_the_family_of_the_star(line, families):
    assert [b.family for b in plan(MODEL + f"guide {{ {line} }}").guide.blocks] == families


def test_a_strict_guide_may_name_the_rest():
    assert plan(MODEL + "guide strict { mu ~ normal\n* ~ point }")
