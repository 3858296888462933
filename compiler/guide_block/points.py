"""Points of a guide whose density has no highest point."""

from __future__ import annotations

from pplc.compiler.graph import Site

#: Arguments that let a density grow without limit at the edge of its support when below 1.
_CONCENTRATIONS = {
    "Beta": ("concentration1", "concentration0"),
    "Dirichlet": ("concentration",),
    "Gamma": ("concentration",),
    "Weibull": ("concentration",),
}


def unbounded(site: Site) -> bool:
    """Whether the prior of a site grows without limit towards the edge of its support.

    `Dirichlet(fill(0.1, K))` does where an element goes to 0: it has no mode. In unconstrained
    space it has one, which is the mean of the Dirichlet.
    """
    names = _CONCENTRATIONS.get(site.law.distribution.name, ())
    arguments = (site.law.arguments[n] for n in names if n in site.law.arguments)
    return any(a.kind.support.upper < 1 for a in arguments)
