"""From what a guide draws."""

from pplc.grammar.diagnostics import Diagnostic, diagnostic


@diagnostic
class GuideSupport(Diagnostic):
    """The distribution in the guide is over other values than that in the model.

    Where the guide reaches values that the model rules out, the objective is minus infinity;
    where it does not reach values that the model allows, the posterior is cut off.

    Bad:

        sigma ~ HalfNormal(1)
        guide {
          param m: real
          sigma ~ Normal(m, 1)
        }

    Good:

        sigma ~ HalfNormal(1)
        guide {
          param m: real
          sigma ~ LogNormal(m, 1)
        }
    """

    code = "E603"
    title = "`{name}` is {model} in the model, but {guide} in the guide"
    label = "{guide}"
    help = "{suggestion}"

    name: str
    model: str
    guide: str
    suggestion: str


@diagnostic
class UnknownFamily(Diagnostic):
    """The right side of a line of the guide is not a family that pplc knows.

    The families are `point`, `normal`, `mvn` and `lowrank(r)`, all in the unconstrained space of
    the sites, or a distribution with its arguments. The default for the rest is
    `* ~ structured`.

    Bad:

        guide { mu ~ delta }

    Good:

        guide { mu ~ point }
    """

    code = "E607"
    title = "`{name}` is not a family of guides"
    label = "expected `point`, `normal`, `mvn`, `lowrank(r)` or a distribution"
    help = "did you mean `{suggestion}`?"

    name: str
    suggestion: str


@diagnostic
class GuideTransform(Diagnostic):
    """A target of the guide is written with a function that is not its map to the real line.

    `(a, log(tau)) ~ mvn` says that the Gaussian is over `a` and the logarithm of `tau`, which
    makes sense only for a positive `tau`. pplc knows the map of each support, so that the plain
    name means the same.

    Bad:

        mu ~ Normal(0, 1)
        tau ~ HalfNormal(1)
        guide { (log(mu), tau) ~ mvn }

    Good:

        mu ~ Normal(0, 1)
        tau ~ HalfNormal(1)
        guide { (mu, log(tau)) ~ mvn }
    """

    code = "E610"
    title = "`{function}({name})` in the guide, but `{name}` is {support}"
    label = "{problem}"
    help = "write `{name}`: it stands for its unconstrained value"

    function: str
    name: str
    support: str
    problem: str


@diagnostic
class GuideFamilyUse(Diagnostic):
    """A family of the guide cannot be used in this way.

    Discrete latents have no Gaussian: they are summed out, or kept in the guide with a discrete
    distribution of their own. A distribution is given to one site at a time, and `*`, the rest,
    takes the families `structured`, `normal`, `mvn` and `point`.

    Bad:

        z ~ Bernoulli(0.5)
        guide { z ~ normal }

    Good:

        z ~ Bernoulli(0.5)
        guide {
          param q: unit
          z ~ Bernoulli(q)
        }
    """

    code = "E612"
    title = "{problem}"
    label = "{found}"
    help = "{suggestion}"

    problem: str
    found: str
    suggestion: str
