"""E5: summing discrete random variables out."""

from pplc.grammar.diagnostics import Diagnostic, diagnostic


@diagnostic
class Intractable(Diagnostic):
    """Discrete random variables are coupled so that they cannot be summed out one plate at a time.

    pplc sums every unobserved discrete variable out exactly, at the lowest cost that the graph
    allows. Here the elements of a plate depend on each other through a shared variable in such a
    way that all combinations over the whole plate would have to be added up, which grows
    exponentially with the size of the plate.

    Bad:

        for i in I { a[i] ~ Bernoulli(0.5) }
        for j in J { b[j] ~ Bernoulli(0.5) }
        for i in I {
          for j in J { y[i, j] ~ Bernoulli(if a[i] == b[j] then 0.9 else 0.1) }
        }

    Good:

        for i in I {
          a[i] ~ Bernoulli(0.5)
          for j in J { y[i, j] ~ Bernoulli(if a[i] then 0.9 else 0.1) }
        }
    """

    code = "E501"
    title = "{sites} cannot be summed out: every combination over {plates} would be needed"
    label = "couples {sites} over {plates}"
    help = "drop one of the dependencies at the places shown, or make one of the sites continuous"

    sites: str
    plates: str


@diagnostic
class InfiniteSupport(Diagnostic):
    """An unobserved random variable takes infinitely many values, so it cannot be summed out.

    Bad:

        count ~ Poisson(3)
        y ~ Normal(count, 1)

    Good:

        index C = 30
        count ~ Categorical(logits=shape)       # a truncated count as a category
        shape[c in C] = c * log(3) - lgamma(c + 1)
        y ~ Normal(count, 1)
    """

    code = "E502"
    title = "`{name}` has no data and takes infinitely many values, so it cannot be summed out"
    label = "`{distribution}` has no largest value"
    help = (
        "declare `{name}` as data if it is observed, "
        "or use a distribution with finitely many values"
    )

    name: str
    distribution: str
