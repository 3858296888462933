"""The last resort: what was found and what could have stood there, in words."""

from __future__ import annotations

from pplc.grammar import tables
from pplc.grammar.catalogue import syntax
from pplc.grammar.diagnostics import Diagnostic
from pplc.grammar.layout import BLOCK_WORDS, STATEMENT_WORDS
from pplc.grammar.mistakes.failure import NAMES, OPERATORS, Failure
from pplc.grammar.tokens import END, Token

_VALUE = frozenset({"NUMBER", "LPAR", "NAME", "MINUS"})
_STATEMENT = frozenset({"INDEX", "DATA", "FOR"})
_GROUPS = ((_STATEMENT, "a statement"), (_VALUE, "a value"), (OPERATORS, "an operator"))
#: So many possibilities are listed.
_LISTED = 5


def unexpected(failure: Failure) -> Diagnostic:
    """E100, with everything that the parser would have accepted."""
    return syntax.UnexpectedToken(
        span=failure.token.span, found=described(failure.token), expected=_expected(failure)
    )


def described(token: Token) -> str:
    """A token in words."""
    if token.type == END:
        return "the end of the statement"
    if token.type in NAMES:
        return f"the name `{token.text}`"
    if token.type == "NUMBER":
        return f"the number `{token.text}`"
    return f"the word `{token.text}`" if token.text.isalpha() else f"`{token.text}`"


def _expected(failure: Failure) -> str:
    left = set(failure.accepts)
    words = []
    for group, word in (
        (_STATEMENT, "a statement"),
        (_VALUE, "a value"),
        (OPERATORS, "an operator"),
    ):
        if group <= left:
            words.append(word)
            left = left - _covered(word)
    if "NAME" in left:
        words.append("a name")
        left = left - NAMES
    signs = {name: text for text, name in tables.token_types().items()}
    words += sorted(f"`{signs[name]}`" for name in left if name in signs)
    if END in left:
        head = failure.type(0) in BLOCK_WORDS
        words.append("`{`" if head else "the end of the statement")
    return _listed(words)


def _covered(word: str) -> frozenset[str]:
    """The types that a word for several of them stands for."""
    if word == "a statement":
        return STATEMENT_WORDS | NAMES
    if word == "an operator":
        return OPERATORS | {"LPAR", "LSQB", "DOT"}
    return NAMES | {"NUMBER", "TRUE", "FALSE", "LPAR", "LSQB", "MINUS", "NOT", "IF"}


def _listed(words: list[str]) -> str:
    if len(words) > _LISTED:
        words = [*words[:_LISTED], "something like it"]
    return words[0] if len(words) == 1 else ", ".join(words[:-1]) + f" or {words[-1]}"
