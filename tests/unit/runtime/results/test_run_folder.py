"""Run folders: reserved, whole or not at all, never overwritten."""

import errno
import json
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import posteriors
import pytest

from pplc.runtime.problems import OutputError
from pplc.runtime.results import labelled
from pplc.runtime.results.fit_record import FitRecord, RunOptions, fit_record
from pplc.runtime.results.run_folder import reserved
from pplc.runtime.results.summaries import summary_rows

POSTERIOR = posteriors.posterior()
OPTIONS = RunOptions(data=("t.csv",), sizes={"K": 3}, rows=None, draws=500)
RECORD = fit_record(
    posteriors.manifest(),
    posteriors.data(),
    POSTERIOR,
    OPTIONS,
    "a plan\n",
    "reliable: all is well",
)
ROWS = summary_rows(posteriors.manifest(), posteriors.data(), POSTERIOR)
FILES = ["fit.json", "module.py", "posterior.nc", "spec.ppl", "summary.json"]


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    """The current folder is a fresh one, and the arrays of the posterior are not written."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(labelled, "save", lambda tree, path: path.write_text(tree))


def publish(run, posterior="arrays", record=RECORD):
    return run.publish(
        spec="mu ~ Normal(0, 1)\r\n# é\n", module="import torch\n", record=record, rows=ROWS,
        posterior=posterior,
    )  # fmt: skip


def listing():
    return sorted(str(p) for p in Path().rglob("*") if p.is_dir())


def problem(stem="m", output=None):
    with pytest.raises(OutputError) as caught, reserved(stem, output) as run:
        publish(run)
    (only,) = caught.value.problems
    return only


def test_a_folder_with_all_its_files():
    with reserved("m") as run:
        assert not Path("runs/m-1").exists()
        path = publish(run)
    assert path == Path("runs/m-1")
    assert sorted(p.name for p in path.iterdir()) == FILES
    assert (path / "spec.ppl").read_bytes() == "mu ~ Normal(0, 1)\r\n# é\n".encode()
    assert listing() == ["runs", "runs/m-1"]
    usual = Path("usual")
    usual.mkdir()
    assert path.stat().st_mode == usual.stat().st_mode


def test_numbers_go_on_and_nothing_is_overwritten():
    Path("runs/m-2").mkdir(parents=True)
    for expected in ("m-1", "m-3", "m-4"):
        with reserved("m") as run:
            assert publish(run) == Path("runs", expected)
    with reserved("other") as run:
        assert publish(run) == Path("runs/other-1")


def test_runs_at_once_get_different_folders():
    start, paths = threading.Barrier(8), []

    def one():
        start.wait()
        with reserved("m") as run:
            paths.append(publish(run))

    threads = [threading.Thread(target=one) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(paths)) == 8
    assert all(sorted(p.name for p in path.iterdir()) == FILES for path in paths)


def test_a_named_folder():
    with reserved("m", Path("deep/er/run")) as run:
        assert publish(run) == Path("deep/er/run")
    assert listing() == ["deep", "deep/er", "deep/er/run"]
    found = problem(output=Path("deep/er/run"))
    assert (found.code, found.path) == ("R880", "deep/er/run")
    Path("file").write_text("")
    assert problem(output=Path("file")).code == "R880"
    Path("link").symlink_to("nowhere")
    assert problem(output=Path("link")).code == "R880"


def test_a_folder_that_appears_during_the_fit_is_not_overwritten():
    with pytest.raises(OutputError) as caught, reserved("m", Path("run")) as run:
        Path("run").mkdir()
        publish(run)
    assert caught.value.problems[0].code == "R880"
    assert listing() == ["run"]


@pytest.mark.parametrize("stop", [KeyboardInterrupt, ValueError, SystemExit])
def test_nothing_is_left_when_the_fit_does_not_end(stop):
    with pytest.raises(stop), reserved("m"):
        raise stop
    with pytest.raises(stop), reserved("m", Path("deep/run")):
        raise stop
    assert listing() == []


def test_a_folder_that_was_there_stays():
    Path("runs").mkdir()
    with pytest.raises(KeyboardInterrupt), reserved("m"):
        raise KeyboardInterrupt
    assert listing() == ["runs"]


@pytest.mark.parametrize(
    "fail", [OSError(errno.ENOSPC, "No space left on device"), RuntimeError("HDF5: no space")]
)
def test_a_full_disk(monkeypatch, fail):
    def refuse(tree, path):
        path.write_text("half")
        raise fail

    monkeypatch.setattr(labelled, "save", refuse)
    found = problem()
    assert found.code == "R882"
    assert "no space" in found.reason.lower()
    assert listing() == []


def test_interrupted_while_writing(monkeypatch):
    def interrupt(tree, path):
        raise KeyboardInterrupt

    monkeypatch.setattr(labelled, "save", interrupt)
    with pytest.raises(KeyboardInterrupt), reserved("m") as run:
        publish(run)
    assert listing() == []


def test_the_last_step_fails(monkeypatch):
    def refuse(self, target):
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(Path, "rename", refuse)
    assert problem().code == "R882"
    assert listing() == []


def test_a_place_that_cannot_be_written_is_reported_before_the_fit(monkeypatch):
    def reserve(output=None):
        with pytest.raises(OutputError) as caught, reserved("m", output):
            pytest.fail("the fit started")
        return caught.value.problems[0]

    Path("file").write_text("")
    found = reserve(Path("file/run"))
    assert (found.code, found.path) == ("R881", "file/run")
    assert found.reason == "Not a directory"
    assert reserve(Path("/proc/run")).code == "R881"
    Path("runs").write_text("")
    assert reserve().code == "R881"
    Path("runs").unlink()

    def refuse(self, *args, **kwargs):
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(Path, "mkdir", refuse)
    assert (reserve().code, reserve().reason) == ("R881", "Permission denied")


@pytest.mark.skipif(os.geteuid() == 0, reason="nothing is read-only for root")
def test_a_read_only_folder():
    Path().chmod(0o500)
    try:
        assert problem().code == "R881"
    finally:
        Path().chmod(0o700)


KILLED = """
import sys, time, types
fake = types.ModuleType("pplc.runtime.results.labelled")
def save(tree, path):
    path.write_text("half")
    print("writing", flush=True)
    time.sleep(60)
fake.save = save
sys.modules["pplc.runtime.results.labelled"] = fake
from pplc.runtime.results.fit_record import FitRecord
from pplc.runtime.results.run_folder import reserved
record = FitRecord.model_validate_json(sys.stdin.read())
with reserved("m") as run:
    run.publish(spec="", module="", record=record, rows=[], posterior=None)
"""


def test_a_killed_process_leaves_no_run_folder():
    process = subprocess.Popen(
        [sys.executable, "-c", KILLED], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    process.stdin.write(RECORD.model_dump_json())
    process.stdin.close()
    assert process.stdout.readline() == "writing\n"
    process.send_signal(signal.SIGKILL)
    process.wait()
    process.stdout.close()
    assert not Path("runs/m-1").exists()
    with reserved("m") as run:
        assert publish(run) == Path("runs/m-2")


def test_reserving_imports_no_tensors():
    code = "import sys, pplc.runtime.results.run_folder as _; print(*sys.modules)"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not {"torch", "numpy", "xarray"} & set(found.stdout.split())


def test_the_record():
    with reserved("m") as run:
        text = (publish(run) / "fit.json").read_text()
    record = json.loads(text)
    assert FitRecord.model_validate_json(text) == RECORD
    assert record["options"] == {
        "data": ["t.csv"], "sizes": {"K": 3}, "rows": None, "draws": 500,
        "init_from": None, "freeze": [], "device": "cpu", "engine": None,
    }  # fmt: skip
    assert record["seed"] == 3
    assert set(record["versions"]) == {"pplc", "python", "torch", "numpy", "scipy"}
    assert record["sha256"] == {"spec": "a" * 64, "data": {"t.csv": "b" * 64}}
    assert record["elbo"] == {
        "value": -10.0, "mcse": 0.1, "log_p": {"mu": -12.0}, "log_q": {"mu": -2.0},
    }  # fmt: skip
    assert record["sizes"] == {"N": 4, "K": 3}
    assert record["pareto_k"] == 0.4
    assert record["verdict"] == {
        "status": "reliable",
        "text": "reliable: all is well",
        "evidence": None,
        "departures": [],
    }
    assert (record["plan"], record["evaluations"]) == ("a plan\n", 100)
    assert (record["seconds"], record["interrupted"]) == ({"fit": 0.5}, False)


def test_numbers_that_are_not_finite_are_null():
    wild = posteriors.posterior(pareto_k=float("inf"), elbo=float("nan"))
    record = fit_record(posteriors.manifest(), posteriors.data(), wild, OPTIONS, "", "")
    with reserved("m") as run:
        text = (publish(run, record=record) / "fit.json").read_text()
    read = json.loads(text, parse_constant=pytest.fail)
    assert (read["pareto_k"], read["elbo"]["value"]) == (None, None)


def test_the_summary_is_a_list_with_a_row_a_line():
    with reserved("m") as run:
        lines = (publish(run) / "summary.json").read_text().splitlines()
    rows = json.loads("\n".join(lines))
    assert len(lines) == len(rows) + 2
    assert list(rows[1]) == [
        "site", "index", "labels", "mean", "sd", "q05", "q50", "q95", "mcse_mean", "ess",
        "optimised", "most_probable",
    ]  # fmt: skip
    assert (rows[1]["site"], rows[1]["index"], rows[1]["labels"]) == ("theta", [0], ["a"])
    assert rows[1]["mean"] == ROWS[1].mean
