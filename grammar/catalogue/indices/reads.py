"""What is read, and at which indices."""

from pplc.grammar.diagnostics import Diagnostic, diagnostic


@diagnostic
class WrongIndexSet(Diagnostic):
    """Something is indexed by a position of another index set than its own.

    Index sets are nominal: subjects and items are different even when there are equally many.
    What stands in the brackets must be a binder over the right set, or data or a random variable
    whose values range over it.

    Bad:

        u[s in S] ~ Normal(0, 1)
        for n in N { y[n] ~ Normal(u[item[n]], 1) }     # item ranges over I

    Good:

        u[s in S] ~ Normal(0, 1)
        for n in N { y[n] ~ Normal(u[subj[n]], 1) }     # subj ranges over S
    """

    code = "E301"
    title = "`{name}` is over {expected}, but is indexed by {found}"
    label = "expected a position in {expected}"
    help = ""

    name: str
    expected: str
    found: str


@diagnostic
class TooManyIndices(Diagnostic):
    """More indices than dimensions.

    Bad:

        mu[k in K] ~ Normal(0, 1)
        y ~ Normal(mu[0, 1], 1)

    Good:

        mu[k in K] ~ Normal(0, 1)
        y ~ Normal(mu[0], 1)
    """

    code = "E302"
    title = "`{name}` takes {takes}, but {given} given"
    label = "too many indices"

    name: str
    takes: str
    given: str


@diagnostic
class IndexOfExpression(Diagnostic):
    """An index stands behind an expression; only what has a name can be indexed.

    Give the vector a name, and read its elements by that.

    Bad:

        y[n in N] ~ Bernoulli(softmax(a)[0])

    Good:

        p = softmax(a)
        y[n in N] ~ Bernoulli(p[0])
    """

    code = "E334"
    title = "only what has a name can be indexed"
    label = "an expression"
    help = "give it a name, `x = {text}`, and index that"

    text: str


@diagnostic
class PositionOutOfRange(Diagnostic):
    """A constant position lies outside its index set. Positions count from 0.

    Bad:

        index K = 2
        mu[k in K] ~ Normal(0, 1)
        gap = mu[2] - mu[1]

    Good:

        index K = 2
        mu[k in K] ~ Normal(0, 1)
        gap = mu[1] - mu[0]
    """

    code = "E311"
    title = "position {position} is outside `{index_set}`, which has positions 0 to {last}"
    label = "positions count from 0"

    position: int
    index_set: str
    last: int


@diagnostic
class NestedIndex(Diagnostic):
    """An element is indexed again. All indices stand in one pair of brackets.

    Bad:

        m[n in N] = sum(p in P: x[n][p])

    Good:

        m[n in N] = sum(p in P: x[n, p])
    """

    code = "E312"
    title = "all indices stand in one pair of brackets"
    label = "indexed twice"
    help = "write `{suggestion}`"

    suggestion: str


@diagnostic
class BeforeFirst(Diagnostic):
    """A family that starts at a later position is read where it has no element.

    `for t in T from 5 { m[t] = ... }` defines `m` from position 5 on. There is nothing at the
    positions before, and no vector over all of T.

    Bad:

        for t in T from 5 { m[t] = a * y[t-5] }
        total = sum(t in T: m[t])

    Good:

        for t in T from 5 { m[t] = a * y[t-5] }
        total = sum(t in T from 5: m[t])
    """

    code = "E314"
    title = "`{name}` starts at position {first} of {index_set}, and is read before it"
    label = "may be before position {first}"
    help = "read it over a binder that starts as late, `{binder} in {index_set} from {first}`"

    name: str
    index_set: str
    first: int
    binder: str


@diagnostic
class LagOutside(Diagnostic):
    """An earlier or later element of data is read where there is none.

    The first element has nothing before it, and the last nothing after it. A loop that reads
    `y[t-1]` starts at position 1: `for t in T from 1`. The elements before are then given, and
    nothing is said about how they came about.

    Bad:

        for t in T { y[t] ~ Normal(rho * y[t-1], 1) }

    Good:

        for t in T from 1 { y[t] ~ Normal(rho * y[t-1], 1) }
    """

    code = "E313"
    title = "the {end} element of `{index_set}` has nothing {where} it"
    label = "`{name}` is read outside `{index_set}`"
    help = "start the loop later: `for {binder} in {index_set} from {start}`"

    name: str
    index_set: str
    binder: str
    end: str
    where: str
    start: int


@diagnostic
class CountsNeedPositions(Diagnostic):
    """`counts` is given numbers, of which it cannot know how many different ones there are.

    It is a histogram over an index set: what it counts are positions in one, as data declared
    over it (`data word[W]: V`) and the values of a `Categorical` are.

    Bad:

        data word[W]: nat
        bow[d in D] = counts(w in W where doc[w] == d: word[w])

    Good:

        index V
        data word[W]: V
        bow[d in D] = counts(w in W where doc[w] == d: word[w])
    """

    code = "E333"
    title = "`counts` counts positions in an index set, but this is {found}"
    label = "{found}"
    help = "declare its values over an index set: `data {name}[...]: V`, with `index V`"

    found: str
    name: str
