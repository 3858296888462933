"""Expressions."""

from pplc.grammar.diagnostics import Diagnostic, diagnostic


@diagnostic
class MissingOperand(Diagnostic):
    """An operator has nothing on one of its sides.

    If the expression was meant to go on on the next line, put it in brackets: line breaks mean
    nothing inside ( ).

    Bad:

        y = a +
            b

    Good:

        y = (a +
            b)
    """

    code = "E135"
    title = "`{operator}` needs a value on {side}"
    label = "nothing stands {where} this"
    help = "{advice}"

    operator: str
    side: str
    where: str
    advice: str


@diagnostic
class MissingOperator(Diagnostic):
    """Two values stand side by side with nothing between them.

    A product is always written with `*`; arguments are separated by commas.

    Bad:

        y = 2 x

    Good:

        y = 2 * x
    """

    code = "E136"
    title = "an operator or a comma is missing before {found}"
    label = "two values side by side"
    help = "a product is written with `*`"

    found: str


@diagnostic
class EqualityForDefinition(Diagnostic):
    """A definition is written with `==`, which compares; a single `=` defines.

    Bad:

        tau == 3

    Good:

        tau = 3
    """

    code = "E137"
    title = "a definition is written with a single `=`"
    label = "`==` compares"


@diagnostic
class EqualsInCondition(Diagnostic):
    """A condition compares with `=`, which defines; `==` compares.

    Bad:

        p = if k = 0 then a else b

    Good:

        p = if k == 0 then a else b
    """

    code = "E138"
    title = "a comparison is written with `==`"
    label = "a single `=` defines"


@diagnostic
class EmptyItem(Diagnostic):
    """Between two commas, or between a comma and a bracket, nothing stands.

    In R and BUGS `x[n, ]` is a whole row; here it is `x[n]`.

    Bad:

        y ~ Normal(dot(x[n, ], b), 1)

    Good:

        y ~ Normal(dot(x[n], b), 1)
    """

    code = "E145"
    title = "nothing stands {where}"
    label = "an item is missing here, or the comma is one too many"
    help = "{advice}"

    where: str
    advice: str


@diagnostic
class ChainedComparison(Diagnostic):
    """Two comparisons are chained; each must stand alone.

    Bad:

        inside = if 0 < x < 1 then 1 else 0

    Good:

        inside = if 0 < x and x < 1 then 1 else 0
    """

    code = "E146"
    title = "comparisons cannot be chained"
    label = "a second comparison"
    help = "join two comparisons with `and`"


@diagnostic
class IfWithoutThen(Diagnostic):
    """The word `then` is missing after the condition of an `if`.

    Bad:

        p = if (k == 0) a else b

    Good:

        p = if k == 0 then a else b
    """

    code = "E147"
    title = "`then` is missing after the condition"
    label = "expected `then` before this"


@diagnostic
class IfWithoutElse(Diagnostic):
    """An `if` has no `else`.

    It stands for a value, so it needs one for either case.

    Bad:

        p = if k == 0 then a

    Good:

        p = if k == 0 then a else 0
    """

    code = "E148"
    title = "`else` is missing"
    label = "this `if` gives no value when its condition fails"
    help = "add `else` and a value"


@diagnostic
class IfAfterValue(Diagnostic):
    """A choice is written in the order of Python; here the condition comes first.

    Bad:

        p = a if k == 0 else b

    Good:

        p = if k == 0 then a else b
    """

    code = "E149"
    title = "the condition comes first: `if ... then ... else ...`"
    label = "`if` after its value"


@diagnostic
class IfInOperation(Diagnostic):
    """An `if` is an operand of an operator and needs brackets.

    Without them it would not be plain where its last value ends.

    Bad:

        y = a + if k == 0 then b else c

    Good:

        y = a + (if k == 0 then b else c)
    """

    code = "E150"
    title = "an `if` within an operation needs brackets"
    label = "put this `if` in round brackets"


@diagnostic
class ReductionForm(Diagnostic):
    """A reduction over an index set is not written in its one form.

    It reads `sum(n in N: y[n])`, with a filter `sum(n in N where y[n] > 0: y[n])`, over two index
    sets `sum(n in N, p in P: x[n, p])`.

    Bad:

        total = sum(n in N, y[n])

    Good:

        total = sum(n in N: y[n])
    """

    code = "E151"
    title = "a reduction is written `{function}({binder}: ...)`"
    label = "{advice}"

    function: str
    binder: str
    advice: str


@diagnostic
class Comprehension(Diagnostic):
    """A reduction is written as a Python comprehension, with `for` after the expression.

    Bad:

        total = sum(y[n] for n in N)

    Good:

        total = sum(n in N: y[n])
    """

    code = "E152"
    title = "what a reduction runs over comes first"
    label = "`for` belongs to loops"
    help = "write `{meant}`"

    meant: str
