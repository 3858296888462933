"""Which distributions a site without data may have."""

from __future__ import annotations

from pplc.compiler.distributions import DISTRIBUTIONS
from pplc.compiler.expressions import names_read
from pplc.compiler.graph import Site
from pplc.compiler.lower.environment import Environment
from pplc.grammar.catalogue.supports import DiscreteBounds, LatentWithAtoms


def may_be_latent(env: Environment, site: Site) -> bool:
    """Whether a latent can have its distribution; reports why not.

    It has a density, and its bounds do not depend on what may be summed out.
    """
    name, law = site.name, site.law
    known = law.distribution is DISTRIBUTIONS["Delta"]
    if known or (law.distribution.atoms and not site.kind.support.integer):
        help_text = f"give `{law.distribution.name}` to data, or draw `{name}` without bounds"
        if known:
            text = env.source.slice(next(iter(law.arguments.values())).span)
            help_text = f"a number that is known is a definition: `{name} = {text}`"
        env.report(
            LatentWithAtoms(
                span=law.span, name=name, distribution=law.distribution.name, help_text=help_text
            )
        )
        return False
    for bound in site.bounds or ():
        for read in sorted(names_read(bound)):
            if read in env.discrete:
                discrete = env.discrete[read]
                notes = env.declared(discrete)
                env.report(
                    DiscreteBounds(span=bound.span, notes=notes, name=name, discrete=discrete)
                )
                return False
    return True
