"""Colours for specs wherever Pygments is used: `pygmentize model.ppl`, Sphinx, notebooks."""

from __future__ import annotations

from typing import ClassVar

from pygments.lexer import RegexLexer, bygroups, words
from pygments.token import (
    Comment,
    Keyword,
    Name,
    Number,
    Operator,
    Punctuation,
    Text,
)

from pplc.compiler.distributions import DISTRIBUTIONS
from pplc.compiler.functions import CONSTANTS, all_functions
from pplc.compiler.kinds.kinds import NAMED, Structure
from pplc.grammar.tables import token_types

_DECLARATIONS = ("index", "data", "param", "net")
_OPERATOR_WORDS = ("and", "or", "not")
_TRUTH = ("true", "false")
#: Words of the language in certain places only; elsewhere they may be names.
_MODIFIERS = ("truncated", "ordered", "strict")
_TYPES = (*NAMED, "interval", *(s.value for s in Structure))

_RESERVED = {word for word in token_types() if word.isalpha()}
_KEYWORDS = _RESERVED - {*_DECLARATIONS, *_OPERATOR_WORDS, *_TRUTH, *_MODIFIERS}
_NAME = r"[A-Za-z_][A-Za-z0-9_]*"
_SYMBOLS = sorted((s for s in token_types() if not s.isalpha()), key=len, reverse=True)
_PUNCTUATION = tuple("()[]{},:.")
_CALLED = r"(?=[ \t]*\()"


class PplLexer(RegexLexer):  # type: ignore[misc]
    """Specs of pplc."""

    name = "pplc"
    aliases: ClassVar = ["ppl", "pplc"]
    filenames: ClassVar = ["*.ppl"]
    mimetypes: ClassVar = ["text/x-ppl"]

    tokens: ClassVar = {
        "root": [
            (r"(?<=[)\]])([ \t]+)(truncated|ordered)\b", bygroups(Text.Whitespace, Keyword)),
            (r"\s+", Text.Whitespace),
            (r"#.*", Comment.Single),
            (r"(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?\b", Number),
            (words(_DECLARATIONS, r"\b", r"\b"), Keyword.Declaration),
            (words(_OPERATOR_WORDS, r"\b", r"\b"), Operator.Word),
            (words(_TRUTH, r"\b", r"\b"), Keyword.Constant),
            (words(sorted(_KEYWORDS), r"\b", r"\b"), Keyword),
            (r"\bstrict(?=[ \t]*\{)", Keyword),
            (words(sorted(DISTRIBUTIONS), r"\b", r"\b"), Name.Class),
            (words(sorted(all_functions()), r"\b", r"\b" + _CALLED), Name.Builtin),
            (words(sorted(CONSTANTS), r"\b", r"\b"), Name.Constant),
            (words(_TYPES, r"(?<=: )", r"\b"), Keyword.Type),
            (words(_TYPES, r"\b", r"(?=\[)"), Keyword.Type),
            (_NAME + _CALLED, Name.Function),
            (_NAME, Name),
            (words([s for s in _SYMBOLS if s not in _PUNCTUATION]), Operator),
            (words(_PUNCTUATION), Punctuation),
        ]
    }
