"""The folder a run leaves behind: reserved before the fit, written whole or not at all.

To reserve one imports no torch, so that a folder that cannot be written is reported at once.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

from pplc.runtime.problems import OutputError, OutputExists, OutputFailed, OutputNotWritable

if TYPE_CHECKING:
    from pplc.runtime.results.fit_record import FitRecord
    from pplc.runtime.results.labelled import Group
    from pplc.runtime.results.summaries import Row

#: Where run folders go unless one is named.
RUNS = Path("runs")


@dataclass
class RunFolder:
    """A reserved run folder. It does not exist at `path` before `publish` has written it all."""

    path: Path
    _partial: Path
    _published: bool = False

    def publish(
        self,
        *,
        spec: str,
        module: str,
        record: FitRecord,
        rows: Iterable[Row],
        posterior: Mapping[str, Group],
    ) -> Path:
        """Write the files, then give the folder its name.

        Raises `OutputError` where the system refuses; what was written is then removed by the end
        of `reserved`.
        """
        from pplc.runtime.results.labelled import save

        try:
            self._write_text("spec.ppl", [spec])
            self._write_text("module.py", [module])
            self._write_text("fit.json", [record.model_dump_json(indent=2), "\n"])
            self._write_text("summary.json", _json_list(row.model_dump_json() for row in rows))
            save(posterior, self._partial / "posterior.nc")
            for file in self._partial.iterdir():
                _flush(file)
            _flush(self._partial)
            if self.path.exists():
                raise OutputError([OutputExists(path=str(self.path))])
            self._partial.rename(self.path)
            self._published = True
            _flush(self.path.parent)
        except (OSError, RuntimeError) as error:  # HDF5 reports some full disks as RuntimeError
            problem = OutputFailed(path=str(self.path), reason=_reason(error))
            raise OutputError([problem]) from error
        return self.path

    def _write_text(self, name: str, parts: Iterable[str]) -> None:
        with (self._partial / name).open("w", encoding="utf-8", newline="") as file:
            file.writelines(parts)


@contextmanager
def reserved(stem: str, output: Path | None = None, root: Path = RUNS) -> Iterator[RunFolder]:
    """Reserve the folder `output`, or else the first free of `root/stem-1`, `root/stem-2`, ...

    Two processes at once get different names. Where the block ends without `publish`, however it
    ends, nothing is left. Raises `OutputError` at once where `output` exists or no folder can be
    made.
    """
    wanted = output if output is not None else root / f"{stem}-1"
    made: list[Path] = []
    try:
        if output is not None and os.path.lexists(output):
            raise OutputError([OutputExists(path=str(output))])
        made = _make_parents(wanted.parent)
        folder = _named(output) if output is not None else _numbered(root, stem)
    except OSError as error:
        _remove_empty(made)
        problem = OutputNotWritable(path=str(wanted), reason=_reason(error))
        raise OutputError([problem]) from error
    try:
        yield folder
    finally:
        if not folder._published:
            shutil.rmtree(folder._partial, ignore_errors=True)
            _remove_empty(made)


def _named(path: Path) -> RunFolder:
    partial = tempfile.mkdtemp(prefix=f".{path.name}.", suffix=".partial", dir=path.parent)
    return RunFolder(path, _with_usual_mode(Path(partial)))


def _numbered(root: Path, stem: str) -> RunFolder:
    """The partial folder of a number also reserves it: to make a folder is atomic."""
    for number in count(1):
        path = root / f"{stem}-{number}"
        partial = root / f".{path.name}.partial"
        if os.path.lexists(path):
            continue
        try:
            partial.mkdir()
        except FileExistsError:
            continue
        if not os.path.lexists(path):
            return RunFolder(path, partial)
        partial.rmdir()  # another process published this number a moment ago
    raise AssertionError("there is always a next number")


def _with_usual_mode(path: Path) -> Path:
    """mkdtemp makes folders that only the user may read; a run folder is like any other."""
    mask = os.umask(0)
    os.umask(mask)
    path.chmod(0o777 & ~mask)
    return path


def _make_parents(folder: Path) -> list[Path]:
    """Make a folder and those above it; returns the ones that were made, outermost first."""
    missing = [f for f in (folder, *folder.parents) if not f.exists()][::-1]
    made: list[Path] = []
    try:
        for path in missing:
            path.mkdir(exist_ok=True)
            made.append(path)
    except OSError:
        _remove_empty(made)
        raise
    return made


def _remove_empty(folders: Iterable[Path]) -> None:
    for folder in reversed(list(folders)):
        with contextlib.suppress(OSError):
            folder.rmdir()


def _json_list(items: Iterable[str]) -> Iterator[str]:
    """A JSON list with an item a line."""
    separator = "["
    for item in items:
        yield f"{separator}\n{item}"
        separator = ","
    yield "[]\n" if separator == "[" else "\n]\n"


def _flush(path: Path) -> None:
    """Have the system write a file or folder to the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _reason(error: Exception) -> str:
    text = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return " ".join(text.split())
