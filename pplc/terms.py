"""What a fit optimised, and the terms of the ELBO site by site, as text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pplc.result import Fit

_HEADER = ("", "E_q[log p]", "E_q[log q]")


def terms_text(fit: Fit, *, color: bool = False) -> str:
    """The quantities that were optimised, by name and shape, and a table of the ELBO's terms.

    The ELBO is the sum of the first column less that of the second; summed-out sites have no term
    of their own, since the log density already is the sum over their values.
    """
    record = fit.record()
    elbo = record.elbo
    names = list(dict.fromkeys([*elbo.log_p, *elbo.log_q]))
    lines = [
        _HEADER,
        *((name, _cell(elbo.log_p, name), _cell(elbo.log_q, name)) for name in names),
        ("sum", _sum(elbo.log_p), _sum(elbo.log_q)),
    ]
    widths = [max(len(line[i]) for line in lines) for i in range(len(_HEADER))]
    table = [
        "  ".join([name.ljust(widths[0]), p.rjust(widths[1]), q.rjust(widths[2])]).rstrip()
        for name, p, q in lines
    ]
    if color:
        table[0] = f"\x1b[1m{table[0]}\x1b[0m"
    value = "not finite" if elbo.value is None else f"{elbo.value:.3f}"
    error = "" if elbo.mcse is None else f", Monte Carlo error {elbo.mcse:.2g}"
    guide = "; ".join(_by_block(fit, record.optimised.phi)) or "none"
    optimised = (
        f"optimised in the model (theta): {_names(record.optimised.theta)}",
        f"optimised in the guide (phi): {guide}",
    )
    return "\n".join([*optimised, "", *table, "", f"ELBO {value}{error}"]) + "\n"


def _by_block(fit: Fit, shapes: Mapping[str, tuple[int, ...]]) -> Iterator[str]:
    """The parameters of each block of the guide, behind the sites that they are about."""
    left = dict(shapes)
    for block in fit.prepared.manifest.guide:
        prefix = f"{block.name}."
        own = {n.removeprefix(prefix): left.pop(n) for n in shapes if n.startswith(prefix)}
        if own:
            yield f"{_names(own)} of {', '.join(block.sites)}"
    if left:
        yield _names(left)


def _names(shapes: Mapping[str, tuple[int, ...]]) -> str:
    named = (
        f"{name}[{', '.join(map(str, shape))}]" if shape else name for name, shape in shapes.items()
    )
    return ", ".join(named) or "none"


def _cell(terms: Mapping[str, float | None], name: str) -> str:
    if name not in terms:
        return ""
    value = terms[name]
    return "not finite" if value is None else f"{value:.3f}"


def _sum(terms: Mapping[str, float | None]) -> str:
    known = [value for value in terms.values() if value is not None]
    return f"{sum(known):.3f}" if len(known) == len(terms) else "not finite"
