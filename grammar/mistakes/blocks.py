"""Mistakes in the heads of blocks, and statements that stand in the wrong block."""

from __future__ import annotations

from collections.abc import Sequence

from pplc.grammar.catalogue import syntax
from pplc.grammar.diagnostics import Diagnostic, Fix
from pplc.grammar.layout import BLOCK_WORDS, Line
from pplc.grammar.mistakes.failure import NAMES, Failure, Place, insert, rewrite
from pplc.grammar.source import Span
from pplc.grammar.tokens import Token

_LOOPS = frozenset({"FOR", "SCAN"})
_RANGES = frozenset({"range", "seq", "seq_len", "seq_along", "arange", "xrange", "eachindex"})
_OPENING_WORDS = frozenset({"do", "begin", "then"})
_LENGTHS = frozenset({"seq_along", "eachindex", "len", "length", "size", "nrow", "ncol", "shape"})
_STAN_BLOCKS = {
    "data": "write `data` before each name instead, and no braces",
    "parameters": "latent quantities are not declared; their statements with `~` are enough",
    "model": "statements stand at the top of the file, without a block around them",
    "transformed data": "definitions stand at the top of the file, without a block around them",
    "transformed parameters": "definitions stand at the top of the file, without a block",
    "generated quantities": "write `generate {` instead",
    "functions": "there are no functions; write the expressions where they are needed",
}
_WHERE = {
    "loop": "a loop",
    "generate": "a generate block",
    "guide": "a guide",
    "fit": "a fit block",
    "model": "the model itself",
}


def stan_block(failure: Failure) -> Diagnostic | None:
    """`model {`, `generated quantities {`."""
    name = " ".join(token.text for token in failure.tokens)
    if name not in _STAN_BLOCKS:
        return None
    fixes = rewrite(failure.whole(), "generate") if name.startswith("generated") else ()
    return syntax.StanBlock(span=failure.whole(), name=name, advice=_STAN_BLOCKS[name], fixes=fixes)


def if_statement(failure: Failure) -> Diagnostic | None:
    """`if k == 0 {`, `else {`, `while (x) {`."""
    word = failure.text(0)
    if failure.type(0) not in ("IF", "ELSE") and word not in ("while", "repeat", "elif"):
        return None
    chain = "what depends on the step before is a chain, `scan t in T { ... }`"
    advice = f"nothing is repeated until something holds; {chain}"
    repeats = word in ("while", "repeat")
    return syntax.IfStatement(
        span=failure.span(0), word=word, help_text=advice if repeats else None
    )


def loop_range(failure: Failure) -> Diagnostic | None:
    """`for i in 1:N`, `for (i in 1:N)`, `for i in range(N)`, `for i = 1:N`."""
    start = _binder_start(failure)
    if start is None or failure.type(start + 1) not in ("IN", "EQUAL"):
        return None
    over = start + 2
    closing = len(failure.tokens) - (failure.type(start - 1) == "LPAR")
    counts = failure.text(over) in _RANGES and failure.type(over + 1) == "LPAR"
    colon = failure.find({"COLON"}, over)
    ranged = colon is not None and colon < closing - 1
    if not (counts or ranged or failure.type(over) == "NUMBER"):
        return None
    variable, index_set, advice = failure.text(start), *_range_set(failure, over, closing)
    meant = f"{failure.text(0)} {variable} in {index_set}"
    return syntax.LoopRange(
        span=failure.span(over, closing),
        meant=meant,
        advice=advice,
        fixes=rewrite(failure.whole(), meant),
    )


def _range_set(failure: Failure, start: int, end: int) -> tuple[str, str]:
    """The index set that a range of numbers stands for, and where it comes from."""
    words = [token.text for token in failure.tokens[start:end] if token.type in NAMES]
    measured = [word for word in words if word in _LENGTHS]
    names = [word for word in words if word not in _RANGES | _LENGTHS]
    if measured and names:
        return "N", f"`N` stands for the index set that `{names[0]}` is declared over"
    if names:
        return names[-1], f"`index {names[-1]}` declares it; its size comes from the data"
    return "K", f"declare the index set: `index K = {_last_number(failure)}`"


def loop_parentheses(failure: Failure) -> Diagnostic | None:
    """`for (n in N)`."""
    if failure.type(0) not in _LOOPS or failure.types(1, 1) != ("LPAR",):
        return None
    if failure.type(2) not in NAMES or failure.type(3) != "IN":
        return None
    meant = f"{failure.text(0)} {failure.written(2, failure.after(1) - 1)}"
    return syntax.LoopParentheses(
        span=failure.span(1, failure.after(1)), meant=meant, fixes=rewrite(failure.whole(), meant)
    )


def several_binders(failure: Failure) -> Diagnostic | None:
    """`for n in N, p in P`, `for n, p in N, P`."""
    if failure.type(0) not in _LOOPS or failure.token.type != "COMMA":
        return None
    return syntax.SeveralBinders(span=failure.span(failure.at, len(failure.tokens)))


def missing_in(failure: Failure) -> Diagnostic | None:
    """`for n N`, `for n of N`, `for N`."""
    if failure.type(0) not in _LOOPS or failure.find({"IN"}) is not None:
        return None
    if failure.type(1) in NAMES and failure.type(2) in NAMES and len(failure.tokens) == 3:
        fixes: tuple[Fix, ...] = (insert("in ", failure.tokens[2].start),)
    else:
        fixes = ()
    return syntax.MissingIn(span=failure.token.span, word=failure.text(0), fixes=fixes)


def no_braces(failure: Failure) -> Diagnostic | None:
    """`for n in N:` and then an indented line, `for n in N: y[n] ~ ...`, `generate y = 2`."""
    word, at, end = failure.type(0), failure.at, len(failure.tokens)
    if word not in BLOCK_WORDS or at == 0:
        return None
    colon = failure.token.type == "COLON"
    begins = at + colon
    holds_statement = failure.find({"TILDE", "EQUAL"}, begins) is not None
    if at == end - 1 and (colon or failure.text(at) in _OPENING_WORDS):
        fixes = rewrite(Span(failure.tokens[at - 1].end, failure.token.end), " {")
    elif holds_statement and (colon or (word not in _LOOPS and at == 1)):
        span = Span(failure.tokens[at - 1].end, failure.tokens[-1].end)
        fixes = rewrite(span, f" {{ {failure.written(begins, end)} }}")
    else:
        return None
    if (word, failure.token.type) == ("GUIDE", "EQUAL"):
        text = "the guide is derived; `guide { * ~ normal }` asks for another family"
        return syntax.MissingBlock(
            span=failure.token.span, word=failure.text(0), help_text=text, fixes=()
        )
    return syntax.MissingBlock(span=failure.token.span, word=failure.text(0), fixes=fixes)


def number_of_elements(failure: Failure) -> Diagnostic | None:
    """`b[k in 3] ~ ...`, `sum(k in 3: ...)`."""
    if failure.type(failure.at - 1) != "IN" or failure.token.type != "NUMBER":
        return None
    size = failure.token.text
    return syntax.NumberAsDimension(span=failure.token.span, found=f"the number {size}", size=size)


def fit_option(failure: Failure) -> Diagnostic | None:
    """`steps: 2000`, `steps 2000`, `batch N: 64`."""
    if failure.place != "fit" or failure.at == 0 or "EQUAL" not in failure.accepts:
        return None
    found = failure.token
    fixes: tuple[Fix, ...] = ()
    value = failure.type(failure.at + 1) == "NUMBER"
    if found.type in ("COLON", "TILDE", "EQ") and value:
        fixes = rewrite(Span(failure.tokens[failure.at - 1].end, found.end), " =")
    elif found.type == "NUMBER":
        fixes = (insert("= ", found.start),)
    return syntax.FitOptionForm(span=found.span, fixes=fixes)


def keyword_in_block(failure: Failure) -> Diagnostic | None:
    """A statement that a guide or a fit block does not hold."""
    words = {"INDEX", "DATA", "NET", "FOR", "SCAN", "FACTOR", "GUIDE", "GENERATE", "FIT", "PARAM"}
    if failure.at != 0 or failure.place not in ("guide", "fit") or failure.type(0) not in words:
        return None
    if failure.type(1) in ("TILDE", "EQUAL", "LSQB"):
        return None
    return not_allowed(failure.text(0), failure.place, failure.span(0))


def star_outside_guide(failure: Failure) -> Diagnostic | None:
    """`* ~ point` in the model."""
    if failure.place == "guide" or failure.types(0, 2) != ("STAR", "TILDE"):
        return None
    return not_allowed("* ~", failure.place, failure.span(0, 2))


def not_allowed(word: str, place: Place, span: Span) -> Diagnostic:
    """A statement, by the word it begins with, that cannot stand in a block."""
    if word in ("for", "scan"):
        what, advice = "a loop", "a guide takes its loops from the model"
        if place == "fit":
            advice = "a fit block holds options such as `steps = 2000`"
    elif word == "factor":
        what, advice = "`factor`", "what is added to the log density belongs to the model"
    elif word == "* ~":
        what, advice = "`* ~`", "it says what a guide does with all the rest: `guide { ... }`"
    else:
        what, advice = f"`{word}`", "move it to the top of the file"
    return syntax.NotAllowedHere(span=span, what=what, where=_WHERE[place], advice=advice)


def missing_block(line: Line) -> Diagnostic:
    """The head of a block that no block follows."""
    end = line.tokens[-1].end
    return syntax.MissingBlock(
        span=Span(line.tokens[0].start, end),
        word=line.tokens[0].text,
        fixes=(insert(" {", end),),
    )


def unknown_block(tokens: Sequence[Token]) -> Diagnostic:
    """Anything else that a `{` follows."""
    return syntax.UnknownBlock(span=Span(tokens[0].start, tokens[-1].end))


def _binder_start(failure: Failure) -> int | None:
    """The running index of a loop, which may stand in brackets."""
    if failure.type(0) not in _LOOPS:
        return None
    start = 2 if failure.type(1) == "LPAR" else 1
    return start if failure.type(start) in NAMES else None


def _last_number(failure: Failure) -> str:
    numbers = [token.text for token in failure.tokens if token.type == "NUMBER"]
    return numbers[-1] if numbers else "3"


RECOGNIZERS = (
    if_statement,
    no_braces,
    loop_range,
    loop_parentheses,
    several_binders,
    number_of_elements,
    missing_in,
    fit_option,
    keyword_in_block,
    star_outside_guide,
)
