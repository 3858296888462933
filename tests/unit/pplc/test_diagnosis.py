"""What a fit says of the latents that are off, and of its weights."""

from pathlib import Path

import pytest

from pplc.diagnosis import broken, departure_lines, usable_line
from pplc.runtime.results.summaries import Row
from pplc.runtime.verdict.verdict import Departure, Verdict

GOLDEN = Path(__file__).parent / "golden"

TAU = Departure(site="tau", index=(), labels=(), mean=0.83, sd=0.62)
THETA = Departure(
    site="theta", index=(0,), labels=("Choate",), sd=2.13, r_hat=1.312, concerned=3, elements=8
)
MU = Departure(site="mu", index=(), labels=(), mean=-0.31)
LOC = Departure(site="loc", index=(2,), labels=(2,), mean=-20.8, concerned=3, elements=3)
B = Departure(site="b", index=(1, 2), labels=(1, "east"), sd=1.25, concerned=1400, elements=2000)


def told(evidence, *departures):
    return departure_lines(Verdict("not reliable", "why", evidence=evidence, departures=departures))


@pytest.mark.parametrize(
    ("evidence", "departures"),
    [("weights", (TAU, MU, B)), ("chains", (TAU, THETA, MU, B)), ("modes", (LOC, MU))],
)
def test_which_latents(golden, evidence, departures):
    text = "\n".join(told(evidence, *departures)) + "\n"
    golden(GOLDEN / f"departures_{evidence}.txt", text)


def test_where_no_latent_is_known_to_be_off():
    assert told("weights") == ("the weights do not tell which latents are off",)
    assert told("modes") == ("no latent alone tells the modes apart",)
    (line,) = told("chains")
    assert line == "chains that started from the guide do not tell which latents are off"


def test_no_latents_where_none_were_looked_at():
    assert departure_lines(Verdict("reliable", "why")) == ()


def row(site, sd, error, **more):
    numbers = dict.fromkeys(("mean", "q05", "q50", "q95", "ess"), 1.0)
    return Row(site=site, index=(), labels=(), sd=sd, mcse_mean=error, **numbers, **more)


def test_what_weights_mean():
    rows = [row("mu", 2.0, 0.02), row("tau", 0.5, 0.02), row("a", 0.0, 0.0, optimised=True)]
    assert usable_line(rows) == (
        "the weights are in the table and in the draws already; the least precise mean, of tau, "
        "is within about 0.04 sd"
    )
    assert usable_line([]) == "the weights are in the table and in the draws already"


def test_long_lines_are_broken_between_words():
    line = "not reliable: the guide does not match (k 1.32); try `mean-field` priors"
    assert broken(line, 40) == (
        "not reliable: the guide does not match\n  (k 1.32); try `mean-field` priors"
    )
    assert broken("  x[7]     sd 5.1 times too small, R-hat 1.2", 30) == (
        "  x[7]     sd 5.1 times too\n    small, R-hat 1.2"
    )
    assert broken(line, 80) == line
