"""Comments in odd places stay where they were: behind the same token, before the same one."""

import random
from pathlib import Path

import pytest

from pplc.grammar.format import format_source
from pplc.grammar.parse import parse, read_tokens
from pplc.grammar.source import Source
from pplc.grammar.tokens import COMMENT, NEWLINE

ROOT = Path(__file__).parents[3]
SPECS = sorted([*ROOT.glob("specs/**/*.ppl"), *ROOT.glob("tests/good/**/*.ppl")])


def with_comments(text, chosen):
    """The spec with comments and newlines wherever the language has place for them."""
    tokens, _, _ = read_tokens(text)
    parts, at, depth = ["# first\n"], 0, 0
    for count, token in enumerate(tokens):
        parts.append(text[at : token.start])
        inside = depth > 0 and token.type not in (NEWLINE, COMMENT)
        if inside and chosen.random() < 0.1:
            parts.append(
                chosen.choice((f"\n# {count}\n", f" # {count}\n", f"\n\n   # {count}\n\n"))
            )
        elif inside and chosen.random() < 0.1:
            parts.append("\n")
        before = tokens[count - 1].type if count else ""
        if token.type == NEWLINE and before != COMMENT and chosen.random() < 0.3:
            parts.append(chosen.choice((f"# {count}", f"    # {count}")))
        parts.append(text[token.start : token.end])
        at = token.end
        depth += (token.type in ("LPAR", "LSQB")) - (token.type in ("RPAR", "RSQB"))
        if token.type == NEWLINE and chosen.random() < 0.2:
            parts.append(chosen.choice((f"# {count}\n", f"   # {count}\n\n", f"\n\n# {count}\n")))
        if token.type == "LBRACE" and chosen.random() < 0.5:
            parts.append(f" # {count}\n")
    return "".join([*parts, text[at:].rstrip(), chosen.choice(("", "  # last", "\n# last"))])


def pieces(text):
    """All tokens and comments in order; of a comment whether it has a line of its own."""
    tokens, _, _ = read_tokens(text)
    before = ["", *(t.type for t in tokens)]
    return [
        (t.type, t.text.rstrip(), t.type == COMMENT and before[i] in ("", NEWLINE))
        for i, t in enumerate(tokens)
        if t.type != NEWLINE
    ]


@pytest.mark.parametrize("spec", SPECS, ids=lambda p: p.stem)
def test_comments_stay_where_they_were(spec):
    text = with_comments(spec.read_text(), random.Random(spec.stem))
    read = parse(Source("test.ppl", text))
    assert read.ok, text
    formatted = format_source(Source("test.ppl", text)).value
    assert pieces(formatted) == pieces(text)
    assert parse(Source("test.ppl", formatted)).value == read.value
    assert format_source(Source("test.ppl", formatted)).value == formatted
