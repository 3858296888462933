"""The kept tables of the parser are those of the grammar."""

from pathlib import Path

import pplc.grammar
from pplc.grammar import tables


def test_kept_tables_are_those_of_the_grammar(request):
    if not tables.current() and request.config.getoption("--update"):
        folder = Path(pplc.grammar.__file__).parent
        (folder / tables.FILE).write_text(tables.analyzed(), encoding="utf-8")
    assert tables.current(), "`make update-golden` makes them anew"


def test_without_kept_tables_the_grammar_is_analyzed(monkeypatch):
    kept = tables.parser.__wrapped__()
    monkeypatch.setattr(tables, "_made_from", lambda: {"grammar": "another", "lark": "another"})
    analyzed = tables.parser.__wrapped__()
    assert {t.name for t in analyzed.terminals} == {t.name for t in kept.terminals}
    assert analyzed.source_path != kept.source_path


def test_every_sign_and_word_has_a_type():
    types = tables.token_types()
    assert (types["~"], types["for"], types["truncated"]) == ("TILDE", "FOR", "TRUNCATED")
    assert {"{", "}", "->", "and", "where"} <= set(types)
    assert "Normal" not in types
