"""Random variables, and the ends of their supports."""

from pplc.grammar.diagnostics import Diagnostic, diagnostic


@diagnostic
class ObservedSupport(Diagnostic):
    """Data of one type are observed under a distribution over another.

    Counts, categories and yes/no outcomes have discrete distributions; their data must be
    declared as such, so that a 2.5 among the counts is found when the file is read.

    Bad:

        data deaths[N]: real
        for n in N { deaths[n] ~ Poisson(3) }

    Good:

        data deaths[N]: nat
        for n in N { deaths[n] ~ Poisson(3) }
    """

    code = "E402"
    title = "`{name}` is declared as {declared}, but `{distribution}` is over {expected}"
    label = "over {expected}"

    name: str
    declared: str
    distribution: str
    expected: str


@diagnostic
class OrderedFamily(Diagnostic):
    """`ordered` is given to something that cannot be put in increasing order.

    It makes a family of real numbers increase over its last index, for example the locations of
    the components of a mixture. They may have bounds, which are the same for all of them: with
    bounds of their own, some could not lie above the one before.

    Bad:

        mu ~ Normal(0, 1) ordered

    Good:

        mu[k in K] ~ Normal(0, 1) ordered
    """

    code = "E405"
    title = "`ordered` does not apply here: {reason}"
    label = "{reason}"
    help = "write it as a family: `{name}[k in K] ~ ... ordered`"

    name: str
    reason: str


@diagnostic
class BoundsDisagree(Diagnostic):
    """A lower bound that is not below the upper one.

    Bad:

        data x[N]: interval(2, 1)

    Good:

        data x[N]: interval(1, 2)
    """

    code = "E406"
    title = "the lower bound {lower} is not below the upper bound {upper}"
    label = "an empty range"

    lower: str
    upper: str


@diagnostic
class LatentWithAtoms(Diagnostic):
    """A latent has a distribution that gives single numbers a positive probability.

    `Delta` and `Censored` describe what is recorded: they are for data. A latent that is known is
    a definition; behind a censored observation stands a latent with the inner distribution.

    Bad:

        x ~ Delta(3)

    Good:

        x = 3
    """

    code = "E413"
    title = "the latent `{name}` cannot have the distribution `{distribution}`"
    label = "single values of `{name}` would have positive probability"

    name: str
    distribution: str


@diagnostic
class DiscreteBounds(Diagnostic):
    """The ends of the support of a continuous latent depend on a discrete one.

    A discrete latent is summed out: all its values count at once. A continuous latent can then
    not have a different support for each of them.

    Bad:

        z ~ Bernoulli(0.5)
        x ~ Uniform(0, if z then 1 else 2)

    Good:

        z ~ Bernoulli(0.5)
        u ~ Uniform(0, 1)
        x = u * (if z then 1 else 2)
    """

    code = "E414"
    title = "the support of `{name}` depends on the discrete latent `{discrete}`"
    label = "its bounds read `{discrete}`"
    help = "draw it over a fixed support and scale it in a definition"

    name: str
    discrete: str


@diagnostic
class BoundNotConstant(Diagnostic):
    """A bound of a type is not a number that is known before data.

    Bad:

        data x[N]: interval(0, limit)

    Good:

        data x[N]: interval(0, 10)
    """

    code = "E416"
    title = "a bound of a type must be a number"
    label = "not a constant"
    help = "use a number here; a distribution may have bounds that depend on other quantities"


@diagnostic
class ChainBounds(Diagnostic):
    """The ends of the support of a latent chain depend on other quantities.

    The elements of a chain of latents are inferred together, each on one and the same scale. Ends
    that move from step to step, perhaps with the element before, are written with a part of the
    way between them, which always lies between 0 and 1.

    Bad:

        scan t in T { x[t] ~ Uniform(x[t-1], 10) from Uniform(0, 10) }

    Good:

        u[t in T] ~ Uniform(0, 1)
        scan t in T { x[t] = x[t-1] + (10 - x[t-1]) * u[t] from 10 * u[t] }
    """

    code = "E419"
    title = "the bounds of the chain `{name}` are not numbers"
    label = "its support differs from step to step"
    help = "draw `u[t in T] ~ Uniform(0, 1)`, and define `{name}` as a recurrence that goes that \
part of the way"

    name: str
