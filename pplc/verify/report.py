"""What `pplc check --verify` says."""

from __future__ import annotations

from pplc.compiler.graph import ModelGraph
from pplc.grammar.catalogue.internal import WrongDensity
from pplc.grammar.diagnostics import Diagnostic
from pplc.verify.verification import TOLERANCE, Verification


def verification_text(verification: Verification) -> str:
    """A line for each site with what was compared of it."""
    if verification.reason:
        return f"not verified: {verification.reason}\n"
    by_site: dict[str, list[str]] = {}
    for site, quantity in verification.differences:
        by_site.setdefault(site or "all", []).append(quantity)
    width = max(map(len, by_site))
    sizes = ", ".join(f"{name} = {size}" for name, size in verification.sizes.items())
    times = f"{verification.points} set{'s' if verification.points > 1 else ''} of made-up data"
    return "\n".join(
        [
            f"verified against the sum over all {verification.values:,} joint values "
            f"at {sizes}, with {times}:",
            *(f"  {name:<{width}}  {', '.join(what)}" for name, what in by_site.items()),
            f"differences are below {TOLERANCE:g}"
            if not verification.wrong
            else f"{len(verification.wrong)} of them differ",
            "",
        ]
    )


def wrong_densities(verification: Verification, graph: ModelGraph) -> list[Diagnostic]:
    """A diagnostic for each quantity that differs."""
    return [
        WrongDensity(
            span=graph.sites[site].span if site else None,
            what=f"{quantity} of `{site}`" if site else quantity,
            difference=f"{verification.differences[site, quantity]:.1g}",
        )
        for site, quantity in verification.wrong
    ]
