"""Characters, names and numbers."""

from pplc.grammar.diagnostics import Diagnostic, diagnostic


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
    """A name holds a dot, as names in R and BUGS may, or a space.

    Here a dot picks one of several results of a net (`q[n].loc`), so it cannot be part of a name.
    Words are joined with `_`.

    Bad:

        sigma.y ~ HalfNormal(1)

    Good:

        sigma_y ~ HalfNormal(1)
    """

    code = "E111"
    title = "`{found}`: a name cannot hold a {what}"
    label = "write `{meant}`"

    found: str
    meant: str
    what: str = "dot"


@diagnostic
class MethodCall(Diagnostic):
    """A method of a distribution or of a value is called, as in Python.

    Values have no methods: functions take them as arguments, and what a family is over stands to
    the left of `~`.

    Bad:

        mu ~ Normal(0, 1).expand([3])

    Good:

        mu[k in K] ~ Normal(0, 1)
    """

    code = "E187"
    title = "nothing has methods: `.{method}`"
    label = "called like a method"
    help = "{advice}"

    method: str
    advice: str


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
