"""From a spec to a posterior: the steps that the Python API and the command line share."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pplc.errors import from_problems, require
from pplc.grammar.source import Source
from pplc.runtime import svi
from pplc.runtime.data import Data, load
from pplc.runtime.labelled import to_arviz
from pplc.runtime.manifest import Manifest
from pplc.runtime.module import Module, load_module
from pplc.runtime.posterior import Posterior
from pplc.runtime.problems import DataError, NoDataFile, OutputError, Problem, RunError
from pplc.runtime.progress import Info
from pplc.runtime.results import Row, summary_rows
from pplc.runtime.run_folder import FitRecord, RunFolder, RunOptions, fit_record, reserved
from pplc.runtime.tables import default_data_path

if TYPE_CHECKING:
    import xarray
    from numpy.typing import NDArray

    from pplc.compiler.pipeline import Compiled


@dataclass(frozen=True)
class Options:
    """What a user may choose. `data` is none for the file beside the spec."""

    data: tuple[Path, ...] | None = None
    sizes: Mapping[str, int] = field(default_factory=dict)
    seed: int = 0
    draws: int = 4000
    rows: int | None = None


@dataclass(frozen=True)
class Prepared:
    """A compiled spec with its data: all that a fit needs. `files` are those of the data."""

    source: Source
    compiled: Compiled
    module: Module
    manifest: Manifest
    data: Data
    files: tuple[Path, ...]
    options: Options
    seconds: Mapping[str, float]


def prepare(source: Source, path: Path | None, options: Options) -> Prepared:
    """Compile a spec and load its data; `path` is the file of the spec, if it has one.

    Raises:
        SpecError: the spec has mistakes, or the data does not fit it.
    """
    from pplc.compiler.pipeline import compile_spec

    began = time.perf_counter()
    compiled = require(compile_spec(source), source)
    module = load_module(compiled.source, source.name)
    manifest = Manifest.model_validate(module.METADATA)
    loading = time.perf_counter()
    try:
        files = options.data if options.data is not None else _beside(path, manifest)
        data = module.prepare(load(manifest, files, options.sizes, options.rows))
    except RunError as error:
        raise from_problems(error.problems, compiled.metadata, source) from error
    seconds = {"compile": loading - began, "data": time.perf_counter() - loading}
    return Prepared(source, compiled, module, manifest, data, files, options, seconds)


def fit(prepared: Prepared, on_progress: Callable[[Info], None] | None = None) -> Fit:
    """Fit a prepared spec.

    Raises:
        SpecError: the fit cannot start.
    """
    options = prepared.options
    try:
        posterior = svi.fit(
            prepared.module,
            prepared.data,
            seed=options.seed,
            draws=options.draws,
            on_progress=on_progress,
        )
    except RunError as error:
        metadata = prepared.compiled.metadata
        raise from_problems(error.problems, metadata, prepared.source) from error
    seconds = {**prepared.seconds, **posterior.seconds}
    return Fit(prepared, replace(posterior, seconds=seconds))


@dataclass(frozen=True)
class Fit:
    """A posterior in the model's own names, labels and units. `print` shows its table."""

    prepared: Prepared = field(repr=False)
    posterior: Posterior = field(repr=False)

    @property
    def verdict(self) -> str:
        """How far to trust it, in one line."""
        return self.posterior.verdict.text

    @cached_property
    def draws(self) -> dict[str, NDArray[Any]]:
        """Draws by name, `[draws, ...]`: latents, summed-out sites and derived quantities."""
        return {name: values.numpy() for name, values in self.posterior.draws.items()}

    @cached_property
    def rows(self) -> list[Row]:
        """A summary of each number, in the order of the spec."""
        return summary_rows(self.prepared.manifest, self.prepared.data, self.posterior)

    def summary(self) -> list[dict[str, Any]]:
        """The rows of `summary.json`: `site`, `index`, `labels`, `mean`, `sd`, `q05` and so on."""
        return [row.model_dump() for row in self.rows]

    def to_arviz(self) -> xarray.DataTree:
        """The draws as an `xarray.DataTree`, which is what ArviZ works on."""
        return to_arviz(self.prepared.manifest, self.prepared.data, self.posterior)

    def record(self) -> FitRecord:
        """The contents of `fit.json`."""
        from pplc.compiler.report import plan_text

        prepared, options = self.prepared, self.prepared.options
        asked = RunOptions(
            data=tuple(map(str, prepared.files)),
            sizes=dict(options.sizes),
            rows=options.rows,
            draws=options.draws,
        )
        plan = plan_text(prepared.compiled.plan)
        return fit_record(prepared.manifest, prepared.data, self.posterior, asked, plan)

    def save(self, folder: str | Path) -> Path:
        """Write a run folder of this name, which must not exist yet.

        Raises:
            SpecError: it exists, or the system does not let it be written.
        """
        with run_folder(self.prepared, Path(folder)) as run:
            return publish(self, run)

    def __str__(self) -> str:
        from pplc.table import posterior_text

        return posterior_text(self)

    def __repr__(self) -> str:
        return f"<pplc.Fit of {self.prepared.source.name}: {self.verdict}>"


@contextmanager
def run_folder(prepared: Prepared, output: Path | None = None) -> Iterator[RunFolder]:
    """Reserve the run folder `output`, or else the next of `runs/STEM-1`, `runs/STEM-2`, ...

    Raises:
        SpecError: there can be no such folder, or `publish` in the block failed.
    """
    stem = Path(prepared.source.name).stem.strip("<>")
    try:
        with reserved(stem, output) as folder:
            yield folder
    except OutputError as error:
        metadata = prepared.compiled.metadata
        raise from_problems(error.problems, metadata, prepared.source) from error


def publish(fitted: Fit, folder: RunFolder) -> Path:
    """Write the run folder that was reserved for a fit."""
    return folder.publish(
        spec=fitted.prepared.source.text,
        module=fitted.prepared.compiled.source,
        record=fitted.record(),
        rows=fitted.rows,
        posterior=fitted.to_arviz(),
    )


def _beside(path: Path | None, manifest: Manifest) -> tuple[Path, ...]:
    """The data file beside a spec; none where the spec declares no data."""
    found: Path | Problem = NoDataFile(tried=()) if path is None else default_data_path(path)
    if isinstance(found, Path):
        return (found,)
    if isinstance(found, NoDataFile) and not manifest.data:
        return ()
    raise DataError([found])
