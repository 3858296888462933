"""E6: the guide block, lined up with the model."""

from pplc.grammar.diagnostics import Diagnostic, diagnostic


@diagnostic
class GuideObserved(Diagnostic):
    """The guide gives a distribution to a site that is observed.

    A guide is a distribution over what is not known: the latents of the model, given the data.
    Data are known, so there is nothing to approximate. In a guide that samples the data, nothing
    ties its location and scale to them: the scale grows for ever. What is unknown about the data
    is a latent of its own, with a prior in the model; its guide is then derived.

    Bad:

        data y[N]: real
        for n in N { y[n] ~ Normal(0, 1) }
        guide {
          param m: real
          param s: positive
          y[n] ~ Normal(m, s)
        }

    Good:

        data y[N]: real
        m ~ Normal(0, 10)
        s ~ HalfNormal(10)
        for n in N { y[n] ~ Normal(m, s) }
    """

    code = "E601"
    title = "the guide gives a distribution to `{name}`, which is observed"
    label = "`{name}` is data: its values are known"
    help = "{suggestion}"

    name: str
    suggestion: str


@diagnostic
class GuideUnknown(Diagnostic):
    """The guide names something that is not a latent of the model.

    Each line of a guide is about random variables that the model draws and that have no data.
    Definitions follow from latents, generated sites are drawn after the fit, and params are
    optimised: none of them has a guide.

    Bad:

        mu ~ Normal(0, 1)
        guide { mean ~ point }

    Good:

        mu ~ Normal(0, 1)
        guide { mu ~ point }
    """

    code = "E602"
    title = "the guide names `{name}`, but {problem}"
    label = "not a latent of the model"
    help = "{suggestion}"

    name: str
    problem: str
    suggestion: str


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
class GuidedTwice(Diagnostic):
    """Two lines of the guide are about the same latent.

    Bad:

        guide {
          mu ~ point
          (mu, tau) ~ mvn
        }

    Good:

        guide { (mu, tau) ~ mvn }
    """

    code = "E604"
    title = "the guide names `{name}` twice"
    label = "named again"
    help = "keep one of the two lines"

    name: str


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
class GuideIndices(Diagnostic):
    """The indices of a line of the guide are not those of the site in the model.

    Index sets and plates come from the model: the guide gives each plate a name, one for one, in
    the order of the model.

    Bad:

        for d in D { theta[d] ~ Normal(0, 1) }
        guide {
          param m[D]: real
          theta ~ Normal(m, 1)
        }

    Good:

        for d in D { theta[d] ~ Normal(0, 1) }
        guide {
          param m[D]: real
          theta[d] ~ Normal(m[d], 1)
        }
    """

    code = "E608"
    title = "`{name}` is {model} in the model"
    label = "{problem}"
    help = "write `{suggestion}`"

    name: str
    model: str
    problem: str
    suggestion: str


@diagnostic
class GuideMissing(Diagnostic):
    """A `guide strict` leaves a latent out.

    Without `strict` the guide of what is left out is derived, and the ledger says so. With it,
    every latent that is not summed out must be named.

    Bad:

        a ~ Normal(0, 1)
        b ~ Normal(0, 1)
        guide strict { a ~ normal }

    Good:

        a ~ Normal(0, 1)
        b ~ Normal(0, 1)
        guide strict { (a, b) ~ mvn }
    """

    code = "E609"
    title = "the guide is strict and leaves out {names}"
    label = "not complete"
    help = "add a line for each, or drop `strict`: pplc then derives what is left out"

    names: str


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
class GuidePlates(Diagnostic):
    """One Gaussian for each element of a plate is asked of sites in different plates.

    With indices, `(a[k], b[k]) ~ mvn` is one Gaussian for each k, so that both must be in the
    same plates. Without indices, `(a, b) ~ mvn` is one Gaussian over all their elements.

    Bad:

        for i in I { a[i] ~ Normal(0, 1) }
        for j in J { b[j] ~ Normal(0, 1) }
        guide { (a[i], b[j]) ~ mvn }

    Good:

        for i in I { a[i] ~ Normal(0, 1) }
        for j in J { b[j] ~ Normal(0, 1) }
        guide { (a, b) ~ mvn }
    """

    code = "E611"
    title = "`{first}` and `{second}` are in different plates"
    label = "{plates}"
    help = "without indices it is one Gaussian over all their elements: write `({names})`"

    first: str
    second: str
    plates: str
    names: str


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


@diagnostic
class GuideNotDrawn(Diagnostic):
    """A guide can only use distributions whose draws move smoothly with their arguments.

    A fit follows the gradient of its objective through the draws of the guide. A draw of a
    mixture jumps from one part to another, an improper distribution has no draws, and for some
    others there is no smooth map from noise to draws.

    Bad:

        angle ~ VonMises(0, 1)
        guide {
          param k: positive
          angle ~ VonMises(0, k)
        }

    Good:

        angle ~ VonMises(0, 1)
        guide { angle ~ normal }
    """

    code = "E614"
    title = "`{distribution}` cannot be drawn from in a guide"
    label = "its draws are no smooth function of its arguments"
    help = "{suggestion}"

    distribution: str
    suggestion: str


@diagnostic
class KeptElsewhere(Diagnostic):
    """A latent that the guide keeps is read at another element than that of the statement.

    The guide holds a table of probabilities for each element, all independent of each other. The
    expectation over them is exact where a statement reads its own element only: one table.

    Bad:

        z[g in G] ~ Categorical(w)
        y[n in N] ~ Normal(mu[z[group[n]]], 1)
        guide {
          param q[G]: simplex[K]
          z[g] ~ Categorical(q[g])
        }

    Good:

        z[g in G] ~ Categorical(w)
        y[n in N] ~ Normal(mu[z[group[n]]], 1)
    """

    code = "E615"
    title = "`{name}`, which the guide keeps, is read at another element than the statement's own"
    label = "another element of `{name}`"
    help = "drop `{name}` from the guide: it is summed out exactly"

    name: str


@diagnostic
class GuidePlateUnknown(Diagnostic):
    """Nothing tells which index set a definition in the guide runs over.

    Lines about latents take their plates from the model. A definition in the guide has none there:
    its index is told by what it reads, by the model's own name for it, or by `n in N`.

    Bad:

        guide { q[i] = 1 }

    Good:

        guide { q[i in N] = 1 }
    """

    code = "E616"
    title = "nothing tells which index set `{index}` runs over"
    label = "over which index set?"
    help = "name it: `[{index} in N]`"

    index: str


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
