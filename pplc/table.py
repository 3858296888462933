"""The posterior as a table of text."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from itertools import groupby
from math import floor, inf, isfinite, isnan, log10
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pplc.result import Fit
    from pplc.runtime.results.summaries import Row
    from pplc.runtime.verdict.verdict import Departure

HEADER = ("", "mean", "sd", "5 %", "50 %", "95 %", "ess")
#: A family of more elements than this is cut to its first few.
_MOST_ELEMENTS = 12
_SHOWN_OF_MANY = 5
_UNKNOWN = "-"
_ENDLESS = 1e100  # beyond, no number means anything
_ELSEWHERE = "posterior.nc (group summary)"


def posterior_text(fit: Fit, *, color: bool = False) -> str:
    """The table of a fit, and a line for each site summed out or too large."""
    summed_out = [site for site in fit.prepared.manifest.sites if site.role == "summed out"]
    hidden = {site.name for site in summed_out}
    rows = [row for row in fit.rows if row.site not in hidden]
    guide = fit.prepared.manifest.guide
    held = {site for block in guide if block.frozen for site in block.sites}
    parts = [posterior_table(rows, color=color, held=held)] if rows else []
    for site in summed_out:
        name = f"{site.name}[{', '.join(site.dims)}]" if site.dims else site.name
        own = [row for row in fit.rows if row.site == site.name]
        best = most_probable_text(own, len(site.dims))
        where = "the summary" if own else _ELSEWHERE
        parts.append(f"{name}: summed out; its probabilities are in {where}{best}\n")
    for family in fit.families:
        if not family.listed and family.name not in hidden:
            name = f"{family.name}[{', '.join(family.dims)}]"
            numbers = family.summary.mean.numel()
            parts.append(f"{name}: {numbers:,} numbers, summarised in {_ELSEWHERE}\n")
    if fit.prepared.fewer:
        parts.append(
            f"{fit.prepared.draws} draws are kept, as each is large (--draws N for more)\n"
        )
    return "\n".join(parts)


def most_probable_text(rows: Sequence[Row], dims: int) -> str:
    """The values of a site in the most probable configuration; how often each, where many."""
    chosen = [
        str(row.labels[-1]) if len(row.index) > dims else str(int(row.most_probable))
        for row in rows
        if row.most_probable is not None and (row.most_probable or len(row.index) == dims)
    ]
    if not chosen:
        return ""
    if len(chosen) <= _MOST_ELEMENTS:
        return f";\n  most probable: {', '.join(chosen)}"
    counts = Counter(chosen)
    often = [f"{value} ({counts[value]} times)" for value in sorted(counts, key=_as_number)]
    more = f" and {len(often) - _MOST_ELEMENTS} others" if len(often) > _MOST_ELEMENTS else ""
    return f";\n  most probable: {', '.join(often[:_MOST_ELEMENTS])}{more}"


def _as_number(label: str) -> tuple[float, str]:
    """Numbers in their order, then words."""
    return (float(label), "") if label.lstrip("-").isdecimal() else (inf, label)


def posterior_table(rows: Sequence[Row], *, color: bool = False, held: Collection[str] = ()) -> str:
    """The table of a summary: a row an element, long families cut to their first elements.

    The sites `held` were not optimised but held fixed.
    """
    families = (list(family) for _, family in groupby(rows, lambda row: row.site))
    lines = [line for family in families for line in _family(family, held)]
    heading, *rest = _aligned([HEADER, *lines])
    return "\n".join([f"\x1b[1m{heading}\x1b[0m" if color else heading, *rest]) + "\n"


def element(row: Row | Departure) -> str:
    """The name of an element: `mu`, `loc[0]`, `u[Torgersen, 3]`; labels where there are any."""
    return f"{row.site}[{', '.join(map(str, row.labels))}]" if row.labels else row.site


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


def _family(rows: Sequence[Row], held: Collection[str]) -> Iterable[tuple[str, ...]]:
    many = len(rows) > _MOST_ELEMENTS
    how = "held fixed" if rows[0].site in held else "optimised"
    for row in rows[:_SHOWN_OF_MANY] if many else rows:
        if row.optimised:
            yield (element(row), f"{row.mean:.6g}", *[""] * (len(HEADER) - 3), how)
            continue
        places = decimals(row.sd, row.mcse_mean)
        told = isfinite(row.sd)  # or the mean is that of the largest draws, and tells nothing
        moments = (_number(n, places) if told else _UNKNOWN for n in (row.mean, row.sd))
        quantiles = (_number(n, places) for n in (row.q05, row.q50, row.q95))
        yield (element(row), *moments, *quantiles, f"{row.ess:.0f}" if told else _UNKNOWN)
    if many:
        rest = f"... {len(rows) - _SHOWN_OF_MANY} more of {rows[0].site} in the summary"
        yield (rest, *[""] * (len(HEADER) - 1))


def _number(value: float, places: int) -> str:
    """A number; of one that only a posterior without bounds has, on which side it is."""
    if isnan(value):
        return _UNKNOWN
    if abs(value) > _ENDLESS:
        return "above 1e100" if value > 0 else "below -1e100"
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
