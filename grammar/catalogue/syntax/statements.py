"""Statements, as wholes."""

from pplc.grammar.diagnostics import Diagnostic, diagnostic


@diagnostic
class BareExpression(Diagnostic):
    """A value stands alone, and nothing says what to do with it.

    A line gives a name a distribution (`~`), gives a name a value (`=`), or adds a term to the log
    density (`factor`).

    Bad:

        mu + 1

    Good:

        shifted = mu + 1
    """

    code = "E133"
    title = "an expression is not a statement"
    label = "nothing is done with this"
    help = "{meant}"

    meant: str


@diagnostic
class MissingRightSide(Diagnostic):
    """Nothing stands after `~`, `=` or another word that needs an expression.

    Bad:

        mu ~

    Good:

        mu ~ Normal(0, 1)
    """

    code = "E134"
    title = "nothing follows `{after}`"
    label = "expected {expected} after this"

    after: str
    expected: str


@diagnostic
class TwoStatements(Diagnostic):
    """A second statement begins on the line of the first.

    Every statement has a line of its own.

    Bad:

        mu ~ Normal(0, 1) tau ~ HalfNormal(1)

    Good:

        mu ~ Normal(0, 1)
        tau ~ HalfNormal(1)
    """

    code = "E139"
    title = "two statements on one line"
    label = "begin a new line here"


@diagnostic
class ChainedDefinition(Diagnostic):
    """A statement has more than one `=` or `~`.

    Each statement says one thing about one name.

    Bad:

        a = b = 0

    Good:

        a = 0
        b = 0
    """

    code = "E140"
    title = "a second `{found}` in one statement"
    label = "the statement has a `{first}` already"
    help = "write one statement for each name"

    found: str
    first: str


@diagnostic
class SeveralTargets(Diagnostic):
    """Several names stand before `~` or `=`.

    In the model every name has a statement of its own, or the names become one family over an
    index set. In a guide several names may share a family; they stand in round brackets.

    Bad:

        a, b ~ Normal(0, 1)

    Good:

        a ~ Normal(0, 1)
        b ~ Normal(0, 1)
        guide { (a, b) ~ mvn }
    """

    code = "E141"
    title = "several names before one `{sign}`"
    label = "{advice}"

    sign: str
    advice: str


@diagnostic
class TransformedTarget(Diagnostic):
    """An expression, not a name, is given a distribution or a value.

    A distribution says how the values of a name come about. If a transformed quantity of data
    alone is observed, define it and give it the distribution; a latent quantity gets the
    distribution that its transform implies (`LogNormal` for `log(x) ~ Normal`).

    Bad:

        log(y) ~ Normal(mu, 1)

    Good:

        log_y = log(y)
        log_y ~ Normal(mu, 1)
    """

    code = "E142"
    title = "only a name can stand before `{sign}`"
    label = "this is an expression"
    help = "if it is computed from data, define it first (`log_y = log(y)`) and use that name"

    sign: str


@diagnostic
class TruncationSuffix(Diagnostic):
    """A truncation is written as in Stan (`T[0, ]`) or BUGS and JAGS (`I(0, )`, `T(0, )`).

    Here it is `truncated(a, b)` with both ends given; `inf` stands for no end. (A truncated
    distribution is renormalised. An observation that was censored has the distribution
    `Censored(...)`.)

    Bad:

        sigma ~ Normal(0, 1) T[0, ]

    Good:

        sigma ~ Normal(0, 1) truncated(0, inf)
    """

    code = "E143"
    title = "a truncation is written `truncated(a, b)`"
    label = "write `{meant}`"

    meant: str


@diagnostic
class ModifierOrder(Diagnostic):
    """What follows a distribution is repeated, or stands in the wrong order.

    After a distribution may stand `truncated(a, b)` and `ordered`, each once, and last, within a
    scan, `from` with the distribution of the start.

    Bad:

        z[t] ~ Normal(0, 1) from Normal(0, 1) truncated(0, 1)

    Good:

        z[t] ~ Normal(0, 1) truncated(0, 1) from Normal(0, 1)
    """

    code = "E144"
    title = "{problem}"
    label = "{advice}"

    problem: str
    advice: str


@diagnostic
class LocalVariable(Diagnostic):
    """A word such as `let`, `var` or `latent` stands before a statement; none is needed.

    Bad:

        let tau = 3

    Good:

        tau = 3
    """

    code = "E153"
    title = "a statement needs no `{word}`"
    label = "leave this out"

    word: str


@diagnostic
class FunctionDefinition(Diagnostic):
    """A function is defined; the language has none of its own.

    A family of definitions does the same where the argument is an element of an index set; a `net`
    is a function that is learned.

    Bad:

        def f(x): return x^2

    Good:

        square[n in N] = x[n]^2
    """

    code = "E154"
    title = "functions cannot be defined in a spec"
    label = "`{word}` means nothing here"
    help = (
        "write the expression where it is needed, or a definition for each element of an index set"
    )

    word: str


@diagnostic
class Command(Diagnostic):
    """A line says what to do with the model: to sample from it, to fit it, to plot the result.

    A spec says what the model is, and nothing else. `pplc fit` finds the posterior, prints a
    summary, and leaves the draws in a folder, from where Python and ArviZ read them.

    Bad:

        trace = pm.sample(1000)

    Good:

        mu ~ Normal(0, 10)
    """

    code = "E188"
    title = "`{found}` is a command; a spec holds a model"
    label = "leave this out"
    help = "`pplc fit` draws from the posterior, prints a summary, and saves the draws"

    found: str


@diagnostic
class Import(Diagnostic):
    """Something is imported; a spec stands alone.

    All distributions and functions are known by their names without an import, and the data is
    named when the spec is fitted.

    Bad:

        import torch

    Good:

        y = exp(x)
    """

    code = "E155"
    title = "a spec imports nothing"
    label = "leave this out"
    help = "distributions and functions are there by their names; data is given to `pplc fit`"
