"""The table of functions: what each takes, and what it keeps of the supports of its arguments.

Elementwise functions work on numbers and, element by element, on vectors. How a function is
written in torch is the business of `pplc.compiler.codegen`.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from pplc.compiler import intervals as iv
from pplc.compiler.kinds import (
    BOOL,
    NONNEGATIVE,
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


_ABOVE_MINUS_ONE = Interval(lower=-1, lower_open=False)

_ELEMENTWISE = (
    Function("exp", (REAL,), iv.increasing(math.exp)),
    Function("log", (NONNEGATIVE,), iv.increasing(lambda v: math.log(v) if v < inf else inf)),
    Function("log1p", (_ABOVE_MINUS_ONE,), iv.increasing(math.log1p)),
    Function("expm1", (REAL,), iv.increasing(math.expm1)),
    Function("sqrt", (NONNEGATIVE,), iv.increasing(math.sqrt)),
    Function("abs", (REAL,), iv.absolute),
    Function("sigmoid", (REAL,), iv.increasing(iv.sigmoid)),
    Function("logit", (UNIT,), iv.increasing(iv.logit)),
    Function("softplus", (REAL,), iv.increasing(iv.softplus)),
    Function("tanh", (REAL,), iv.increasing(math.tanh)),
    Function("sin", (REAL,), _always(Interval(-1, 1, False, False))),
    Function("cos", (REAL,), _always(Interval(-1, 1, False, False))),
    Function("floor", (REAL,), iv.floor),
    Function("lgamma", (POSITIVE,), _always(REAL)),
    Function("erf", (REAL,), iv.increasing(math.erf)),
    Function("phi", (REAL,), iv.increasing(lambda v: 0.5 * (1 + math.erf(v / math.sqrt(2))))),
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

#: Names that stand for a number.
CONSTANTS = {"pi": math.pi, "inf": inf}


def all_functions() -> dict[str, str]:
    """Every function by name, with how it is written."""
    table = {name: f.signature for name, f in ELEMENTWISE.items()}
    table.update({name: f"{name}(k in K: x)" for name in REDUCTIONS if name not in table})
    table.update(VECTOR_FUNCTIONS)
    table.update({"size": "size(K)", "assume": "assume(x, positive)"})
    return table
