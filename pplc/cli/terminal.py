"""Writing to the terminal: results to standard output, all else to standard error."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import sys
from collections.abc import Iterable, Iterator
from io import TextIOWrapper
from pathlib import Path
from typing import NoReturn, TextIO

import click

from pplc.grammar.diagnostics import Diagnostic
from pplc.grammar.source import Source

#: The exit status of what Ctrl-C ended, as shells have it: 128 and the number of the signal.
INTERRUPTED = 130


def wants_color(stream: TextIO) -> bool:
    """Whether to colour: on a terminal, unless NO_COLOR is set, or wherever FORCE_COLOR is."""
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR"):
        return True
    return stream.isatty() and os.environ.get("TERM") != "dumb"


def width(stream: TextIO) -> int | None:
    """How many characters a line of a terminal has; None where there is none to be read on."""
    return shutil.get_terminal_size().columns if stream.isatty() else None


def prepare() -> None:
    """Make both streams take any text, and stand in for one that the caller has closed."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, Path(os.devnull).open("w", encoding="utf-8"))  # noqa: SIM115
        elif isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def result(text: str) -> None:
    """Write a result, on lines of its own, to standard output.

    Raises:
        BrokenPipeError: nobody reads the output any more.
        click.UsageError: it cannot be written, as on a full disk.
    """
    try:
        _write(text, sys.stdout)
        sys.stdout.flush()
    except OSError as error:
        # What Python still holds would be tried, and fail, once more when it ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if isinstance(error, BrokenPipeError):
            raise
        raise click.UsageError(f"The output cannot be written: {reason(error)}.") from None


def message(text: str) -> None:
    """Write what is not a result, on lines of its own, to standard error, if anyone reads it."""
    with contextlib.suppress(BrokenPipeError):
        _write(text, sys.stderr)


def report(diagnostics: Iterable[Diagnostic], source: Source) -> None:
    """Write diagnostics to standard error."""
    from pplc.grammar.render import render_all

    message(render_all(diagnostics, source, color=wants_color(sys.stderr)))


def leave(status: int) -> NoReturn:
    """End the process at once: to take down all that was imported takes a fifth of a second."""
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError):
            stream.flush()
    os._exit(status)


def stopped(left: str) -> None:
    """Say that Ctrl-C ended the run, and what of it is left."""
    from pplc.grammar.catalogue.data import Interrupted

    found = Interrupted(left=left)
    message(f"error[{found.code}]: {found.message}")


@contextlib.contextmanager
def uninterrupted() -> Iterator[None]:
    """Put off Ctrl-C until the end of the block.

    For importing torch: its C++ parts end the process with an abort when Python's exception
    reaches them.
    """
    pressed: list[int] = []
    before = signal.signal(signal.SIGINT, lambda number, _: pressed.append(number))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
    if pressed:
        raise KeyboardInterrupt


def reason(error: Exception) -> str:
    """Why the system refused, in its words."""
    text = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return text[:1].lower() + text[1:]


def _write(text: str, stream: TextIO) -> None:
    stream.write(text if text.endswith("\n") or not text else f"{text}\n")
