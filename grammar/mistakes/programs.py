"""What the tools of Python write with dots and as `with` blocks: Pyro, NumPyro, PyMC."""

from __future__ import annotations

import re

from pplc.grammar.catalogue import syntax
from pplc.grammar.diagnostics import Diagnostic
from pplc.grammar.mistakes.failure import CLOSING, NAMES, Failure, rewrite

_PREFIX = re.compile(r"\b[A-Za-z_]\w*\.(?=[A-Za-z_])")
_LABEL = re.compile(r"[\"'](\w+)[\"']")
_OBSERVED = re.compile(r"(?:obs|observed)\s*=\s*(\w+)")
_KEYWORD = re.compile(r"(?:obs|observed|infer|rng_key|sample_shape)\s*=")
_DISTRIBUTION = re.compile(r"\b[A-Z]\w*\(")
#: What is done with a model elsewhere, with the beginnings of further names.
_COMMANDS = frozenset({"sample", "fit", "run", "step", "optimize", "summary", "find_MAP"})
_COMMANDS_BEGIN = ("plot", "sample_")
_DEFINING = frozenset({"deterministic", "Deterministic"})
_ADDING = frozenset({"factor", "Potential"})
#: What calls of Pyro stand for.
_QUALIFIED = {
    "sample": "name ~ distribution",
    "plate": "for n in N {",
    "param": "param name: real",
    "deterministic": "name = value",
    "factor": "factor value",
}
_WRITTEN = "a function is called with its argument in brackets: `exp(x)`"
_SHAPES = "the index sets on the left of `~` tell how many there are: `mu[k in K] ~ ...`"
#: What methods of distributions and tensors stand for.
_METHODS = {
    **dict.fromkeys(
        ("expand", "expand_by", "to_event", "independent", "expand_as", "reshape", "view"), _SHAPES
    ),
    **dict.fromkeys(
        ("log_prob", "logp"), "`y ~ Normal(mu, sigma)` adds the density of y to the model"
    ),
    **dict.fromkeys(("sample", "rsample"), "a random variable is a statement, `mu ~ Normal(0, 1)`"),
}


def command(failure: Failure) -> Diagnostic | None:
    """`trace = pm.sample(1000)`, `svi.step(data)`, `az.plot_trace(trace)`."""
    call = _qualified_call(failure)
    if call is None:
        return None
    start, opening = call
    function = failure.text(opening - 1)
    if function not in _COMMANDS and not function.startswith(_COMMANDS_BEGIN):
        return None
    given = _arguments(failure, opening + 1, len(failure.tokens) - 1)
    if any(_LABEL.fullmatch(text) or _DISTRIBUTION.search(text) for text in given):
        return None  # a random variable, as Pyro has it
    found = failure.source.slice(failure.span(start, opening))
    return syntax.Command(span=failure.whole(), found=found)


def _qualified_call(failure: Failure) -> tuple[int, int] | None:
    """Where `a.b` and `(` of a statement `a.b(...)` or `x = a.b(...)` stand."""
    sign = failure.find({"EQUAL"})
    start = opening = 0 if sign is None else sign + 1
    while failure.type(opening) in ("DOT", "PARAM", "FACTOR", "FIT", *NAMES):
        opening += 1
    if failure.type(opening) != "LPAR" or failure.type(opening - 2) != "DOT":
        return None
    return (start, opening) if failure.after(opening) == len(failure.tokens) else None


def statement_call(failure: Failure) -> Diagnostic | None:
    """`mu = pyro.sample("mu", dist.Normal(0, 10))`, `b = pm.Deterministic("b", 2 * a)`."""
    call = _qualified_call(failure)
    if call is None:
        return None
    start, opening = call
    label, *given = _arguments(failure, opening + 1, len(failure.tokens) - 1)
    named = _LABEL.fullmatch(label)
    if named is None:
        return None
    sign = failure.find({"EQUAL"})
    observed = next((m[1] for m in map(_OBSERVED.fullmatch, given) if m), None)
    name = observed or (failure.written(0, sign) if sign else named[1])
    values = [_PREFIX.sub("", value) for value in given if not _KEYWORD.match(value)]
    meant = _meant(failure.text(opening - 1), name, values)
    if meant is None:
        return None
    return syntax.QualifiedName(
        span=failure.whole(),
        found=failure.source.slice(failure.span(start, opening)),
        meant=meant,
        fixes=rewrite(failure.whole(), meant),
    )


def _meant(function: str, name: str, values: list[str]) -> str | None:
    """The statement that a call of a function stands for."""
    if function == "param":
        return f"param {name}: {'positive' if 'positive' in ''.join(values) else 'real'}"
    if not values:
        return None
    if function == "sample":
        return f"{name} ~ {values[0]}"
    if function in _DEFINING:
        return f"{name} = {values[0]}"
    if function in _ADDING:
        return f"factor {values[0]}"
    return f"{name} ~ {function}({', '.join(values)})" if function[0].isupper() else None


def _arguments(failure: Failure, start: int, end: int) -> list[str]:
    """The texts between commas."""
    commas = [i for i in failure.outermost(start) if i < end and failure.type(i) == "COMMA"]
    starts, ends = [start, *(i + 1 for i in commas)], [*commas, end]
    return [failure.written(*places) for places in zip(starts, ends, strict=True)]


def with_block(failure: Failure) -> Diagnostic | None:
    """`with pyro.plate("N", N) as n:`, `with pm.Model() as model:`."""
    if failure.text(0) != "with":
        return None
    words = [token.text for token in failure.tokens]
    opening = next((i for i, t in enumerate(failure.tokens) if t.type == "LPAR"), 0)
    if "Model" in words:
        name = failure.written(0, failure.after(opening))
        advice = "statements stand at the top of the file, without a block around them"
        return syntax.StanBlock(span=failure.whole(), name=name, advice=advice)
    if "plate" not in words or not opening:
        return None
    closing = failure.after(opening)
    index_set = next(iter(_arguments(failure, opening + 1, closing - 1)[1:2]), "")
    plain = index_set.isidentifier()
    index_set = index_set if plain else "N"
    variable = failure.text(closing + 1) if failure.text(closing) == "as" else index_set[0].lower()
    meant = f"for {variable if variable != index_set else variable + '_'} in {index_set}"
    return syntax.MisspelledKeyword(
        span=failure.whole(),
        found="with",
        meant=meant,
        help_text=f"a plate is an index set, `index {index_set}`, and a loop over it",
        fixes=rewrite(failure.whole(), f"{meant}") if plain else (),
    )


def qualified_name(failure: Failure) -> Diagnostic | None:
    """`dist.Normal(0, 1)`, `pyro.sample("mu", ...)`."""
    place = failure.at
    while failure.type(place) in ("DOT", "PARAM", "FACTOR", *NAMES):
        place += 1
    if failure.type(place) != "LPAR" or failure.type(place - 2) != "DOT":
        return None
    start = place - 1
    while failure.type(start - 1) == "DOT" and failure.type(start - 2) in NAMES:
        start -= 2
    last = failure.text(place - 1)
    if failure.type(start - 1) == "DOT" and failure.type(start - 2) in CLOSING:
        return syntax.MethodCall(
            span=failure.span(start - 1, place), method=last, advice=_METHODS.get(last, _WRITTEN)
        )
    meant = _QUALIFIED.get(last, last)
    span = failure.span(start, place)
    return syntax.QualifiedName(
        span=span,
        found=failure.source.slice(span),
        meant=meant,
        fixes=rewrite(span, last) if meant == last else (),
    )


RECOGNIZERS = (with_block, command, statement_call)
