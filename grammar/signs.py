"""Signs and words that are not of the language: what they stand for, and what to say of each.

A `say` function is given the text of the sign, its place, and a phrase on further places of it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from typing import Any

from pplc.grammar.catalogue import syntax
from pplc.grammar.diagnostics import Diagnostic, Fix
from pplc.grammar.source import Span

Say = Callable[[str, Span, str], Diagnostic]

#: Signs of other languages that stand for one of this language.
SIGNS = {
    "**": "^",
    **dict.fromkeys(("&&", "&"), "and"),
    **dict.fromkeys(("||", "|"), "or"),
    "!": "not",
    "=<": "<=",
    "=>": ">=",
    "<>": "!=",
    ".*": "*",
    "./": "/",
    ".~": "~",
    "%*%": "@",
}
#: Characters that look or read like signs of this language.
_LOOKALIKES = {
    **dict.fromkeys("−–—‐‑‒", "-"),
    **dict.fromkeys("×·⋅∗•", "*"),
    **dict.fromkeys("÷∕⁄", "/"),
    **dict.fromkeys("∼˜", "~"),
    **dict.fromkeys("←≔", "="),
    **dict.fromkeys("≤⩽", "<="),
    **dict.fromkeys("≥⩾", ">="),
    "≠": "!=",
    "→": "->",
    "∈": "in",
    "∧": "and",
    "∨": "or",
    "¬": "not",
    "∞": "inf",
    "∑": "sum",
    "√": "sqrt",
}
_KINDS: dict[str, Any] = {
    **dict.fromkeys(("=<", "=>", "<>"), syntax.ComparisonOperator),
    **dict.fromkeys((".*", "./", ".~"), syntax.ElementwiseOperator),
}
_COMMON = {"\\": "a backslash", "$": "a dollar sign", "`": "a backtick"}
_FULL_WIDTH = "（）［］｛｝，：＝＋－＊／＾＠＜＞～．？；！"
_NUMBER_AND_NAME = re.compile(r"(\d+(?:\.\d+)?)([A-Za-z_]\w*)", re.ASCII)


def meant_by(character: str) -> str | None:
    """The sign of the language that a character was written for, if there is one."""
    if character in _FULL_WIDTH:
        return unicodedata.normalize("NFKC", character)
    return _LOOKALIKES.get(character)


def spelled(name: str) -> str:
    """A name in plain letters: Greek letters by their names, others without their accents.

    Empty where a letter has no plain form.
    """
    plain = []
    for character in name:
        words = unicodedata.name(character, "").split()
        if words[:1] == ["GREEK"] and "LETTER" in words:
            letter = words[words.index("LETTER") + 1].lower().replace("lamda", "lambda")
            plain.append(letter if "SMALL" in words else letter.capitalize())
        else:
            folded = {"µ": "mu", "ß": "ss"}.get(character, character)
            plain.append(re.sub(r"\W|[^\x00-\x7f]", "", unicodedata.normalize("NFKD", folded)))
    usable = all(plain) and plain[0][0].isalpha()
    return "".join(plain) if usable else ""


def say_sign(text: str, span: Span, more: str) -> Diagnostic:
    """A sign of another language that has one here."""
    meant = SIGNS[text]
    fixes = (Fix(f"write `{meant}`", span, f"{meant} " if text == "!" else meant),)
    match text:
        case "**":
            return syntax.PowerOperator(span=span, more=more, fixes=fixes)
        case "%*%":
            return syntax.MatrixProduct(span=span, more=more, fixes=fixes)
    kind = _KINDS.get(text, syntax.LogicalOperator)
    said: Diagnostic = kind(span=span, found=text, meant=meant, more=more, fixes=fixes)
    return said


def say_lookalike(text: str, span: Span, more: str) -> Diagnostic:
    """A typographic character in place of a plain one."""
    meant = meant_by(text) or "^" + unicodedata.normalize("NFKC", text)
    return syntax.LookalikeCharacter(
        span=span,
        found=text,
        name=_name_of(text[0]),
        meant=meant,
        more=more,
        fixes=(Fix(f"write `{meant}`", span, meant),),
    )


def say_invisible(text: str, span: Span, more: str) -> Diagnostic:
    """A character that cannot be seen."""
    space = unicodedata.category(text) == "Zs"
    fix = Fix("put a plain space", span, " ") if space else Fix("remove it", span, "")
    return syntax.InvisibleCharacter(span=span, name=_name_of(text), more=more, fixes=(fix,))


def say_unknown(text: str, span: Span, more: str) -> Diagnostic:
    """Any other character."""
    fixes = (Fix("remove it", span, ""),) if text == "\\" else ()
    return syntax.UnknownCharacter(
        span=span, found=text, name=_name_of(text), more=more, fixes=fixes
    )


def say_letters(text: str, span: Span, more: str) -> Diagnostic:
    """A name with letters that are not English."""
    character = next(c for c in text if not c.isascii())
    plain = spelled(text)
    return syntax.NonAsciiName(
        span=span,
        found=text,
        character=character,
        name=_name_of(character),
        more=more,
        fixes=(Fix(f"write `{plain}`", span, plain),) if plain else (),
    )


def say_underscores(text: str, span: Span, more: str) -> Diagnostic:
    """A name that begins with `__`."""
    plain = text.lstrip("_")
    fixes = (Fix(f"write `{plain}`", span, plain),) if plain[:1].isalpha() else ()
    return syntax.NameStartsWithUnderscores(span=span, found=text, more=more, fixes=fixes)


def say_digit_first(text: str, span: Span, _: str) -> Diagnostic:
    """A number and a name in one word."""
    named = _NUMBER_AND_NAME.fullmatch(text)
    product = f"{named[1]} * {named[2]}" if named else text
    return syntax.NameStartsWithDigit(span=span, found=text, product=product)


def say_number(text: str, span: Span, _: str) -> Diagnostic:
    """A number in another notation."""
    plain = text.replace("_", "").rstrip("lLfFuU")
    decimal = re.fullmatch(r"\d+(\.\d+)?", plain)
    fixes = (Fix(f"write `{plain}`", span, plain),) if decimal else ()
    return syntax.MalformedNumber(span=span, found=text, fixes=fixes)


def say_string(_: str, span: Span, __: str) -> Diagnostic:
    """Text in quotes."""
    return syntax.StringLiteral(span=span)


def say_label(_: str, span: Span, __: str) -> Diagnostic:
    """The name of a random variable as the first argument of a call, as in Pyro and PyMC."""
    text = "a random variable is a statement, `mu ~ Normal(0, 1)`; its name stands on the left"
    return syntax.StringLiteral(span=span, help_text=text)


def say_semicolon(_: str, span: Span, more: str) -> Diagnostic:
    """A `;`."""
    return syntax.Semicolon(span=span, more=more, fixes=(Fix("remove it", span, ""),))


def say_separator(_: str, span: Span, more: str) -> Diagnostic:
    """A `;` between two statements."""
    return syntax.Semicolon(span=span, more=more, fixes=(Fix("begin a new line", span, "\n"),))


def say_list_separator(_: str, span: Span, more: str) -> Diagnostic:
    """A `;` between arguments."""
    return syntax.Semicolon(
        span=span,
        more=more,
        help_text="arguments are told apart by commas",
        fixes=(Fix("write `,`", span, ","),),
    )


def say_comment(text: str, span: Span, more: str) -> Diagnostic:
    """A comment of C; `text` is its first two characters."""
    fixes = (Fix("begin it with `#`", span, "#"),) if text == "//" else ()
    return syntax.ForeignComment(span=span, found=text, more=more, fixes=fixes)


def say_line_continuation(_: str, span: Span, __: str) -> Diagnostic:
    """A backslash before a newline."""
    return syntax.LineContinuation(span=span)


def say_assignment(text: str, span: Span, more: str) -> Diagnostic:
    """`<-` and its like."""
    fixes = (Fix("write `=`", span, "="),)
    return syntax.AssignmentArrow(span=span, found=text, more=more, fixes=fixes)


def say_target(_: str, span: Span, __: str) -> Diagnostic:
    """`target +=`."""
    return syntax.CompoundAssignment(
        span=span,
        found="target +=",
        meant="a term of the log density is added with `factor`",
        fixes=(Fix("write `factor`", span, "factor"),),
    )


def say_density(_: str, span: Span, __: str) -> Diagnostic:
    """`target += normal_lpdf(y | mu, sigma)`."""
    meant = "the density of `y` is a statement, `y ~ Normal(mu, sigma)`"
    return syntax.CompoundAssignment(span=span, found="target +=", meant=meant)


def say_changed(text: str, span: Span, _: str) -> Diagnostic:
    """`+=` and its like after another name."""
    meant = "what accumulates is a reduction, such as `sum(n in N: y[n])`"
    return syntax.CompoundAssignment(span=span, found=text, meant=meant)


def say_modulo(text: str, span: Span, _: str) -> Diagnostic:
    """`%` and its like."""
    return syntax.ModuloOperator(span=span, found=text)


def say_percentage(text: str, span: Span, _: str) -> Diagnostic:
    """`10%`."""
    share = f"{float(text) / 100:g}"
    return syntax.ModuloOperator(
        span=span,
        found="%",
        help_text=f"a percentage is a share: {text}% is `{share}`",
        fixes=(Fix(f"write `{share}`", span, share),),
    )


def say_transpose(_: str, span: Span, __: str) -> Diagnostic:
    """An apostrophe after a name or a bracket."""
    return syntax.Transpose(span=span)


def say_bar(_: str, span: Span, __: str) -> Diagnostic:
    """`|` in a call such as `normal_lpdf(y | mu, sigma)`."""
    return syntax.ConditionalBar(span=span)


def say_formula(_: str, span: Span, __: str) -> Diagnostic:
    """`|` in a formula of R."""
    return syntax.ConditionalBar(
        span=span,
        help_text="a formula is written out, with a name for each coefficient:\n"
        "`u[s in S] ~ Normal(0, tau)` and `y[n in N] ~ Normal(a + b * x[n] + u[subj[n]], sigma)`",
    )


def _name_of(character: str) -> str:
    if character in _COMMON:
        return _COMMON[character]
    name = unicodedata.name(character, "").lower().replace("lamda", "lambda")
    if " letter " in name:
        return f"a {name.capitalize()}"
    return name or f"control character U+{ord(character):04X}"
