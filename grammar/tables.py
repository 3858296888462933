"""The parser that lark makes of ppl.lark, its tables kept in ppl.json.

To analyze the grammar takes a tenth of a second, longer than all the rest of `pplc check`; to load
the tables takes a hundredth. Where they are not those of this grammar and this version of lark,
the grammar is analyzed.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from functools import cache
from importlib import resources
from typing import Any

import lark
from lark import Lark
from lark.grammar import Rule
from lark.lexer import PatternStr, TerminalDef

from pplc.grammar.build import Build

#: The rules that a line of a spec may follow.
STARTS = ("statement", "guide_statement", "fit_statement")
FILE = "ppl.json"


@cache
def parser() -> Lark:
    """The parser of one line: fed with tokens, it calls the methods of `Build`."""
    try:
        tables = json.loads(_read(FILE), object_pairs_hook=_with_numbers)
    except FileNotFoundError:
        tables = {}
    if tables.get("made_from") != _made_from():
        return _analyze(transformer=Build())
    # What every parser does that lark generates as a module of its own.
    load: Callable[..., Lark] = Lark._load_from_dict
    return load(tables["data"], tables["memo"], transformer=Build())


@cache
def token_types() -> dict[str, str]:
    """The type of every symbol and reserved word of the language, and of braces."""
    patterns = ((terminal.pattern, terminal.name) for terminal in parser().terminals)
    words = {pattern.value: name for pattern, name in patterns if isinstance(pattern, PatternStr)}
    return words | {"{": "LBRACE", "}": "RBRACE"}


def current() -> bool:
    """Whether the kept tables are those of this grammar and this version of lark."""
    return bool(json.loads(_read(FILE))["made_from"] == _made_from())


def analyzed() -> str:
    """The text of ppl.json for the grammar as it is now."""
    data, memo = _analyze().memo_serialize([TerminalDef, Rule])
    tables = {"made_from": _made_from(), "data": data, "memo": memo}
    return json.dumps(tables, separators=(",", ":")) + "\n"


def _analyze(**options: Any) -> Lark:
    # The lexer is named because lark wants one; it is never run.
    return Lark(
        _read("ppl.lark"),
        parser="lalr",
        lexer="basic",
        start=list(STARTS),
        keep_all_tokens=True,
        **options,
    )


def _made_from() -> dict[str, str]:
    grammar = hashlib.sha256(_read("ppl.lark").encode()).hexdigest()
    return {"grammar": grammar, "lark": lark.__version__}


def _read(name: str) -> str:
    return resources.files("pplc.grammar").joinpath(name).read_text(encoding="utf-8")


def _with_numbers(pairs: list[tuple[str, Any]]) -> dict[str | int, Any]:
    """An object whose numeric keys are numbers: JSON has made texts of them."""
    return {int(key) if key.isdigit() else key: value for key, value in pairs}
