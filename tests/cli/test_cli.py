"""tests/cli/<case>: a folder is a command line.

`cmd` is the command line; other files are there when it runs, beside a folder `specs` with the
spec and the data of Old Faithful. `stdout`, `stderr` and `status` are golden, and so are the
files of `after`, which the command is to leave behind.
"""

import io
import os
import shlex
import shutil
import sys
from pathlib import Path

import pytest

from pplc.cli import run

CASES = sorted(path.parent for path in Path(__file__).parent.glob("*/cmd"))
SPECS = Path(__file__).parents[2] / "specs"
GOLDEN = ("cmd", "stdin", "stdout", "stderr", "status", "after")


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """The working folder of a command, on a plain terminal of 96 columns."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "96")
    for name in ("NO_COLOR", "FORCE_COLOR", "PPLC_DEBUG"):
        monkeypatch.delenv(name, raising=False)
    (tmp_path / "specs").mkdir()
    for spec in SPECS.glob("faithful.*"):
        shutil.copy(spec, tmp_path / "specs")
    return tmp_path


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_command_line(case, folder, golden, monkeypatch, capfd):
    for path in case.iterdir():
        if path.name not in GOLDEN:
            shutil.copy(path, folder)
    program, *arguments = shlex.split((case / "cmd").read_text())
    assert program == "pplc"
    typed = case / "stdin"
    content = typed.read_bytes() if typed.exists() else b""
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content), encoding="utf-8"))
    monkeypatch.setenv("COLUMNS", "96")

    status = run(arguments)

    captured = capfd.readouterr()
    golden(case / "stdout", captured.out)
    golden(case / "stderr", captured.err.replace(os.fspath(folder), "FOLDER"))
    golden(case / "status", f"{status}\n")
    for expected in (case / "after").glob("*"):
        golden(expected, (folder / expected.name).read_text())
