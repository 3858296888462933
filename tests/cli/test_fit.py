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
        "init_from": None, "freeze": [], "device": "cpu", "engine": None,
    }  # fmt: skip
    assert record["sizes"] == {"N": 50, "K": 2}


def test_a_failure_of_the_fit_leaves_nothing(folder, monkeypatch, capsys):
    def broken(*_, **__):
        raise ZeroDivisionError

    monkeypatch.setattr("pplc.runtime.deterministic.fit.fit", broken)
    assert run(["fit", "faithful.ppl"]) == 70
    assert "error[X901]: this is a bug in pplc: ZeroDivisionError" in capsys.readouterr().err
    assert not Path("runs").exists()


def test_a_full_disk_leaves_nothing(folder, monkeypatch, capsys):
    def full(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("pplc.runtime.results.labelled.save", full)
    assert run(["fit", "faithful.ppl"]) == 1
    written = capsys.readouterr()
    assert "error[R882]" in written.err
    assert written.out == ""
    assert not Path("runs").exists()


@contextmanager
def stopped_in(phase, monkeypatch):
    """Ctrl-C at the first report of a phase."""
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
    yield
    assert reached


def test_ctrl_c_before_there_is_a_guide_leaves_nothing(folder, monkeypatch, capsys):
    with stopped_in("starts", monkeypatch):
        assert run(["fit", "faithful.ppl"]) == 130
    written = capsys.readouterr()
    assert written.err == "error[R890]: stopped before the end; nothing was written\n"
    assert written.out == ""
    assert not Path("runs").exists()


@pytest.mark.parametrize("phase", ["fit", "correct"])
def test_ctrl_c_during_the_fit_keeps_the_best_so_far(phase, folder, monkeypatch, capsys):
    with stopped_in(phase, monkeypatch):
        assert run(["fit", "faithful.ppl"]) == 130
    written = capsys.readouterr()
    assert written.err == (
        "error[R890]: stopped before the end; the best guide so far is kept in runs/faithful-1\n"
    )
    assert "not reliable: stopped before it had converged" in written.out
    record = json.loads(Path("runs/faithful-1/fit.json").read_text())
    assert record["interrupted"] and record["verdict"]["status"] == "not reliable"
    assert sorted(path.name for path in Path("runs/faithful-1").iterdir()) == [
        "fit.json", "module.py", "posterior.nc", "spec.ppl", "summary.json",
    ]  # fmt: skip


def test_ctrl_c_while_the_rest_is_drawn_keeps_fewer_draws(folder, monkeypatch, capsys):
    with stopped_in("recover", monkeypatch):
        assert run(["fit", "faithful.ppl"]) == 130
    written = capsys.readouterr()
    assert written.err.endswith("the best guide so far is kept in runs/faithful-1\n")
    record = json.loads(Path("runs/faithful-1/fit.json").read_text())
    assert (record["interrupted"], record["options"]["draws"]) == (True, 400)


@pytest.mark.parametrize("option", ["--steps 40", "--particles 4", "--dtype float32"])
def test_an_option_of_the_other_engine_is_no_option_without_effect(option, folder, capsys):
    assert run(["fit", "faithful.ppl", *option.split()]) == 1
    written = capsys.readouterr()
    assert f"error[R895]: `{option.split()[0]}` is an option of the stochastic" in written.err
    assert "add `--engine stochastic`" in written.err
    assert not Path("runs").exists()


STOCHASTIC = """
index N
data waiting[N]: real
mu ~ Normal(70, 20)
z[n in N] ~ Normal(mu, 10)
waiting[n in N] ~ Normal(z[n], 5)
fit { batch N = 20 }
"""


@pytest.mark.parametrize("phase", ["fit", "correct", "recover"])
def test_ctrl_c_in_a_fit_in_minibatches_leaves_a_whole_run_folder(
    phase, folder, monkeypatch, capsys
):
    (folder / "faithful.ppl").write_text(STOCHASTIC)
    with stopped_in(phase, monkeypatch):
        assert run(["fit", "faithful.ppl", "--steps", "30"]) == 130
    written = capsys.readouterr()
    assert written.err.endswith("the best guide so far is kept in runs/faithful-1\n")
    record = json.loads(Path("runs/faithful-1/fit.json").read_text())
    assert record["interrupted"]
    course = {"iterations": 30, "first_rate": 0.1, "last_rate": 0.1, "stopped": "most iterations"}
    if phase == "fit":
        course |= {"iterations": 0, "stopped": "interrupted"}
        assert "\nno iterations; stopped from the keyboard\n" in written.out
    assert record["course"] == course
    assert sorted(path.name for path in Path("runs/faithful-1").iterdir()) == [
        "fit.json", "module.py", "posterior.nc", "spec.ppl", "summary.json",
    ]  # fmt: skip


def test_ctrl_c_while_results_are_written_leaves_nothing(folder, monkeypatch, capsys):
    def pressed(groups, path):
        raise KeyboardInterrupt

    monkeypatch.setattr("pplc.runtime.results.labelled.save", pressed)
    assert run(["fit", "faithful.ppl"]) == 130
    written = capsys.readouterr()
    assert written.err == "error[R890]: stopped before the end; nothing was written\n"
    assert written.out == ""
    assert not Path("runs").exists()


def test_terms_are_those_of_the_record(folder, capsys):
    assert run(["fit", "faithful.ppl", "--terms"]) == 0
    text = capsys.readouterr().out
    elbo = json.loads(Path("runs/faithful-1/fit.json").read_text())["elbo"]
    assert "optimised in the model (theta): none\n" in text
    assert " of weights, loc, scale\n" in text
    table = {line.split()[0]: line.split()[1:] for line in text.splitlines() if line}
    assert [float(cell) for cell in table["loc"]] == pytest.approx(
        [elbo["log_p"]["loc"], elbo["log_q"]["loc"]], abs=6e-4
    )
    log_p, log_q = map(float, table["sum"])
    assert log_p - log_q == pytest.approx(elbo["value"], abs=2e-3)
