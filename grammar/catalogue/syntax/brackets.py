"""Brackets and braces."""

from pplc.grammar.diagnostics import Diagnostic, diagnostic


@diagnostic
class BracesInExpression(Diagnostic):
    """Braces hold values; they only make blocks.

    A list of values stands in square brackets.

    Bad:

        m0[K] = {3, 10}

    Good:

        m0[K] = [3, 10]
    """

    code = "E181"
    title = "braces do not hold values"
    label = "a list of values stands in `[ ]`, a group in `( )`"


@diagnostic
class UnclosedBracket(Diagnostic):
    """A round or square bracket is opened and never closed.

    Line breaks inside brackets mean nothing, so without its closing bracket a statement has no
    end. The next line that can only begin a statement tells that one is missing.

    Bad:

        y ~ Normal(mu, exp(s)
        s ~ Normal(0, 1)

    Good:

        y ~ Normal(mu, exp(s))
        s ~ Normal(0, 1)
    """

    code = "E182"
    title = "`{bracket}` is never closed"
    label = "opened here"

    bracket: str
    missing: str


@diagnostic
class UnopenedBracket(Diagnostic):
    """A closing bracket has no opening one.

    Bad:

        y ~ Normal(mu, 1))

    Good:

        y ~ Normal(mu, 1)
    """

    code = "E183"
    title = "`{bracket}` closes nothing"
    label = "no bracket is open here"

    bracket: str


@diagnostic
class WrongBracket(Diagnostic):
    """A bracket is closed by one of another kind.

    Bad:

        y ~ Normal(mu, 1]

    Good:

        y ~ Normal(mu, 1)
    """

    code = "E184"
    title = "`{found}` where `{expected}` is needed"
    label = "expected `{expected}`"

    found: str
    expected: str


@diagnostic
class UnclosedBlock(Diagnostic):
    """A block is opened and never closed.

    Bad:

        for n in N {
          y[n] ~ Normal(0, 1)

    Good:

        for n in N {
          y[n] ~ Normal(0, 1)
        }
    """

    code = "E185"
    title = "this block is never closed"
    label = "its `}}` is missing"


@diagnostic
class UnopenedBlock(Diagnostic):
    """A closing brace has no opening one.

    Bad:

        y ~ Normal(0, 1)
        }

    Good:

        y ~ Normal(0, 1)
    """

    code = "E186"
    title = "`}}` closes nothing"
    label = "no block is open here"
