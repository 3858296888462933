"""What names stand for."""

from pplc.grammar.diagnostics import Diagnostic, diagnostic


@diagnostic
class UnknownName(Diagnostic):
    """A name is used that nothing in the spec declares or defines.

    Every name must be a declared `index`, `data`, `param` or `net`, the left side of a `~` or `=`
    statement, or a binder such as the `n` of `for n in N`. A binder exists only inside its own
    statement or block. Statements may stand in any order.

    Bad:

        mu ~ Normal(0, 1)
        y ~ Normal(mux, 1)

    Good:

        mu ~ Normal(0, 1)
        y ~ Normal(mu, 1)
    """

    code = "E201"
    title = "unknown name `{name}`"
    label = "nothing in this spec has this name"
    help = "did you mean `{suggestion}`?"

    name: str
    suggestion: str


@diagnostic
class DefinedTwice(Diagnostic):
    """One name is given two meanings.

    A random variable has exactly one distribution and a quantity exactly one definition; a spec
    is a set of equations, not a sequence of assignments, so the second line cannot replace the
    first. (One thing is allowed: a quantity computed from data alone may also be given a
    distribution. It is then observed.)

    Bad:

        mu ~ Normal(0, 1)
        mu ~ Normal(0, 10)

    Good:

        mu ~ Normal(0, 10)
    """

    code = "E202"
    title = "`{name}` is defined twice"
    label = "{again} here"
    help = "keep one of the two, or give one of them another name"

    name: str
    again: str


@diagnostic
class Cycle(Diagnostic):
    """Quantities depend on each other in a circle, so none of them can come first.

    Bad:

        a ~ Normal(b, 1)
        b ~ Normal(a, 1)

    Good:

        b ~ Normal(0, 1)
        a ~ Normal(b, 1)

    A quantity that depends on its own earlier values belongs in a `scan`.
    """

    code = "E203"
    title = "defined in a circle: {path}"
    label = "`{name}` needs {needed}"
    help = "one of them must be given without the others"

    name: str
    needed: str
    path: str


@diagnostic
class ReservedName(Diagnostic):
    """A name that the language itself uses is given a new meaning.

    Distributions and constants mean the same in every spec, so their names cannot be given to
    anything else. The names of functions can: `phi(x)` and `phi[k]` are told apart by the brackets.

    Bad:

        pi ~ Beta(1, 1)

    Good:

        share ~ Beta(1, 1)
    """

    code = "E212"
    title = "`{name}` is {meaning} in every spec"
    label = "cannot be given another meaning"
    help = "choose another name"

    name: str
    meaning: str


@diagnostic
class IndexSetAsValue(Diagnostic):
    """An index set stands where a number is expected.

    An index set is a set, not its size. The number of its elements is `size(N)`.

    Bad:

        rate = total / N

    Good:

        rate = total / size(N)
    """

    code = "E214"
    title = "`{name}` is an index set, not a number"
    label = "an index set"
    help = "its number of elements is `size({name})`"

    name: str


@diagnostic
class DefaultSize(Diagnostic):
    """The default size of an index set is not a whole number of elements.

    `index K = 3` has three elements unless the data or `--set K=5` say otherwise. A size that
    follows from the data needs no default: `index N` is enough.

    Bad:

        index K = 2.5

    Good:

        index K = 3
    """

    code = "E218"
    title = "the default size of `{name}` must be a whole number, at least 1"
    label = "not a whole number, at least 1"
    help = "write it as a number, `index {name} = 3`, or leave it to the data: `index {name}`"

    name: str
