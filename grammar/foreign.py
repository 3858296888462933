"""What other languages write, or a word processor made of it: said, and mended where it is plain.

Works on tokens, before statements are told apart, so that one `;` or curly quote hides no other
mistake.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from pplc.grammar import signs
from pplc.grammar.diagnostics import Diagnostic, Note
from pplc.grammar.signs import Say
from pplc.grammar.source import Span
from pplc.grammar.tokens import COMMENT, FOREIGN, NAME, NEWLINE, NUMBER, Token

_NUMBER_AND_NAME = re.compile(r"\d+(?:\.\d+)?[A-Za-z_]\w*")
_NUMBER_SUFFIX = re.compile(r"\d+(?:\.\d*)?[lLfFuU]|\d+(?:_\d+)+")
_HEXADECIMAL = re.compile(r"0[xXbBoO]\w+|\d+(?:\.\d*)?[eE][+-]?")
_SUPERSCRIPT = re.compile("[⁰¹²³⁴⁵⁶⁷⁸⁹]+$")
_DENSITY = re.compile(r"\w+_(?:lpdf|lpmf|lcdf|lccdf)")
#: So many further places of the same mistake are shown.
_SHOWN = 2


@dataclass(slots=True)
class Mender:
    """Reads tokens into `mended`; `guessed` tells where they may not be what was meant."""

    types: Mapping[str, str]
    mended: list[Token] = field(default_factory=list)
    guessed: list[int] = field(default_factory=list)
    _places: dict[tuple[Say, str], list[Span]] = field(default_factory=dict)

    def read(self, tokens: Sequence[Token]) -> None:
        """Read all tokens of a spec."""
        skip_newline = False
        for place, token in enumerate(tokens):
            if skip_newline and token.type == NEWLINE:
                skip_newline = False
            elif token.type != FOREIGN:
                self.mended.append(token)
            elif token.text == "\\" and _ends_line(tokens, place + 1):
                self._say(signs.say_line_continuation, token, "\\")
                skip_newline = True
            else:
                self.mended.extend(self._mend(token, ends_line=_ends_line(tokens, place + 1)))

    def diagnostics(self) -> Iterator[Diagnostic]:
        """One diagnostic for each kind of mistake, at its first place."""
        for (say, text), places in self._places.items():
            first, *others = places
            more = f", and {len(others)} more in this file" if len(others) > _SHOWN else ""
            said = say(text, first, more)
            notes = tuple(Note("and here", span) for span in others[:_SHOWN])
            yield replace(said, notes=said.notes + notes) if notes else said

    def _say(self, say: Say, token: Token, text: str | None = None) -> None:
        key = (say, token.text if text is None else text)
        self._places.setdefault(key, []).append(token.span)

    def _mend(self, token: Token, *, ends_line: bool) -> Iterator[Token]:
        text = token.text
        if text.lstrip(".")[:1].isdecimal():
            yield self._number(token)
        elif text[0].isalnum() or text[0] == "_":
            yield from self._name(token)
        elif text.startswith(("//", "/*")):
            self._say(signs.say_comment, token._replace(end=token.start + 2), text[:2])
            if "\n" in text:
                yield Token(NEWLINE, "\n", token.start, token.end)
        elif text[0] == "'" and self._touches_value(token):
            self._say(signs.say_transpose, Token(FOREIGN, "'", token.start, token.start + 1))
            self.guessed.append(token.start)
        elif text[0] in "\"'“”„«‘":
            self._say(signs.say_label if self._first_in_call() else signs.say_string, token)
            self.guessed.append(token.start)
            yield Token(NAME, "text", token.start, token.end)
        elif text == ";":
            self._say(signs.say_semicolon if ends_line else signs.say_separator, token)
            yield Token(NEWLINE, "\n", token.start, token.end)
        elif text in ("<-", "<<-", ":="):
            yield from self._arrow(token)
        elif len(text) == 2 and text[1] == "=" and text[0] in "+-*/":
            yield self._compound(token)
        elif text == "|" and self._conditions():
            self._say(signs.say_bar, token)
            self.guessed.append(token.start)
            yield self._as(",", token)
        elif text in signs.SIGNS:
            self._say(signs.say_sign, token)
            yield self._as(signs.SIGNS[text], token)
        elif text[0] == "%":
            self._say(signs.say_modulo, token)
            self.guessed.append(token.start)
            yield self._as("*", token)
        elif text == "::":
            yield self._as(":", token)
        else:
            yield from self._character(token)

    def _conditions(self) -> bool:
        """Whether a bar reads as "given": in a density, or before `~` or `=`."""
        row = self._row()
        signs_before = any(token.type in ("TILDE", "EQUAL", "IF", "WHERE") for token in row)
        return not signs_before or any(_DENSITY.fullmatch(token.text) for token in row)

    def _first_in_call(self) -> bool:
        """Whether a text is the first argument of a call."""
        return [t.type for t in self.mended[-2:]] == [NAME, "LPAR"]

    def _touches_value(self, token: Token) -> bool:
        before = self.mended[-1] if self.mended else token
        return before.end == token.start and before.type in (NAME, "RPAR", "RSQB")

    def _as(self, meant: str, token: Token) -> Token:
        return Token(self.types.get(meant, NAME), meant, token.start, token.end)

    def _row(self) -> list[Token]:
        """The tokens of the statement so far, or of its last line."""
        row: list[Token] = []
        for token in reversed(self.mended):
            if token.type in (NEWLINE, "LBRACE"):
                break
            row.append(token)
        return row[::-1]

    def _name(self, token: Token) -> Iterator[Token]:
        if token.text.isascii():
            self._say(signs.say_underscores, token)
            yield token._replace(type=NAME)
            return
        power = _SUPERSCRIPT.search(token.text)
        end = token.start + power.start() if power else token.end
        name = token.text[: end - token.start]
        if not name.isascii():
            self._say(signs.say_letters, token._replace(text=name, end=end))
        if name:
            yield Token(NAME, name, token.start, end)
        if power:
            digits = unicodedata.normalize("NFKC", power.group())
            self._say(signs.say_lookalike, Token(FOREIGN, power.group(), end, token.end))
            yield Token(self.types["^"], "^", end, end)
            yield Token(NUMBER, digits, end, token.end)

    def _number(self, token: Token) -> Token:
        text = token.text
        named = _NUMBER_AND_NAME.fullmatch(text)
        odd = _NUMBER_SUFFIX.fullmatch(text) or _HEXADECIMAL.fullmatch(text)
        self._say(signs.say_digit_first if named and not odd else signs.say_number, token)
        self.guessed.append(token.start)
        return token._replace(type=NAME if named and not odd else NUMBER, text="1")

    def _arrow(self, token: Token) -> Iterator[Token]:
        """`x <- 1` defines; in `if x<-1` the same two signs compare."""
        row = self._row()
        after_target = len(row) == 1 or (len(row) > 1 and row[1].type in ("LSQB", "LPAR"))
        if token.text != "<-" or (after_target and _is_closed(row)):
            self._say(signs.say_assignment, token)
            yield self._as("=", token)
        else:
            yield Token(self.types["<"], "<", token.start, token.start + 1)
            yield Token(self.types["-"], "-", token.start + 1, token.end)

    def _compound(self, token: Token) -> Token:
        before = self.mended[-1] if self.mended else token
        if before.text == "target" and token.text == "+=":
            self.mended.pop()
            factor = Token(self.types["factor"], "factor", before.start, token.end)
            self._say(signs.say_target, factor)
            return factor
        self._say(signs.say_changed, token)
        self.guessed.append(token.start)
        return self._as("=", token)

    def _character(self, token: Token) -> Iterator[Token]:
        meant = signs.meant_by(token.text)
        if meant is not None:
            self._say(signs.say_lookalike, token)
            yield self._as(meant, token)
        elif unicodedata.category(token.text)[0] in "CZ":
            self._say(signs.say_invisible, token)
        else:
            self._say(signs.say_unknown, token)
            self.guessed.append(token.start)
            if token.text == "$":  # of R, a part of something
                yield self._as(".", token)


def _is_closed(row: Sequence[Token]) -> bool:
    """Whether the tokens so far are a name, or one with an index or arguments."""
    depth = sum((t.type in ("LPAR", "LSQB")) - (t.type in ("RPAR", "RSQB")) for t in row)
    return depth == 0 and row[-1].type in (NAME, "RSQB", "RPAR")


def _ends_line(tokens: Sequence[Token], place: int) -> bool:
    """Whether nothing but a comment or a closing brace follows on the line."""
    return place == len(tokens) or tokens[place].type in (NEWLINE, COMMENT, "RBRACE")
