"""Mistakes in declarations: `index`, `data`, `param`, and what other languages have for them."""

from __future__ import annotations

import difflib
import re

from pplc.grammar.catalogue import syntax
from pplc.grammar.diagnostics import Diagnostic, Fix
from pplc.grammar.mistakes.failure import NAMES, Failure, insert, rewrite
from pplc.grammar.source import Span
from pplc.grammar.tokens import END

_DECLARING = frozenset({"DATA", "PARAM"})
_WORDS = ["index", "data", "param", "net", "factor", "for", "scan", "guide", "generate", "fit"]
#: What others call the words of the language.
_SYNONYMS = {
    "plate": "for",
    "with": "for",
    "foreach": "for",
    "observed": "data",
    "input": "data",
    "covariate": "data",
    "parameter": "param",
    "parameters": "param",
    "dim": "index",
    "range": "index",
    "network": "net",
    "chain": "scan",
    "options": "fit",
}
_STAN_TYPES = frozenset(
    {"real", "int", "complex", "vector", "row_vector", "matrix", "array", "simplex", "ordered"}
    | {"positive_ordered", "unit_vector", "cov_matrix", "corr_matrix"}
    | {"cholesky_factor_corr", "cholesky_factor_cov"}
)
_STAN_BLOCK = re.compile(r"^\s*((?:transformed )?(?:data|parameters)|model)\s*\{", re.MULTILINE)
_TYPES = _STAN_TYPES | {
    *("positive", "nonnegative", "unit", "interval", "nat", "bool"),
    *("cholesky_corr", "corr", "cov"),
}
_STAN_VECTORS = {
    "cov_matrix": "cov",
    "corr_matrix": "corr",
    "cholesky_factor_corr": "cholesky_corr",
}


def index_size(failure: Failure) -> Diagnostic | None:
    """`index K: 3`, `index K 3`, `index K in 3`."""
    at = failure.at
    if failure.type(0) != "INDEX" or at < 2 or failure.type(at - 1) not in NAMES:
        return None
    number = at if failure.type(at) == "NUMBER" else at + 1
    if failure.type(number) != "NUMBER" or failure.type(at) not in ("COLON", "NUMBER", "IN", "EQ"):
        return None
    size = f" = {failure.text(number)}"
    span = failure.span(at - 1, number + 1)
    meant = failure.text(at - 1) + size
    return syntax.IndexSizeForm(
        span=failure.span(at, number + 1), meant=f"index {meant}", fixes=rewrite(span, meant)
    )


def type_first(failure: Failure) -> Diagnostic | None:
    """`data real x`, `data int<lower=0> n`, `data vector[N] y`."""
    if failure.type(0) not in _DECLARING or failure.type(1) not in NAMES:
        return None
    declared = _stan_declaration(failure, 1)
    if declared is None or failure.text(1) not in _TYPES:
        return None
    name, dims, type_, _ = declared
    meant = f"{failure.text(0)} {name}{dims}: {type_}"
    return syntax.TypeBeforeName(
        span=failure.whole(), meant=meant, fixes=rewrite(failure.whole(), meant)
    )


def stan_declaration(failure: Failure) -> Diagnostic | None:
    """`real<lower=0> sigma`, `vector[N] y`, `array[N] int y`."""
    if failure.type(0) not in NAMES or failure.text(0) not in _STAN_TYPES:
        return None
    declared = _stan_declaration(failure, 0)
    if declared is None:
        return None
    name, dims, type_, end = declared
    fixes: tuple[Fix, ...] = ()
    if failure.type(end) in ("TILDE", "EQUAL"):
        sign = "definition" if failure.type(end) == "EQUAL" else "distribution"
        meant = f"its {sign} is enough"
        written = name if failure.type(end - 1) == "RSQB" else _family(name, dims)
        fixes = rewrite(failure.span(0, end), written)
    elif _stan_block(failure) == "parameters":
        meant = "a latent quantity is not declared: its distribution is enough"
        fixes = (Fix("leave it out", failure.whole(), ""),)
    elif _stan_block(failure) == "data" and (dims or type_ not in ("int", "nat")):
        meant = "data are declared with their type behind them"
        fixes = rewrite(failure.whole(), f"data {name}{dims}: {type_}")
    elif not dims and re.search(rf"\[[^\]]*\b{name}\b", failure.source.text):
        meant = "a size is an index set"
        fixes = rewrite(failure.whole(), f"index {name}")
    elif type_ in ("int", "nat") and not dims:
        meant = f"a size is an index set: `index {name}`; any other number from data is"
        meant += f" `data {name}: {type_}`"
    else:
        meant = f"if it comes from data: `data {name}{dims}: {type_}`; otherwise its distribution"
        meant += " or definition is enough"
    return syntax.StanDeclaration(span=failure.whole(), name=name, meant=meant, fixes=fixes)


def _family(name: str, dims: str) -> str:
    """`theta[j in J]` for `theta` over `[J]`."""
    sets = [each.strip() for each in dims.strip("[]").split(",") if each.strip().isidentifier()]
    binders = [f"{each[0].lower()} in {each}" for each in sets if each[0].isupper()]
    return f"{name}[{', '.join(binders)}]" if binders else name


def _stan_block(failure: Failure) -> str:
    """The block of a Stan program that a statement stands in."""
    before = failure.source.text[: failure.tokens[0].start]
    blocks = _STAN_BLOCK.findall(before)
    return blocks[-1] if blocks else ""


def colon_after_name(failure: Failure) -> Diagnostic | None:
    """`mu: real` without `data` or `param`, `mu : Normal(0, 1)`."""
    end = failure.target_end()
    if not end or failure.at != end or failure.token.type != "COLON" or failure.place == "fit":
        return None
    name = failure.written(0, end)
    if failure.type(end + 2) == "LPAR" and failure.text(end + 1)[:1].isupper():
        advice = "write `~` before a distribution"
        fixes = rewrite(Span(failure.tokens[end - 1].end, failure.token.end), " ~")
    elif (sign := failure.find({"TILDE", "EQUAL"}, end)) is not None:
        advice = "what has a distribution or a definition needs no declared type"
        type_ = Span(failure.tokens[end - 1].end, failure.tokens[sign].start)
        fixes = (Fix("leave the type out", type_, " "),)
    else:
        rest = failure.written(end + 1, len(failure.tokens)) or "real"
        advice = f"if it comes from data, write `data {name}: {rest}`"
        fixes = (insert("data ", failure.tokens[0].start),)
    return syntax.ColonAfterName(span=failure.token.span, advice=advice, fixes=fixes)


def constraint(failure: Failure) -> Diagnostic | None:
    """`data x: real<lower=0>`."""
    at = failure.at
    if failure.type(0) not in _DECLARING or failure.type(at) != "LESSTHAN":
        return None
    end = _after_bounds(failure, at)
    meant = _bounded(failure, failure.text(at - 1), at, end)
    span = failure.span(at - 1, end)
    return syntax.Constraint(span=failure.span(at, end), meant=meant, fixes=rewrite(span, meant))


def number_as_dimension(failure: Failure) -> Diagnostic | None:
    """`data x[3]: real`, `data x: simplex[3]`, `data x[N + 1]: real`."""
    opening = failure.opening()
    if not _declares(failure) or opening is None or failure.type(opening) != "LSQB":
        return None
    if failure.type(failure.at) == "NUMBER":
        size = failure.text(failure.at)
        found = f"the number {size}"
    elif failure.type(failure.at) in ("PLUS", "MINUS", "STAR", "SLASH"):
        found, size = "an expression", "3"
    else:
        return None
    return syntax.NumberAsDimension(span=failure.token.span, found=found, size=size)


def binder_in_declaration(failure: Failure) -> Diagnostic | None:
    """`data x[n in N]: real`."""
    opening = failure.opening()
    if not _declares(failure) or failure.token.type != "IN" or opening is None:
        return None
    closing = failure.after(opening)
    inside = failure.tokens[opening + 1 : closing - 1]
    sets = [
        token.text
        for place, token in enumerate(inside, opening + 1)
        if token.type in NAMES and failure.type(place + 1) != "IN"
    ]
    dims = f"[{', '.join(sets)}]"
    return syntax.BinderInDeclaration(
        span=failure.span(opening, closing),
        meant=f"{failure.text(opening - 1)}{dims}",
        fixes=rewrite(failure.span(opening, closing), dims),
    )


def several_declarations(failure: Failure) -> Diagnostic | None:
    """`data x: real, y: real`."""
    if failure.type(0) not in _DECLARING or failure.token.type != "COMMA" or failure.opening():
        return None
    return syntax.SeveralDeclarations(span=failure.span(failure.at, len(failure.tokens)))


def data_with_value(failure: Failure) -> Diagnostic | None:
    """`data x ~ Normal(0, 1)`, `data x: real ~ Normal(0, 1)`, `data x = 3`."""
    if failure.type(0) not in _DECLARING or failure.type(1) not in NAMES:
        return None
    word, sign = failure.text(0), failure.token.type
    if sign not in ("TILDE", "EQUAL") or failure.opening() is not None:
        return None
    if word == "param" and sign == "EQUAL":
        return None
    name = failure.written(1, failure.after(2) if failure.type(2) == "LSQB" else 2)
    if sign == "EQUAL":
        advice = f"a constant is a definition: write `{name} = ...` without `data`"
    elif word == "data":
        advice = f"declare `data {name}: real`, and write `{name} ~ ...` on another line"
    else:
        advice = f"a `param` has no distribution; for a latent quantity write `{name} ~ ...`"
    return syntax.DataWithValue(span=failure.span(failure.at, len(failure.tokens)), advice=advice)


def missing_type(failure: Failure) -> Diagnostic | None:
    """`data x[N]`, `param a = 5`."""
    if failure.type(0) not in _DECLARING or "COLON" not in failure.accepts:
        return None
    found = failure.token
    if found.type not in (END, "EQUAL", "QMARK", *NAMES) or failure.at < 2:
        return None
    if failure.types(0, 1) == ("DATA",) and failure.token.type == "EQUAL":
        return None
    if found.type in NAMES and failure.type(failure.at + 1) in ("LSQB", "COLON"):
        return None  # a name of two words
    name = failure.written(1, failure.at)
    end = failure.span(failure.at - 1).end
    fixes: tuple[Fix, ...] = (insert(":" if found.text in _TYPES else ": real", end),)
    if found.type in NAMES and found.text not in _TYPES:
        fixes = ()
    return syntax.MissingType(span=failure.span(1, failure.at), name=name, fixes=fixes)


def round_brackets(failure: Failure) -> Diagnostic | None:
    """`data x(N): real`."""
    if not _declares(failure) or failure.token.type != "LPAR" or "LSQB" not in failure.accepts:
        return None
    end = failure.after(failure.at)
    inside = failure.written(failure.at + 1, end - 1)
    span = failure.span(failure.at, end)
    return syntax.WrongBracket(
        span=span, found="(", expected="[", fixes=rewrite(span, f"[{inside}]")
    )


def misspelled(failure: Failure) -> Diagnostic | None:
    """`Index N`, `dta x: real`, `plate n in N {`."""
    if failure.at != 1 or failure.type(0) != "NAME" or failure.type(1) not in NAMES:
        return None
    found = failure.text(0)
    close = difflib.get_close_matches(found.lower(), _WORDS, n=1, cutoff=0.7)
    meant = _SYNONYMS.get(found.lower()) or (close[0] if close else None)
    if meant is None:
        return None
    return syntax.MisspelledKeyword(
        span=failure.span(0), found=found, meant=meant, fixes=rewrite(failure.span(0), meant)
    )


def _declares(failure: Failure) -> bool:
    return failure.type(0) in _DECLARING | {"NET", "INDEX"}


def _stan_declaration(failure: Failure, start: int) -> tuple[str, str, str, int] | None:
    """What is declared in the order of Stan from a token on: name, index sets, type; its end."""
    word = failure.text(start)
    place, outer = start + 1, ""
    if word == "array" and failure.type(place) == "LSQB":
        place = failure.after(place)
        outer = failure.written(start + 1, place)[1:-1]
        word, place = failure.text(place), place + 1
    bounds = place
    if failure.type(place) == "LESSTHAN":
        place = _after_bounds(failure, place)
    sized, inner = place, ""
    if failure.type(place) == "LSQB":
        place = failure.after(place)
        inner = failure.written(sized, place)[1:-1]
    if failure.type(place) not in NAMES:
        return None
    name, end = failure.text(place), place + 1
    if failure.type(end) == "LSQB":
        outer, end = failure.written(end, failure.after(end))[1:-1], failure.after(end)
    if word in ("vector", "row_vector", "matrix", "real", "int"):
        outer, inner = ", ".join(part for part in (outer, inner) if part), ""
    type_ = _bounded(failure, word, bounds, sized) + (f"[{inner}]" if inner else "")
    return name, f"[{outer}]" if outer else "", type_, end


def _after_bounds(failure: Failure, place: int) -> int:
    while place < len(failure.tokens) and failure.type(place) != "MORETHAN":
        place += 1
    return min(place + 1, len(failure.tokens))


def _bounded(failure: Failure, word: str, start: int, end: int) -> str:
    """The type for `real<lower=0, upper=1>`, given its bounds as tokens `start <= i < end`."""
    bounds = {}
    for place in range(start, end):
        if failure.text(place) in ("lower", "upper") and failure.type(place + 1) == "EQUAL":
            stop = place + 2
            while stop < end and failure.type(stop) not in ("COMMA", "MORETHAN"):
                stop = failure.after(stop)
            bounds[failure.text(place)] = failure.written(place + 2, stop)
    lower, upper = bounds.get("lower"), bounds.get("upper")
    if word == "int":
        return {("0", None): "nat", ("0", "1"): "bool"}.get((lower or "", upper), "int")
    if word in ("vector", "row_vector", "matrix", "real"):
        word = "real"
    if lower is None and upper is None:
        return _STAN_VECTORS.get(word, word)
    known = {("0", None): "positive", ("0", "1"): "unit"}
    return known.get((lower or "", upper)) or f"interval({lower or '-inf'}, {upper or 'inf'})"


RECOGNIZERS = (
    index_size,
    type_first,
    stan_declaration,
    constraint,
    number_as_dimension,
    binder_in_declaration,
    several_declarations,
    round_brackets,
    missing_type,
    data_with_value,
    misspelled,
    colon_after_name,
)
