"""What other languages write, or a word processor made of it: said, and mended where it is plain.

Works on tokens, before statements are told apart, so that one `;` or curly quote hides no other
mistake.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise, takewhile

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
#: So many tokens behind one may tell what it means.
_FAR = 40
#: So many further places of the same mistake are shown.
_SHOWN = 2


@dataclass(slots=True)
class Mender:
    """Reads tokens into `mended`; `guessed` tells where they may not be what was meant."""

    types: Mapping[str, str]
    mended: list[Token] = field(default_factory=list)
    guessed: list[int] = field(default_factory=list)
    _places: dict[tuple[Say, str], list[Span]] = field(default_factory=dict)
    #: What lines begin with: `s²` is the name of something there, and no power.
    _defined: set[str] = field(default_factory=set)
    #: What comes after the token that is read.
    _after: Sequence[Token] = ()

    def read(self, tokens: Sequence[Token]) -> None:
        """Read all tokens of a spec."""
        skip_newline = False
        self._defined = {
            token.text
            for before, token in pairwise([Token(NEWLINE, "", 0, 0), *tokens])
            if token.type == FOREIGN and before.type in (NEWLINE, "LBRACE")
        }
        for place, token in enumerate(tokens):
            if skip_newline and token.type == NEWLINE:
                skip_newline = False
            elif token.type != FOREIGN:
                self.mended.append(token)
            elif token.text == "\\" and _ends_line(tokens, place + 1):
                self._say(signs.say_line_continuation, token, "\\")
                skip_newline = True
            else:
                self._after = tokens[place + 1 : place + 1 + _FAR]
                self.mended.extend(self._mend(token))

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

    def _mend(self, token: Token) -> Iterator[Token]:
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
            yield self._semicolon(token)
        elif text in ("<-", "<<-", ":="):
            yield from self._arrow(token)
        elif len(text) == 2 and text[1] == "=" and text[0] in "+-*/":
            yield self._compound(token)
        elif text == "|" and self._groups():
            self._say(signs.say_formula, token)
            self.guessed.append(token.start)
            yield self._as("*", token)
        elif text == "|" and self._conditions():
            self._say(signs.say_bar, token)
            self.guessed.append(token.start)
            yield self._as(",", token)
        elif text in signs.SIGNS:
            self._say(signs.say_sign, token)
            yield self._as(signs.SIGNS[text], token)
        elif text == "%" and self.mended and self.mended[-1].type == NUMBER and self._ends_value():
            self._say(signs.say_percentage, self._number_before(token))
            self.guessed.append(token.start)
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

    def _groups(self) -> bool:
        """Whether a bar reads as in a formula of R, `y ~ x + (1 | g)`."""
        row = self._row()
        calls = any(a.type == NAME and b.type == "LPAR" for a, b in pairwise(row))
        return any(t.type == "TILDE" for t in row) and self._is_open(row) and not calls

    def _semicolon(self, token: Token) -> Token:
        """`;` ends a statement, or stands between arguments as in some spreadsheets."""
        rest = [t.type for t in takewhile(lambda t: t.type != NEWLINE, self._after)]
        if self._is_open(self._row()) and {"RPAR", "RSQB"} & set(rest):
            self._say(signs.say_list_separator, token)
            return self._as(",", token)
        ends_line = _ends_line(self._after, 0)
        self._say(signs.say_semicolon if ends_line else signs.say_separator, token)
        return Token(NEWLINE, "\n", token.start, token.end)

    def _is_open(self, row: Sequence[Token]) -> bool:
        return any(t.type in ("LPAR", "LSQB") for t in row) and not _is_closed(row)

    def _ends_value(self) -> bool:
        ends = (NEWLINE, COMMENT, "RPAR", "RSQB", "COMMA", "PLUS", "MINUS", "STAR", "SLASH")
        return not self._after or self._after[0].type in ends

    def _number_before(self, token: Token) -> Token:
        """A number with the percent sign behind it."""
        number = self.mended[-1]
        return Token(FOREIGN, number.text, number.start, token.end)

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
        power = None if token.text in self._defined else _SUPERSCRIPT.search(token.text)
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
            density = self._after and _DENSITY.fullmatch(self._after[0].text)
            self._say(signs.say_density if density else signs.say_target, factor)
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
