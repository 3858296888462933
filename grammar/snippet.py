"""Lines of a spec with parts of them underlined, as rows of text behind a gutter of line numbers.

Long lines are cut to a window around what is marked; tabs, wide and unprintable characters take
the columns that a terminal gives them.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from pplc.grammar.source import Source, Span

#: A line longer than this is cut to a window of this many characters.
WINDOW = 100
#: How much of a cut line is shown before the mark.
LEAD = 30
#: A mark over more lines than this shows its first and its last line only.
MOST_LINES = 4
TAB = "    "
CUT = "..."


@dataclass(frozen=True, slots=True)
class Mark:
    """A part of the spec to underline with `sign`, and what to say beside the underline."""

    span: Span
    sign: str
    text: str
    style: str


@dataclass(frozen=True, slots=True)
class Row:
    """One row: a source line (with its number), an underline (with a style), or a gap."""

    text: str
    number: int | None = None
    style: str | None = None
    gap: bool = False


@dataclass(frozen=True, slots=True)
class _Piece:
    """The part of a mark that lies on one line: columns `start <= column < end`, from 0."""

    line: int
    start: int
    end: int
    mark: Mark
    text: str


def snippet(source: Source, marks: Sequence[Mark]) -> list[Row]:
    """The lines that the marks touch, in order, each above its underlines."""
    pieces = [piece for mark in marks for piece in _pieces(source, mark)]
    rows: list[Row] = []
    previous = None
    for number in sorted({piece.line for piece in pieces}):
        if previous is not None and number == previous + 2:
            rows.append(_plain_line(source, previous + 1))
        elif previous is not None and number > previous + 2:
            rows.append(Row("", gap=True))
        rows.extend(_marked_line(source, number, [p for p in pieces if p.line == number]))
        previous = number
    return rows


def printable(text: str) -> str:
    """The text with characters that a terminal would obey rather than show replaced."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() or c == "\n" else "\N{REPLACEMENT CHARACTER}" for c in text)


def _pieces(source: Source, mark: Mark) -> Iterable[_Piece]:
    first, start = source.position(mark.span.start)
    last, end = source.position(max(mark.span.start, mark.span.end - 1))
    if first == last:
        length = max(1, mark.span.end - mark.span.start)
        yield _Piece(first, start - 1, start - 1 + length, mark, mark.text)
        return
    numbers = range(first, last + 1)
    for number in numbers if len(numbers) <= MOST_LINES else (first, last):
        line = source.line(number)
        left = start - 1 if number == first else len(line) - len(line.lstrip())
        right = end if number == last else len(line.rstrip())
        if right > left or number == last:
            text = mark.text if number == last else ""
            yield _Piece(number, left, max(left + 1, right), mark, text)


def _marked_line(source: Source, number: int, pieces: list[_Piece]) -> Iterable[Row]:
    line = source.line(number)
    windows: dict[int, list[_Piece]] = {}
    for piece in pieces:
        shared = (start for start in windows if start <= piece.start < start + WINDOW)
        windows.setdefault(next(shared, _window_start(line, piece.start)), []).append(piece)
    for start, inside in windows.items():
        yield Row(_window(line, start), number)
        for piece in inside:
            yield Row(_underline(line, start, piece), style=piece.mark.style)


def _plain_line(source: Source, number: int) -> Row:
    return Row(_window(source.line(number), 0), number)


def _window_start(line: str, column: int) -> int:
    if len(line) <= WINDOW:
        return 0
    return max(0, min(column - LEAD, len(line) - WINDOW))


def _window(line: str, start: int) -> str:
    shown = "".join(_cells(line[start : start + WINDOW]))
    before = CUT if start > 0 else ""
    after = CUT if len(line) > start + WINDOW else ""
    return f"{before}{shown}{after}".rstrip()


def _underline(line: str, start: int, piece: _Piece) -> str:
    end = start + max(WINDOW, piece.start + 1 - start)
    before = _width(line[start : piece.start]) + (len(CUT) if start > 0 else 0)
    length = max(1, _width(line[piece.start : min(piece.end, end)]))
    return f"{' ' * before}{piece.mark.sign * length} {printable(piece.text)}".rstrip()


def _cells(text: str) -> list[str]:
    return [TAB if character == "\t" else printable(character) for character in text]


def _width(text: str) -> int:
    if text.isascii() and "\t" not in text:
        return len(text)
    return sum(_columns(character) for cell in _cells(text) for character in cell)


def _columns(character: str) -> int:
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1
