"""The lists of distributions and functions in docs/language.md, and the words of other tools.

`python -m pplc.compiler.reference docs` writes them anew, between their marks, from the tables of
the compiler.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterable
from pathlib import Path

from pplc.compiler.advice import other_tools
from pplc.compiler.distributions import DISTRIBUTIONS, Distribution, Parameter, Support
from pplc.compiler.functions import ELEMENTWISE, all_functions
from pplc.compiler.kinds.kinds import REAL
from pplc.compiler.lower.match_laws import forms

_DESCRIPTIONS = {
    "exp": "e to the power of x",
    "log": "the natural logarithm",
    "log1p": "log(1 + x)",
    "expm1": "exp(x) - 1",
    "sqrt": "the square root",
    "abs": "the size of x, without its sign",
    "sigmoid": "1 / (1 + exp(-x)), the inverse of `logit`",
    "logit": "log(x / (1 - x))",
    "softplus": "log(1 + exp(x))",
    "tanh": "the hyperbolic tangent",
    "sin": "the sine",
    "cos": "the cosine",
    "floor": "the largest integer that is not above x",
    "lgamma": "the logarithm of the gamma function",
    "erf": "the error function",
    "phi": "the distribution function of the standard normal",
    "min": "the smaller of two; over a binder, the smallest",
    "max": "the larger of two; over a binder, the largest",
    "sum": "the sum",
    "mean": "the mean",
    "prod": "the product",
    "logsumexp": "log of the sum of exp(x), without overflow",
    "sd": "the standard deviation, with n - 1",
    "dot": "the sum of the products of two vectors over one set",
    "softmax": "exp(x), divided by its sum: a simplex",
    "cumsum": "the vector of running sums",
    "zeros": "a vector of zeros over K",
    "ones": "a vector of ones over K",
    "fill": "a vector over K with the same number everywhere",
    "eye": "the identity matrix over K",
    "outer": "the matrix of all products of two vectors",
    "diag": "the diagonal matrix of a vector",
    "cholesky": "the lower Cholesky factor of a covariance matrix",
    "solve": "the z with A @ z == x",
    "exp_quad": "a squared-exponential covariance: amplitude^2 * exp(-(x - y)^2 / (2 length^2))",
    "size": "the number of elements of an index set",
    "assume": "x itself, taken to be of the type that is named",
    "counts": "how often each value occurs, over the index set of the values",
}
_SUPPORTS = {
    Support.BETWEEN: "numbers from the first to the second argument",
    Support.INTEGERS_BETWEEN: "integers from the first to the second argument",
    Support.UP_TO_FIRST: "0, 1, ..., the first argument",
    Support.ABOVE_FIRST: "numbers above the first argument",
    Support.POSITIONS: "positions in the index set of its argument",
}


def distributions() -> str:
    """Every distribution with its forms, what its arguments must be, and its values."""
    rows = [
        (_breaks(forms(d)), _arguments(d), _values(d)) for _, d in sorted(DISTRIBUTIONS.items())
    ]
    return _table(("distribution", "arguments", "values"), rows)


def _breaks(written: str) -> str:
    return re.sub(r"(, | or )(?=`)", "<br>", written)


def _arguments(distribution: Distribution) -> str:
    """What the arguments must be, those of one kind together; any real number goes unsaid."""
    by_kind: dict[str, list[str]] = {}
    for parameter in (*distribution.parameters, *distribution.choices):
        by_kind.setdefault(_must_be(parameter), []).append(f"`{parameter.name}`")
    parts = [f"{', '.join(names)}: {kind}" for kind, names in by_kind.items() if kind]
    return "; ".join(parts)


def _must_be(parameter: Parameter) -> str:
    if parameter.structure is not None:
        return parameter.structure.words[0]
    if parameter.event:
        noun = "vector" if parameter.event == 1 else "matrix"
        return f"a {noun} of {parameter.support.words[1]}"
    return "" if parameter.support == REAL else parameter.support.words[0]


def _values(distribution: Distribution) -> str:
    known = _SUPPORTS.get(distribution.support_rule)
    if distribution.structure is not None:
        words = distribution.structure.words[1]
    elif known is not None:
        words = known
    else:
        words = f"{'vectors of ' if distribution.event else ''}{distribution.support.words[1]}"
    return f"{words}; finite" if distribution.finite else words


def functions() -> str:
    """Every function with how it is written and what it takes."""
    rows = [
        (f"`{written}`", _DESCRIPTIONS.get(name, ""), _takes(name))
        for name, written in sorted(all_functions().items())
    ]
    return _table(("function", "value", "takes"), rows)


def _takes(name: str) -> str:
    function = ELEMENTWISE.get(name)
    if function is None or all(t == REAL for t in function.takes):
        return ""
    return ", ".join(t.words[0] for t in function.takes)


def _idioms(table: dict[str, other_tools.Idiom], names: Iterable[str]) -> list[tuple[str, ...]]:
    return [
        (f"`{name}({', '.join('abcd'[: table[name].arity])})`", f"`{table[name].example}`")
        for name in names
    ]


def other_distributions() -> str:
    """What other tools call distributions, and how they are written here."""
    return _table(
        ("elsewhere", "here"), _idioms(other_tools.DISTRIBUTIONS, other_tools.DISTRIBUTIONS)
    )


def other_functions() -> str:
    """What other tools call functions, and how they are written here."""
    return _table(("elsewhere", "here"), _idioms(other_tools.FUNCTIONS, other_tools.FUNCTIONS))


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [head, tuple("---" for _ in head), *rows]
    cells = (" | ".join(c.replace("|", "\\|") for c in line) for line in lines)
    return "".join(f"| {line} |\n" for line in cells)


#: The parts of the documents that are written here, by file and mark.
PARTS: dict[str, dict[str, Callable[[], str]]] = {
    "language.md": {"distributions": distributions, "functions": functions},
    "from-other-tools.md": {
        "distributions": other_distributions,
        "functions": other_functions,
    },
}


def renewed(name: str, text: str) -> str:
    """The text of a document with its generated parts written anew."""
    for mark, write in PARTS[name].items():
        pattern = rf"(<!-- {mark} -->\n).*?(<!-- end -->)"
        text = re.sub(pattern, lambda m, w=write: m[1] + w() + m[2], text, flags=re.DOTALL)  # type: ignore[misc]
    return text


def main(folder: Path) -> None:
    """Write the documents of a folder anew."""
    for name in PARTS:
        path = folder / name
        path.write_text(renewed(name, path.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
