"""Which latents are centred by degrees: those whose scale depends on other latents.

The guide works with u, and the latent is z = f + g^(1 - lam) (u - lam f), f and g being its
location and scale given the latents before it: lam = 1 is the centred form u = z, lam = 0 the
non-centred form z = f + g u (Gorinova, Moore and Hoffman 2020, "Automatic Reparameterisation of
Probabilistic Programs"). It starts at n / (n + 1), n the number of terms that read an element:
the more the data say of it, the more it is centred.
"""

from __future__ import annotations

from collections.abc import Mapping

from pplc.compiler.expressions import Expr
from pplc.compiler.graph import Definition, Law, Site
from pplc.compiler.guide.dependence import Reader
from pplc.compiler.kinds.kinds import POSITIVE, REAL
from pplc.compiler.records import Record

#: Distributions z = f + g e, and the support on which it holds: of z, or of exp(z).
LOCATION_SCALE = {
    "Normal": REAL,
    "StudentT": REAL,
    "Cauchy": REAL,
    "Laplace": REAL,
    "Logistic": REAL,
    "Gumbel": REAL,
    "LogNormal": POSITIVE,
}


class Terms(Record):
    """A statement that reads a centred latent: at one element (`at`), or None at several."""

    statement: str
    at: tuple[Expr | None, ...]


class Centred(Record):
    """A latent that is centred by degrees; what it is centred with are arguments of its law."""

    site: str
    law: Law
    terms: tuple[Terms, ...]


def centred_sites(reader: Reader, latents: set[str]) -> Mapping[str, Centred]:
    """Those of the named latents that can be centred, in the order of the model."""
    sites = reader.graph.sites
    wanted = {n: s for n, s in sites.items() if n in latents and _depends(reader, s, latents)}
    terms = _terms(reader, wanted)
    return {n: Centred(site=n, law=s.law, terms=terms[n]) for n, s in wanted.items()}


def _depends(reader: Reader, site: Site, latents: set[str]) -> bool:
    """Whether its scale is random, but known once the latents before it are."""
    support = LOCATION_SCALE.get(site.law.distribution.name)
    if support is None or site.kind.support != support or site.ordered or site.bounds is not None:
        return False
    if site.starts or site.cells is not None:
        return False  # its first elements have another distribution
    read = {a: reader.reads(site, e) for a, e in site.law.arguments.items()}
    if not read.get("scale"):
        return False  # a mean that moves is what the guide's weights are for
    before = read.get("loc", set()) | read["scale"]
    return site.name not in before and before <= latents


def _terms(reader: Reader, sites: Mapping[str, Site]) -> Mapping[str, tuple[Terms, ...]]:
    """For each site the reads of it by other statements, in the order of the model."""
    found: dict[str, list[Terms]] = {name: [] for name in sites}
    for statement in reader.graph.statements if sites else ():
        if isinstance(statement, Definition) or statement.generated:
            continue
        at = {(t.site, t.keys): t.at for t in reader.touches(statement)}
        for (site, _), index in at.items():
            if site in found and site != statement.name:
                found[site].append(Terms(statement=statement.name, at=index))
    return {name: tuple(terms) for name, terms in found.items()}
