"""What statements define, and the index sets they run over."""

from pplc.grammar.diagnostics import Diagnostic, diagnostic


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
