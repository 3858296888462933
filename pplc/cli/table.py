"""The posterior as a table of text."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from math import floor, isfinite, log10
from typing import Any

Row = Mapping[str, Any]

HEADER = ("", "mean", "sd", "5 %", "50 %", "95 %", "ess")
_NUMBERS = ("mean", "sd", "q05", "q50", "q95")
#: A family of more elements than this is cut to its first few.
_MOST_ELEMENTS = 12
_SHOWN_OF_MANY = 5


def posterior_table(rows: Sequence[Row], *, color: bool = False) -> str:
    """The table of a summary: a row an element, long families cut to their first elements."""
    lines = [line for _, family in groupby(rows, _site) for line in _family(list(family))]
    heading, *rest = _aligned([HEADER, *lines])
    return "\n".join([f"\x1b[1m{heading}\x1b[0m" if color else heading, *rest]) + "\n"


def element(row: Row) -> str:
    """The name of a row: `mu`, `loc[0]`, `u[Torgersen, 3]`; labels where there are any."""
    positions = row.get("labels") or row["index"]
    return f"{row['site']}[{', '.join(map(str, positions))}]" if positions else str(row["site"])


def decimals(sd: float, mcse: float) -> int:
    """How many decimals mean something: three digits of the sd, fewer where the error is larger.

    The last digit shown is at most one below the leading digit of the Monte Carlo error `mcse`,
    and at least two digits of the sd are kept.
    """
    if not (isfinite(sd) and sd > 0):
        return 6
    by_sd = 2 - floor(log10(sd))
    by_error = by_sd if not (isfinite(mcse) and mcse > 0) else -floor(log10(mcse))
    return max(0, min(by_sd, max(by_sd - 1, by_error)))


def _site(row: Row) -> str:
    return str(row["site"])


def _family(rows: Sequence[Row]) -> Iterable[tuple[str, ...]]:
    many = len(rows) > _MOST_ELEMENTS
    for row in rows[:_SHOWN_OF_MANY] if many else rows:
        places = decimals(row["sd"], row["mcse_mean"])
        numbers = (_number(row[name], places) for name in _NUMBERS)
        yield (element(row), *numbers, f"{row['ess']:.0f}")
    if many:
        rest = f"... {len(rows) - _SHOWN_OF_MANY} more of {_site(rows[0])} in summary.json"
        yield (rest, *[""] * (len(HEADER) - 1))


def _number(value: float, places: int) -> str:
    if not isfinite(value):
        return str(value)
    if places > 8 or abs(value) >= 1e9:
        return f"{value:.3g}"
    text = f"{value:.{places}f}"
    return text.removeprefix("-") if float(text) == 0 else text


def _aligned(lines: Sequence[tuple[str, ...]]) -> Iterable[str]:
    """Names to the left, numbers to the right; a line without numbers widens no column."""
    full = [line for line in lines if any(line[1:])]
    widths = [max(len(line[i]) for line in full) for i in range(len(HEADER))]
    for name, *numbers in lines:
        cells = (number.rjust(w) for number, w in zip(numbers, widths[1:], strict=True))
        yield "  ".join([name.ljust(widths[0]), *cells]).rstrip()
