"""Mistakes within brackets: reductions, slices, items that are missing."""

from __future__ import annotations

from pplc.grammar.catalogue import syntax
from pplc.grammar.diagnostics import Diagnostic, Fix
from pplc.grammar.mistakes.failure import (
    CLOSING,
    ENDINGS,
    NAMES,
    Failure,
    rewrite,
)
from pplc.grammar.source import Span

_BRACKETS = {"LPAR": "`(`", "LSQB": "`[`", "RPAR": "`)`", "RSQB": "`]`"}
_FORMULA = (
    "a formula is written out, with a name for each coefficient:\n"
    "`y[n in N] ~ Normal(a + b * x[n] + c * x[n] * z[n], sigma)`"
)


def comprehension(failure: Failure) -> Diagnostic | None:
    """`sum(y[n] for n in N)`, `y[n] ~ Normal(0, 1) for n in N`."""
    opening, at = failure.opening(), failure.at
    if at == 0 or failure.token.type != "FOR" or failure.type(at + 1) not in NAMES:
        return None
    if failure.type(at + 2) != "IN" or failure.type(0) in ("FOR", "SCAN"):
        return None
    if opening is None:
        binder, statement = failure.written(at + 1, at + 4), failure.written(0, at)
        meant = f"for {binder} {{ {statement} }}"
        fixes = rewrite(failure.whole(), meant) if at + 4 == len(failure.tokens) else ()
        return syntax.Comprehension(span=failure.span(at, at + 4), meant=meant, fixes=fixes)
    end = failure.after(opening) - 1
    name = failure.text(opening - 1) if failure.type(opening - 1) in NAMES else "sum"
    binder = " ".join(failure.text(at + i) for i in (1, 2, 3))
    value = failure.written(opening + 1, at)
    meant = f"{name}({binder}: {value})"
    simple = at + 4 == end and failure.type(opening) == "LPAR"
    fixes = rewrite(failure.span(opening + 1, end), f"{binder}: {value}") if simple else ()
    return syntax.Comprehension(span=failure.span(at, at + 4), meant=meant, fixes=fixes)


def reduction_form(failure: Failure) -> Diagnostic | None:
    """`sum(n in N, y[n])`, `sum(n in N) y[n]`, `sum(y[n], n in N)`, `sum n in N: y[n]`."""
    at, opening = failure.at, failure.opening()
    if failure.types(at - 1, 1)[0] in NAMES and failure.type(at + 1) == "IN":
        return _reduction(failure, at - 1, at, failure.span(at - 1, at + 1), "brackets are missing")
    if opening is None or failure.type(opening) != "LPAR" or failure.type(opening - 1) not in NAMES:
        return None
    if failure.token.type == "IN" and failure.type(at - 2) == "COMMA":
        span = failure.span(at - 1, at + 2)
        return _reduction(failure, opening - 1, at - 1, span, "what it runs over comes first")
    binder = failure.types(opening + 1, 3)
    if binder[0] not in NAMES or binder[1] != "IN" or binder[2] not in NAMES:
        return None
    if failure.find({"COLON"}, opening + 1) is not None:
        return None
    comma = failure.type(opening + 4) == "COMMA" and at > opening + 4
    span = failure.span(opening + 4 if comma else at)
    fixes = rewrite(span, ":") if comma else ()
    return _reduction(failure, opening - 1, opening + 1, span, "expected `:` here", fixes)


def _reduction(
    failure: Failure,
    function: int,
    binder: int,
    span: Span,
    advice: str,
    fixes: tuple[Fix, ...] = (),
) -> Diagnostic:
    return syntax.ReductionForm(
        span=span,
        function=failure.text(function),
        binder=failure.written(binder, binder + 3),
        advice=advice,
        fixes=fixes,
    )


def slice_or_range(failure: Failure) -> Diagnostic | None:
    """`x[1:3]`, `x[n, :]`, `1:N`."""
    if failure.token.type != "COLON":
        return None
    opening = failure.opening()
    if opening is not None and failure.type(opening) == "LSQB":
        return syntax.Slice(span=_item(failure, opening), fixes=_whole_row(failure, opening))
    if failure.type(failure.at - 1) in ENDINGS:
        formula = failure.find({"TILDE"}) is not None and opening is None
        return syntax.Range(
            span=failure.span(failure.at - 1, failure.at + 2),
            help_text=_FORMULA if formula else None,
        )
    return None


def empty_item(failure: Failure) -> Diagnostic | None:
    """`x[n, ]`, `f(a, )`, `f(, a)`, `[1, , 2]`, `x[]`."""
    before, found = failure.type(failure.at - 1), failure.token.type
    if before == "COMMA" and found in CLOSING:
        where = f"between `,` and {_BRACKETS.get(found, '`}`')}"
        span = Span(failure.tokens[failure.at - 1].start, failure.token.end)
    elif found == "COMMA" and failure.at == len(failure.tokens) - 1:
        where = "after this `,`"
        span = failure.token.span
    elif before in ("COMMA", "LPAR", "LSQB") and found == "COMMA":
        where = "before this `,`"
        span = failure.token.span
    elif before == "LSQB" and found == "RSQB":
        where = "in these brackets"
        span = Span(failure.tokens[failure.at - 1].start, failure.token.end)
    else:
        return None
    opening = failure.opening()
    index = opening is not None and failure.type(opening) == "LSQB" and opening > 0
    index = index and failure.type(opening - 1) in ENDINGS if opening else False
    if index and failure.at - 1 == opening:
        advice = "leave the brackets out, or name an index"
    elif index:
        advice = "an array with fewer indices gives the rest: `x[n]` is a whole row"
    elif before == "COMMA" and found in CLOSING:
        advice = "remove the comma, or write what should follow it"
    else:
        advice = "write what is missing, or remove the comma"
    fixes: tuple[Fix, ...] = ()
    if where == "after this `,`":
        fixes = (Fix("remove it", span, ""),)
    elif before == "COMMA" and found in CLOSING:
        comma = failure.tokens[failure.at - 1]
        gap = Span(comma.start, failure.token.start)
        alone = "\n" in failure.source.slice(gap)
        fixes = (Fix("remove the comma", comma.span if alone else gap, ""),)
    return syntax.EmptyItem(span=span, where=where, advice=advice, fixes=fixes)


def _item(failure: Failure, opening: int) -> Span:
    """The index that the failure stands in."""
    start = end = failure.at
    while start - 1 > opening and failure.type(start - 1) != "COMMA":
        start -= 1
    closing = failure.after(opening) - 1
    while end < closing and failure.type(end) != "COMMA":
        end = failure.after(end)
    return failure.span(start, end)


def _whole_row(failure: Failure, opening: int) -> tuple[Fix, ...]:
    """`x[n, :]` without its last index."""
    at = failure.at
    if failure.type(at - 1) == "COMMA" and failure.type(at + 1) == "RSQB":
        return (Fix("leave it out", failure.span(at - 1, at + 1), ""),)
    return ()


RECOGNIZERS = (reduction_form, slice_or_range, empty_item)
