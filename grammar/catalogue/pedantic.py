"""W7: nothing is wrong, but something may not be meant."""

from pplc.grammar.diagnostics import Diagnostic, diagnostic


@diagnostic
class NothingObserved(Diagnostic):
    """No data depend on this random variable, so the fit can only return its prior.

    Either something is missing (the line that uses it), or it is a prediction, which belongs in
    the `generate` block, where it costs the fit nothing.

    Bad:

        index N
        data y[N]: real
        mu    ~ Normal(0, 10)
        y[n in N] ~ Normal(mu, 1)
        y_new ~ Normal(mu, 1)

    Good:

        index N
        data y[N]: real
        mu ~ Normal(0, 10)
        y[n in N] ~ Normal(mu, 1)
        generate { y_new ~ Normal(mu, 1) }
    """

    code = "W701"
    title = "no data depend on `{name}`"
    label = "stays at its prior"
    help = "if it is a prediction, put it into `generate {{ ... }}`"

    name: str


@diagnostic
class Unused(Diagnostic):
    """A declaration that no statement uses.

    Data that are read from the file and then used nowhere are often a line that was forgotten, or
    a name that was meant in place of another. A `param` that neither the model nor the guide reads
    stays where it starts.

    Bad:

        index N
        data y[N]: real
        data x[N]: real
        mu ~ Normal(0, 10)
        y[n in N] ~ Normal(mu, 1)

    Good:

        index N
        data y[N]: real
        data x[N]: real
        a ~ Normal(0, 10)
        b ~ Normal(0, 10)
        y[n in N] ~ Normal(a + b * x[n], 1)
    """

    code = "W702"
    title = "{what} `{name}` is not used"
    label = "nothing reads it"
    help = "use it, or leave the line out"

    what: str
    name: str


@diagnostic
class HardBounds(Diagnostic):
    """A Uniform prior cuts off values that the model itself allows.

    A location can be any number and a scale any positive one. Outside the bounds of a Uniform
    prior the posterior is zero whatever the data say; if the data point there, the fit piles up at
    the bound. A prior without ends, such as Normal, HalfNormal or Exponential, says what is
    plausible and leaves the rest possible.

    Bad:

        index N
        data y[N]: real
        sigma ~ Uniform(0, 100)
        y[n in N] ~ Normal(0, sigma)

    Good:

        index N
        data y[N]: real
        sigma ~ HalfNormal(50)
        y[n in N] ~ Normal(0, sigma)
    """

    code = "W703"
    title = "the Uniform prior of `{name}` cuts off values that `{argument}` of `{user}` may take"
    label = "nothing outside {bounds} is possible"
    help = "a prior such as `{suggestion}` has no hard ends"

    name: str
    argument: str
    user: str
    bounds: str
    suggestion: str


@diagnostic
class VagueGamma(Diagnostic):
    """Gamma(0.001, 0.001) and its like are not vague priors.

    With both arguments near 0 almost all of the prior lies next to 0, with a long tail. For the
    precision or variance of a group effect the posterior then depends on how small the arguments
    are (Gelman 2006, "Prior distributions for variance parameters in hierarchical models").

    Bad:

        index N
        data y[N]: real
        tau ~ Gamma(0.001, 0.001)
        y[n in N] ~ Normal(0, 1 / sqrt(tau))

    Good:

        index N
        data y[N]: real
        sigma ~ HalfNormal(10)
        y[n in N] ~ Normal(0, sigma)
    """

    code = "W704"
    title = "`{distribution}({first}, {second})` is not a vague prior"
    label = "almost all of it lies {where}"
    help = "give the scale itself a prior, such as `HalfNormal` or `HalfCauchy`"

    distribution: str
    first: str
    second: str
    where: str


@diagnostic
class Unscaled(Diagnostic):
    """A prior with a very large or a very small constant.

    Fits go best where all unknowns are of the order of 1. A constant beyond 10,000 or below
    1/1,000 usually means that data should be measured in other units (thousands, logarithms, or
    centred and divided by their sd), or that a prior was meant to say nothing at all.

    Bad:

        index N
        data y[N]: real
        mu ~ Normal(0, 1000000)
        y[n in N] ~ Normal(mu, 1)

    Good:

        index N
        data y[N]: real
        mu ~ Normal(0, 100)
        y[n in N] ~ Normal(mu, 1)
    """

    code = "W705"
    title = "the prior of `{name}` has the constant {value}"
    label = "very {size}"
    help = "change the units of the data, so that unknowns are of the order of 1"

    name: str
    value: str
    size: str


@diagnostic
class LooksLikeLogits(Diagnostic):
    """What is given as probabilities looks like log odds.

    `assume(eta, unit)` says that `eta` lies between 0 and 1. Of a sum of real numbers that is
    rarely true: it is a logit, and `logits=eta` is what is meant.

    Bad:

        index N
        data x[N]: real
        data y[N]: bool
        b ~ Normal(0, 1)
        y[n in N] ~ Bernoulli(assume(b * x[n], unit))

    Good:

        index N
        data x[N]: real
        data y[N]: bool
        b ~ Normal(0, 1)
        y[n in N] ~ Bernoulli(logits=b * x[n])
    """

    code = "W706"
    title = "`{argument}` of `{distribution}` looks like log odds"
    label = "a real number, assumed to be a probability"
    help = "write `{suggestion}`"

    argument: str
    distribution: str
    suggestion: str


@diagnostic
class TwoLevels(Diagnostic):
    """Two unknowns set the level of the same sum, and the data cannot tell them apart.

    In `a + u[s]` with `u[s] ~ Normal(m, tau)`, a larger `a` and a smaller `m` give the same sums.
    The posterior of each is then as wide as its prior. Groups around 0 leave the level to `a`.

    Bad:

        index N
        index S
        data y[N]: real
        data subj[N]: S
        a ~ Normal(0, 10)
        m ~ Normal(0, 10)
        u[s in S] ~ Normal(m, 1)
        y[n in N] ~ Normal(a + u[subj[n]], 1)

    Good:

        index N
        index S
        data y[N]: real
        data subj[N]: S
        a ~ Normal(0, 10)
        u[s in S] ~ Normal(0, 1)
        y[n in N] ~ Normal(a + u[subj[n]], 1)
    """

    code = "W707"
    title = "{levels} set the same level: only their sum shows in the data"
    label = "both are added up here"
    help = "let `{family}` be around 0: `Normal(0, ...)`"

    levels: str
    family: str


@diagnostic
class LabelSwitching(Diagnostic):
    """The components of a mixture can change places without changing the model.

    Nothing tells component 0 from component 1: their priors are the same. So each posterior mode
    has a twin with the labels exchanged; which one a fit finds is chance, and the averages of a
    sampler that visits both mean nothing. `ordered` makes the family increase over its index,
    which gives every component a name.

    Bad:

        index N
        index K = 2
        data y[N]: real
        w           ~ Dirichlet(ones(K))
        loc[k in K] ~ Normal(0, 10)
        for n in N {
          z[n] ~ Categorical(w)
          y[n] ~ Normal(loc[z[n]], 1)
        }

    Good:

        index N
        index K = 2
        data y[N]: real
        w           ~ Dirichlet(ones(K))
        loc[k in K] ~ Normal(0, 10) ordered
        for n in N {
          z[n] ~ Categorical(w)
          y[n] ~ Normal(loc[z[n]], 1)
        }
    """

    code = "W708"
    title = "the components of `{name}` can change places"
    label = "the same prior for each"
    help = "add `ordered`, so that they have an order"

    name: str


@diagnostic
class Unamortised(Diagnostic):
    """Steps have to find a guide for each element, though the elements are taken in batches.

    Its guide has parameters for each element, which only the batches with that element touch: with
    B batches in all a step moves one in B of them, so that they take B times as many steps. The
    derived guide of an element needs no steps, it is the best there is given all else. A network
    that reads the data of an element (amortisation) learns from every step, and knows a guide for
    elements that it has never seen. For few elements, or simple ones, a table is fine.

    Bad:

        for n in N {
          z[n] ~ Normal(0, 1)
          y[n] ~ Normal(z[n], 1)
        }
        guide { z ~ normal }
        fit { batch N = 64 }

    Good:

        for n in N {
          z[n] ~ Normal(0, 1)
          y[n] ~ Normal(z[n], 1)
        }
        fit { batch N = 64 }
    """

    code = "W709"
    title = "each element of `{name}` is fitted by itself, in batches of {plate}"
    label = "a step moves only the elements of its batch"
    help = "leave it to the derived guide, or have one read the element's data through a `net`"

    name: str
    plate: str


@diagnostic
class CostlySum(Diagnostic):
    """Summing discrete random variables out takes so many terms that a fit will be slow.

    All values of a discrete variable are added up at every evaluation of the density, together
    with those of the variables that it is tied to: two that one statement reads take all pairs, a
    chain all pairs of neighbouring states. The number of these terms is the product of the sizes
    that are shown. Above ten million, an evaluation takes a tenth of a second and 80 MB of memory
    for each draw of the guide, and a fit needs thousands of them.

    Fewer values, or statements that tie fewer variables together, cost less. A variable that the
    guide keeps (`z[n] ~ Categorical(q[n])` with `param q[N]: simplex[K]`) is not summed out, but
    the statements that read it may then read no other one.

    Bad:

        index K = 5000
        scan t in T {
          z[t] ~ Categorical(A[z[t-1]]) from Categorical(start)     # 25,000,000 pairs a step
          y[t] ~ Normal(mu[z[t]], 1)
        }

    Good:

        index K = 50
        scan t in T {
          z[t] ~ Categorical(A[z[t-1]]) from Categorical(start)
          y[t] ~ Normal(mu[z[t]], 1)
        }
    """

    code = "W710"
    title = "summing {sites} out over {plates} adds up {terms} terms at each evaluation"
    label = "{cost} terms"
    help = "{cut}"

    sites: str
    plates: str
    terms: str
    cost: str
    cut: str
