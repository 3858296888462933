"""Arguments of distributions and functions."""

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
class CutpointCount(Diagnostic):
    """Cutpoints that are not one fewer than the categories they separate.

    `OrderedLogistic` with C cutpoints is over C + 1 categories: below the first cutpoint, between
    each two, and above the last. With as many cutpoints as categories the highest category would
    be one that no data can have.

    Bad:

        data level[N]: K
        cut[k in K] ~ Normal(0, 3) ordered
        for n in N { level[n] ~ OrderedLogistic(b * x[n], cut) }

    Good:

        index C = 3
        data level[N]: K
        cut[c in C] ~ Normal(0, 3) ordered
        for n in N { level[n] ~ OrderedLogistic(b * x[n], cut) }
    """

    code = "E408"
    title = "`{name}` takes positions in {categories}: its cutpoints must be one fewer than these"
    label = "{found}"
    help = "give the cutpoints an index set of their own, with one element less than {categories}"

    name: str
    categories: str
    found: str


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
