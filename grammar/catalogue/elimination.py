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
    help = (
        "let `{statement}` depend on fewer of them, keep one of them in the `guide` block, "
        "or, where these are few elements, write each out as a site of its own"
    )

    statement: str
    sites: str
    plates: str


@diagnostic
class InfiniteSupport(Diagnostic):
    """An unobserved random variable takes infinitely many values, so it cannot be summed out.

    Bad:

        count ~ Poisson(3)
        y ~ Normal(count, 1)

    Good:

        count ~ Poisson(3) truncated(0, 30)
        y ~ Normal(count, 1)
    """

    code = "E502"
    title = "`{name}` has no data and takes infinitely many values, so it cannot be summed out"
    label = "`{distribution}` has no largest value"
    help = (
        "declare `{name}` as data if it is observed, cut its distribution off "
        "(`{distribution}(...) truncated(0, 50)`), or use one with finitely many values"
    )

    name: str
    distribution: str


@diagnostic
class ReadElsewhere(Diagnostic):
    """A discrete random variable is summed out, and read at another element than a statement's own.

    Sums over the values of a plated variable are done element by element. A statement that runs
    over the same plate may read the variable at its own element (`z[n]`), in a `scan` at an
    earlier one (`z[t-1]`), and a statement over another plate at the element that data assigns to
    it (`z[doc[w]]`). An element at a fixed place, at a random place, or several at once tie
    elements together that would have to be summed jointly.

    Bad:

        for n in N {
          z[n] ~ Bernoulli(0.5)
          y[n] ~ Normal(z[n] + z[0], 1)
        }

    Good:

        first ~ Bernoulli(0.5)
        for n in N {
          z[n] ~ Bernoulli(0.5)
          y[n] ~ Normal(z[n] + first, 1)
        }
    """

    code = "E503"
    title = "`{name}` is summed out, and read here at another element than the statement's own"
    label = "sums are done element by element over {plates}"
    help = "read it at the statement's own element, or give what is shared a name of its own"

    name: str
    plates: str


@diagnostic
class ReducedSite(Diagnostic):
    """The model adds up a discrete random variable that is summed out over its plate.

    What depends on all elements of a plate ties them together: every combination of their values
    would have to be added up, which grows exponentially with the size of the plate. In the
    `generate` block such sums are fine, since there every element has been drawn.

    Bad:

        for m in M { alive[m] ~ Bernoulli(omega) }
        count ~ Normal(sum(m in M: alive[m]), 1)         # count is data

    Good:

        for m in M { alive[m] ~ Bernoulli(omega) }
        generate { population = sum(m in M: alive[m]) }
    """

    code = "E504"
    title = "`{name}` is summed out, so the model cannot depend on all of it at once"
    label = "depends on every element of `{name}` over {plate}"
    help = (
        "in the `generate` block this works; in the model, give the total its own distribution,"
        " such as `Binomial(size({plate}), p)`"
    )

    name: str
    plate: str


@diagnostic
class DiscreteRecurrence(Diagnostic):
    """A definition carries a discrete random variable along a chain.

    Its value at a step depends on the whole path of the discrete variable so far, and the number
    of paths grows exponentially with the length of the chain. What a chain of discrete values
    carries along has to be a discrete site itself.

    Bad:

        scan t in T {
          z[t] ~ Bernoulli(0.5)
          level[t] = 0.9 * level[t-1] + z[t] from z[t]
          y[t] ~ Normal(level[t], 1)
        }

    Good:

        scan t in T {
          z[t] ~ Categorical(A[z[t-1]]) from Categorical(start)
          y[t] ~ Normal(mu[z[t]], 1)
        }
    """

    code = "E505"
    title = "`{name}` depends on the whole path of `{site}`, which is summed out"
    label = "carries `{site}` along from step to step"
    help = "let it read earlier data instead of its own earlier value, or make `{site}` continuous"

    name: str
    site: str


@diagnostic
class BatchBiased(Diagnostic):
    """A discrete random variable outside of the plate is summed out over what is inside of it.

    With `batch` a fit looks at a few elements at a time, and scales their log densities up to
    stand for all. That is right on average as long as the log density is a sum over elements. A
    variable outside, summed out, is shared by all of them: the log density is then the logarithm
    of a sum of products over all elements, and a part of the elements gives a biased picture of
    it, however many steps are taken.

    Bad:

        z ~ Bernoulli(0.5)
        for n in N { y[n] ~ Normal(mu[z], 1) }
        fit { batch N = 100 }

    Good:

        for n in N {
          z[n] ~ Bernoulli(0.5)
          y[n] ~ Normal(mu[z[n]], 1)
        }
        fit { batch N = 100 }
    """

    code = "E506"
    title = "with a batch of {plate} the objective would be biased, since `{name}` is summed out"
    label = "is outside of {plate}, and its values are summed over all elements at once"
    help = "fit without `batch {plate}`, give `{name}` a value for each element, or keep it in the \
guide"

    name: str
    plate: str


@diagnostic
class BatchTogether(Diagnostic):
    """The elements of a plate that is taken in parts are tied to each other.

    With `batch` a fit looks at a few elements of a plate at a time, with everything that belongs
    to them: data over the plate, and over plates nested in it by data such as `doc[w]`. So each
    statement must be about one element. Sums over all elements, their number, the position of an
    element, chains along the plate and draws of all elements together need the whole plate.
    (What depends on data alone is computed before, from all data.)

    Bad:

        index N
        data y[N]: real
        u[n in N] ~ Normal(0, 1)
        y[n in N] ~ Normal(u[n] - mean(n in N: u[n]), 1)
        fit { batch N = 100 }

    Good:

        index N
        data y[N]: real
        mu ~ Normal(0, 1)
        y[n in N] ~ Normal(mu, 1)
        fit { batch N = 100 }
    """

    code = "E507"
    title = "{plate} cannot be taken in batches: this {what}"
    label = "needs more than one element"
    help = "fit without `batch {plate}`, or write the model so that each statement is about one \
element"

    plate: str
    what: str


@diagnostic
class VectorLatent(Diagnostic):
    """An unobserved random variable takes vectors of whole numbers, which are not summed out.

    How many such vectors there are grows quickly with their length. A vector of counts is the
    histogram of categories that were drawn one by one; these can be summed out one by one.

    Bad:

        counts ~ Multinomial(3, theta)
        y ~ Normal(dot(counts, beta), 1)

    Good:

        for i in I {
          z[i] ~ Categorical(theta)
          y[i] ~ Normal(beta[z[i]], 1)
        }
    """

    code = "E508"
    title = "`{name}` has no data and takes vectors of whole numbers, which cannot be summed out"
    label = "a vector over {over}"
    help = "declare `{name}` as data if it is observed, or draw its parts as sites of their own"

    name: str
    over: str


@diagnostic
class EndNotKnown(Diagnostic):
    """How many values an unobserved random variable takes is told neither by the spec nor by data.

    A discrete variable without data is summed out over all its values. Their smallest has to be a
    constant, and their largest a constant or something that data alone tell.

    Bad:

        data low: int
        stage ~ DiscreteUniform(low, 9)

    Good:

        data low: nat           # a natural number: stages from 0 to 9 are gone through
        stage ~ DiscreteUniform(low, 9)
    """

    code = "E509"
    title = "`{name}` has no data, and which values it takes is not known before the fit"
    label = "its values must run from a constant to a constant or to something that data tell"
    help = "cut it off where it is improbable: `truncated(0, 50)`"

    name: str
