"""The file as a whole."""

from pplc.grammar.diagnostics import Diagnostic, diagnostic


@diagnostic
class UnexpectedToken(Diagnostic):
    """A statement cannot go on with this word or sign.

    Up to here the statement made sense; what comes next has no place in it. The label says what
    could have stood there. Often something small is missing just before: a comma, an operator, a
    closing bracket.

    Bad:

        net enc(real[V]) = mlp(hidden=[100])

    Good:

        net enc(real[V]) -> real[K] = mlp(hidden=[100])
    """

    code = "E100"
    title = "did not expect {found} here"
    label = "expected {expected}"

    found: str
    expected: str


@diagnostic
class EmptySpec(Diagnostic):
    """The file holds no statement: it is empty, or all of it is comments and blank lines.

    A model needs at least one random variable or definition. The smallest useful one declares an
    index set, the data over it, and says how the data came about.

    Bad:

        # my model

    Good:

        # my model
        index N
        data y[N]: real
        mu ~ Normal(0, 10)
        y[n in N] ~ Normal(mu, 1)
    """

    code = "E101"
    title = "this spec has no statements"
    label = "nothing to read here"
    help = "a model has at least one line such as `mu ~ Normal(0, 1)`"


@diagnostic
class NotText(Diagnostic):
    """The file is not text in UTF-8, so it cannot be a spec.

    Either it is another kind of file (a table, a picture, a compiled program), or it was saved in
    another encoding, such as Latin-1 or UTF-16. Editors have a menu entry to save as UTF-8.

    Bad:

        (bytes such as 89 50 4E 47 00 00)

    Good:

        mu ~ Normal(0, 1)
    """

    code = "E102"
    title = "this file is not UTF-8 text: {problem}"
    label = "a spec is plain text"
    help = "save the file as UTF-8, and check that it is the right one"

    problem: str


@diagnostic
class NestedTooDeep(Diagnostic):
    """Brackets, blocks or operators are nested within each other too many times.

    No one can read an expression this deep, and pplc stops here rather than run out of memory. A
    chain of `+`, `-`, `*`, `/`, `and` or `or` is flat, however long; one of `^` or `@`, or of `if`
    behind `else`, is one level deeper with each.

    Bad:

        (an expression in more than a hundred brackets)

    Good:

        y = x
        total = sum(k in K: part[k])
    """

    code = "E103"
    title = "nested deeper than {limit} levels"
    label = "this goes too deep"
    help = "give a part of it a name in a definition of its own"

    limit: int


@diagnostic
class TooManyMistakes(Diagnostic):
    """The spec has more syntax errors than are worth listing.

    Only the first ones are shown. A file with so many is usually not a `.ppl` spec at all but a
    program in another language, or data.

    Bad:

        (a program of some hundred lines in another language)

    Good:

        mu ~ Normal(0, 1)
    """

    code = "E104"
    title = "too many syntax errors: {hidden} more are not shown"
    label = "reading stopped being useful here"
    help = "mend the ones above first; is this file a pplc spec?"

    hidden: int
