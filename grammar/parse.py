"""From the text of a spec to its syntax tree, with every mistake reported in one run."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

from lark import UnexpectedToken
from lark import Token as LarkToken

from pplc.grammar import build, nodes
from pplc.grammar.catalogue import syntax
from pplc.grammar.diagnostics import Diagnostic, Result
from pplc.grammar.layout import Layout, Line
from pplc.grammar.source import Source, Span
from pplc.grammar.tables import parser, token_types
from pplc.grammar.tokens import END, Token, tokenize

#: The rule of ppl.lark that a line follows, by the block it stands in.
_RULES = {"guide": "guide_statement", "fit": "fit_statement"}


def parse(source: Source) -> Result[nodes.Spec]:
    """The syntax tree of a spec, if every statement can be read, and all syntax errors."""
    tokens = list(tokenize(source.text, token_types()))
    layout = Layout(tokens)
    layout.read()
    reader = _Reader(list(layout.diagnostics))
    statements = reader.statements(layout.lines, "model")
    if not layout.lines and not reader.diagnostics:
        reader.diagnostics.append(syntax.EmptySpec(span=Span(0, len(source.text))))
    if reader.unread:
        return Result(None, tuple(reader.diagnostics))
    spec = nodes.Spec(span=Span(0, len(source.text)), statements=tuple(statements))
    return Result(spec, tuple(reader.diagnostics))


class _Reader:
    """Reads lines into statements; `unread` tells whether one of them could not be read."""

    def __init__(self, diagnostics: list[Diagnostic]) -> None:
        self.diagnostics = diagnostics
        self.unread = False

    def statements(self, lines: Sequence[Line], place: str) -> list[Any]:
        read: list[Any] = []
        for line in lines:
            value = self._line(line, place)
            if value is None:
                self.unread = True
            else:
                read.extend(value if type(value) is tuple else (value,))
        return read

    def _line(self, line: Line, place: str) -> Any:
        if line.too_deep:
            return None
        rule = _RULES.get(place, "statement")
        try:
            value = _feed(line.tokens, rule)
        except build.Mistake as mistake:
            self.diagnostics.append(mistake.diagnostic)
            value = None
        except UnexpectedToken as unexpected:
            token = cast(Token, unexpected.token)
            self.diagnostics.append(
                syntax.UnexpectedToken(span=token.span, found=token.text, expected="")
            )
            value = None
        if line.block is None:
            return value
        return self._block(line, value)

    def _block(self, line: Line, header: Any) -> Any:
        assert line.block is not None
        place = {
            build.LoopHeader: "model",
            build.GuideHeader: "guide",
            build.GenerateHeader: "model",
            build.FitHeader: "fit",
        }.get(type(header), "model")
        body = tuple(self.statements(line.block, place))
        match header:
            case build.LoopHeader(ordered, binder):
                return nodes.Loop(span=line.span, ordered=ordered, binder=binder, body=body)
            case build.GuideHeader(strict):
                return nodes.GuideBlock(span=line.span, strict=strict, body=body)
            case build.GenerateHeader():
                return nodes.GenerateBlock(span=line.span, body=body)
            case build.FitHeader():
                return nodes.FitBlock(span=line.span, body=body)
        return None


def _feed(tokens: Sequence[Token], rule: str) -> Any:
    line = parser().parse_interactive(start=rule)
    for token in tokens:
        line.feed_token(cast(LarkToken, token))
    end = tokens[-1].end
    return line.feed_token(cast(LarkToken, Token(END, "", end, end)))
