"""Mistakes in choices between values, `if c then a else b`, and in conditions."""

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
from pplc.grammar.tokens import END


def ternary(failure: Failure) -> Diagnostic | None:
    """`c ? a : b`."""
    place = failure.at
    while place >= 0 and failure.type(place) != "QMARK":
        place -= 1
    if place <= 0 or failure.type(failure.at) not in ("QMARK", "COLON"):
        return None
    opening = failure.opening(place)
    start = _value_start(failure, place)
    colon = failure.find({"COLON"}, place + 1)
    if colon is None:
        return None
    end = failure.after(opening) - 1 if opening is not None else len(failure.tokens)
    stop = failure.find({"COMMA", *CLOSING}, colon)
    end = min(end, stop) if stop is not None else end
    parts = (failure.written(start, place), failure.written(place + 1, colon))
    meant = f"if {parts[0]} then {parts[1]} else {failure.written(colon + 1, end)}"
    fixes = rewrite(failure.span(start, end), meant) if all(parts) and colon + 1 < end else ()
    return syntax.Ternary(span=failure.span(place), fixes=fixes)


def equals_in_condition(failure: Failure) -> Diagnostic | None:
    """`if k = 0 then a else b`, `sum(n in N where d[n] = 1: y[n])`."""
    if failure.token.type != "EQUAL":
        return None
    before = [failure.type(i) for i in range(failure.at)]
    open_condition = before.count("IF") > before.count("THEN")
    if not open_condition and "WHERE" not in before:
        return None
    return syntax.EqualsInCondition(
        span=failure.token.span, fixes=rewrite(failure.token.span, "==")
    )


def python_choice(failure: Failure) -> Diagnostic | None:
    """`a if c else b`."""
    at = failure.at
    if failure.token.type != "IF" or failure.type(at - 1) not in ENDINGS:
        return None
    start = _value_start(failure, at)
    otherwise = failure.find({"ELSE"}, at + 1)
    fixes: tuple[Fix, ...] = ()
    if otherwise is not None and start < at:
        end = _value_end(failure, otherwise)
        value, condition = failure.written(start, at), failure.written(at + 1, otherwise)
        meant = f"if {condition} then {value} else {failure.written(otherwise + 1, end)}"
        fixes = rewrite(failure.span(start, end), meant)
    return syntax.IfAfterValue(span=failure.token.span, fixes=fixes)


def if_in_operation(failure: Failure) -> Diagnostic | None:
    """`a + if c then b else d`."""
    at = failure.at
    if failure.token.type != "IF" or failure.type(at - 1) not in OPERATORS | {"NOT"}:
        return None
    end = _value_end(failure, at)
    return syntax.IfInOperation(
        span=failure.token.span,
        fixes=rewrite(failure.span(at, end), f"({failure.written(at, end)})"),
    )


def missing_then(failure: Failure) -> Diagnostic | None:
    """`if (k == 0) a else b`, `if k == 0: a else b`."""
    condition = _open_if(failure)
    if condition is None or "THEN" not in failure.accepts or condition == failure.at - 1:
        return None
    if failure.token.type in (*OPERATORS, "COMMA", "EQUAL"):
        return None
    colon = failure.token.type == "COLON"
    fix = rewrite(failure.token.span, " then") if colon else (insert("then ", failure.token.start),)
    usable = failure.token.type in BEGINNINGS or colon
    return syntax.IfWithoutThen(span=failure.token.span, fixes=fix if usable else ())


def missing_else(failure: Failure) -> Diagnostic | None:
    """`if k == 0 then a`."""
    if "ELSE" not in failure.accepts or failure.token.type not in (END, "COMMA", *CLOSING):
        return None
    place = failure.at
    while place >= 0 and failure.type(place) != "IF":
        place -= 1
    return syntax.IfWithoutElse(
        span=failure.span(place), fixes=(insert(" else 0", failure.tokens[failure.at - 1].end),)
    )


def _value_start(failure: Failure, place: int) -> int:
    """Where the value that reaches up to a token begins: after `=`, `,` or an opening bracket."""
    depth = 0
    for i in range(place - 1, -1, -1):
        type_ = failure.type(i)
        depth += (type_ in CLOSING) - (type_ in ("LPAR", "LSQB", "LBRACE"))
        if depth < 0 or (depth == 0 and type_ in ("EQUAL", "TILDE", "COMMA", "COLON")):
            return i + 1
    return 0


def _value_end(failure: Failure, place: int) -> int:
    """Where the value that a token stands in ends: before `,`, a closing bracket, or the end."""
    stop = failure.find({"COMMA", *CLOSING}, place)
    return len(failure.tokens) if stop is None else stop


def _open_if(failure: Failure) -> int | None:
    """The last `if` whose `then` has not come."""
    waiting: list[int] = []
    for place in range(failure.at):
        if failure.type(place) == "IF":
            waiting.append(place)
        elif failure.type(place) == "THEN" and waiting:
            waiting.pop()
    return waiting[-1] if waiting else None


RECOGNIZERS = (ternary, missing_then, python_choice, if_in_operation, missing_else)
