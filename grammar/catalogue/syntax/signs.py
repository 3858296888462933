"""Signs and operators of other languages."""

from pplc.grammar.diagnostics import Diagnostic, diagnostic


@diagnostic
class Semicolon(Diagnostic):
    """A semicolon ends a statement in Stan, JAGS or C; here the end of the line does.

    Bad:

        mu ~ Normal(0, 1);

    Good:

        mu ~ Normal(0, 1)
    """

    code = "E117"
    title = "no semicolons: a statement ends with its line"
    label = "not needed{more}"

    more: str


@diagnostic
class ForeignComment(Diagnostic):
    """A comment begins with `//` or `/*`; here it begins with `#`.

    A comment runs to the end of its line; for several lines, begin each with `#`. A whole-number
    division, `a // b` in Python, is `floor(a / b)`.

    Bad:

        mu ~ Normal(0, 1)  // the mean

    Good:

        mu ~ Normal(0, 1)  # the mean
    """

    code = "E118"
    title = "a comment begins with `#`, not `{found}`"
    label = "this begins no comment here{more}"
    help = "begin each line of a comment with `#`"

    found: str
    more: str


@diagnostic
class LineContinuation(Diagnostic):
    r"""A backslash at the end of a line does not carry the statement on to the next.

    A statement goes on by itself while a round or square bracket is open.

    Bad:

        y = a + \
            b

    Good:

        y = (a +
            b)
    """

    code = "E119"
    title = "a backslash does not continue a line"
    label = "not needed inside brackets"
    help = "put the expression in brackets; inside ( ) a line break means nothing"


@diagnostic
class AssignmentArrow(Diagnostic):
    """A definition is written with an arrow, as in R, BUGS and JAGS, or with `:=`.

    Here `=` defines a quantity and `~` gives a random variable its distribution.

    Bad:

        tau <- 1 / sigma^2

    Good:

        tau = 1 / sigma^2
    """

    code = "E120"
    title = "a definition is written with `=`, not `{found}`"
    label = "write `=`, or `~` before a distribution{more}"

    found: str
    more: str


@diagnostic
class CompoundAssignment(Diagnostic):
    """Something is added to a name that has a value already; here a name gets its value once.

    A spec is a set of equations, and `x += 1` is not one. What Stan writes as `target += e` is
    `factor e`; what accumulates over a loop is a reduction.

    Bad:

        target += -0.5 * x^2

    Good:

        factor -0.5 * x^2
        total = sum(n in N: y[n])
    """

    code = "E121"
    title = "`{found}` changes a value, and names here get theirs once"
    label = "no such statement"
    help = "{meant}"

    found: str
    meant: str


@diagnostic
class PowerOperator(Diagnostic):
    """A power is written `**`, as in Python; here it is `^`.

    Bad:

        y = x ** 2

    Good:

        y = x^2
    """

    code = "E122"
    title = "a power is written `^`, not `**`"
    label = "write `^`{more}"

    more: str


@diagnostic
class LogicalOperator(Diagnostic):
    """`and`, `or` and `not` are words here, not `&&`, `||` and `!`.

    Bad:

        y = if a > 0 && b > 0 then 1 else 0

    Good:

        y = if a > 0 and b > 0 then 1 else 0
    """

    code = "E123"
    title = "`{found}` is written `{meant}`"
    label = "write `{meant}`{more}"

    found: str
    meant: str
    more: str


@diagnostic
class ComparisonOperator(Diagnostic):
    """A comparison is written in an unusual way.

    The comparisons are `==`, `!=`, `<`, `<=`, `>` and `>=`.

    Bad:

        y = if a =< b then 1 else 0

    Good:

        y = if a <= b then 1 else 0
    """

    code = "E124"
    title = "`{found}` is written `{meant}`"
    label = "write `{meant}`{more}"

    found: str
    meant: str
    more: str


@diagnostic
class ElementwiseOperator(Diagnostic):
    """A dot marks an elementwise product or quotient in Stan and Matlab; here none is needed.

    `*` and `/` are always elementwise; the matrix product is `@`.

    Bad:

        y = a .* b

    Good:

        y = a * b
    """

    code = "E125"
    title = "`{found}` is written `{meant}`"
    label = "`{meant}` is elementwise already{more}"

    found: str
    meant: str
    more: str


@diagnostic
class MatrixProduct(Diagnostic):
    """The matrix product of R, `%*%`, is `@` here.

    Bad:

        mu = x %*% b

    Good:

        mu = x @ b
    """

    code = "E126"
    title = "the matrix product is written `@`, not `%*%`"
    label = "write `@`{more}"

    more: str


@diagnostic
class ModuloOperator(Diagnostic):
    """There is no operator for the remainder or the whole part of a division.

    Both follow from `floor`: the whole part of `a / b` is `floor(a / b)`, the remainder
    `a - b * floor(a / b)`. A season or a weekday is often better given as index-valued data.

    Bad:

        month = t % 12

    Good:

        month = t - 12 * floor(t / 12)
    """

    code = "E127"
    title = "there is no operator `{found}`"
    label = "not an operator here"
    help = "the remainder of a / b is `a - b * floor(a / b)`, its whole part `floor(a / b)`"

    found: str


@diagnostic
class Transpose(Diagnostic):
    """An apostrophe transposes in Stan and Matlab; here there is no transpose.

    A vector has no direction: `dot(x, b)` is the product of two vectors, `A @ x` and `x @ A`
    multiply from either side.

    Bad:

        y = x' * b

    Good:

        y = dot(x, b)
    """

    code = "E128"
    title = "there is no transpose sign"
    label = "an apostrophe means nothing here"
    help = "write `dot(x, b)` for the product of two vectors, `@` for a product with a matrix"


@diagnostic
class Ternary(Diagnostic):
    """A choice between two values is written as in C or Stan; here it has words.

    Bad:

        p = k == 0 ? a : b

    Good:

        p = if k == 0 then a else b
    """

    code = "E129"
    title = "a choice is written `if ... then ... else ...`"
    label = "`? :` means nothing here"
    help = "write `if condition then a else b`"


@diagnostic
class Range(Diagnostic):
    """A range of numbers such as `1:N` is not an expression here.

    Loops and arrays run over index sets, which have names: `index N`, then `for n in N`.

    Bad:

        y = sum(1:10)

    Good:

        index K = 10
        y = sum(k in K: k + 1)
    """

    code = "E130"
    title = "`a:b` is not an expression"
    label = "there are no ranges of numbers"
    help = "declare an index set (`index N`) and run over it (`for n in N`, `sum(n in N: ...)`)"


@diagnostic
class Slice(Diagnostic):
    """A part of an array is taken with `:`; here an array is read whole, or one element at a time.

    With fewer indices than it has, an array gives the rest: `X[n]` is the whole row of `X`. What
    concerns a part of an index set is a loop or a reduction with `from` or `where`.

    Bad:

        mu[n in N] = dot(X[n, :], b)
        late = mean(y[5:N])

    Good:

        mu[n in N] = dot(X[n], b)
        late = mean(n in N from 5: y[n])
    """

    code = "E131"
    title = "no slices: `:` cannot stand in an index"
    label = "not an index"
    help = "leave the index out to get all of it (`X[n]` is a whole row); use `from` or `where` for a part"  # noqa: E501


@diagnostic
class ConditionalBar(Diagnostic):
    """A bar stands for "given", as in a density function of Stan or in a formula.

    Give the random variable its distribution instead. A term that is not a distribution of
    anything is added to the log density with `factor`.

    Bad:

        factor normal_lpdf(y | mu, sigma)

    Good:

        y ~ Normal(mu, sigma)
    """

    code = "E132"
    title = "`|` for `given` is not part of the language"
    label = "what a distribution depends on are its arguments"
    help = "write `y ~ Normal(mu, sigma)`"
