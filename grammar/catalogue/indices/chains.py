"""Chains, and how they start."""

from pplc.grammar.diagnostics import Diagnostic, diagnostic


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
    title = "an element of `{name}` other than that of `{binder}` is read inside `{loop}`"
    label = "not the element of `{binder}`"
    help = (
        "make the loop a chain, `scan {binder} in {index_set} {{ ... }}`,\n"
        "and say how it starts: `~ ... from ...`"
    )

    name: str
    index_set: str
    binder: str
    loop: str = "for"


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
