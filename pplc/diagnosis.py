"""How far to trust a fit, in words: the verdict, and which latents it is about."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable
from typing import TYPE_CHECKING

from pplc.table import element

if TYPE_CHECKING:
    from pplc.result import Fit
    from pplc.runtime.results.summaries import Row
    from pplc.runtime.verdict.verdict import Departure, Verdict

_MOST_SITES = 3

_HEADINGS = {
    "weights": "most off, as far as the weights of the draws tell",
    "chains": "most off, as far as chains that started from the guide tell",
    "modes": "the modes are furthest apart in, by the sds of one of them",
}
_NOTHING = {
    "weights": "the weights do not tell which latents are off",
    "chains": "chains that started from the guide do not tell which latents are off",
    "modes": "no latent alone tells the modes apart",
}
_USABLE = "the weights are in the table and in the draws already"


def verdict_text(fit: Fit, width: int | None = None) -> str:
    """The verdict, and what there is to say beyond it, a line each; broken at a `width`."""
    verdict = fit.posterior.verdict
    lines = [fit.verdict, *departure_lines(verdict)]
    if verdict.status == "usable with weights":
        lines.append(usable_line(fit.rows))
    if fit.posterior.course is not None:
        lines.append(str(fit.posterior.course))
    return "".join(f"{line if width is None else broken(line, width)}\n" for line in lines)


def broken(line: str, width: int) -> str:
    """A line in lines of at most a width, broken between words and indented from the second on."""
    indent = " " * (len(line) - len(line.lstrip()) + 2)
    return textwrap.fill(
        line,
        width,
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
        drop_whitespace=True,
    )


def departure_lines(verdict: Verdict) -> tuple[str, ...]:
    """The latents that a verdict is about, worst first, under a heading; none if it names none."""
    if verdict.evidence is None:
        return ()
    if not verdict.departures:
        return (_NOTHING[verdict.evidence],)
    shown = verdict.departures[:_MOST_SITES]
    rest = len(verdict.departures) - len(shown)
    width = max(len(element(d)) for d in shown)
    lines = (f"  {element(d):{width}}  {_described(d, verdict)}" for d in shown)
    more = (f"  and {rest} more in fit.json",) if rest else ()
    return (f"{_HEADINGS[verdict.evidence]}:", *lines, *more)


def usable_line(rows: Iterable[Row]) -> str:
    """What weights mean for who reads the results, and the mean that is least precise."""
    errors = {element(row): row.mcse_mean / row.sd for row in rows if row.sd > 0}
    if not errors:
        return _USABLE
    worst = max(errors, key=errors.__getitem__)
    return f"{_USABLE}; the least precise mean, of {worst}, is within about {errors[worst]:.2g} sd"


def _described(departure: Departure, verdict: Verdict) -> str:
    """How far it is off: `mean 0.8 sd too high, sd 40 % too small`."""
    parts = []
    if departure.mean is not None and verdict.evidence == "modes":
        parts.append(f"{abs(departure.mean):.1f} sd")
    elif departure.mean is not None:
        way = "high" if departure.mean > 0 else "low"
        parts.append(f"mean {abs(departure.mean):.1f} sd too {way}")
    if departure.sd is not None:
        parts.append(f"sd {_factor(departure.sd)}")
    if departure.r_hat is not None:
        parts.append(f"the chains disagree (R-hat {departure.r_hat:.2f})")
    if departure.elements > 1:
        parts.append(f"{departure.concerned:,} of {departure.elements:,} elements")
    return ", ".join(parts)


def _factor(ratio: float) -> str:
    """By how much an sd is too large: `40 % too small`, `2.1 times too large`."""
    way = "large" if ratio > 1 else "small"
    larger = max(ratio, 1 / ratio)
    if larger >= 2:
        return f"{larger:.1f} times too {way}"
    return f"{100 * abs(ratio - 1):.0f} % too {way}"
