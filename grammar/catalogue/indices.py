"""E3: index sets and shapes."""

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
class TargetNotIndexed(Diagnostic):
    """A statement inside a loop defines something that is not indexed by the loop's binder.

    Inside `for n in N` there is one of everything for each n, so the left side must say `[n]`.
    What exists once belongs outside the loop.

    Bad:

        for n in N {
          mu ~ Normal(0, 1)
          y[n] ~ Normal(mu, 1)
        }

    Good:

        mu ~ Normal(0, 1)
        for n in N { y[n] ~ Normal(mu, 1) }
    """

    code = "E305"
    title = "`{name}` stands inside `{loop}` but is not indexed by `{binder}`"
    label = "expected `{suggestion}`"
    help = (
        "if there is one for all elements, move the statement out of the loop;\n"
        "if there is one for each, write `{suggestion}` here and wherever it is read"
    )

    name: str
    loop: str
    binder: str
    suggestion: str


@diagnostic
class TargetIndex(Diagnostic):
    """The left side of a statement is indexed by something other than a binder.

    A statement defines a whole family: `mu[k in K] ~ ...`, or `mu[k] ~ ...` inside
    `for k in K`. Single elements cannot be defined one by one; `if k == 0 then a else b` on the
    right side tells them apart.

    Bad:

        mu[0] ~ Normal(0, 1)
        mu[1] ~ Normal(5, 1)

    Good:

        centre[K] = [0, 5]
        mu[k in K] ~ Normal(centre[k], 1)
    """

    code = "E306"
    title = "a statement defines all elements of `{name}` at once"
    label = "this is {found}"
    help = "write `{name}[k in K]` for a family over an index set K"

    name: str
    found: str


@diagnostic
class UnknownIndexSet(Diagnostic):
    """An index set is named that is not declared.

    Index sets are the only things that must be declared before anything can be over them:
    `index N` takes its size from the data, `index K = 3` has a default.

    Bad:

        data y[N]: real
        for n in N { y[n] ~ Normal(0, 1) }

    Good:

        index N
        data y[N]: real
        for n in N { y[n] ~ Normal(0, 1) }
    """

    code = "E307"
    title = "unknown index set `{name}`"
    label = "no `index {name}` is declared"
    help = "declare it, on a line of its own: `index {name}`"

    name: str


@diagnostic
class DataDimensions(Diagnostic):
    """A data array is given a distribution over other index sets than it was declared over.

    Bad:

        data y[N]: real
        y[k in K] ~ Normal(0, 1)

    Good:

        data y[N]: real
        y[n in N] ~ Normal(0, 1)
    """

    code = "E308"
    title = "`{name}` is over {declared}, but here it is given a distribution over {found}"
    label = "over {found}"

    name: str
    declared: str
    found: str


@diagnostic
class EarlierInFor(Diagnostic):
    """Another element than that of the binder is read inside `for`, whose elements have no order.

    `for` means exchangeable. A chain, in which each element depends on those before it, is a
    `scan`, which also says how the chain starts.

    Bad:

        for t in T { x[t] ~ Normal(x[t-1], 1) }

    Good:

        scan t in T { x[t] ~ Normal(x[t-1], 1) from Normal(0, 1) }
    """

    code = "E309"
    title = "an element of `{name}` other than that of `{binder}` is read inside `for`"
    label = "not the element of `{binder}`"
    help = (
        "make the loop a chain, `scan {binder} in {index_set} {{ ... }}`,\n"
        "and say how it starts: `~ ... from ...`"
    )

    name: str
    index_set: str
    binder: str


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
class RaggedSet(Diagnostic):
    """A ragged index set stands where its length is not known.

    `index T[I]` has a length of its own for each element of `I`. Each use of it is about one
    element of `I`: a binder over `T` stands within one over `I`, arrays are over both, and both
    indices are given. There is no vector over `T`, which could not be added to another one.

    Bad:

        index I
        index T[I]
        data y[I, T]: real
        for t in T { y[0, t] ~ Normal(0, 1) }

    Good:

        index I
        index T[I]
        data y[I, T]: real
        for i in I { for t in T { y[i, t] ~ Normal(0, 1) } }
    """

    code = "E315"
    title = "`{index_set}` has a length of its own for each element of `{outer}`"
    label = "{problem}"
    help = "{suggestion}"

    index_set: str
    outer: str
    problem: str
    suggestion: str


@diagnostic
class NoStart(Diagnostic):
    """A statement of a `scan` reads an earlier element, and does not say how the chain starts.

    The first element has nothing before it. A statement that reads `[t-1]` gives what its own
    first element is drawn from, or equal to, behind `from`. One that reads `[t-2]` gives two, in
    brackets; the second of them may read `[t-1]`.

    Bad:

        scan t in T { x[t] ~ Normal(x[t-1], 1) }

    Good:

        scan t in T { x[t] ~ Normal(x[t-1], 1) from Normal(0, 10) }
    """

    code = "E320"
    title = "the chain has no start: `{name}` has nothing before its first element"
    label = "reads {needed} back; starts given: {given}"
    help = "say what the first element is: `... from ...`"

    name: str
    needed: int
    given: int


@diagnostic
class BeforeTheStart(Diagnostic):
    """What is given for a first element of a chain reads an element before the chain starts.

    Bad:

        scan t in T { x[t] ~ Normal(x[t-1], 1) from Normal(x[t-1], 10) }

    Good:

        scan t in T { x[t] ~ Normal(x[t-1], 1) from Normal(0, 10) }
    """

    code = "E321"
    title = "the start of the chain reads `{name}` before the chain starts"
    label = "elements of `{name}` before this one: {steps}"
    help = "give it in terms of other quantities, or of elements from data such as `{name}[0]`"

    name: str
    steps: int


@diagnostic
class StartOutsideScan(Diagnostic):
    """Something is given for a first element outside of a `scan`.

    Elements of a `for` have no order, so none of them is the first.

    Bad:

        for t in T { x[t] ~ Normal(0, 1) from Normal(0, 10) }

    Good:

        scan t in T { x[t] ~ Normal(x[t-1], 1) from Normal(0, 10) }
    """

    code = "E322"
    title = "`from` says how a chain starts, and this is not a `scan`"
    label = "a start outside of a chain"
    help = "make the loop a chain, `scan t in T {{ ... }}`, or leave out `from`"


@diagnostic
class ScanInScan(Diagnostic):
    """A `scan` stands inside of another one.

    A chain has one direction: each step follows from those before. Along a second direction at the
    same time, the steps before make a grid, in which no element comes next. Where only one of the
    two is read at earlier steps, the other one is a `for`. Chains that do not read each other's
    earlier elements stand side by side.

    Bad:

        scan s in S { scan t in T { x[s, t] ~ Normal(x[s, t-1], 1) from Normal(0, 1) } }

    Good:

        for s in S { scan t in T { x[s, t] ~ Normal(x[s, t-1], 1) from Normal(0, 1) } }
    """

    code = "E324"
    title = "a `scan` over `{inner}` stands inside of one over `{outer}`"
    label = "a chain has one direction"
    help = "write `for` for the index set along which no earlier element is read; a grid, in which \
both are, needs one vector a step: `x[s] ~ MultivariateNormal(x[s-1], ...)`"

    inner: str
    outer: str


@diagnostic
class OtherStart(Diagnostic):
    """The first element of a chain is of another kind than those that follow.

    All elements of a family are of one kind: any numbers, positive numbers, or positions in one
    index set.

    Bad:

        scan t in T { x[t] ~ Normal(x[t-1], 1) from HalfNormal(10) }

    Good:

        scan t in T { x[t] ~ Normal(x[t-1], 1) from Normal(0, 10) }
    """

    code = "E323"
    title = "the first element of `{name}` is of another kind than the others"
    label = "this is {found}, the others are {expected}"
    help = "start with the same kind of value"

    name: str
    found: str
    expected: str


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
