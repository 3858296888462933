"""Mistakes with operators and numbers."""

from __future__ import annotations

from pplc.grammar.catalogue import syntax
from pplc.grammar.diagnostics import Diagnostic, Fix
from pplc.grammar.mistakes.failure import (
    BEGINNINGS,
    CLOSING,
    ENDINGS,
    OPERATORS,
    Failure,
    insert,
    rewrite,
)
from pplc.grammar.mistakes.unexpected import described
from pplc.grammar.tokens import END


def missing_operand(failure: Failure) -> Diagnostic | None:
    """`a +`, `(a * )`, `a + * b`."""
    before = failure.at - 1
    signs = OPERATORS | {"NOT"}
    if failure.type(before) in signs and failure.token.type in (END, "COMMA", *CLOSING, *OPERATORS):
        operator, side, where = failure.text(before), "its right", "after"
        span = failure.span(before)
    elif failure.token.type in OPERATORS and failure.type(before) not in ENDINGS:
        operator, side, where = failure.token.text, "its left", "before"
        span = failure.token.span
    else:
        return None
    advice = ""
    if failure.token.type == END:
        advice = "to go on on the next line, put the expression in ( )"
    elif failure.at == 0:
        advice = "the statement ended with the line before; to go on here, put it all in ( )"
    return syntax.MissingOperand(
        span=span,
        operator=operator,
        side=side,
        where=where,
        advice=advice or "write the value, or remove the operator",
    )


def thousands(failure: Failure) -> Diagnostic | None:
    """`1,000`."""
    at = failure.at
    if failure.opening() is not None or failure.types(at - 1, 3) != ("NUMBER", "COMMA", "NUMBER"):
        return None
    span = failure.span(at - 1, at + 2)
    found = failure.source.slice(span)
    if len(failure.text(at + 1)) != 3 or " " in found:
        return None
    return syntax.MalformedNumber(
        span=span, found=found, fixes=rewrite(span, found.replace(",", ""))
    )


def missing_operator(failure: Failure) -> Diagnostic | None:
    """`2 x`, `a b`, `f(a b)`, `(a)(b)`."""
    at = failure.at
    if failure.type(at - 1) not in ENDINGS or failure.type(at) not in BEGINNINGS:
        return None
    value = failure.find({"TILDE", "EQUAL"})
    if value is None and failure.type(0) in ("FACTOR", "INDEX"):
        value = 0
    if value is None or (value >= at - 1 and failure.opening() is None):
        return None
    fixes: tuple[Fix, ...] = ()
    if failure.type(0) == "INDEX" or failure.types(at - 1, 2) == ("NUMBER", "NUMBER"):
        fixes = (insert(",", failure.tokens[at - 1].end),)
    elif failure.type(at - 1) == "NUMBER":
        fixes = (insert("* ", failure.token.start),)
    return syntax.MissingOperator(
        span=failure.span(at - 1, at + 1), found=described(failure.token), fixes=fixes
    )


RECOGNIZERS = (
    missing_operand,
    thousands,
    missing_operator,
)
