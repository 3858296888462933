"""A statement that cannot be read: its tokens, the place where sense was lost, what could stand."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from pplc.grammar.diagnostics import Diagnostic, Fix
from pplc.grammar.source import Source, Span
from pplc.grammar.tokens import END, Token

#: Where a statement stands.
Place = Literal["model", "loop", "generate", "guide", "fit"]

OPENING = frozenset({"LPAR", "LSQB", "LBRACE"})
CLOSING = frozenset({"RPAR", "RSQB", "RBRACE"})
COMPARISONS = frozenset({"EQ", "NE", "LESSTHAN", "LE", "MORETHAN", "GE"})
OPERATORS = COMPARISONS | {"PLUS", "MINUS", "STAR", "SLASH", "AT", "CIRCUMFLEX", "AND", "OR"}
#: Types that a name may be given, as the lexer sees them.
NAMES = frozenset({"NAME", "TRUNCATED", "ORDERED", "STRICT"})
#: What a value can begin and end with.
BEGINNINGS = NAMES | {"NUMBER", "TRUE", "FALSE", "LPAR", "LSQB"}
ENDINGS = NAMES | {"NUMBER", "TRUE", "FALSE", "RPAR", "RSQB"}


@dataclass(frozen=True)
class Failure:
    """The parser, at token `at` of a statement, found none of the types it `accepts`."""

    source: Source
    tokens: Sequence[Token]
    at: int
    accepts: frozenset[str]
    place: Place
    #: Whether tokens follow the grammar of an expression.
    is_expression: Callable[[Sequence[Token]], bool]

    @property
    def token(self) -> Token:
        """What was found; of type `END` after the last token."""
        if self.at < len(self.tokens):
            return self.tokens[self.at]
        end = self.tokens[-1].end
        return Token(END, "", end, end)

    def type(self, place: int) -> str:
        """The type of a token; empty before the first, `END` after the last."""
        if place < 0:
            return ""
        return self.tokens[place].type if place < len(self.tokens) else END

    def types(self, start: int, length: int) -> tuple[str, ...]:
        """The types of some tokens in a row."""
        return tuple(self.type(place) for place in range(start, start + length))

    def text(self, place: int) -> str:
        """The text of a token, empty outside the statement."""
        return self.tokens[place].text if 0 <= place < len(self.tokens) else ""

    def span(self, start: int, end: int | None = None) -> Span:
        """The place of tokens `start <= i < end`; of one token where `end` is left out."""
        last = min(start + 1 if end is None else end, len(self.tokens)) - 1
        start = min(start, len(self.tokens) - 1)
        return Span(self.tokens[start].start, self.tokens[max(last, start)].end)

    def whole(self) -> Span:
        """The place of the whole statement."""
        return self.span(0, len(self.tokens))

    def written(self, start: int, end: int) -> str:
        """What was written from token `start` to before token `end`."""
        return self.source.slice(self.span(start, end)) if start < end else ""

    def after(self, place: int) -> int:
        """The token after this one, or after the bracket that closes if this one opens one."""
        depth = 0
        for i in range(place, len(self.tokens)):
            depth += (self.tokens[i].type in OPENING) - (self.tokens[i].type in CLOSING)
            if depth <= 0:
                return i + 1
        return len(self.tokens)

    def outermost(self, start: int = 0) -> Iterator[int]:
        """The tokens from `start` that stand outside brackets, an opening one included."""
        place = start
        while place < len(self.tokens):
            yield place
            place = self.after(place)

    def find(self, types: frozenset[str] | set[str], start: int = 0) -> int | None:
        """The first token of one of these types outside brackets."""
        return next((i for i in self.outermost(start) if self.type(i) in types), None)

    def opening(self, place: int | None = None) -> int | None:
        """The bracket that is open at a token (at the failure unless given)."""
        depth = 0
        for i in range((self.at if place is None else place) - 1, -1, -1):
            depth += (self.type(i) in CLOSING) - (self.type(i) in OPENING)
            if depth < 0:
                return i
        return None

    def target_end(self) -> int:
        """The token after `name` or `name[...]` at the beginning; 0 if it begins otherwise."""
        if self.type(0) not in NAMES:
            return 0
        return self.after(1) if self.type(1) == "LSQB" else 1


Recognizer = Callable[[Failure], Diagnostic | None]


def first(failure: Failure, recognizers: Sequence[Recognizer]) -> Diagnostic | None:
    """What the first recognizer that knows this mistake says."""
    return next((said for said in (knows(failure) for knows in recognizers) if said), None)


def insert(text: str, at: int) -> Fix:
    """The fix that puts a text in a place."""
    return Fix(f"insert `{text.strip()}`", Span(at, at), text)


def rewrite(span: Span, text: str) -> tuple[Fix, ...]:
    """The fix that puts a text in place of another."""
    return (Fix(f"write `{text.strip()}`", span, text),)
