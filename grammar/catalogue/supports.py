"""E4: types and supports."""

from pplc.grammar.diagnostics import Diagnostic, diagnostic


@diagnostic
class ArgumentSupport(Diagnostic):
    """An argument of a distribution may leave the numbers that the argument must be.

    A scale must be positive, a probability between 0 and 1. pplc shows this from the supports of
    what the argument is made of, before any data is read, because a value outside them makes the
    density undefined in the middle of a fit. Where it cannot be shown, change the prior, apply a
    function (`exp`, `softplus`, `sigmoid`), or, where you know better, `assume(x, positive)`.

    Bad:

        s ~ Normal(0, 1)
        y ~ Normal(0, s)

    Good:

        s ~ HalfNormal(1)
        y ~ Normal(0, s)
    """

    code = "E401"
    title = "`{argument}` of `{distribution}` must be {expected}, but this is {found}"
    label = "{found}"

    distribution: str
    argument: str
    expected: str
    found: str


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
class FunctionSupport(Diagnostic):
    """An argument of a function may leave the numbers that the function is defined for.

    Bad:

        data x[N]: real
        lx[n in N] = log(x[n])

    Good:

        data x[N]: positive
        lx[n in N] = log(x[n])
    """

    code = "E403"
    title = "`{function}` needs {expected}, but this is {found}"
    label = "{found}"

    function: str
    expected: str
    found: str


@diagnostic
class StructureNeeded(Diagnostic):
    """A vector or matrix lacks the structure that the distribution needs.

    The probabilities of a `Categorical` are a simplex: not negative, and one in sum. A vector of
    real numbers is made into one by `softmax`, or given as `logits=`.

    Bad:

        eta[k in K] ~ Normal(0, 1)
        for n in N { z[n] ~ Categorical(eta) }

    Good:

        eta[k in K] ~ Normal(0, 1)
        for n in N { z[n] ~ Categorical(logits=eta) }
    """

    code = "E404"
    title = "`{argument}` of `{distribution}` must be {expected}, but this is {found}"
    label = "{found}"

    distribution: str
    argument: str
    expected: str
    found: str


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
class UnknownType(Diagnostic):
    """A type that is neither one of the language nor an index set.

    The types are `real`, `positive`, `nonnegative`, `unit`, `interval(a, b)`, `int`, `nat`,
    `bool`, the name of an index set, `simplex[K]`, `ordered[K]`, `positive_ordered[K]`,
    `real[K]`, `cholesky_corr[K]`, `corr[K]` and `cov[K]`.

    Bad:

        data y[N]: float

    Good:

        data y[N]: real
    """

    code = "E407"
    title = "unknown type `{name}`"
    label = "no type or index set has this name"
    help = "did you mean `{suggestion}`?"

    name: str
    suggestion: str


@diagnostic
class NestedDistribution(Diagnostic):
    """A distribution inside another one is not of the form that the outer one needs.

    `ZeroInflated` is about counts. The parts of a `Mixture` are all over real numbers or all over
    integers: a value cannot have a density under one part and a probability under another.

    Bad:

        y[n] ~ ZeroInflated(Normal(0, 1), 0.2)

    Good:

        y[n] ~ ZeroInflated(Poisson(3), 0.2)
    """

    code = "E411"
    title = "inside `{distribution}`, `{inner}` must be {expected}, but it is {found}"
    label = "must be {expected}"

    distribution: str
    inner: str
    expected: str
    found: str


@diagnostic
class CannotCut(Diagnostic):
    """A distribution is truncated or censored that has no distribution function.

    Both need the probability that lies beyond a bound, which pplc computes for the usual
    distributions of single numbers only.

    Bad:

        theta ~ VonMises(0, 1) truncated(0, 1)

    Good:

        theta ~ Normal(0, 1) truncated(0, 1)
    """

    code = "E412"
    title = "`{distribution}` cannot be {how}"
    label = "it has no distribution function"

    distribution: str
    how: str


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
class FunctionStructure(Diagnostic):
    """A matrix or vector lacks the structure that a function needs.

    Bad:

        L = cholesky(outer(x, x))

    Good:

        L = cholesky(outer(x, x) + diag(fill(1, K)))
    """

    code = "E415"
    title = "`{function}` needs {expected}, but this is {found}"
    label = "{found}"

    function: str
    expected: str
    found: str


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
class MissingCovariate(Diagnostic):
    """Data with missing cells and no distribution is read.

    Missing cells of a quantity with a distribution are left out of its likelihood. What stands in
    a missing cell of a covariate nothing says.

    Bad:

        data x[N]: real?
        y[n in N] ~ Normal(a + b * x[n], 1)

    Good:

        data x[N]: real
        y[n in N] ~ Normal(a + b * x[n], 1)
    """

    code = "E417"
    title = "`{name}` may have missing cells, and nothing says what they may be"
    label = "not known where a cell is missing"
    help = "say how it varies, `{site} ~ Normal(...)`, or leave its incomplete rows out of the data"

    name: str
    site: str


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


@diagnostic
class MissingTied(Diagnostic):
    """Cells may be missing that cannot be filled in one by one.

    A missing cell that other statements read, or that is drawn together with others, is a latent.
    That needs a number that can move by itself: not a part of a simplex or of an increasing
    vector, nor one of several counts that add up.

    Bad:

        data share[N]: simplex[K]?
        share[n in N] ~ Dirichlet(alpha)

    Good:

        data share[N]: simplex[K]
        share[n in N] ~ Dirichlet(alpha)
    """

    code = "E418"
    title = "missing cells of `{name}` cannot be filled in"
    label = "{reason}"
    help = "declare `{name}` without `?`, and leave what is incomplete out of the data"

    name: str
    reason: str


@diagnostic
class ParamType(Diagnostic):
    """A `param` has a type of whole numbers or labels.

    A param is moved along the gradient of the objective, so its values must be real numbers: a
    type such as `real`, `positive`, `unit` or `simplex[K]`. To choose among finitely many values,
    give the quantity a distribution instead; pplc then sums it out.

    Bad:

        param k: nat

    Good:

        param rate: positive
    """

    code = "E480"
    title = "`{name}` is optimised by its gradient, so it cannot be declared as {found}"
    label = "not a type of real numbers"
    help = "declare it as `real`, `positive`, `unit` or another type of real numbers"

    name: str
    found: str


@diagnostic
class ParamStart(Diagnostic):
    """The value at which a `param` starts does not lie inside its declared type.

    Params are optimised in an unconstrained space, in which the edge of a type is infinitely far
    away: the start must lie strictly inside.

    Bad:

        param rate: positive = 0

    Good:

        param rate: positive = 0.1
    """

    code = "E481"
    title = "`{name}` cannot start here: it is declared as {declared}"
    label = "{reason}"
    help = "without a start it begins in the middle of its type"

    name: str
    declared: str
    reason: str


@diagnostic
class NetType(Diagnostic):
    """A net takes and gives numbers and vectors of numbers.

    A result may be `real`, `positive`, `nonnegative`, `unit` or `interval(a, b)`, a single number
    or a vector over an index set, or a `simplex[K]`. What it takes may also be of integers. A
    matrix, a label or data with missing cells is neither.

    Bad:

        net enc(real[V]) -> nat[K] = mlp(hidden=[100])

    Good:

        net enc(real[V]) -> positive[K] = mlp(hidden=[100])
    """

    code = "E441"
    title = "the net `{name}` cannot {verb} {found}"
    label = "numbers and vectors of numbers only"
    help = "for a result: `real`, `positive`, `unit`, `interval(a, b)`, each also over an index \
set, or `simplex[K]`"

    name: str
    verb: str
    found: str
