"""Mistakes in the shape of a statement: what stands before and after `~` and `=`."""

from __future__ import annotations

import re
from dataclasses import replace

from pplc.grammar.catalogue import syntax
from pplc.grammar.diagnostics import Diagnostic, Fix
from pplc.grammar.layout import STATEMENT_WORDS
from pplc.grammar.mistakes.failure import ENDINGS, NAMES, Failure, rewrite
from pplc.grammar.source import Span
from pplc.grammar.tokens import END

_LOCAL = frozenset({"let", "var", "val", "const", "local", "auto", "set", "my"})
#: What some languages say of a random variable before its name.
_ROLES = frozenset({"latent", "random", "stochastic", "sample", "observe", "observed", "obs"})
_FUNCTION = frozenset({"def", "function", "func", "fn", "lambda"})
_IMPORT = frozenset({"import", "library", "require", "using", "include", "from"})
_WHOLE = "the file is the model: leave this line out"
_ENDS = frozenset({"end", "done", "endfor", "fi", "od"})
_PRINTING = frozenset({"print", "printf", "cat", "plot", "show"})
#: Of brms and rstanarm.
_PRIORS = frozenset({"set_prior", "prior", "prior_string"})
_SIGNS = frozenset({"TILDE", "EQUAL"})
#: What must follow a word or sign.
_NEEDED = {
    "TILDE": "a distribution",
    "FACTOR": "a term",
    "FROM": "a start",
    "IN": "an index set",
    **dict.fromkeys(("COLON", "ARROW"), "a type"),
    **dict.fromkeys(("EQUAL", "IF", "THEN", "ELSE", "WHERE"), "a value"),
}
#: The inverses of the links that BUGS has on the left.
_INVERSES = {
    "logit": "sigmoid({})",
    "log": "exp({})",
    "probit": "phi({})",
    "cloglog": "1 - exp(-exp({}))",
}
#: The names of truncations in Stan, BUGS and JAGS.
_TRUNCATIONS = frozenset({"T", "I", "C"})


def foreign_word(failure: Failure) -> Diagnostic | None:
    """`let x = 3`, `def f(x)`, `import torch`."""
    word, next_is_name = failure.text(0), failure.type(1) in NAMES
    if next_is_name and (word in _LOCAL or (word in _ROLES and failure.find(_SIGNS))):
        span = Span(failure.tokens[0].start, failure.tokens[1].start)
        return syntax.LocalVariable(
            span=failure.span(0), word=word, fixes=(Fix("remove it", span, ""),)
        )
    if failure.type(0) == "AT" and failure.at == 0 and next_is_name:
        return syntax.FunctionDefinition(
            span=failure.whole(), word=f"@{failure.text(1)}", help_text=_WHOLE
        )
    if (word in _FUNCTION and next_is_name) or (word == "return" and failure.at == 1):
        whole = _WHOLE if failure.text(1) == "model" else None
        return syntax.FunctionDefinition(span=failure.span(0), word=word, help_text=whole)
    if word in _IMPORT and (next_is_name or failure.type(1) == "LPAR") and failure.at <= 1:
        return syntax.Import(span=failure.whole())
    for place in range(min(failure.at + 1, len(failure.tokens))):
        if failure.text(place) in ("lambda", "function"):
            return syntax.FunctionDefinition(span=failure.span(place), word=failure.text(place))
    return None


def reserved_word(failure: Failure) -> Diagnostic | None:
    """`index ~ Normal(0, 1)`, `data in[N]: real`, `y = exp(fit)`."""
    words = failure.types(0, 2)
    if failure.type(failure.at - 1) == "DOT":
        return None
    declares = failure.type(failure.at - 1) in ("DATA", "PARAM", "INDEX", "NET", "FOR", "SCAN")
    if failure.text(0).isalpha() and words[0] not in NAMES and words[1] in (*_SIGNS, "LSQB"):
        place = 0
    elif "NAME" in failure.accepts and (failure.type(failure.at) in STATEMENT_WORDS or declares):
        place = failure.at
    else:
        return None
    if failure.types(1, 3) == ("EQUAL", "PARAM", "LPAR") and place == 2:
        meant = f"param {failure.text(0)}: real"
        return syntax.ReservedWord(
            span=failure.span(place),
            word="param",
            suggestion=meant,
            help_text=f"what is optimised is declared: `{meant}`",
            fixes=rewrite(failure.whole(), meant),
        )
    word = failure.text(place)
    written = failure.written(place, place + 1)
    if failure.type(place) in NAMES or not word.isalpha() or word != written or word == "for":
        return None
    meant = f"{word}_"
    return syntax.ReservedWord(
        span=failure.span(place),
        word=word,
        suggestion=meant,
        fixes=rewrite(failure.span(place), meant),
    )


def dotted_name(failure: Failure) -> Diagnostic | None:
    """`sigma.y ~ HalfNormal(1)`."""
    if failure.token.type != "DOT":
        return None
    start, end = failure.at - 1, failure.at + 1
    while failure.type(end) in NAMES and failure.type(end + 1) == "DOT":
        end += 2
    if failure.type(start) not in NAMES or failure.type(end) not in NAMES:
        return None
    span = failure.span(start, end + 1)
    found = failure.source.slice(span)
    meant = re.sub(r"\s*[.$]\s*", "_", found)
    return syntax.DottedName(span=span, found=found, meant=meant, fixes=rewrite(span, meant))


def spaced_name(failure: Failure) -> Diagnostic | None:
    """`Base Level ~ Normal(0, 1)`, `data Unit Price[N]: real`."""
    start = 1 if failure.type(0) in ("DATA", "PARAM") else 0
    end = start
    while failure.type(end) in NAMES:
        end += 1
    if end - start < 2 or failure.at != start + 1:
        return None
    if failure.type(end) not in (("LSQB", "COLON") if start else ("LSQB", *_SIGNS)):
        return None
    span = failure.span(start, end)
    meant = "_".join(failure.text(i) for i in range(start, end))
    found = failure.source.slice(span)
    return syntax.DottedName(
        span=span, found=found, what="space", meant=meant, fixes=rewrite(span, meant)
    )


def nothing_follows(failure: Failure) -> Diagnostic | None:
    """`mu ~`, `mu =`, `factor`, `data x:`, `Normal(loc=, scale=1)`."""
    last = failure.at - 1
    before, found = failure.type(last), failure.token.type
    in_call = before == "EQUAL" and found in ("COMMA", "RPAR")
    if before not in _NEEDED or not (found == END or in_call):
        return None
    advice = "write it on the same line; inside brackets it may stand on the next"
    return syntax.MissingRightSide(
        span=failure.span(last),
        after=failure.text(last),
        expected=_NEEDED[before],
        help_text="write it, or remove the argument" if in_call else advice,
    )


def double_equals(failure: Failure) -> Diagnostic | None:
    """`tau == 3`."""
    end = failure.target_end()
    if not end or failure.type(end) != "EQ" or failure.at > end:
        return None
    span = failure.span(end)
    return syntax.EqualityForDefinition(span=span, fixes=rewrite(span, "="))


def several_targets(failure: Failure) -> Diagnostic | None:
    """`a, b ~ Normal(0, 1)`, and `(a, b) = ...` outside a guide."""
    sign = failure.find(_SIGNS)
    if sign is None:
        return None
    comma = next((i for i in failure.outermost() if failure.type(i) == "COMMA"), sign)
    tuple_ = failure.type(0) == "LPAR" and failure.after(0) == sign
    if not tuple_ and not (comma < sign and failure.type(0) in NAMES):
        return None
    names = failure.span(0, sign)
    if failure.place == "guide" and failure.type(sign) == "TILDE" and not tuple_:
        advice, fixes = (
            "put them in round brackets",
            rewrite(names, f"({failure.written(0, sign)})"),
        )
    else:
        advice, fixes = "write one statement for each name", ()
    return syntax.SeveralTargets(span=names, sign=failure.text(sign), advice=advice, fixes=fixes)


def transformed_target(failure: Failure) -> Diagnostic | None:
    """`log(y) ~ Normal(mu, 1)`, `a + b = 3`."""
    sign = failure.find(_SIGNS)
    if sign is None or sign == 0 or failure.at > sign:
        return None
    if not failure.is_expression(failure.tokens[:sign]):
        return None
    said = syntax.TransformedTarget(span=failure.span(0, sign), sign=failure.text(sign))
    inverse = _INVERSES.get(failure.text(0))
    if inverse is None or failure.type(sign) != "EQUAL" or failure.after(1) != sign:
        return said
    value = failure.written(sign + 1, len(failure.tokens))
    meant = f"{failure.written(2, sign - 1)} = {inverse.format(value)}"
    fixes = rewrite(failure.whole(), meant)
    return replace(said, help_text="apply the inverse of the link on the right", fixes=fixes)


def truncation_suffix(failure: Failure) -> Diagnostic | None:
    """`y ~ Normal(0, 1) T[0, ]`, `y ~ dnorm(0, 1)I(0, )`."""
    at = failure.at
    if failure.text(at) not in _TRUNCATIONS or failure.type(at + 1) not in ("LPAR", "LSQB"):
        return None
    end = failure.after(at + 1)
    comma = failure.find({"COMMA"}, at + 2)
    if comma is None or comma >= end:
        lower, upper = failure.written(at + 2, end - 1), ""
    else:
        lower, upper = failure.written(at + 2, comma), failure.written(comma + 1, end - 1)
    meant = f"truncated({lower or '-inf'}, {upper or 'inf'})"
    span = failure.span(at, end)
    before = failure.tokens[at - 1].end
    gap = " " if before == span.start else ""
    fix = Fix(f"write `{meant}`", span, gap + meant)
    return syntax.TruncationSuffix(span=span, meant=meant, fixes=(fix,))


def modifier_order(failure: Failure) -> Diagnostic | None:
    """`z[t] ~ Normal(0, 1) from Normal(0, 1) truncated(0, 1)`."""
    if failure.token.type not in ("TRUNCATED", "ORDERED") or failure.find({"FROM"}) is None:
        return None
    word = failure.token.text
    return syntax.ModifierOrder(
        span=failure.token.span,
        problem=f"`{word}` comes before `from`",
        advice="move this before `from`",
    )


def modifier_in_guide(failure: Failure) -> Diagnostic | None:
    """`mu ~ Normal(0, 1) truncated(0, inf)` in a guide."""
    modifies = failure.token.type in ("TRUNCATED", "ORDERED")
    if failure.place != "guide" or not modifies or failure.find(_SIGNS) is None:
        return None
    return syntax.ModifierOrder(
        span=failure.token.span,
        problem=f"`{failure.token.text}` belongs to the model",
        advice="a guide needs a distribution with the support of the model's",
    )


def modifier_form(failure: Failure) -> Diagnostic | None:
    """`truncated`, `truncated(0)`, `truncated[0, 1]`, `ordered(k)`."""
    place = failure.at - 1
    while place > 0 and failure.type(place) not in ("TRUNCATED", "ORDERED"):
        place -= 1
    if place <= 1 or failure.type(place - 1) not in ENDINGS:
        return None
    word, opening = failure.text(place), failure.opening()
    brackets = failure.at == place + 1 and failure.token.type in ("LPAR", "LSQB", END)
    inside = opening == place + 1 and failure.token.type in ("RPAR", "COMMA")
    if word == "ordered" and brackets and failure.token.type != END:
        problem, advice = "`ordered` takes no arguments", "leave this out"
    elif word == "truncated" and (brackets or inside) and failure.type(failure.at - 1) != "COMMA":
        problem = "a truncation has two ends: `truncated(a, b)`"
        advice = "`inf` stands for no end"
    else:
        return None
    return syntax.ModifierOrder(span=failure.token.span, problem=problem, advice=advice)


def two_statements(failure: Failure) -> Diagnostic | None:
    """`mu ~ Normal(0, 1) tau ~ HalfNormal(1)`."""
    at = failure.at
    if at == 0 or failure.type(at - 1) not in ENDINGS or failure.opening() is not None:
        return None
    comma = failure.token.type == "COMMA" and failure.find(_SIGNS, at + 1) is not None
    if comma and failure.find(_SIGNS) is not None and failure.type(0) not in STATEMENT_WORDS:
        at += 1
    after = at
    if failure.type(at) in NAMES:
        after = failure.after(at + 1) if failure.type(at + 1) == "LSQB" else at + 1
    elif failure.type(at) == "LPAR" and failure.place == "guide":
        after = failure.after(at)
    begins = failure.type(at) in STATEMENT_WORDS or (
        after > at and failure.type(after) in _SIGNS and failure.find(_SIGNS) != after
    )
    if not begins or (failure.type(0) in STATEMENT_WORDS and at == 1):
        return None
    gap = Span(failure.tokens[failure.at - 1].end, failure.tokens[at].start)
    return syntax.TwoStatements(span=failure.span(at), fixes=(Fix("begin a new line", gap, "\n"),))


def chained_definition(failure: Failure) -> Diagnostic | None:
    """`a = b = 0`, `y ~ x ~ Normal(0, 1)`."""
    sign = failure.find(_SIGNS)
    if sign is None or failure.token.type not in _SIGNS or failure.at <= sign:
        return None
    if failure.opening() is not None:
        return None
    return syntax.ChainedDefinition(
        span=failure.token.span, found=failure.token.text, first=failure.text(sign)
    )


def bare_expression(failure: Failure) -> Diagnostic | None:
    """`mu`, `normal(0, 1)`, `a + b`."""
    if failure.find(_SIGNS) is not None or not failure.is_expression(failure.tokens):
        return None
    text = failure.written(0, len(failure.tokens))
    name = failure.text(0)
    if name in _ENDS:
        meant = "a block ends with `}`"
    elif len(failure.tokens) == 1 and failure.type(0) in NAMES:
        meant = f"give it a distribution (`{name} ~ ...`) or a value (`{name} = ...`)"
    elif name in _PRIORS:
        meant = "a prior is a statement: `b ~ Normal(0, 5)`"
    elif name in _PRINTING:
        meant = "`pplc fit` prints and saves the results; what is computed for them goes into"
        meant += " `generate { ... }`"
    elif failure.type(1) == "LPAR" and name[:1].isupper():
        meant = f"a distribution belongs to a name: `mu ~ {_short(text)}`"
    else:
        meant = f"give it a name (`total = {_short(text)}`), or add it with `factor {_short(text)}`"
    return syntax.BareExpression(span=failure.whole(), meant=meant)


def _short(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= 40 else "..."


RECOGNIZERS = (
    foreign_word,
    reserved_word,
    dotted_name,
    spaced_name,
    nothing_follows,
    double_equals,
    several_targets,
    truncation_suffix,
    modifier_order,
    modifier_in_guide,
    modifier_form,
    two_statements,
    chained_definition,
    transformed_target,
    bare_expression,
)
