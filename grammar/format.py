"""The one layout of a spec: `pplc fmt`.

Works on tokens, so that comments stay where they are, in three steps: spaces between tokens, rows
(what stands on one line), and columns (`~` and `=` of neighboring statements, and comments behind
neighboring lines, stand under each other).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from pplc.grammar.diagnostics import Result
from pplc.grammar.layout import STATEMENT_WORDS
from pplc.grammar.mistakes.failure import ENDINGS, NAMES
from pplc.grammar.parse import parse, read_tokens
from pplc.grammar.source import Source
from pplc.grammar.tokens import COMMENT, NEWLINE, NUMBER, Token

INDENT = 2
#: Spaces before a comment behind a statement.
_GAP = "  "

_OPENING = frozenset({"LPAR", "LSQB"})
_CLOSING = frozenset({"RPAR", "RSQB"})
_BRACES = frozenset({"LBRACE", "RBRACE"})
#: What begins a row whose `~` or `=` stands under no other.
_UNALIGNED = STATEMENT_WORDS | _CLOSING | {"STAR"}
_NO_SPACE_BEFORE = frozenset({"COMMA", "COLON", "QMARK", "DOT", "CIRCUMFLEX"}) | _CLOSING
_NO_SPACE_AFTER = frozenset({"DOT", "CIRCUMFLEX"}) | _OPENING


def format_source(source: Source) -> Result[str]:
    """The text of a spec in its one layout; none, and why, where it has syntax errors."""
    parsed = parse(source)
    if not parsed.ok:
        return Result(None, parsed.diagnostics)
    tokens, _, _ = read_tokens(source.text)
    rows = _Rows(tokens).read()
    return Result("".join(f"{line}\n" for line in _lines(rows)))


# --- spaces --------------------------------------------------------------------------------------


def _spaces(tokens: Sequence[Token]) -> list[bool]:
    """Whether a space stands before each token, where the one before is on the same line."""
    code = [place for place, token in enumerate(tokens) if token.type not in (NEWLINE, COMMENT)]
    types = ["", "", *(tokens[place].type for place in code), "", ""]
    spaced = [False] * len(tokens)
    indexes: list[bool] = []  # of each open bracket, whether it holds indices
    tight = False
    for at, place in enumerate(code, 2):
        before, this = types[at - 1], types[at]
        applied = this in _OPENING and before in ENDINGS
        lag = bool(indexes) and indexes[-1] and _is_lag(types, at)
        argument = this == "EQUAL" and bool(indexes)
        spaced[place] = not (tight or applied or lag or argument or this in _NO_SPACE_BEFORE)
        if before == NUMBER and this == "DOT":  # `2.x` would be read as a number
            spaced[place] = True
        prefix = this == "MINUS" and before not in ENDINGS
        tight = this in _NO_SPACE_AFTER or lag or argument or prefix
        if this in _OPENING:
            indexes.append(this == "LSQB" and applied)
        elif this in _CLOSING:
            indexes.pop()
    return spaced


def _is_lag(types: Sequence[str], at: int) -> bool:
    """Whether a sign is that of `t-1`, alone in its index."""
    return (
        types[at] in ("MINUS", "PLUS")
        and types[at - 2] in ("LSQB", "COMMA")
        and types[at - 1] in NAMES
        and types[at + 1] == NUMBER
        and types[at + 2] in ("RSQB", "COMMA")
    )


# --- rows ----------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Row:
    """What stands on one line: code, a comment, or both."""

    indent: int
    #: The first of its tokens, and all that follow, with the space before each.
    tokens: list[Token] = field(default_factory=list)
    text: str = ""
    #: How much of `text` stands before a `~` or `=` to align; 0 where none is.
    sign: int = 0
    comment: str = ""
    #: Whether a blank line stands before it.
    apart: bool = False


class _Rows:
    """Divides tokens into rows: line breaks are kept; blocks are on one line, or laid out."""

    def __init__(self, tokens: Sequence[Token]) -> None:
        self.tokens = tokens
        self.rows: list[_Row] = []
        self.row: _Row | None = None
        #: Whether no more code belongs on the row: a comment may.
        self.full = False
        self.blank = False
        self.depth = 0
        #: The indentation of the row in which each open bracket stands.
        self.brackets: list[int] = []

    def read(self) -> list[_Row]:
        """All rows of the spec."""
        broken = _braces_of_several_lines(self.tokens)
        spaced = _spaces(self.tokens)
        for place, token in enumerate(self.tokens):
            if token.type == NEWLINE:
                self._end_row()
            elif token.type == COMMENT:
                self._row(token).comment = token.text.rstrip()
            elif place in broken:
                self._brace(token, spaced=spaced[place])
            else:
                self._add(token, spaced=spaced[place])
        self._end_row()
        return self.rows

    def _row(self, token: Token) -> _Row:
        """The row that a token belongs to, begun with it where there is none."""
        if self.row is None:
            if self.brackets:
                indent = self.brackets[-1] + (0 if token.type in _CLOSING else INDENT)
            else:
                indent = self.depth * INDENT
            after_brace = not self.rows or self.rows[-1].text.endswith("{")
            apart = self.blank and not after_brace and token.type != "RBRACE"
            self.row = _Row(indent, apart=apart)
            self.blank = False
        return self.row

    def _end_row(self) -> None:
        if self.row is None:
            self.blank = not self.brackets
            return
        if self.brackets:
            self.row.sign = 0
        self.rows.append(self.row)
        self.row, self.full = None, False

    def _add(self, token: Token, *, spaced: bool) -> None:
        if self.full:
            self._end_row()
        row = self._row(token)
        if token.type in ("TILDE", "EQUAL") and self._is_first_sign(row):
            row.sign = len(row.text)
        row.text += f" {token.text}" if spaced and row.text else token.text
        row.tokens.append(token)
        if token.type in _OPENING:
            self.brackets.append(row.indent)
        elif token.type in _CLOSING:
            self.brackets.pop()
        elif token.type in _BRACES:
            row.sign = 0

    def _is_first_sign(self, row: _Row) -> bool:
        if self.brackets or not row.tokens or row.sign:
            return False
        begins = row.tokens[0].type
        return begins not in _UNALIGNED and not any(token.type in _BRACES for token in row.tokens)

    def _brace(self, token: Token, *, spaced: bool) -> None:
        """A brace of a block of several lines ends its row; a closing one begins one, too."""
        if token.type == "RBRACE":
            if self.row is not None:
                self._end_row()
            self.depth -= 1
        self._add(token, spaced=spaced)
        if token.type == "LBRACE":
            self.depth += 1
        self.full = True


def _braces_of_several_lines(tokens: Sequence[Token]) -> set[int]:
    """The places of the braces of blocks that do not stand on one line."""
    broken: set[int] = set()
    opened: list[tuple[int, int]] = []  # place, newlines before it
    newlines = 0
    for place, token in enumerate(tokens):
        if token.type == NEWLINE:
            newlines += 1
        elif token.type == "LBRACE":
            opened.append((place, newlines))
        elif token.type == "RBRACE":
            start, before = opened.pop()
            if newlines > before:
                broken |= {start, place}
    return broken


# --- columns -------------------------------------------------------------------------------------


def _lines(rows: Sequence[_Row]) -> Iterator[str]:
    """The text of each line."""
    for run in _runs(rows, lambda row: row.sign > 0, same_indent=True):
        width = max(row.sign for row in run)
        for row in run:
            row.text = row.text[: row.sign].ljust(width) + row.text[row.sign :]
    texts = [" " * row.indent + row.text for row in rows]
    widths = {id(row): len(text) for row, text in zip(rows, texts, strict=True)}
    columns = {}
    for run in _runs(rows, lambda row: bool(row.text and row.comment), same_indent=False):
        width = max(widths[id(row)] for row in run)
        columns.update({id(row): width for row in run})
    for row, text in zip(rows, texts, strict=True):
        if row.apart:
            yield ""
        if row.text and row.comment:
            yield text.ljust(columns[id(row)]) + _GAP + row.comment
        else:
            yield text + row.comment


def _runs(
    rows: Sequence[_Row], belongs: Callable[[_Row], bool], *, same_indent: bool
) -> Iterator[list[_Row]]:
    """Rows that belong and follow each other without a blank line or another row between."""
    run: list[_Row] = []
    for row in rows:
        if run and (row.apart or (same_indent and row.indent != run[-1].indent)):
            yield run
            run = []
        if belongs(row):
            run.append(row)
        elif run:
            yield run
            run = []
    if run:
        yield run
