"""The command line as a process of its own: pipes, terminals, signals, imports, bugs."""

import os
import pty
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from pplc.cli import run

SPECS = Path(__file__).parents[2] / "specs"
WRONG = Path(__file__).parent / "check_wrong" / "wrong.ppl"
PPLC = [sys.executable, "-m", "pplc"]
PLAIN = {k: v for k, v in os.environ.items() if k not in {"NO_COLOR", "FORCE_COLOR", "PPLC_DEBUG"}}
PLAIN["TERM"] = "xterm"


def test_check_imports_no_tensors():
    program = (
        "import sys\n"
        "from pplc.cli import run\n"
        f"assert run(['check', {os.fspath(SPECS / 'faithful.ppl')!r}]) == 0\n"
        "assert 'pplc.compiler.pipeline' in sys.modules\n"
        "heavy = {'torch', 'numpy', 'scipy', 'rich', 'pplc.runtime'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True, capture_output=True)


def test_fit_imports_nothing_that_it_can_do_without(tmp_path):
    program = (
        "import sys\n"
        "from pplc.cli import run\n"
        f"assert run(['fit', {os.fspath(SPECS / 'faithful.ppl')!r}]) == 0\n"
        "slow = {'pandas', 'xarray', 'networkx', 'arviz', 'sympy'} & set(sys.modules)\n"
        "assert not slow, slow\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, cwd=tmp_path)


def test_import_pplc_imports_next_to_nothing():
    program = "import sys, pplc\nassert not any(name.startswith('pplc.') for name in sys.modules)\n"
    subprocess.run([sys.executable, "-c", program], check=True)


def test_a_closed_pipe_ends_quietly():
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run([*PPLC, "explain"], stdout=writing, stderr=subprocess.PIPE, check=False)
    assert (done.returncode, done.stderr) == (141, b"")
    done = subprocess.run([*PPLC, "check", WRONG], stderr=writing, check=False)
    os.close(writing)
    assert done.returncode == 1


def on_a_terminal(arguments, environment):
    """What a command writes to a terminal that both of its streams lead to."""
    parent, child = pty.openpty()
    process = subprocess.Popen([*PPLC, *arguments], stdout=child, stderr=child, env=environment)
    os.close(child)
    written = b""
    try:
        while chunk := os.read(parent, 65536):
            written += chunk
    except OSError:  # Linux says so when the last writer has gone
        pass
    os.close(parent)
    return process.wait(), written


def test_colour_on_a_terminal_alone():
    status, written = on_a_terminal(["check", WRONG], PLAIN)
    assert status == 1
    assert b"\x1b[1;31merror[E2" in written
    assert b"\x1b" not in on_a_terminal(["check", WRONG], PLAIN | {"NO_COLOR": "1"})[1]
    piped = subprocess.run([*PPLC, "check", WRONG], capture_output=True, check=False, env=PLAIN)
    assert b"\x1b" not in piped.stderr
    forced = PLAIN | {"FORCE_COLOR": "1"}
    piped = subprocess.run([*PPLC, "check", WRONG], capture_output=True, check=False, env=forced)
    assert b"\x1b[1;31merror[E2" in piped.stderr


def test_ctrl_c_in_the_middle_of_a_fit(tmp_path):
    arguments = ["fit", SPECS / "faithful.ppl", "--draws", "2000000"]
    process = subprocess.Popen(
        [*PPLC, *arguments], cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    with pytest.raises(subprocess.TimeoutExpired):
        process.wait(timeout=3)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=30)
    last = err.decode().splitlines()[-1]
    assert b"Traceback" not in err
    assert process.returncode == 130
    files = {path.name for path in tmp_path.rglob("*") if path.is_file()}
    if last == "error[R890]: stopped before the end; nothing was written":
        assert (out, files) == (b"", set())
    else:  # a slow machine is still before the guide after this time, a fast one is not
        kept = "error[R890]: stopped before the end; the best guide so far is kept in runs/"
        assert last.startswith(kept)
        assert b"stopped before it had converged" in out
        assert len(files) == 5


def test_ctrl_c_before_the_command_line_is_imported():
    """The program stands in for a user who presses it at the first of its imports."""
    program = (
        "import os, signal, sys\n"
        "class Pressing:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        "        if name == 'pplc.cli':\n"
        "            os.kill(os.getpid(), signal.SIGINT)\n"
        "sys.meta_path.insert(0, Pressing())\n"
        "from pplc.__main__ import main\n"
        "main()\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (-signal.SIGINT, b"", b"")


@pytest.mark.parametrize("debug", [False, True])
def test_a_bug_of_pplc_asks_for_a_report(debug, monkeypatch, capsys):
    def broken(source, **options):
        raise ZeroDivisionError("division by\nzero")

    monkeypatch.setattr("pplc.compiler.pipeline.check", broken)
    monkeypatch.setenv("PPLC_DEBUG", "1" if debug else "")
    assert run(["check", os.fspath(WRONG)]) == 70
    written = capsys.readouterr().err
    assert "error[X901]: this is a bug in pplc: ZeroDivisionError: division by zero" in written
    assert os.fspath(WRONG) in written
    assert ("Traceback" in written) is debug
