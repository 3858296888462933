"""`pplc fit` from beginning to end."""

import json
import os
import shutil
from contextlib import contextmanager
from pathlib import Path

import pytest

from pplc.cli import run

SPECS = Path(__file__).parents[2] / "specs"


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A working folder with the first rows of Old Faithful, which fit in a moment."""
    monkeypatch.chdir(tmp_path)
    for name in ("NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    shutil.copy(SPECS / "faithful.ppl", tmp_path)
    lines = (SPECS / "faithful.csv").read_text().splitlines(keepends=True)
    (tmp_path / "faithful.csv").write_text("".join(lines[:61]))
    return tmp_path


def test_fit_prints_ledger_table_verdict_and_folder(folder, capsys):
    assert run(["fit", "faithful.ppl"]) == 0
    out = capsys.readouterr().out
    ledger, table, summed_out, ending = out.split("\n\n")
    assert [line.split()[0] for line in ledger.splitlines()] == [
        "weights", "loc", "scale", "z", "waiting",
    ]  # fmt: skip
    assert [line.split()[0] for line in table.splitlines()[1:]] == [
        "weights[0]", "weights[1]", "loc[0]", "loc[1]", "scale[0]", "scale[1]",
    ]  # fmt: skip
    assert summed_out.startswith("z[N]: summed out")
    verdict, place = ending.splitlines()
    assert "Pareto k" in verdict
    assert place == "results in runs/faithful-1"
    files = {"fit.json", "module.py", "posterior.nc", "spec.ppl", "summary.json"}
    assert {path.name for path in Path("runs/faithful-1").iterdir()} == files
    assert os.listdir("runs") == ["faithful-1"]  # noqa: PTH208


def test_options_and_json(folder, capsys):
    command = ["fit", "faithful.ppl", "--seed", "5", "--draws", "300", "--rows", "50"]
    assert run([*command, "--set", "K=2", "-o", "mine", "--json"]) == 0
    written = json.loads(capsys.readouterr().out)
    record = json.loads(Path("mine/fit.json").read_text())
    assert written["fit"] == record
    assert written["summary"] == json.loads(Path("mine/summary.json").read_text())
    assert record["seed"] == 5
    assert record["options"] == {
        "data": ["faithful.csv"], "sizes": {"K": 2}, "rows": 50, "draws": 300,
    }  # fmt: skip
    assert record["sizes"] == {"N": 50, "K": 2}


def test_a_failure_of_the_fit_leaves_nothing(folder, monkeypatch, capsys):
    def broken(*_, **__):
        raise ZeroDivisionError

    monkeypatch.setattr("pplc.runtime.svi.fit", broken)
    assert run(["fit", "faithful.ppl"]) == 70
    assert "error[X901]: this is a bug in pplc: ZeroDivisionError" in capsys.readouterr().err
    assert not Path("runs").exists()


def test_a_full_disk_leaves_nothing(folder, monkeypatch, capsys):
    def full(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("pplc.runtime.labelled.save", full)
    assert run(["fit", "faithful.ppl"]) == 1
    written = capsys.readouterr()
    assert "error[R882]" in written.err
    assert written.out == ""
    assert not Path("runs").exists()


@pytest.mark.parametrize("phase", ["starts", "fit", "correct", "recover"])
def test_ctrl_c_in_any_phase_leaves_nothing(phase, folder, monkeypatch, capsys):
    reached = []

    @contextmanager
    def stopping():
        yield lambda info: press(info.phase)

    def press(at):
        if at == phase and not reached:
            reached.append(at)
            raise KeyboardInterrupt

    monkeypatch.setattr("pplc.cli.progress.shown", stopping)
    monkeypatch.setattr("pplc.runtime.progress._INTERVAL", 0.0)
    assert run(["fit", "faithful.ppl"]) == 130
    written = capsys.readouterr()
    assert written.err == "error[R890]: stopped before the end; nothing was written\n"
    assert written.out == ""
    assert reached
    assert not Path("runs").exists()
