"""From text to tokens. Nothing is rejected here: what the language lacks becomes `FOREIGN`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from pplc.grammar.source import Span

NEWLINE = "NEWLINE"
COMMENT = "COMMENT"
NAME = "NAME"
NUMBER = "NUMBER"
#: Characters or words that no spec may hold; `pplc.grammar.foreign` says what was meant.
FOREIGN = "FOREIGN"
#: The type that lark gives the end of what it parses.
END = "$END"

_PIECES = re.compile(
    r"""
      (?P<space>[ \t\f]+)
    | (?P<newline>\r\n|\n|\r)
    | (?P<comment>\#[^\r\n]*)
    | (?P<word>[^\W\d][\w\u0300-\u036f]*)
    | (?P<number>\.?\d(?:[eE][+-]|[\w.])*)
    | (?P<foreign>
          /\*(?:[\s\S]*?\*/|[\s\S]*) | //[^\r\n]*     # comments of other languages
        | "[^"\r\n]*"? | '[^'\r\n]*'                  # strings
        | [“”„«][^“”„«»\r\n]*[“”»] | ‘[^’\r\n]*’
        | <<- | <- | := | => | =< | <>
        | \*\* | && | \|\| | [+\-*/]= | %\*% | %/% | %in% | %% | \.\*(?!\*) | \./ | \.~ | ::
      )
    | (?P<symbol>-> | == | != | <= | >= | [()\[\]{}~=<>+\-*/^@,:.?])
    | (?P<unknown>.)
    """,
    re.VERBOSE,
)
_NUMBER = re.compile(r"(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?", re.ASCII)
_WORD = re.compile(r"(?!__)[A-Za-z_][A-Za-z0-9_]*")
_BYTE_ORDER_MARK = "\ufeff"


class Token(NamedTuple):
    """A piece of a spec: its type, and the characters `start <= i < end` it was read from.

    The type is the name of a terminal of ppl.lark, or one of the constants of this module.
    """

    type: str
    text: str
    start: int
    end: int

    @property
    def span(self) -> Span:
        """The place of the token."""
        return Span(self.start, self.end)


def tokenize(text: str, types: Mapping[str, str]) -> Iterator[Token]:
    """The tokens of a spec, newlines and comments included.

    `types` gives the type of each symbol and reserved word of the language.
    """
    for piece in _PIECES.finditer(text, len(_BYTE_ORDER_MARK) * text.startswith(_BYTE_ORDER_MARK)):
        kind, start, end = piece.lastgroup, piece.start(), piece.end()
        token = piece.group()
        if kind == "space":
            continue
        if kind == "word":
            type_ = types.get(token) or (NAME if _WORD.fullmatch(token) else FOREIGN)
        elif kind == "symbol":
            type_ = types[token]
        elif kind == "number":
            type_ = NUMBER if _NUMBER.fullmatch(token) else FOREIGN
        elif kind == "foreign" or kind == "unknown":
            type_ = FOREIGN
        else:
            type_ = NEWLINE if kind == "newline" else COMMENT
        yield Token(type_, token, start, end)
