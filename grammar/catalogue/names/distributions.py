"""Distributions and their arguments."""

from pplc.grammar.diagnostics import Diagnostic, diagnostic


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
