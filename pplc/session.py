"""From a spec to a posterior: the steps that the Python API and the command line share."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from pplc.errors import from_problems
from pplc.grammar.diagnostics import Diagnostic, Result
from pplc.grammar.source import Source

if TYPE_CHECKING:
    import xarray
    from numpy.typing import NDArray

    from pplc.compiler.pipeline import Compiled
    from pplc.runtime.data import Data
    from pplc.runtime.labelled import Group
    from pplc.runtime.manifest import Manifest
    from pplc.runtime.module import Module, Tensors
    from pplc.runtime.posterior import Posterior
    from pplc.runtime.problems import Problem
    from pplc.runtime.progress import Info
    from pplc.runtime.results import Row
    from pplc.runtime.run_folder import EngineOptions, FitRecord, RunFolder


#: Where neither the user nor the spec says otherwise.
SEED, DRAWS = 0, 4000


@dataclass(frozen=True)
class Options:
    """What a user may choose. `data` is none for the file beside the spec.

    What is none is as the spec says, or else as the defaults. `engine`, `particles`, `steps`,
    `dtype` and `device` are about the engine for minibatches and networks; which engine runs
    follows from the spec unless one is named. (Minibatches are a matter of compiling the spec.)
    The fit starts from the run folder `init_from`, if there is one, and holds the latents of
    `freeze` there.
    """

    data: tuple[Path, ...] | None = None
    sizes: Mapping[str, int] = field(default_factory=dict)
    seed: int | None = None
    draws: int | None = None
    rows: int | None = None
    engine: Literal["deterministic", "stochastic"] | None = None
    particles: int | None = None
    steps: int | None = None
    dtype: Literal["float32", "float64"] = "float64"
    device: str = "cpu"
    init_from: Path | None = None
    freeze: tuple[str, ...] = ()


@dataclass(frozen=True)
class Prepared:
    """A compiled spec with its data: all that a fit needs.

    `files` are those of the data, which took `seconds` to load.
    """

    source: Source
    compiled: Compiled
    module: Module
    manifest: Manifest
    data: Data
    files: tuple[Path, ...]
    options: Options
    seconds: float
    start: Tensors

    @property
    def seed(self) -> int:
        """The seed of the fit."""
        return _first(self.options.seed, self.manifest.fit.seed, SEED)

    @property
    def draws(self) -> int:
        """How many draws of the posterior are kept."""
        return _first(self.options.draws, self.manifest.fit.draws, DRAWS)

    @property
    def stochastic(self) -> bool:
        """Whether the engine for minibatches and networks runs."""
        if self.options.engine is not None:
            return self.options.engine == "stochastic"
        return self.manifest.batch is not None or bool(self.manifest.nets)


def compiled_for(
    source: Source, options: Options, batch: tuple[str, int] | None = None
) -> Result[Compiled]:
    """A spec compiled with the latents that are frozen as points.

    Raises:
        SpecError: what is to be frozen is no continuous latent of the spec, or there is no run.
    """
    from pplc.compiler.pipeline import check, compile_spec
    from pplc.runtime.problems import RunNotUsable

    if not options.freeze:
        return compile_spec(source, batch)
    checked = check(source, batch=batch)
    if checked.value is None:
        return Result(None, checked.diagnostics)
    sites = checked.value.graph.sites
    reason = "" if options.init_from is not None else "`--freeze` needs `--init-from RUN`"
    for name in options.freeze:
        site = sites.get(name)
        if site is None or not site.latent or site.discrete:
            reason = f"`{name}` is no continuous latent of the spec"
    if reason:
        run = "a run" if options.init_from is None else str(options.init_from)
        raise from_problems([RunNotUsable(run=run, reason=reason)], {}, source)
    return compile_spec(source, batch, options.freeze)


def has_data(path: Path | None, options: Options) -> bool:
    """Whether data are given, or there is at least one file beside the spec."""
    from pplc.runtime.problems import NoDataFile
    from pplc.runtime.tables import default_data_path

    if options.data is not None or path is None:
        return options.data is not None
    return not isinstance(default_data_path(path), NoDataFile)


def costly(prepared: Prepared) -> tuple[Diagnostic, ...]:
    """Warnings of sums that take too many terms at the sizes of the data."""
    from pplc.compiler.costs import known_sizes, over_budget

    graph, plan = prepared.compiled.plan.graph, prepared.compiled.plan.elimination
    before = {d.span for d in over_budget(graph, plan, known_sizes(graph))}
    found = over_budget(graph, plan, prepared.data.sizes)
    return tuple(d for d in found if d.span not in before)


def prepare(source: Source, compiled: Compiled, path: Path | None, options: Options) -> Prepared:
    """Load a compiled spec and its data; `path` is the file of the spec, if it has one.

    Raises:
        SpecError: the data does not fit the spec.
    """
    from pplc.runtime.data import load
    from pplc.runtime.earlier import starting_values
    from pplc.runtime.manifest import Manifest
    from pplc.runtime.module import load_module
    from pplc.runtime.problems import RunError

    began = time.perf_counter()
    module = load_module(compiled.source, source.name)
    manifest = Manifest.model_validate(module.METADATA)
    try:
        files = options.data if options.data is not None else _beside(path, manifest)
        data = module.prepare(load(manifest, files, options.sizes, options.rows))
        start: Tensors = {}
        if options.init_from is not None:
            start = starting_values(options.init_from, manifest, data, options.freeze)
    except RunError as error:
        raise from_problems(error.problems, compiled.metadata, source) from error
    seconds = time.perf_counter() - began
    return Prepared(source, compiled, module, manifest, data, files, options, seconds, start)


def fit(prepared: Prepared, on_progress: Callable[[Info], None] | None = None) -> Fit:
    """Fit a prepared spec.

    Raises:
        SpecError: the fit cannot start.
    """
    from pplc.runtime import svi
    from pplc.runtime.problems import RunError

    try:
        if prepared.stochastic:
            posterior = _fit_stochastic(prepared, on_progress)
        else:
            posterior = svi.fit(
                prepared.module,
                prepared.data,
                seed=prepared.seed,
                draws=prepared.draws,
                start=prepared.start,
                on_progress=on_progress,
            )
    except RunError as error:
        metadata = prepared.compiled.metadata
        raise from_problems(error.problems, metadata, prepared.source) from error
    seconds = {"data": prepared.seconds, **posterior.seconds}
    return Fit(prepared, replace(posterior, seconds=seconds))


def _fit_stochastic(prepared: Prepared, on_progress: Callable[[Info], None] | None) -> Posterior:
    import torch

    from pplc.runtime import stochastic_fit
    from pplc.runtime.problems import FitError, RunNotUsable

    asked, spec = prepared.options, prepared.manifest.fit
    if asked.init_from is not None:
        reason = "minibatches and networks start from the spec alone"
        raise FitError([RunNotUsable(run=str(asked.init_from), reason=reason)])
    return stochastic_fit.fit(
        prepared.module,
        prepared.data,
        seed=prepared.seed,
        draws=asked.draws if asked.draws is not None else spec.draws,
        particles=_first(asked.particles, spec.particles, stochastic_fit.PARTICLES),
        steps=_first(asked.steps, spec.steps, stochastic_fit.STEPS),
        dtype=torch.float32 if asked.dtype == "float32" else torch.float64,
        device=asked.device,
        on_progress=on_progress,
    )


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
        from pplc.runtime.results import summary_rows

        return summary_rows(self.prepared.manifest, self.prepared.data, self.posterior)

    def summary(self) -> list[dict[str, Any]]:
        """The rows of `summary.json`: `site`, `index`, `labels`, `mean`, `sd`, `q05` and so on."""
        return [row.model_dump() for row in self.rows]

    def to_arviz(self) -> xarray.DataTree:
        """The draws as an `xarray.DataTree`, which is what ArviZ works on."""
        from pplc.runtime.labelled import to_arviz

        return to_arviz(self.groups())

    def groups(self) -> dict[str, Group]:
        """The arrays of `posterior.nc`, by group."""
        from pplc.runtime.labelled import groups

        return groups(self.prepared.manifest, self.prepared.data, self.posterior)

    def record(self) -> FitRecord:
        """The contents of `fit.json`."""
        from pplc.compiler.report import plan_text
        from pplc.runtime.run_folder import RunOptions, fit_record

        prepared, options = self.prepared, self.prepared.options
        asked = RunOptions(
            data=tuple(map(str, prepared.files)),
            sizes=dict(options.sizes),
            rows=options.rows,
            draws=prepared.draws,
            init_from=None if options.init_from is None else str(options.init_from),
            freeze=options.freeze,
            engine=self._engine(),
        )
        plan = plan_text(prepared.compiled.plan, prepared.data.sizes)
        return fit_record(prepared.manifest, prepared.data, self.posterior, asked, plan)

    def _engine(self) -> EngineOptions | None:
        """The options of the stochastic engine, where that was the one."""
        from pplc.runtime.run_folder import EngineOptions

        prepared, options = self.prepared, self.prepared.options
        batch = prepared.manifest.batch
        if not prepared.stochastic:
            return None
        return EngineOptions(
            batch={batch.plate: batch.size} if batch is not None else {},
            particles=self.posterior.objective_draws,
            steps=options.steps if options.steps is not None else prepared.manifest.fit.steps,
            dtype=options.dtype,
            device=options.device,
        )

    def save(self, folder: str | Path) -> Path:
        """Write a run folder of this name, which must not exist yet.

        Raises:
            SpecError: it exists, or the system does not let it be written.
        """
        with run_folder(self.prepared.source, Path(folder)) as run:
            return publish(self, run)

    def __str__(self) -> str:
        from pplc.table import posterior_text

        return posterior_text(self)

    def __repr__(self) -> str:
        return f"<pplc.Fit of {self.prepared.source.name}: {self.verdict}>"


@contextmanager
def run_folder(source: Source, output: Path | None = None) -> Iterator[RunFolder]:
    """Reserve the run folder `output`, or else the next of `runs/STEM-1`, `runs/STEM-2`, ...

    Raises:
        SpecError: there can be no such folder, or `publish` in the block failed.
    """
    from pplc.runtime.problems import OutputError
    from pplc.runtime.run_folder import reserved

    stem = Path(source.name).stem.strip("<>")
    try:
        with reserved(stem, output) as folder:
            yield folder
    except OutputError as error:
        raise from_problems(error.problems, {}, source) from error


def publish(fitted: Fit, folder: RunFolder) -> Path:
    """Write the run folder that was reserved for a fit."""
    return folder.publish(
        spec=fitted.prepared.source.text,
        module=fitted.prepared.compiled.source,
        record=fitted.record(),
        rows=fitted.rows,
        posterior=fitted.groups(),
    )


def _first(*choices: int | None) -> int:
    return next(choice for choice in choices if choice is not None)


def _beside(path: Path | None, manifest: Manifest) -> tuple[Path, ...]:
    """The data file beside a spec; none where the spec declares no data."""
    from pplc.runtime.problems import DataError, NoDataFile
    from pplc.runtime.tables import default_data_path

    found: Path | Problem = NoDataFile(tried=()) if path is None else default_data_path(path)
    if isinstance(found, Path):
        return (found,)
    if isinstance(found, NoDataFile) and not manifest.data:
        return ()
    raise DataError([found])
