"""What the distributions of a guide read."""

from pplc.grammar.diagnostics import Diagnostic, diagnostic


@diagnostic
class GuideReadsSummedOut(Diagnostic):
    """A distribution in the guide depends on a latent that is summed out or kept as a table.

    The values of such a latent are all taken into account at once; there is no single value that
    the guide could read.

    Bad:

        z ~ Bernoulli(0.5)
        mu ~ Normal(0, 1)
        y ~ Normal(mu + z, 1)
        guide { mu ~ Normal(z, 1) }

    Good:

        z ~ Bernoulli(0.5)
        mu ~ Normal(0, 1)
        y ~ Normal(mu + z, 1)
    """

    code = "E605"
    title = "the guide reads `{name}`, which is {how}"
    label = "has no single value here"
    help = "let the guide depend on data and on latents that it draws"

    name: str
    how: str


@diagnostic
class GuideReadsLater(Diagnostic):
    """A distribution in the guide depends on a latent that is drawn later, or on itself.

    A guide is drawn from top to bottom. Latents without a distribution of their own in the guide
    come first.

    Bad:

        guide {
          a ~ Normal(b, 1)
          b ~ Normal(0, 1)
        }

    Good:

        guide {
          b ~ Normal(0, 1)
          a ~ Normal(b, 1)
        }
    """

    code = "E606"
    title = "the guide reads `{name}` {when}"
    label = "has no value yet"
    help = "draw `{name}` in an earlier line"

    name: str
    when: str


@diagnostic
class KeptElsewhere(Diagnostic):
    """A statement reads several elements of a latent that the guide keeps.

    The guide holds a table of probabilities for each element. The expectation over them is exact
    where data tell which one element a statement reads, such as its own or `z[group[n]]`, and in a
    chain also for the steps before it.

    Bad:

        z[g in G] ~ Categorical(w)
        y[n in N] ~ Normal(mu[z[home[n]]] - mu[z[away[n]]], 1)
        guide {
          param q[G]: simplex[K]
          z[g] ~ Categorical(q[g])
        }

    Good:

        z[g in G] ~ Categorical(w)
        y[n in N] ~ Normal(mu[z[home[n]]], 1)
        guide {
          param q[G]: simplex[K]
          z[g] ~ Categorical(q[g])
        }
    """

    code = "E615"
    title = "`{name}`, which the guide keeps, is read at more than one element by a statement"
    label = "a further element of `{name}`"
    help = "drop `{name}` from the guide: pplc sums it out where that is possible"

    name: str


@diagnostic
class KeptAndSummed(Diagnostic):
    """A latent that the guide keeps and one that is summed out meet in one statement.

    To sum a latent out, the density given its value must not depend on values that the guide
    keeps, or else the expectation over these could not be taken exactly.

    Bad:

        a ~ Bernoulli(0.5)
        b ~ Bernoulli(0.5)
        y ~ Normal(a + b, 1)
        guide {
          param q: unit
          a ~ Bernoulli(q)
        }

    Good:

        a ~ Bernoulli(0.5)
        b ~ Bernoulli(0.5)
        y ~ Normal(a + b, 1)
    """

    code = "E613"
    title = "`{kept}` is kept in the guide, but `{summed}`, which is summed out, depends on it"
    label = "reads both"
    help = "drop `{kept}` from the guide, or keep `{summed}` in it too"

    kept: str
    summed: str
