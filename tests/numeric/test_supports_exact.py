"""No value lies outside of the support that the compiler tells, open ends included.

Expressions are made up by hypothesis, and computed with 60 digits by an evaluator of the syntax
tree that shares nothing with generated code: what is said to be positive is never 0. Data take the
ends of their types; latents with a density take any other value, each its own.
"""

import operator
import random

import mpmath
from hypothesis import Phase, assume, given, settings
from hypothesis import strategies as st

from pplc.compiler.lower.model import lower
from pplc.compiler.names.resolve import resolve
from pplc.grammar import nodes
from pplc.grammar.parse import read
from pplc.grammar.source import Source

DECLARATIONS = """\
index N
index K = 3
data w: nonnegative
data v: positive
data x[N]: real
data c: nat
data b: bool
data f: unit
data i: interval(-1, 2)
data gap[N]: real?
s ~ HalfNormal(1)
m ~ Normal(0, 1)
p ~ Beta(1, 1)
rho ~ Uniform(-1, 1)
k ~ Poisson(2)
u[j in K] ~ Normal(0, 1)
q[j in K] ~ HalfNormal(1)
th ~ Dirichlet(fill(1, K))
gap[n in N] ~ Normal(m, 1)
"""
N, K = 2, 3
DATA = {
    "w": [0, 0.3, 1, 5],
    "v": [0.01, 1, 7],
    "x": [-2, 0, 0.5],
    "c": [0, 1, 4],
    "b": [0, 1],
    "f": [0, 0.25, 1],
    "i": [-1, 0, 2],
    "gap": [-1, 0],
    "k": [0, 1, 3],
}
LEAVES = (
    *("w", "v", "c", "b", "f", "i", "s", "m", "p", "rho", "k", "x[0]", "gap[0]", "u[0]", "u[1]"),
    *("q[0]", "th[0]", "th[1]", "0", "1", "2", "0.5", "-1"),
)
FORMS = (
    *("({} + {})", "({} - {})", "({} * {})", "({} * {})", "({} / {})", "({} ^ {})", "({})^2"),
    *("(1 - {})", "-({})", "1 / ({})", "exp({})", "log({})", "log1p({})", "expm1({})", "sqrt({})"),
    *("abs({})", "abs({})", "sigmoid({})", "softplus({})", "tanh({})", "sin({})", "floor({})"),
    *("erf({})", "phi({})", "min({}, {})", "max({}, {})", "(if b == 1 then {} else {})"),
)
REDUCED = ("sum", "mean", "prod", "max", "min", "logsumexp", "sd")
WHOLE = ("u", "q", "th", "x", "gap")


def wider(parts):
    """Expressions with these as parts."""
    of = st.tuples(st.sampled_from(FORMS), parts, parts)
    inner = st.sampled_from(["u[j]", "q[j]", "th[j]", "u[j]^2", "abs(u[j])", "{} * u[j]", "{}"])
    over = st.tuples(st.sampled_from(REDUCED), inner, parts)
    where = st.sampled_from(["", " where j == 1", " from 1"])
    return st.one_of(
        of.map(lambda t: t[0].format(*t[1:])),
        of.map(lambda t: t[0].format(t[1], t[1])),  # the same twice
        st.tuples(over, where).map(lambda t: _reduced(*t)),
    )


def _reduced(over, where):
    function, inner, part = over
    start, kept = (where, "") if "from" in where else ("", where)
    return f"{function}(j in K{start}{kept}: {inner.format(part)})"


whole = st.tuples(st.sampled_from(REDUCED), st.sampled_from(WHOLE)).map(lambda t: f"{t[0]}({t[1]})")
expressions = st.recursive(st.one_of(st.sampled_from(LEAVES), whole), wider, max_leaves=6)


class _OutOfReachError(Exception):
    """A value is not defined, or not known to 60 digits."""


def known(function, *arguments):
    """The value of a function, where there is one and its digits can be trusted."""
    try:
        value = function(*arguments)
    except (ZeroDivisionError, OverflowError, ValueError):
        raise _OutOfReachError from None
    if isinstance(value, mpmath.mpc) or not mpmath.isfinite(value):
        raise _OutOfReachError
    if value != 0 and not mpmath.mpf("1e-25") < abs(value) < mpmath.mpf("1e25"):
        raise _OutOfReachError
    return value


FUNCTIONS = {
    "exp": mpmath.exp,
    "log": mpmath.log,
    "log1p": lambda z: mpmath.log(1 + z),
    "expm1": lambda z: mpmath.exp(z) - 1,
    "sqrt": mpmath.sqrt,
    "abs": abs,
    "sigmoid": lambda z: 1 / (1 + mpmath.exp(-z)),
    "softplus": lambda z: mpmath.log(1 + mpmath.exp(z)),
    "tanh": mpmath.tanh,
    "sin": mpmath.sin,
    "floor": mpmath.floor,
    "erf": mpmath.erf,
    "phi": mpmath.ncdf,
    "min": min,
    "max": max,
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "^": operator.pow,
    "==": lambda a, b: mpmath.mpf(a == b),
}
#: Beyond this they are 1, or 0, in 60 digits.
STEEP = {"sigmoid", "softplus", "tanh", "erf", "phi", "exp", "expm1"}


def mean(values):
    return mpmath.fsum(values) / len(values)


def sd(values):
    middle = mean(values)
    return mpmath.sqrt(mpmath.fsum((z - middle) ** 2 for z in values) / (len(values) - 1))


OVER = {
    "sum": mpmath.fsum,
    "mean": mean,
    "prod": mpmath.fprod,
    "max": max,
    "min": min,
    "logsumexp": lambda values: mpmath.log(mpmath.fsum(map(mpmath.exp, values))),
    "sd": sd,
}


def value_of(node, scope):
    """The value of an expression of the syntax tree."""
    match node:
        case nodes.Number(value=value):
            return mpmath.mpf(value)
        case nodes.Name(id=name):
            return scope[name]
        case nodes.Index(base=base, indices=(index,)):
            return value_of(base, scope)[int(value_of(index, scope))]
        case nodes.Unary(operand=operand):
            return -value_of(operand, scope)
        case nodes.Conditional(condition=condition, then=then, otherwise=otherwise):
            return value_of(then if value_of(condition, scope) else otherwise, scope)
        case nodes.Binary(operator=name, left=left, right=right):
            return applied(name, value_of(left, scope), value_of(right, scope))
        case nodes.Call(function=name, arguments=arguments) if name in OVER and len(arguments) == 1:
            return known(OVER[name], value_of(arguments[0].value, scope))
        case nodes.Call(function=name, arguments=arguments):
            return applied(name, *(value_of(a.value, scope) for a in arguments))
        case nodes.Reduction(function=name, binders=(binder,), where=where, body=body):
            scopes = [{**scope, "j": mpmath.mpf(j)} for j in range(binder.start, K)]
            kept = [z for z in scopes if where is None or value_of(where, z)]
            return known(OVER[name], [value_of(body, z) for z in kept])
    raise AssertionError(node)


def applied(name, *arguments):
    if name in STEEP and abs(arguments[0]) > 9:
        raise _OutOfReachError
    return known(FUNCTIONS[name], *arguments)


def scopes(chosen, count):
    """Values of everything that is declared."""
    some = lambda low, high: mpmath.mpf(chosen.uniform(low, high))  # noqa: E731
    for _ in range(count):
        scope = {n: mpmath.mpf(chosen.choice(values)) for n, values in DATA.items()}
        scope["x"] = [mpmath.mpf(chosen.choice(DATA["x"])) for _ in range(N)]
        scope["gap"] = [mpmath.mpf(chosen.choice([-1, 0, 0])), some(-2, 2)]
        scope |= {"s": some(0, 3), "m": some(-3, 3), "p": some(0, 1), "rho": some(-1, 1)}
        scope |= {"u": [some(-3, 3) for _ in range(K)], "q": [some(0, 3) for _ in range(K)]}
        weights = [some(0.1, 1) for _ in range(K)]
        yield scope | {"th": [z / mpmath.fsum(weights) for z in weights]}


@settings(
    max_examples=300,
    deadline=None,
    derandomize=True,
    database=None,
    phases=(Phase.explicit, Phase.generate),  # what fails is short, and slow to make shorter
)
@given(st.lists(expressions, min_size=4, max_size=8, unique=True), st.integers(0, 2**32))
def test_no_value_is_outside_of_the_support_that_is_told(written, seed):
    lines = "".join(f"e{i} = {e}\n" for i, e in enumerate(written))
    source = Source("test.ppl", DECLARATIONS + lines)
    reading = read(source)
    assume(reading.spec is not None)
    graph = lower(source, resolve(reading.spec).value).value
    trees = {s.target.name.id: s.value for s in reading.spec.statements if hasattr(s, "value")}
    with mpmath.workdps(60):
        for scope in scopes(random.Random(seed), 12):
            for name, tree in trees.items():
                definition = graph.definitions.get(name)
                if definition is None:
                    continue  # refused: a logarithm of what may be negative
                try:
                    value = value_of(tree, scope)
                except _OutOfReachError:
                    continue
                inside(value, definition.value.kind.support, f"{definition.text} at {scope}")


def inside(value, support, what):
    for end, is_open, beyond in (
        (support.lower, support.lower_open, support.lower - value),
        (support.upper, support.upper_open, value - support.upper),
    ):
        if mpmath.isinf(end):
            continue
        if is_open and float(4 * end).is_integer():
            assert beyond < 0, (value, support, what)
        else:  # an end that is reached, or not exact, such as exp(1), is one in double precision
            assert beyond < max(1e-14 * abs(end), 1e-30), (value, support, what)
    if support.integer:
        assert abs(value - mpmath.nint(value)) < 1e-30, (value, support, what)
