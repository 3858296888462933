"""The posterior as a table of text."""

from __future__ import annotations

import sys
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


def posterior_table(rows: Sequence[Row], *, fancy: bool) -> str:
    """The table of a summary: a row an element, long families cut; `fancy` for a terminal."""
    lines = [line for _, family in groupby(rows, _site) for line in _family(list(family))]
    return _with_rich(lines) if fancy else _plain(lines)


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


def _plain(lines: Sequence[tuple[str, ...]]) -> str:
    cells = [HEADER, *lines]
    full = [line for line in cells if any(line[1:])]
    widths = [max(len(line[i]) for line in full) for i in range(len(HEADER))]
    return "\n".join(_aligned(line, widths) for line in cells) + "\n"


def _aligned(line: tuple[str, ...], widths: Sequence[int]) -> str:
    first, *rest = line
    numbers = "  ".join(cell.rjust(width) for cell, width in zip(rest, widths[1:], strict=True))
    return f"{first.ljust(widths[0])}  {numbers}".rstrip()


def _with_rich(lines: Sequence[tuple[str, ...]]) -> str:
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table

    from pplc.cli.terminal import wants_color

    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    for i, heading in enumerate(HEADER):
        table.add_column(heading, justify="left" if i == 0 else "right", no_wrap=i > 0)
    for line in lines:
        table.add_row(*line, style="dim" if not any(line[1:]) else None)
    console = Console(file=sys.stdout, no_color=not wants_color(sys.stdout), markup=False)
    with console.capture() as captured:
        console.print(table)
    return captured.get()
