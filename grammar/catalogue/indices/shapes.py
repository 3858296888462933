"""Numbers, vectors and matrices."""

from pplc.grammar.diagnostics import Diagnostic, diagnostic


@diagnostic
class NotANumber(Diagnostic):
    """A vector or matrix stands where a single number is needed.

    Reading a family without its indices gives the whole of it. Inside `for n in N` the element
    that belongs to `n` is `mu[n]`.

    Bad:

        mu[n in N] ~ Normal(0, 1)
        for n in N { y[n] ~ Normal(mu, 1) }

    Good:

        mu[n in N] ~ Normal(0, 1)
        for n in N { y[n] ~ Normal(mu[n], 1) }
    """

    code = "E303"
    title = "{what} must be a single value, but this is {found}"
    label = "{found}"

    what: str
    found: str


@diagnostic
class ShapesDisagree(Diagnostic):
    """Vectors over different index sets are combined.

    Bad:

        m = alpha + beta        # alpha over K, beta over P

    Good:

        m = sum(k in K: alpha[k]) + sum(p in P: beta[p])
    """

    code = "E304"
    title = "{what} combines {first} with {second}"
    label = "these are over different index sets"

    what: str
    first: str
    second: str


@diagnostic
class NotAVector(Diagnostic):
    """A single number stands where a vector or a matrix is needed.

    Bad:

        weights ~ Dirichlet(1)

    Good:

        weights ~ Dirichlet(fill(1, K))
    """

    code = "E310"
    title = "{what} must be {expected}, but this is {found}"
    label = "{found}"

    what: str
    expected: str
    found: str


@diagnostic
class LiteralIndexSet(Diagnostic):
    """A list of values stands where nothing tells which index set it is over.

    Index sets are nominal, so a vector must belong to one. Beside another vector, or as an
    argument of a distribution of declared data, a list takes the index set from there; otherwise
    give it a name with the index set in brackets. Its length then is the size of the set.

    Bad:

        weights ~ Dirichlet([1, 1, 2])

    Good:

        index K
        alpha[K] = [1, 1, 2]
        weights ~ Dirichlet(alpha)
    """

    code = "E331"
    title = "nothing tells which index set this list is over"
    label = "over which index set?"
    help = "give it a name and the set: `name[K] = {text}`, and write `name` here"

    text: str


@diagnostic
class LengthDisagrees(Diagnostic):
    """Something that the spec writes out has another length than its index set.

    The length of a list over K is the size of K: it must agree with the default size of K and
    with every other list over K. The weights of a mixture have as many elements as there are
    distributions in it.

    Bad:

        index K = 3
        m0[K] = [0, 5]

    Good:

        index K = 2
        m0[K] = [0, 5]
    """

    code = "E332"
    title = "{what} has length {found}, but `{index_set}` has size {expected}"
    label = "length {found}"

    what: str
    found: int
    index_set: str
    expected: int


@diagnostic
class NetInput(Diagnostic):
    """A net is given something else than it was declared to take.

    Its declaration says what each argument is over. Index sets are nominal: a vector over another
    index set does not fit, even when the sizes are equal.

    Bad:

        net enc(real[V]) -> positive[K] = mlp(hidden=[100])
        data bow[D, V]: nat
        guide { theta[d] ~ Dirichlet(enc(theta[d])) }

    Good:

        net enc(real[V]) -> positive[K] = mlp(hidden=[100])
        data bow[D, V]: nat
        guide { theta[d] ~ Dirichlet(enc(bow[d])) }
    """

    code = "E341"
    title = "`{name}` takes {expected}, but is given {found}"
    label = "not what `{name}` takes"
    help = "change what it is given, or what its declaration takes"

    name: str
    expected: str
    found: str
