"""Which mistake a statement holds: the first recognizer that knows it, or E100."""

from __future__ import annotations

from pplc.grammar.diagnostics import Diagnostic
from pplc.grammar.layout import BLOCK_WORDS
from pplc.grammar.mistakes import (
    blocks,
    brackets,
    conditions,
    declarations,
    expressions,
    programs,
    statements,
)
from pplc.grammar.mistakes.failure import Failure, first
from pplc.grammar.mistakes.unexpected import unexpected

#: Of a statement longer than this, in tokens, only E100 is said.
LONGEST = 5000

_HEADERS = (
    programs.with_block,
    blocks.stan_block,
    blocks.if_statement,
    statements.foreign_word,
    declarations.misspelled,
)
_ALL = (
    *programs.RECOGNIZERS,
    statements.foreign_word,
    *declarations.RECOGNIZERS,
    *blocks.RECOGNIZERS,
    conditions.equals_in_condition,
    brackets.comprehension,
    programs.qualified_name,
    *statements.RECOGNIZERS,
    *brackets.RECOGNIZERS,
    *conditions.RECOGNIZERS,
    *expressions.RECOGNIZERS,
)


def recognize(failure: Failure, *, opens_block: bool) -> Diagnostic:
    """What to say of a statement that cannot be read, or of the head of a block."""
    if len(failure.tokens) > LONGEST:
        return unexpected(failure)
    if opens_block and failure.type(0) not in BLOCK_WORDS:
        return first(failure, _HEADERS) or blocks.unknown_block(failure.tokens)
    return first(failure, _ALL) or unexpected(failure)
