"""Writing to the terminal: results to standard output, all else to standard error."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from typing import TextIO

from pplc.grammar.diagnostics import Diagnostic
from pplc.grammar.source import Source


def wants_color(stream: TextIO) -> bool:
    """Whether to colour: on a terminal, unless NO_COLOR is set, or wherever FORCE_COLOR is."""
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR"):
        return True
    return stream.isatty() and os.environ.get("TERM") != "dumb"


def result(text: str) -> None:
    """Write a result, on lines of its own, to standard output."""
    _write(text, sys.stdout)


def message(text: str) -> None:
    """Write what is not a result, on lines of its own, to standard error."""
    sys.stdout.flush()
    _write(text, sys.stderr)


def report(diagnostics: Iterable[Diagnostic], source: Source) -> None:
    """Write diagnostics to standard error."""
    from pplc.grammar.render import render_all

    message(render_all(diagnostics, source, color=wants_color(sys.stderr)))


def _write(text: str, stream: TextIO) -> None:
    stream.write(text if text.endswith("\n") else f"{text}\n")
