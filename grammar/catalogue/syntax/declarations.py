"""Declarations."""

from pplc.grammar.diagnostics import Diagnostic, diagnostic


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
