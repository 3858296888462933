"""Input that nobody writes on purpose: each ends in a short message, at once."""

import time
from pathlib import Path

import pytest

from pplc.cli import run

DEEP = 10_000
INPUTS = {
    "a_megabyte_of_one_word": b"m" * 1_000_000 + b" ~\n",
    "a_megabyte_of_one_number": b"mu ~ Normal(0" + b"1" * 1_000_000 + b", 1\n",
    "a_very_long_sum": b"mu ~ Normal(" + b"1 + " * 50_000 + b")\n",
    "many_openings": b"(" * 100_000,
    "deep_parentheses": b"mu ~ Normal(" + b"(" * DEEP + b"0" + b")" * DEEP + b", 1)\n",
    "deep_brackets": b"x = " + b"[" * DEEP + b"0" + b"]" * DEEP + b"\n",
    "deep_powers": b"x = " + b"2 ^ " * DEEP + b"2\n",
    "deep_signs": b"x = " + b"-" * DEEP + b"2\n",
    "deep_blocks": b"index N\n" + b"for n in N {\n" * 2_000 + b"}\n" * 2_000,
    "a_thousand_mistakes": b"mu ~ ~ 1\n" * 1000,
    "zeros": b"\x00" * 1000,
    "escapes": b"mu ~ \x1b[31mNormal(0, 1)\n",
    "bom": b"\xef\xbb\xbfmu ~ Normal(0,, 1)\n",
    "windows_lines": b"index N\r\nmu ~ Normal(0,, 1)\r\n",
    "no_last_newline": b"mu ~ Normal(0,, 1)",
    "only_comments": b"# nothing\n\n# at all\n",
}


@pytest.mark.parametrize("name", INPUTS)
def test_bad_input(name, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    Path("model.ppl").write_bytes(INPUTS[name])
    began = time.process_time()
    assert run(["check", "model.ppl"]) == 1
    assert time.process_time() - began < 20
    written = capsys.readouterr().err
    assert "error[E" in written
    assert "X901" not in written
    assert "\x1b" not in written
    assert len(written) < 1000 * max(1, written.count("error[E"))
