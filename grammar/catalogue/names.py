"""E2: names, and the arguments of distributions and functions."""

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
class UnknownDistribution(Diagnostic):
    """The right side of `~` names a distribution that pplc does not have.

    Names are those of torch.distributions, with a capital letter: `Normal`, `HalfCauchy`,
    `StudentT`. Scales are standard deviations, not variances or precisions.

    Bad:

        mu ~ normal(0, 1)

    Good:

        mu ~ Normal(0, 1)
    """

    code = "E204"
    title = "unknown distribution `{name}`"
    label = "no distribution has this name"
    help = "did you mean `{suggestion}`?"

    name: str
    suggestion: str


@diagnostic
class UnknownFunction(Diagnostic):
    """A function is called that pplc does not have.

    Bad:

        odds = inv_logit(eta)

    Good:

        odds = sigmoid(eta)
    """

    code = "E205"
    title = "unknown function `{name}`"
    label = "no function or net has this name"
    help = "did you mean `{suggestion}`?"

    name: str
    suggestion: str


@diagnostic
class MissingArgument(Diagnostic):
    """A distribution is given too few arguments.

    Bad:

        mu ~ Normal(0)

    Good:

        mu ~ Normal(0, 1)
    """

    code = "E206"
    title = "`{name}` needs {missing}"
    label = "without {missing}"
    help = "it is written {signature}"

    name: str
    missing: str
    signature: str


@diagnostic
class TooManyArguments(Diagnostic):
    """A distribution or function is given more arguments than it has.

    Bad:

        mu ~ Normal(0, 1, 2)

    Good:

        mu ~ Normal(0, 1)
    """

    code = "E207"
    title = "`{name}` takes {expected}, but {found} are given"
    label = "{extra} too many"
    help = "it is written {signature}"

    name: str
    expected: str
    found: int
    extra: str
    signature: str


@diagnostic
class UnknownArgument(Diagnostic):
    """A keyword argument that the distribution does not have.

    Argument names are those of torch.distributions. pplc's scales are standard deviations: a
    precision `tau` of BUGS is written `scale=1 / sqrt(tau)`.

    Bad:

        mu ~ Normal(mean=0, sd=1)

    Good:

        mu ~ Normal(loc=0, scale=1)
    """

    code = "E208"
    title = "`{name}` has no argument `{argument}`"
    label = "not an argument of `{name}`"
    help = "it is written {signature}"

    name: str
    argument: str
    signature: str


@diagnostic
class ArgumentChoice(Diagnostic):
    """Some distributions can be written in several ways, of which exactly one is to be used.

    Bad:

        y ~ Bernoulli(probs=p, logits=eta)

    Good:

        y ~ Bernoulli(logits=eta)
    """

    code = "E209"
    title = "`{name}` takes exactly one of {choices}"
    label = "{found}"
    help = "it is written {signature}"

    name: str
    choices: str
    found: str
    signature: str


@diagnostic
class DistributionAsValue(Diagnostic):
    """A distribution stands where a value is expected.

    `name = expression` defines a value; `name ~ Distribution(...)` makes `name` a random
    variable with that distribution.

    Bad:

        mu = Normal(0, 1)

    Good:

        mu ~ Normal(0, 1)
    """

    code = "E210"
    title = "`{name}` is a distribution, not a value"
    label = "a distribution"
    help = "to draw from it write `~` in place of `=`"

    name: str


@diagnostic
class NotADistribution(Diagnostic):
    """The right side of `~` is not a distribution.

    Bad:

        rate ~ exp(eta)

    Good:

        rate = exp(eta)
    """

    code = "E211"
    title = "{found} is not a distribution"
    label = "expected a distribution such as `Normal(0, 1)`"
    help = "to define a value write `=` in place of `~`"

    found: str


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
class FunctionArguments(Diagnostic):
    """A function is called with the wrong number or form of arguments.

    Bad:

        a = exp(x, y)

    Good:

        a = exp(x + y)
    """

    code = "E215"
    title = "`{name}` cannot be called like this: {problem}"
    label = "it is written {signature}"

    name: str
    problem: str
    signature: str


@diagnostic
class NotAFunction(Diagnostic):
    """Something that is not a function is called like one.

    Elements of a family are read with square brackets.

    Bad:

        y[n] ~ Normal(mu(n), 1)

    Good:

        y[n] ~ Normal(mu[n], 1)
    """

    code = "E216"
    title = "`{name}` is not a function"
    label = "called like a function"
    help = "its elements are read with square brackets: `{name}[...]`"

    name: str


@diagnostic
class RepeatedArgument(Diagnostic):
    """One argument is given twice, by its place and by its name or by its name twice.

    Arguments without a name fill the places from the left; those with a name come after them.

    Bad:

        mu ~ Normal(0, 1, scale=2)

    Good:

        mu ~ Normal(0, scale=2)
    """

    code = "E217"
    title = "`{argument}` of `{name}` is given twice"
    label = "given here again"
    help = "it is written {signature}"

    name: str
    argument: str
    signature: str


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


@diagnostic
class NetBody(Diagnostic):
    """The right side of a `net` says which network it is, and how large.

    `mlp(hidden=[100, 50])` is a perceptron with two layers in between, of 100 and 50 units;
    `activation` is `relu` unless another is named: `tanh`, `sigmoid`, `softplus`, `gelu` or `silu`.
    `linear()` has no layers in between. What comes in and goes out is declared on the left, so
    that the first and the last layer need no sizes.

    Bad:

        net enc(real[V]) -> positive[K] = Linear(100, 10)

    Good:

        net enc(real[V]) -> positive[K] = mlp(hidden=[100])
    """

    code = "E241"
    title = "`{name}` is not a network that pplc knows"
    label = "{problem}"
    help = "write `mlp(hidden=[100])`, `mlp(hidden=[100, 50], activation=tanh)` or `linear()`"

    name: str
    problem: str


@diagnostic
class NetResult(Diagnostic):
    """A net with several named results gives them all at once; a use picks one of them by name.

    `q[n] = enc(x[n])` keeps all results, and `q[n].loc` is one of them. The results together are
    no value. A net with one result gives it as it is, without a name.

    Bad:

        net enc(real[P]) -> (loc: real[Z], scale: positive[Z]) = mlp(hidden=[100])
        guide {
          q[n] = enc(x[n])
          z[n] ~ Normal(q[n].mean, q[n].sd)
        }

    Good:

        net enc(real[P]) -> (loc: real[Z], scale: positive[Z]) = mlp(hidden=[100])
        guide {
          q[n] = enc(x[n])
          z[n] ~ Normal(q[n].loc, q[n].scale)
        }
    """

    code = "E242"
    title = "{problem}"
    label = "not a value"
    help = "pick one of them: {suggestion}"

    problem: str
    suggestion: str


@diagnostic
class UnknownOption(Diagnostic):
    """The `fit` block has an option that does not exist.

    Each option is also a flag of `pplc fit`, which wins over the block.

    Bad:

        fit { samples = 1000 }

    Good:

        fit { draws = 1000 }
    """

    code = "E290"
    title = "a fit has no option `{name}`"
    label = "no such option"
    help = "the options are `seed`, `draws`, `particles`, `steps` and `batch N`"

    name: str


@diagnostic
class OptionValue(Diagnostic):
    """An option of the `fit` block has a value that it cannot have.

    Bad:

        fit { draws = 0.5 }

    Good:

        fit { draws = 500 }
    """

    code = "E291"
    title = "the option `{name}` {problem}"
    label = "cannot be used"
    help = "for example `draws = 1000`, `seed = 1` or `batch N = 64`"

    name: str
    problem: str
