"""The folder a run leaves behind: reserved before the fit, written whole or not at all.

To reserve one imports no torch, so that a folder that cannot be written is reported at once.
"""

from __future__ import annotations

import contextlib
import os
import platform
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict

from pplc.runtime.problems import OutputError, OutputExists, OutputFailed, OutputNotWritable
from pplc.runtime.verdict import Departure, Evidence

if TYPE_CHECKING:
    from pplc.runtime.data import Data
    from pplc.runtime.labelled import Group
    from pplc.runtime.manifest import Manifest
    from pplc.runtime.posterior import Posterior
    from pplc.runtime.results import Row

#: Where run folders go unless one is named.
RUNS = Path("runs")

_PACKAGES = ("pplc", "torch", "numpy", "scipy")


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class EngineOptions(_Part):
    """Those of the stochastic engine; `batch` is the index set that was taken in parts."""

    batch: dict[str, int]
    particles: int
    steps: int | None
    dtype: str
    device: str


class RunOptions(_Part):
    """What the user asked for. `sizes` are those of `--set`, `init_from` is a run folder."""

    data: tuple[str, ...]
    sizes: dict[str, int]
    rows: int | None
    draws: int
    init_from: str | None = None
    freeze: tuple[str, ...] = ()
    engine: EngineOptions | None = None


class Digests(_Part):
    """SHA-256 of the spec and of each data file."""

    spec: str
    data: dict[str, str]


class Elbo(_Part):
    """The evidence lower bound, its Monte Carlo error, and its terms.

    `log_p` has E_q[log p] of each term of the model, `log_q` E_q[log q] of each site of the guide:
    the sum of the first less that of the second is `value`.
    """

    value: float | None
    mcse: float | None
    log_p: Mapping[str, float | None]
    log_q: Mapping[str, float | None]


class Optimised(_Part):
    """What the fit moved, by name with its shape: params of the model, parameters of the guide."""

    theta: dict[str, tuple[int, ...]]
    phi: dict[str, tuple[int, ...]]


class VerdictRecord(_Part):
    """How far to trust the posterior.

    `departures` are the latents that are known to be off, worst first, as far as `evidence` tells;
    null where nothing was looked at, as in a good fit.
    """

    status: str
    text: str
    evidence: Evidence | None = None
    departures: tuple[Departure, ...] = ()


class FitRecord(_Part):
    """The contents of `fit.json`. Numbers that are not finite are null."""

    format: int = 1
    options: RunOptions
    seed: int
    versions: dict[str, str]
    sha256: Digests
    sizes: dict[str, int]
    plan: str
    elbo: Elbo
    optimised: Optimised
    pareto_k: float | None
    effective_size: float | None
    verdict: VerdictRecord
    converged: bool
    interrupted: bool
    evaluations: int
    seconds: dict[str, float]


def fit_record(
    manifest: Manifest,
    data: Data,
    posterior: Posterior,
    options: RunOptions,
    plan: str,
    verdict: str,
) -> FitRecord:
    """The record of a fit.

    `plan` is the text on what is summed out and on the guide, `verdict` the line on how far to
    trust it.
    """
    terms = posterior.elbo_terms
    return FitRecord(
        options=options,
        seed=posterior.seed,
        versions={"python": platform.python_version(), **{p: version(p) for p in _PACKAGES}},
        sha256=Digests(spec=manifest.spec.sha256, data=dict(data.sha256)),
        sizes=dict(data.sizes),
        plan=plan,
        elbo=Elbo(
            value=posterior.elbo, mcse=posterior.elbo_se, log_p=terms.log_p, log_q=terms.log_q
        ),
        optimised=_optimised(manifest, posterior),
        pareto_k=posterior.pareto_k,
        effective_size=posterior.effective_size,
        verdict=VerdictRecord(
            status=posterior.verdict.status,
            text=verdict,
            evidence=posterior.verdict.evidence,
            departures=posterior.verdict.departures,
        ),
        converged=posterior.converged,
        interrupted=posterior.interrupted,
        evaluations=posterior.evaluations,
        seconds=posterior.seconds,
    )


def _optimised(manifest: Manifest, posterior: Posterior) -> Optimised:
    shapes = {name: tuple(value.shape) for name, value in posterior.params.items()}
    own = {param.name for param in manifest.params if param.guide}
    nets = tuple(f"{net.name}." for net in manifest.nets if net.guide)
    own |= {name for name in shapes if name.startswith(nets)}
    phi = {name: tuple(value.shape) for name, value in posterior.phi.items()}
    return Optimised(
        theta={name: shape for name, shape in shapes.items() if name not in own},
        phi={name: shape for name, shape in shapes.items() if name in own} | phi,
    )


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
        from pplc.runtime.labelled import save

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
