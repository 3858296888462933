"""The table of functions: what each takes, and what it keeps of the supports of its arguments.

Elementwise functions work on numbers and, element by element, on vectors. How a function is
written in torch is the business of `pplc.compiler.codegen`.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from pplc.compiler.expressions import Constant, Expr
from pplc.compiler.kinds import intervals as iv
from pplc.compiler.kinds.kinds import (
    BOOL,
    NONNEGATIVE,
    OPEN_UNIT,
    POSITIVE,
    REAL,
    UNIT,
    Interval,
    inf,
)


@dataclass(frozen=True, slots=True)
class Function:
    """An elementwise function: `takes` is what its arguments must be, `gives` what follows."""

    name: str
    takes: tuple[Interval, ...]
    gives: Callable[..., Interval]

    @property
    def signature(self) -> str:
        """How it is written: `exp(x)`."""
        return f"{self.name}({', '.join('xyz'[: len(self.takes)])})"


def _always(interval: Interval) -> Callable[..., Interval]:
    return lambda *_: interval


def _log(v: float) -> float:
    return math.log(v) if v < inf else inf


def _phi(v: float) -> float:
    return 0.5 * math.erfc(-v / math.sqrt(2))


_ABOVE_MINUS_ONE = Interval(lower=-1, lower_open=False)
_SIGNED_UNIT = Interval(-1, 1, False, False)

_ELEMENTWISE = (
    Function("exp", (REAL,), iv.increasing(math.exp, POSITIVE)),
    Function("log", (NONNEGATIVE,), iv.increasing(_log)),
    Function("log1p", (_ABOVE_MINUS_ONE,), iv.increasing(math.log1p)),
    Function("expm1", (REAL,), iv.increasing(math.expm1, Interval(lower=-1))),
    Function("sqrt", (NONNEGATIVE,), iv.increasing(math.sqrt)),
    Function("abs", (REAL,), iv.absolute),
    Function("sigmoid", (REAL,), iv.increasing(iv.sigmoid, OPEN_UNIT)),
    Function("logit", (UNIT,), iv.increasing(iv.logit)),
    Function("softplus", (REAL,), iv.increasing(iv.softplus, POSITIVE)),
    Function("tanh", (REAL,), iv.increasing(math.tanh, Interval(-1, 1))),
    Function("sin", (REAL,), _always(_SIGNED_UNIT)),
    Function("cos", (REAL,), _always(_SIGNED_UNIT)),
    Function("floor", (REAL,), iv.floor),
    Function("lgamma", (POSITIVE,), _always(REAL)),
    Function("erf", (REAL,), iv.increasing(math.erf, Interval(-1, 1))),
    Function("phi", (REAL,), iv.increasing(_phi, OPEN_UNIT)),
    Function("min", (REAL, REAL), iv.minimum),
    Function("max", (REAL, REAL), iv.maximum),
)

ELEMENTWISE: dict[str, Function] = {f.name: f for f in _ELEMENTWISE}

#: Operators, by how they are written.
OPERATORS: dict[str, Function] = {
    f.name: f
    for f in (
        Function("+", (REAL, REAL), iv.add),
        Function("-", (REAL, REAL), iv.subtract),
        Function("*", (REAL, REAL), iv.multiply),
        Function("/", (REAL, REAL), iv.divide),
        Function("^", (REAL, REAL), iv.power),
        Function("==", (REAL, REAL), _always(BOOL)),
        Function("!=", (REAL, REAL), _always(BOOL)),
        Function("<", (REAL, REAL), _always(BOOL)),
        Function("<=", (REAL, REAL), _always(BOOL)),
        Function(">", (REAL, REAL), _always(BOOL)),
        Function(">=", (REAL, REAL), _always(BOOL)),
        Function("and", (BOOL, BOOL), _always(BOOL)),
        Function("or", (BOOL, BOOL), _always(BOOL)),
    )
}

#: Functions of numbers alone that are computed where all arguments are constants.
_FOLDED: dict[str, Callable[..., float]] = {
    "exp": math.exp,
    "log": math.log,
    "log1p": math.log1p,
    "expm1": math.expm1,
    "sqrt": math.sqrt,
    "abs": abs,
    "sigmoid": iv.sigmoid,
    "logit": iv.logit,
    "softplus": iv.softplus,
    "tanh": math.tanh,
    "sin": math.sin,
    "cos": math.cos,
    "floor": math.floor,
    "lgamma": math.lgamma,
    "erf": math.erf,
    "phi": _phi,
    "min": min,
    "max": max,
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "^": operator.pow,
}


def fold(name: str, arguments: Sequence[Expr]) -> float | None:
    """The value of a function of constants; None where it has none, or is not one of numbers."""
    numbers = [a.value for a in arguments if isinstance(a, Constant)]
    if len(numbers) < len(arguments) or name not in _FOLDED:
        return None
    try:
        value = _FOLDED[name](*numbers)
    except (ArithmeticError, ValueError):
        return None
    return None if isinstance(value, complex) or math.isnan(value) else float(value)


#: Reductions over a binder, or over a whole vector.
REDUCTIONS = ("sum", "mean", "prod", "max", "min", "logsumexp", "sd")

#: Functions with rules of their own in `lower_functions`.
VECTOR_FUNCTIONS = {
    "dot": "dot(x, y)",
    "softmax": "softmax(x)",
    "cumsum": "cumsum(x)",
    "zeros": "zeros(K)",
    "ones": "ones(K)",
    "fill": "fill(value, K)",
    "eye": "eye(K)",
    "outer": "outer(x, y)",
    "diag": "diag(x)",
    "cholesky": "cholesky(A)",
    "solve": "solve(A, x)",
    "exp_quad": "exp_quad(x, y, length, amplitude)",
}

#: Functions whose last argument is the name of an index set.
OVER_A_SET = ("zeros", "ones", "fill", "eye", "size")

#: Names that stand for a number.
CONSTANTS = {"pi": math.pi, "inf": inf}


@cache
def all_functions() -> Mapping[str, str]:
    """Every function by name, with how it is written."""
    table = {name: f.signature for name, f in ELEMENTWISE.items()}
    table.update({name: f"{name}(k in K: x)" for name in REDUCTIONS if name not in table})
    table.update(VECTOR_FUNCTIONS)
    table.update({"size": "size(K)", "assume": "assume(x, positive)"})
    table["counts"] = "counts(n in N: x[n])"
    return table
