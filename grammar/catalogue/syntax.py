"""E1: syntax."""

from pplc.grammar.diagnostics import Diagnostic, diagnostic

# --- the file as a whole -------------------------------------------------------------------------


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
    long chain of `+` counts too, one level for each sign: a sum over an index set says the same.

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


# --- characters, names, numbers ------------------------------------------------------------------


@diagnostic
class InvisibleCharacter(Diagnostic):
    """A character that cannot be seen stands where a space or nothing should.

    Such characters (a no-break space, a zero-width space, a byte order mark) come along when text
    is copied from a web page, a paper or a chat. Two names that look the same could differ by one.

    Bad:

        mu\u00a0~ Normal(0, 1)

    Good:

        mu ~ Normal(0, 1)
    """

    code = "E105"
    title = "invisible character: {name}"
    label = "{name}{more}"
    help = "put a plain space there, or nothing"

    name: str
    more: str


@diagnostic
class LookalikeCharacter(Diagnostic):
    """A character looks like one that the language uses, but is another one.

    Word processors and papers use typographic signs: a long minus, a multiplication cross, a
    curly quote, `≤`. The language is written with the plain signs of a keyboard.

    Bad:

        y = a − b

    Good:

        y = a - b
    """

    code = "E106"
    title = "`{found}` ({name}) is not `{meant}`"
    label = "write `{meant}`{more}"

    found: str
    name: str
    meant: str
    more: str


@diagnostic
class UnknownCharacter(Diagnostic):
    """A character has no meaning in a spec.

    Outside comments a spec consists of names, numbers and the signs `~ = + - * / ^ @ < > ( ) [ ]
    { } , : . ?`.

    Bad:

        y = draws$mu

    Good:

        y = mu
    """

    code = "E107"
    title = "`{found}` has no meaning in a spec"
    label = "{name}{more}"

    found: str
    name: str
    more: str


@diagnostic
class NonAsciiName(Diagnostic):
    """A name holds a letter that is not one of the English alphabet.

    Names become names in Python code, file columns and axis labels, and many letters look alike
    (the Greek `ο` and the Latin `o`). So they are made of `A` to `Z`, `a` to `z`, digits and `_`;
    comments may hold anything.

    Bad:

        μ ~ Normal(0, 1)

    Good:

        mu ~ Normal(0, 1)    # μ
    """

    code = "E108"
    title = "`{found}`: names are plain English letters, digits and `_`"
    label = "`{character}` is {name}{more}"
    help = "write the letter out, as in `mu` or `sigma`"

    found: str
    character: str
    name: str
    more: str


@diagnostic
class NameStartsWithDigit(Diagnostic):
    """A name begins with a digit, or a number and a name stand together without a `*`.

    Names begin with a letter. A product is always written out: `2 * x`.

    Bad:

        2nd ~ Normal(0, 1)

    Good:

        second ~ Normal(0, 1)
        y = 2 * second
    """

    code = "E109"
    title = "`{found}`: a name cannot begin with a digit"
    label = "neither a name nor a number"
    help = "if a product is meant, write `{product}`; if a name, begin it with a letter"

    found: str
    product: str


@diagnostic
class NameStartsWithUnderscores(Diagnostic):
    """A name begins with two underscores; such names are kept for pplc itself.

    The module that pplc generates uses names of that kind, and yours could clash with them.

    Bad:

        __mu ~ Normal(0, 1)

    Good:

        mu ~ Normal(0, 1)
    """

    code = "E110"
    title = "`{found}`: names do not begin with `__`"
    label = "such names are kept for pplc{more}"

    found: str
    more: str


@diagnostic
class DottedName(Diagnostic):
    """A name holds a dot, as names in R and BUGS may.

    Here a dot picks one of several results of a net (`q[n].loc`), so it cannot be part of a name.

    Bad:

        sigma.y ~ HalfNormal(1)

    Good:

        sigma_y ~ HalfNormal(1)
    """

    code = "E111"
    title = "`{found}`: a name cannot hold a dot"
    label = "write `{meant}`"

    found: str
    meant: str


@diagnostic
class QualifiedName(Diagnostic):
    """A function or distribution is named with a prefix, as in Pyro, PyMC or torch.

    Distributions and functions are known by their own names. A random variable is a statement,
    `mu ~ Normal(0, 1)`, not a call of `sample`.

    Bad:

        mu ~ dist.Normal(0, 1)

    Good:

        mu ~ Normal(0, 1)
    """

    code = "E112"
    title = "`{found}`: functions and distributions have no prefix"
    label = "write `{meant}`"

    found: str
    meant: str


@diagnostic
class ReservedWord(Diagnostic):
    """A word of the language is used as a name.

    These words cannot be names: `index data param net factor for scan in from where guide generate
    fit if then else and or not true false`.

    Bad:

        index ~ Normal(0, 1)

    Good:

        index_ ~ Normal(0, 1)
    """

    code = "E113"
    title = "`{word}` is a word of the language and cannot be a name"
    label = "expected a name"
    help = "choose another name, such as `{suggestion}`"

    word: str
    suggestion: str


@diagnostic
class MalformedNumber(Diagnostic):
    """A number is written in a way that is not understood here.

    Numbers are decimal: `3`, `0.5`, `1e-3`. There are no separators between digits (`1_000`), no
    suffixes (`1L`, `2.0f`) and no hexadecimal digits.

    Bad:

        budget = 1_000

    Good:

        budget = 1000
    """

    code = "E114"
    title = "`{found}` is not a number as it is written here"
    label = "numbers look like `3`, `0.5` or `1e-3`"

    found: str


@diagnostic
class NumberTooLarge(Diagnostic):
    """A number is beyond what double precision can hold, about 1.8e308.

    It would silently become infinite. If that is meant, the constant `inf` says so.

    Bad:

        limit = 1e999

    Good:

        limit = inf
    """

    code = "E115"
    title = "this number is too large"
    label = "beyond the range of double precision (1.8e308)"
    help = "write `inf` if infinity is meant"


@diagnostic
class StringLiteral(Diagnostic):
    """There is text in quotes; a spec has no strings.

    Labels such as names of groups come with the data. In the spec everything is a bare name or a
    number: an element of an index set is chosen by its position, a name is written without quotes.

    Bad:

        mu ~ "normal"

    Good:

        mu ~ Normal(0, 1)
    """

    code = "E116"
    title = "text in quotes has no place in a spec"
    label = "a spec holds names and numbers only"
    help = "write a name without quotes; labels of groups come from the data"


# --- signs of other languages --------------------------------------------------------------------


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


# --- statements and expressions ------------------------------------------------------------------


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


# --- declarations --------------------------------------------------------------------------------


@diagnostic
class MisspelledKeyword(Diagnostic):
    """A line begins with a word that looks like one of the language, but is none.

    Statements begin with a name, or with `index`, `data`, `param`, `net`, `factor`, `for`, `scan`,
    `guide`, `generate` or `fit`, in small letters.

    Bad:

        Index N

    Good:

        index N
    """

    code = "E156"
    title = "`{found}` is not a word of the language"
    label = "did you mean `{meant}`?"

    found: str
    meant: str


@diagnostic
class ColonAfterName(Diagnostic):
    """A `:` follows a name, and no word before it says what is declared.

    A `:` and a type belong to a declaration that begins with `data` or `param`. A latent quantity
    has no declaration; its statement with `~` is enough.

    Bad:

        mu: real

    Good:

        data mu: real
    """

    code = "E157"
    title = "`:` needs `data` or `param` at the beginning of the line"
    label = "{advice}"

    advice: str


@diagnostic
class MissingType(Diagnostic):
    """A declaration does not say what kind of values it holds.

    The kinds are `real`, `positive`, `nonnegative`, `unit`, `interval(a, b)`, `int`, `nat`,
    `bool`, the name of an index set, and for vectors and matrices `simplex[K]`, `ordered[K]`,
    `real[K]`, `corr[K]`, `cov[K]` and their like.

    Bad:

        data x[N]

    Good:

        data x[N]: real
    """

    code = "E158"
    title = "`{name}` is declared without a type"
    label = "expected `:` and a type after this"
    help = "the types are `real`, `positive`, `unit`, `int`, `bool`, ..., or an index set's name"

    name: str


@diagnostic
class TypeBeforeName(Diagnostic):
    """A declaration has the type first, as in Stan or C; here the name comes first.

    Bad:

        data real x

    Good:

        data x: real
    """

    code = "E159"
    title = "in a declaration the name comes first, then `:` and the type"
    label = "write `{meant}`"

    meant: str


@diagnostic
class StanDeclaration(Diagnostic):
    """A variable is declared with its type first, as in Stan.

    Only what comes from outside is declared: `index` for sizes, `data` for observations and
    covariates, `param` for what is optimised. A latent quantity is not declared; it gets its type
    from its distribution, and its size from the index sets it runs over.

    Bad:

        real<lower=0> sigma

    Good:

        sigma ~ HalfNormal(1)
    """

    code = "E160"
    title = "`{name}` is declared as in Stan"
    label = "declarations look different here"
    help = "{meant}"

    name: str
    meant: str


@diagnostic
class Constraint(Diagnostic):
    """Bounds are written in angle brackets, as in Stan; here a type's name says them.

    `positive` and `nonnegative` have a lower bound of 0, `unit` lies between 0 and 1, and
    `interval(a, b)` between any two numbers. Whole numbers from 0 on are `nat`.

    Bad:

        data x: real<lower=0, upper=1>

    Good:

        data x: unit
    """

    code = "E161"
    title = "bounds are not written in angle brackets"
    label = "write `{meant}`"

    meant: str


@diagnostic
class IndexSizeForm(Diagnostic):
    """The size of an index set is written after `:` or in another way; it stands after `=`.

    Bad:

        index K: 3

    Good:

        index K = 3
    """

    code = "E162"
    title = "the size of an index set stands after `=`"
    label = "write `{meant}`"

    meant: str


@diagnostic
class NumberAsDimension(Diagnostic):
    """A declaration gives a size as a number where an index set should stand.

    Every dimension has a name: it is what loops run over, what results are labelled with, and what
    keeps two dimensions of equal size apart.

    Bad:

        data x[3]: real

    Good:

        index K = 3
        data x[K]: real
    """

    code = "E163"
    title = "a dimension is an index set, not {found}"
    label = "expected the name of an index set"
    help = "declare one, such as `index K = {size}`, and write `K` here"

    found: str
    size: str


@diagnostic
class BinderInDeclaration(Diagnostic):
    """A declaration introduces a running index; it only names index sets.

    Bad:

        data x[n in N]: real

    Good:

        data x[N]: real
    """

    code = "E164"
    title = "a declaration names index sets only"
    label = "write `{meant}`"

    meant: str


@diagnostic
class DimensionsAfterType(Diagnostic):
    """The index sets of an array stand after its type; they belong after its name.

    Only vectors and matrices that belong together as one value have a size in their type:
    `real[K]`, `simplex[K]`, `ordered[K]`, `positive_ordered[K]`, `cholesky_corr[K]`, `corr[K]`,
    `cov[K]`.

    Bad:

        data x: int[N]

    Good:

        data x[N]: int
    """

    code = "E165"
    title = "index sets stand after the name, not after `{type}`"
    label = "write `{meant}`"

    type: str
    meant: str


@diagnostic
class SeveralDeclarations(Diagnostic):
    """Two names are declared in one statement; only `index` takes a list of names.

    Bad:

        data x: real, y: real

    Good:

        data x: real
        data y: real
    """

    code = "E166"
    title = "one declaration a line"
    label = "a second declaration begins here"


@diagnostic
class DataWithValue(Diagnostic):
    """A declaration of data also gives it a value or a distribution.

    The values of data come from a file. How they came about is said by a statement of its own. A
    constant is a definition, without `data`.

    Bad:

        data y ~ Normal(mu, 1)

    Good:

        data y: real
        y ~ Normal(mu, 1)
    """

    code = "E167"
    title = "a declaration of data ends with its type"
    label = "this belongs in a statement of its own"
    help = "{advice}"

    advice: str


# --- blocks --------------------------------------------------------------------------------------


@diagnostic
class StanBlock(Diagnostic):
    """The file is divided into blocks as in Stan; here statements stand at the top of the file.

    Data is marked by the word `data` before each name; latent quantities need no declaration; the
    statements of the model come in any order. What Stan has as `generated quantities` is
    `generate { ... }`.

    Bad:

        model {
          mu ~ Normal(0, 1)
        }

    Good:

        mu ~ Normal(0, 1)
    """

    code = "E168"
    title = "there is no `{name}` block"
    label = "{advice}"

    name: str
    advice: str


@diagnostic
class UnknownBlock(Diagnostic):
    """A brace opens a block that is none of those of the language.

    The blocks are `for n in N { ... }`, `scan t in T { ... }`, `guide { ... }`, `generate { ... }`
    and `fit { ... }`.

    Bad:

        subjects {
          y[n] ~ Normal(0, 1)
        }

    Good:

        for n in N {
          y[n] ~ Normal(0, 1)
        }
    """

    code = "E169"
    title = "this is not the beginning of a block"
    label = "expected `for`, `scan`, `guide`, `generate` or `fit`"
    help = "a block begins like `for n in N {{`"


@diagnostic
class IfStatement(Diagnostic):
    """An `if` or `while` decides which statements count; here all statements always do.

    A model is a set of equations. An `if` chooses between two values within one of them.

    Bad:

        if k == 0 {
          p = a
        }

    Good:

        p = if k == 0 then a else b
    """

    code = "E170"
    title = "`{word}` cannot choose between statements"
    label = "no such statement"
    help = "an `if` is a value: `name = if condition then a else b`"

    word: str


@diagnostic
class LoopParentheses(Diagnostic):
    """The head of a loop stands in round brackets; here it needs none.

    Bad:

        for (n in N) {
          y[n] ~ Normal(0, 1)
        }

    Good:

        for n in N {
          y[n] ~ Normal(0, 1)
        }
    """

    code = "E171"
    title = "no brackets around the head of a loop"
    label = "write `{meant}`"

    meant: str


@diagnostic
class LoopRange(Diagnostic):
    """A loop counts through numbers; here it runs over an index set.

    `index N` declares one; its size comes from the data, or stands with it (`index K = 3`).
    Positions count from 0.

    Bad:

        for i in 1:N {
          y[i] ~ Normal(0, 1)
        }

    Good:

        index N
        for i in N {
          y[i] ~ Normal(0, 1)
        }
    """

    code = "E172"
    title = "a loop runs over an index set, not over numbers"
    label = "write `{meant}`"
    help = "{advice}"

    meant: str
    advice: str


@diagnostic
class MissingIn(Diagnostic):
    """The head of a loop does not say what runs over which index set.

    Bad:

        for n N {
          y[n] ~ Normal(0, 1)
        }

    Good:

        for n in N {
          y[n] ~ Normal(0, 1)
        }
    """

    code = "E173"
    title = "a loop begins `{word} n in N`"
    label = "expected `in` and an index set"

    word: str


@diagnostic
class SeveralBinders(Diagnostic):
    """A loop runs over two index sets at once; nest two loops instead.

    Bad:

        for n in N, p in P {
          x[n, p] ~ Normal(0, 1)
        }

    Good:

        for n in N {
          for p in P { x[n, p] ~ Normal(0, 1) }
        }
    """

    code = "E174"
    title = "a loop runs over one index set"
    label = "a second one"
    help = "nest two loops, or write `x[n in N, p in P] ~ ...` without a loop"


@diagnostic
class StartNotNumber(Diagnostic):
    """After `from` stands something other than a whole number.

    `for t in T from 2` starts at position 2, `index V from 1` gives the labels 1, 2, ... Both are
    fixed when the spec is compiled.

    Bad:

        for t in T from lag {
          y[t] ~ Normal(0, 1)
        }

    Good:

        for t in T from 2 {
          y[t] ~ Normal(0, 1)
        }
    """

    code = "E175"
    title = "`from` needs a whole number"
    label = "not a whole number of at most 9 digits"


@diagnostic
class MissingBlock(Diagnostic):
    """A loop or block has a head but no statements in braces.

    Indentation means nothing here; the braces say which statements belong to it.

    Bad:

        for n in N:
          y[n] ~ Normal(0, 1)

    Good:

        for n in N {
          y[n] ~ Normal(0, 1)
        }
    """

    code = "E176"
    title = "`{word}` needs its statements in braces"
    label = "expected `{{` at the end of this line"
    help = "write `{{` here and `}}` after the last statement"

    word: str


@diagnostic
class BraceOnNextLine(Diagnostic):
    """An opening brace stands on a line of its own; it belongs at the end of the line before.

    Bad:

        for n in N
        {
          y[n] ~ Normal(0, 1)
        }

    Good:

        for n in N {
          y[n] ~ Normal(0, 1)
        }
    """

    code = "E177"
    title = "`{{` belongs at the end of the line that begins the block"
    label = "move this up"


@diagnostic
class NotAllowedHere(Diagnostic):
    """A statement stands in a block where it cannot be.

    `index`, `data`, `net`, `guide`, `generate` and `fit` belong at the top of the file; `param`
    there or in a guide. A loop or a generate block holds distributions, definitions and loops; a
    guide holds `name ~ family`, definitions and `param`; a fit block holds options.

    Bad:

        for n in N {
          data y[N]: real
        }

    Good:

        data y[N]: real
    """

    code = "E178"
    title = "{what} cannot stand in {where}"
    label = "{advice}"

    what: str
    where: str
    advice: str


@diagnostic
class GuideBinder(Diagnostic):
    """A line of the guide introduces a running index again.

    Indices and loops come from the model. The guide names a family as the model does inside its
    loop: `phi[k]`.

    Bad:

        guide {
          phi[k in K] ~ point
        }

    Good:

        guide {
          phi[k] ~ point
        }
    """

    code = "E179"
    title = "the guide takes its indices from the model"
    label = "write `{meant}`"

    meant: str


@diagnostic
class FitOptionForm(Diagnostic):
    """An option of the fit block is not of the form `name = value`.

    Bad:

        fit {
          steps: 2000
        }

    Good:

        fit {
          steps = 2000
        }
    """

    code = "E180"
    title = "an option is written `name = value`"
    label = "expected `=` and a value"
    help = "for example `steps = 2000`, `particles = 16` or `batch N = 64`"


# --- brackets ------------------------------------------------------------------------------------


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
