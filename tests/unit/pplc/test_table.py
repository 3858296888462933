"""The posterior as a table of text."""

import math
from pathlib import Path

import pytest

from pplc.runtime.results.summaries import Row
from pplc.table import decimals, element, most_probable_text, posterior_table

GOLDEN = Path(__file__).parent / "golden"


def row(site, index=(), mean=0.0, sd=1.0, mcse=0.01, labels=None):
    return Row(
        site=site,
        index=index,
        labels=index if labels is None else labels,
        mean=mean,
        sd=sd,
        q05=mean - 1.645 * sd,
        q50=mean,
        q95=mean + 1.645 * sd,
        mcse_mean=mcse,
        ess=4000.0,
    )


ROWS = [
    row("mu", mean=54.66123, sd=0.741234, mcse=0.0116),
    row("tiny", mean=1.5e-12, sd=3e-13, mcse=5e-15),
    row("huge", mean=-123456.789, sd=4321.0, mcse=70.0),
    row("zero", mean=-0.0001, sd=0.9, mcse=0.02),
    row("constant", mean=3.0, sd=0.0, mcse=0.0),
    row("unknown", mean=math.nan, sd=math.nan, mcse=math.nan),
    row("endless", mean=8e306, sd=math.inf, mcse=math.inf).model_copy(
        update={"q05": -1e200, "q50": 3.25, "q95": 6e307, "ess": math.nan}
    ),
    row("u", (0,), labels=("Torgersen",)),
    row("u", (1,), labels=("Biscoe",)),
    *(row("theta", (i // 20, i % 20), mean=i / 400, sd=0.05, mcse=0.001) for i in range(400)),
]


def test_table(golden):
    golden(GOLDEN / "table.txt", posterior_table(ROWS))


def test_colour_is_in_the_heading_alone():
    plain, colored = posterior_table(ROWS), posterior_table(ROWS, color=True)
    assert colored != plain
    assert colored.replace("\x1b[1m", "", 1).replace("\x1b[0m", "", 1) == plain


@pytest.mark.parametrize(
    ("sd", "mcse", "expected"),
    [
        (0.741, 0.0116, 2),  # 54.66 +- 0.74: the third decimal is noise
        (0.741, 0.001, 3),
        (0.0306, 0.0005, 4),
        (4321.0, 70.0, 0),
        (0.741, 0.3, 2),  # two digits of the sd stay, however large the error
        (0.0, 0.0, 6),
        (math.nan, math.nan, 6),
    ],
)
def test_decimals(sd, mcse, expected):
    assert decimals(sd, mcse) == expected


def test_names_of_elements():
    assert element(row("mu")) == "mu"
    assert element(row("loc", (1,))) == "loc[1]"
    assert element(row("y", (1, 2), labels=("Ann", 2))) == "y[Ann, 2]"


def value(index, labels, chosen):
    return row("z", index, labels=labels).model_copy(update={"most_probable": chosen})


def test_few_most_probable_values_are_listed_by_their_labels():
    rows = [value((n, k), (n, "ab"[k]), n % 2 == k) for n in range(3) for k in range(2)]
    assert most_probable_text(rows, 1) == ";\n  most probable: a, b, a"
    single = [value((k,), (k,), k == 1) for k in range(3)]
    assert most_probable_text(single, 0) == ";\n  most probable: 1"


def test_many_most_probable_values_are_counted():
    rows = [value((n,), (n,), n < 15) for n in range(20)]
    assert most_probable_text(rows, 1) == ";\n  most probable: 0 (5 times), 1 (15 times)"
    wide = [value((n, k), (n, k), n == k) for n in range(14) for k in range(14)]
    assert most_probable_text(wide, 1).endswith("11 (1 times) and 2 others")


def test_without_such_values_nothing_is_said():
    assert most_probable_text([row("z", (0,))], 1) == ""
