"""Mistakes within expressions."""

from __future__ import annotations

from pplc.grammar.catalogue import syntax
from pplc.grammar.diagnostics import Diagnostic, Fix
from pplc.grammar.mistakes.failure import (
    BEGINNINGS,
    CLOSING,
    ENDINGS,
    NAMES,
    OPERATORS,
    Failure,
    insert,
    rewrite,
)
from pplc.grammar.mistakes.unexpected import described
from pplc.grammar.source import Span
from pplc.grammar.tokens import END

_BRACKETS = {"LPAR": "`(`", "LSQB": "`[`", "RPAR": "`)`", "RSQB": "`]`"}


#: What calls of Pyro stand for.
_QUALIFIED = {
    "sample": "name ~ distribution",
    "plate": "for n in N {",
    "param": "param name: real",
    "deterministic": "name = value",
    "factor": "factor value",
}
_FORMULA = (
    "a formula is written out, with a name for each coefficient:\n"
    "`y[n in N] ~ Normal(a + b * x[n] + c * x[n] * z[n], sigma)`"
)
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


RECOGNIZERS = (
    ternary,
    reduction_form,
    missing_then,
    slice_or_range,
    empty_item,
    python_choice,
    if_in_operation,
    missing_else,
    missing_operand,
    thousands,
    missing_operator,
)
