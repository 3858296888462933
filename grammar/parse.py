"""From the text of a spec to its syntax tree, with every mistake reported in one run.

tokens -> (signs of other languages mended) -> lines and blocks -> the nodes of each line. A line
that cannot be read is reported and left out; all others are read.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, cast

from lark import Token as LarkToken
from lark import UnexpectedToken

from pplc.grammar import build, catalogue, nodes
from pplc.grammar.diagnostics import Diagnostic, Result
from pplc.grammar.layout import DEEPEST, Layout, Line
from pplc.grammar.mistakes import built
from pplc.grammar.mistakes.failure import OPERATORS, Place
from pplc.grammar.source import Source, Span
from pplc.grammar.tables import parser, token_types
from pplc.grammar.tokens import END, FOREIGN, NAME, Token, tokenize

#: More diagnostics than this are counted, not shown.
MOST_SHOWN = 100

_RULES = {"guide": "guide_statement", "fit": "fit_statement"}
_ANYWHERE = (nodes.SiteStatement, nodes.DefinitionStatement, build.LoopHeader)
#: What may stand in a block, besides what ppl.lark says.
_ALLOWED = {"loop": (*_ANYWHERE, nodes.FactorStatement), "generate": _ANYWHERE}
_BODIES: dict[str, Place] = {
    "FOR": "loop",
    "SCAN": "loop",
    "GUIDE": "guide",
    "GENERATE": "generate",
    "FIT": "fit",
}


def read_source(name: str, content: bytes) -> Result[Source]:
    """The text of a spec from the bytes of its file, shown to users under `name`."""
    try:
        return Result(Source(name, content.decode("utf-8")))
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        problem = f"byte {error.start} (line {line}) is 0x{content[error.start]:02x}"
        return Result(None, (catalogue.syntax.NotText(problem=problem),))


@dataclass(frozen=True, slots=True)
class Reading:
    """What could be read of a spec, with its syntax errors.

    `spec` holds the statements that could be read, and is None where none can be trusted; `whole`
    tells whether it holds all of them; `unread` are the names on the lines that it lacks.
    """

    spec: nodes.Spec | None
    whole: bool
    unread: frozenset[str]
    diagnostics: tuple[Diagnostic, ...]


def read(source: Source) -> Reading:
    """All of a spec that can be read."""
    reader = _Reader(source)
    spec = reader.spec()
    found = sorted(reader.diagnostics, key=lambda d: d.span.start if d.span else -1)
    return Reading(spec, not reader.unread, frozenset(reader.unread_names), _shown(found))


def parse(source: Source) -> Result[nodes.Spec]:
    """The syntax tree of a spec, and all its syntax errors.

    There is a tree, errors or not, where every statement could be read.
    """
    reading = read(source)
    return Result(reading.spec if reading.whole else None, reading.diagnostics)


def read_tokens(text: str) -> tuple[list[Token], tuple[Diagnostic, ...], list[int]]:
    """The tokens of a spec, comments and newlines too, with signs of other languages mended.

    Also what to say of those signs, and where they may not mean what they were taken for.
    """
    types = token_types()
    tokens = list(tokenize(text, types))
    if all(token.type != FOREIGN for token in tokens):
        return tokens, (), []
    from pplc.grammar.foreign import Mender  # only a spec with mistakes pays for it

    mender = Mender(types)
    mender.read(tokens)
    return mender.mended, tuple(mender.diagnostics()), mender.guessed


def parse_tokens(tokens: Sequence[Token], rule: str) -> Any:
    """What `Build` makes of one line under a rule of ppl.lark.

    Raises lark's `UnexpectedToken` and `Mistake`.
    """
    line = parser().parse_interactive(start=rule)
    for token in tokens:
        line.feed_token(cast(LarkToken, token))
    end = tokens[-1].end
    return line.feed_token(cast(LarkToken, Token(END, "", end, end)))


def _shown(found: list[Diagnostic]) -> tuple[Diagnostic, ...]:
    hidden = len(found) - MOST_SHOWN
    if hidden <= 0:
        return tuple(found)
    last = catalogue.syntax.TooManyMistakes(span=found[MOST_SHOWN].span, hidden=hidden)
    return (*found[:MOST_SHOWN], last)


class _Reader:
    """Reads a spec; `unread` tells whether a part of it could not be read."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.diagnostics: list[Diagnostic] = []
        self.unread = False
        self.unread_names: set[str] = set()
        self.guessed: list[int] = []

    def spec(self) -> nodes.Spec | None:
        """What can be read of the spec; None where its blocks had to be guessed."""
        text = self.source.text
        if "\0" in text:
            at = text.index("\0")
            self._say(
                catalogue.syntax.NotText(span=Span(at, at + 1), problem="it holds a NUL byte")
            )
            return None
        tokens, said, guessed = read_tokens(text)
        layout = Layout(tokens)
        layout.read()
        self.diagnostics += (*said, *layout.diagnostics)
        self.guessed, self.unread = guessed, layout.guessed
        statements = self._statements(layout.lines, "model")
        if not layout.lines and not self.diagnostics:
            self.diagnostics.append(catalogue.syntax.EmptySpec(span=Span(0, 0)))
            return None
        if layout.guessed:
            return None
        return nodes.Spec(span=Span(0, len(text)), statements=tuple(statements))

    def _statements(self, lines: Sequence[Line], place: Place) -> list[Any]:
        read: list[Any] = []
        before: Line | None = None
        headless: Line | None = None  # unread, and what is indented under it belongs to it
        for line in lines:
            if headless is not None and line.column <= headless.column:
                headless = None
            goes_on = _goes_on(before, line)
            before = line
            if goes_on:  # only a block in it may hold other mistakes
                self._statements(line.block or (), place)
            value = None if goes_on else self._line(line, place)
            if value is None or headless or line.mended or self._is_guessed(line):
                self.unread = True
                headless = headless or (line if line.block is None else None)
                self.unread_names |= _names_on(line)
            elif isinstance(value, tuple):  # `index N, P` makes several
                read += value
            else:
                read.append(value)
        return read

    def _is_guessed(self, line: Line) -> bool:
        """Whether a sign on the line may not mean what it was taken for."""
        first, last = line.tokens[0].start, line.tokens[-1].end
        return any(first <= place <= last for place in self.guessed)

    def _line(self, line: Line, place: Place) -> Any:
        value = None if line.too_deep else self._read(line, place)
        if line.block is not None:
            if not line.too_deep:
                return self._block(line, value, place)
        elif isinstance(value, build.Header):
            from pplc.grammar.mistakes.blocks import missing_block

            return self._say(missing_block(line))
        return value

    def _read(self, line: Line, place: Place) -> Any:
        """The node or header of a line; None, and a diagnostic, where it makes none."""
        try:
            value = parse_tokens(line.tokens, _RULES.get(place, "statement"))
        except built.Mistake as mistake:
            return self._say(mistake.diagnostic)
        except UnexpectedToken as unexpected:
            if not line.mended:
                said = self._recognized(line, place, unexpected)
                self.diagnostics = [d for d in self.diagnostics if not _is_part(d, said)]
                self._say(said)
            return None
        deep = _too_deep(value) if len(line.tokens) > DEEPEST else None
        if deep is not None:
            return self._say(catalogue.syntax.NestedTooDeep(span=deep.span, limit=DEEPEST))
        if place in _ALLOWED and not isinstance(value, _ALLOWED[place]):
            from pplc.grammar.mistakes.blocks import not_allowed

            first = line.tokens[0]
            return self._say(not_allowed(first.text, place, first.span))
        return value

    def _recognized(self, line: Line, place: Place, unexpected: UnexpectedToken) -> Diagnostic:
        from pplc.grammar.mistakes.failure import Failure
        from pplc.grammar.mistakes.recognize import LONGEST, recognize

        at = next(
            (i for i, token in enumerate(line.tokens) if token is unexpected.token),
            len(line.tokens),
        )
        if at <= LONGEST:
            accepts = _accepts(line.tokens[:at], _RULES.get(place, "statement"))
        else:
            accepts = frozenset(unexpected.expected)
        failure = Failure(
            source=self.source,
            tokens=line.tokens,
            at=at,
            accepts=accepts,
            place=place,
            is_expression=_is_expression,
        )
        return recognize(failure, opens_block=line.block is not None)

    def _block(self, line: Line, header: Any, place: Place) -> Any:
        assert line.block is not None
        inner = _BODIES.get(line.tokens[0].type, place)
        if inner == "loop" and place == "generate":
            inner = "generate"
        if header is not None and not isinstance(header, build.Header):
            from pplc.grammar.mistakes.blocks import unknown_block

            self._say(unknown_block(line.tokens))
        body = tuple(self._statements(line.block, inner))
        span = line.span
        match header:
            case build.LoopHeader(ordered, binder):
                return nodes.Loop(span=span, ordered=ordered, binder=binder, body=body)
            case build.GuideHeader(strict):
                return nodes.GuideBlock(span=span, strict=strict, body=body)
            case build.GenerateHeader():
                return nodes.GenerateBlock(span=span, body=body)
            case build.FitHeader():
                return nodes.FitBlock(span=span, body=body)
        return None

    def _say(self, diagnostic: Diagnostic) -> None:
        self.diagnostics.append(diagnostic)


def _is_part(quoted: Diagnostic, said: Diagnostic) -> bool:
    """Whether a report is of text in quotes that stands in what another is about."""
    if not isinstance(quoted, catalogue.syntax.StringLiteral) or not (quoted.span and said.span):
        return False
    return said.span.start <= quoted.span.start and quoted.span.end <= said.span.end


def _names_on(line: Line) -> set[str]:
    """The names that a line and its block may have meant to declare or define."""
    names: set[str] = set()
    lines = [line]
    while lines:
        each = lines.pop()
        lines += each.block or ()
        calls = {t.start for t, after in pairwise(each.tokens) if after.type == "LPAR"}
        if each.tokens[0].type == "NET":
            calls = set()
        names |= {t.text for t in each.tokens if t.type == NAME and t.start not in calls}
    return names


def _goes_on(before: Line | None, line: Line) -> bool:
    """Whether a line is the rest of a mistake that has been reported: it needs no second report."""
    if before is None:
        return False
    if line.tokens[0].type == "ELSE":
        return before.tokens[0].type in ("IF", "ELSE")
    dangling = before.tokens[-1].type in OPERATORS | {"EQUAL", "TILDE"}
    return dangling and line.column > before.column and _is_expression(line.tokens)


def _accepts(tokens: Sequence[Token], rule: str) -> frozenset[str]:
    """The types of token that could stand after these."""
    line = parser().parse_interactive(start=rule)
    for token in tokens:
        line.feed_token(cast(LarkToken, token))
    types: set[str] = line.accepts()  # type: ignore[no-untyped-call]
    return frozenset(types)


def _is_expression(tokens: Sequence[Token]) -> bool:
    """Whether tokens could stand after `name =`."""
    types = token_types()
    at = tokens[0].start
    start = (Token("NAME", "value", at, at), Token(types["="], "=", at, at))
    try:
        parse_tokens((*start, *tokens), "statement")
    except (UnexpectedToken, built.Mistake):
        return False
    return True


def _too_deep(value: Any) -> nodes.Node | None:
    """A node that is nested too deep, found without recursion."""
    level = [value]
    for _ in range(DEEPEST):
        level = [
            child
            for node in level
            for part in (node if isinstance(node, tuple) else node.parts)
            for child in (part if isinstance(part, tuple) else (part,))
            if isinstance(child, nodes.Node)
        ]
    return level[0] if level else None
