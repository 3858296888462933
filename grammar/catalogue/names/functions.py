"""Functions and networks."""

from pplc.grammar.diagnostics import Diagnostic, diagnostic


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
