"""Types of declarations, and missing cells."""

from pplc.grammar.diagnostics import Diagnostic, diagnostic


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
