"""The spec a command reads and the file it writes."""

from __future__ import annotations

import contextlib
import os
import sys
import tempfile
from pathlib import Path

import click

from pplc.cli.terminal import reason
from pplc.errors import require
from pplc.grammar.source import Source

STANDARD_INPUT = "-"

spec_argument = click.argument("spec", metavar="SPEC")


def read_spec(spec: str) -> Source:
    """The text of a spec file, or of standard input for `-`.

    Raises:
        click.UsageError: there is no such file, or it cannot be read.
        SpecError: what the file holds is not text.
    """
    from pplc.grammar.parse import read_source

    if spec == STANDARD_INPUT:
        name, content = "<stdin>", sys.stdin.buffer.read()
    else:
        name, content = spec, _read(Path(spec))
    return require(read_source(name, content), Source(name, ""))


def _read(path: Path) -> bytes:
    if path.is_dir():
        raise click.UsageError(f"{path} is a folder; name a .ppl file in it.")
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise click.UsageError(f"There is no file {path}.{_near(path)}") from None
    except (OSError, ValueError) as error:
        raise click.UsageError(f"{path} cannot be read: {reason(error)}.") from None


def _near(path: Path) -> str:
    from difflib import get_close_matches

    if not path.parent.is_dir():
        return f" Nor is there a folder {path.parent}."
    names = [file.name for file in path.parent.glob("*.ppl")]
    close = get_close_matches(path.name, names, n=1)
    return f" Did you mean {path.with_name(close[0])}?" if close else ""


def same_file(first: str, second: str) -> bool:
    """Whether two names lead to one existing file."""
    return Path(first).exists() and Path(second).exists() and Path(first).samefile(second)


def write_text(path: Path, text: str) -> None:
    """Write a file whole or not at all; one that exists keeps its mode, a link its target.

    Raises:
        click.UsageError: the system does not let it be written.
    """
    target = path.resolve()
    temporary = None
    try:
        if target.is_dir():
            raise IsADirectoryError(0, "it is a folder")
        if not target.parent.is_dir():
            raise NotADirectoryError(0, f"there is no folder {path.parent}")
        handle, temporary = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
            file.write(text)
        mode = target.stat().st_mode if target.exists() else 0o666 & ~_umask()
        Path(temporary).chmod(mode & 0o7777)
        Path(temporary).replace(target)
        temporary = None
    except OSError as error:
        raise click.UsageError(f"{path} cannot be written: {reason(error)}.") from None
    finally:
        if temporary is not None:
            with contextlib.suppress(OSError):
                Path(temporary).unlink()


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
