"""From tokens to lines: statements told apart, blocks nested, brackets paired.

Newlines end statements except within ( ) and [ ]; braces make blocks. A bracket that was never
closed would swallow the rest of the file, so a line that can only begin a statement ends it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from pplc.grammar import catalogue
from pplc.grammar.diagnostics import Diagnostic, Fix, Note
from pplc.grammar.source import Span
from pplc.grammar.tokens import COMMENT, NAME, NEWLINE, Token

#: How deep brackets, blocks and expressions may nest.
DEEPEST = 100

BLOCK_WORDS = frozenset({"FOR", "SCAN", "GUIDE", "GENERATE", "FIT"})
#: Statements that stand at the top of a file only.
TOP_WORDS = frozenset({"INDEX", "DATA", "NET", "GUIDE", "GENERATE", "FIT"})
STATEMENT_WORDS = BLOCK_WORDS | TOP_WORDS | {"PARAM", "FACTOR"}

_CLOSING = {"LPAR": "RPAR", "LSQB": "RSQB", "LBRACE": "RBRACE"}
_TEXT = {"RPAR": ")", "RSQB": "]", "RBRACE": "}"}
#: After these a `{` cannot begin a block.
_OPERATORS = frozenset(
    {"EQUAL", "TILDE", "COMMA", "COLON", "PLUS", "MINUS", "STAR", "SLASH", "AT", "CIRCUMFLEX"}
    | {"EQ", "NE", "LESSTHAN", "MORETHAN", "LE", "GE", "AND", "OR", "NOT"}
)


@dataclass(slots=True, eq=False)
class Line:
    """The tokens of one statement, or of a block's header and (in `block`) its lines.

    `column` is how far in the first token stands, from 0. `mended` tells that its brackets did
    not pair: they do now, but errors in it mean little.
    """

    tokens: list[Token]
    block: list[Line] | None = None
    closing: Token | None = None
    column: int = 0
    mended: bool = False
    too_deep: bool = False

    @property
    def span(self) -> Span:
        """From the first token to the last, that of the closing brace included."""
        last = self.closing or self.tokens[-1]
        return Span(self.tokens[0].start, last.end)


@dataclass(slots=True)
class _Open:
    """A block that is not closed yet."""

    line: Line
    brace: Token
    outer: list[Line]


@dataclass(slots=True)
class Layout:
    """Reads tokens one by one into `lines`; `diagnostics` tells what did not pair.

    `guessed` tells that a brace had to be put where it may not have been meant.
    """

    tokens: Sequence[Token]
    lines: list[Line] = field(default_factory=list)
    diagnostics: list[Diagnostic] = field(default_factory=list)
    guessed: bool = False
    _line: Line = field(default_factory=lambda: Line([]))
    _brackets: list[Token] = field(default_factory=list)
    _blocks: list[_Open] = field(default_factory=list)
    #: A block that, by the indentation of a later `}`, was never closed.
    _suspect: _Open | None = None
    _hint: tuple[Note, ...] = ()
    _row_start: int = 0

    def read(self) -> None:
        """Read all tokens, then say what is still open."""
        for place, token in enumerate(self.tokens):
            if token.type == COMMENT:
                continue
            if token.type == NEWLINE:
                self._row_start = token.end
                if not self._brackets or self._statement_begins(place + 1):
                    self._end_line()
            elif token.type in _CLOSING:
                self._open(token, place)
            elif token.type == "RBRACE":
                self._close_brace(token, place)
            elif token.type in _TEXT:
                self._close_bracket(token)
            else:
                self._add(token, place)
        self._end_line()
        if self._blocks:
            self._unclosed_block()

    # --- lines ---

    def _add(self, token: Token, place: int) -> None:
        if not self._line.tokens:
            self._line.column = token.start - self._row_start
            if token.type in TOP_WORDS and self._left_of_block():
                self._unclosed_block(Note("this cannot stand in a block", token.span))
            after_block = place and self.tokens[place - 1].type == "RBRACE"
            if after_block and token.type != "ELSE":
                self.diagnostics.append(catalogue.syntax.TwoStatements(span=token.span))
        if token.type == "TILDE" and self._brackets:  # it never stands within brackets
            self._unclosed_brackets()
        self._line.tokens.append(token)

    def _end_line(self) -> None:
        if self._brackets:
            self._unclosed_brackets()
        if self._line.tokens:
            self.lines.append(self._line)
        self._line = Line([])

    def _left_of_block(self) -> bool:
        """Whether the line stands no further in than the header of its block."""
        return bool(self._blocks) and self._line.column <= self._blocks[-1].line.column

    # --- brackets ---

    def _open(self, token: Token, place: int) -> None:
        line = self._line
        if token.type == "LBRACE" and not self._holds_a_list(line, token, place):
            self._open_block(token)
            return
        if token.type == "LBRACE":
            line.mended = True
            self.diagnostics.append(catalogue.syntax.BracesInExpression(span=token.span))
        if len(self._brackets) == DEEPEST and not line.too_deep:
            line.too_deep = True
            self.diagnostics.append(catalogue.syntax.NestedTooDeep(span=token.span, limit=DEEPEST))
        self._add(token, place)
        self._brackets.append(token)

    def _holds_a_list(self, line: Line, token: Token, place: int) -> bool:
        """Whether a `{` here is meant as a bracket of values, not as the beginning of a block."""
        if not line.tokens or line.tokens[0].type in BLOCK_WORDS:
            return False
        last = line.tokens[-1]
        if self._brackets or last.type in _OPERATORS:
            return True
        # `x_{n}` of LaTeX, but not `model{`
        touches = last.end == token.start and last.type == NAME
        return touches and (len(line.tokens) > 1 or self._is_subscript(place))

    def _is_subscript(self, place: int) -> bool:
        """Whether a `{` closes on its line, before `~` or `=`."""
        while self._type(place) not in (None, NEWLINE, "RBRACE"):
            place += 1
        return self._type(place + 1) in ("TILDE", "EQUAL")

    def _close_bracket(self, token: Token) -> None:
        if not self._brackets:
            self._line.mended = True
            self.diagnostics.append(
                catalogue.syntax.UnopenedBracket(
                    span=token.span,
                    bracket=token.text,
                    fixes=(Fix("remove it", token.span, ""),),
                )
            )
            return
        if _CLOSING[self._brackets[-1].type] != token.type:
            if any(_CLOSING[opening.type] == token.type for opening in self._brackets):
                self._close_inner_brackets(token)
            else:
                token = self._other_bracket(token)
        self._brackets.pop()
        self._line.tokens.append(token)

    def _close_inner_brackets(self, token: Token) -> None:
        """A bracket closes while others, opened after its partner, are open."""
        inner: list[Token] = []
        while _CLOSING[self._brackets[-1].type] != token.type:
            inner.append(self._brackets.pop())
        self._report_unclosed(inner, token.start, Note("this closes an outer one", token.span))

    def _other_bracket(self, token: Token) -> Token:
        opening = self._brackets[-1]
        expected = _CLOSING[opening.type]
        self._line.mended = True
        self.diagnostics.append(
            catalogue.syntax.WrongBracket(
                span=token.span,
                found=token.text,
                expected=_TEXT[expected],
                notes=(Note("opened here", opening.span),),
                fixes=(Fix(f"close it with `{_TEXT[expected]}`", token.span, _TEXT[expected]),),
            )
        )
        return Token(expected, _TEXT[expected], token.start, token.end)

    def _unclosed_brackets(self) -> None:
        """The statement ends while brackets are open."""
        self._report_unclosed(self._brackets[::-1], self._line.tokens[-1].end)
        self._brackets.clear()

    def _report_unclosed(self, inner_first: list[Token], end: int, *notes: Note) -> None:
        """Say once that brackets are not closed, and close them at `end`."""
        self._line.mended = True
        missing = "".join(_TEXT[_CLOSING[opening.type]] for opening in inner_first)
        self._line.tokens += [
            Token(_CLOSING[opening.type], _TEXT[_CLOSING[opening.type]], end, end)
            for opening in inner_first
        ]
        if self._line.too_deep:
            return
        others = tuple(Note("nor is this one", t.span) for t in inner_first[-2::-1][:3])
        fix = Fix(f"close it with `{missing}`", Span(end, end), missing)
        self.diagnostics.append(
            catalogue.syntax.UnclosedBracket(
                span=inner_first[-1].span,
                bracket=inner_first[-1].text,
                missing=missing,
                notes=(*others, *notes),
                fixes=() if notes else (fix,),
            )
        )

    def _statement_begins(self, place: int) -> bool:
        """Whether, with a bracket open, the tokens from `place` can only begin a new statement."""
        first = self._type(place)
        if first in STATEMENT_WORDS:
            return True
        if first == "STAR" and self._type(place + 1) == "TILDE":
            return True
        if first not in (NAME, "LPAR"):
            return False
        after = place + 1 if first == NAME else place
        after = self._skip_brackets(after)
        if self._type(after) == "TILDE":
            return True
        if first != NAME or self._type(after) != "EQUAL":
            return False
        # `name = value` may be an argument of a call; after an opening bracket or a comma it is.
        is_argument = after == place + 1 and self._line.tokens[-1].type in ("COMMA", "LPAR")
        return not is_argument or self._brackets[-1].type == "LSQB"

    def _skip_brackets(self, place: int) -> int:
        """The place after the bracket that opens here, if one does and closes on this line."""
        depth = 0
        while place < len(self.tokens):
            type_ = self.tokens[place].type
            depth += type_ in ("LPAR", "LSQB")
            depth -= type_ in ("RPAR", "RSQB")
            if depth == 0:
                return place + (type_ in ("RPAR", "RSQB"))
            if type_ == NEWLINE:
                break
            place += 1
        return place

    def _type(self, place: int) -> str | None:
        return self.tokens[place].type if place < len(self.tokens) else None

    # --- blocks ---

    def _open_block(self, brace: Token) -> None:
        if self._brackets:
            self._unclosed_brackets()
        header = self._line
        if not header.tokens and self.lines and self._awaits_block(self.lines[-1]):
            header = self.lines.pop()
            self._brace_on_next_line(header, brace)
        if not header.tokens and not (self._blocks and not self._blocks[-1].line.tokens):
            header.column = brace.start - self._row_start
            self.guessed = True
            self.diagnostics.append(catalogue.syntax.UnknownBlock(span=brace.span))
        if len(self._blocks) >= DEEPEST:
            header.too_deep = True
            if len(self._blocks) == DEEPEST:
                self.diagnostics.append(
                    catalogue.syntax.NestedTooDeep(span=brace.span, limit=DEEPEST)
                )
        self._blocks.append(_Open(header, brace, self.lines))
        self.lines = []
        self._line = Line([])

    @staticmethod
    def _awaits_block(line: Line) -> bool:
        return line.block is None and line.tokens[0].type in BLOCK_WORDS

    def _brace_on_next_line(self, header: Line, brace: Token) -> None:
        gap = Span(header.tokens[-1].end, brace.end)
        self.diagnostics.append(
            catalogue.syntax.BraceOnNextLine(
                span=brace.span,
                notes=(Note("the block's header", header.span),),
                fixes=(Fix("move it to the end of the header", gap, " {"),),
            )
        )

    def _close_brace(self, token: Token, place: int) -> None:
        if any(opening.type == "LBRACE" for opening in self._brackets):
            self._close_bracket(token)
            return
        self._end_line()
        if not self._blocks:
            self.guessed = True
            self.diagnostics.append(
                catalogue.syntax.UnopenedBlock(
                    span=token.span, fixes=(Fix("remove it", token.span, ""),)
                )
            )
            return
        if self._suspect is None and self._stands_under_outer_block(token, place):
            self._suspect = self._blocks[-1]
            self._hint = (Note("by its indentation, this closes an outer block", token.span),)
        self._close_block(token)

    def _stands_under_outer_block(self, closing: Token, place: int) -> bool:
        """Whether a brace alone on its row stands where it would close another block."""
        if place and self.tokens[place - 1].type != NEWLINE:
            return False
        column = closing.start - self._row_start
        *outer, innermost = (block.line.column for block in self._blocks)
        return column != innermost and column in outer

    def _close_block(self, closing: Token | None) -> None:
        block = self._blocks.pop()
        block.line.block = self.lines
        block.line.closing = closing
        self.lines = block.outer
        if block.line.tokens:
            self.lines.append(block.line)
        elif not block.line.too_deep:
            self.lines.extend(block.line.block)

    def _unclosed_block(self, *notes: Note) -> None:
        """Close all blocks, and say so once."""
        opened = self._suspect or self._blocks[-1]
        self.guessed = True
        self.diagnostics.append(
            catalogue.syntax.UnclosedBlock(span=opened.brace.span, notes=notes or self._hint)
        )
        self._suspect, self._hint = None, ()
        while self._blocks:
            self._close_block(None)
