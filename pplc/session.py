"""From a spec to a posterior: the steps that the Python API and the command line share."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from pplc.errors import from_problems
from pplc.grammar.diagnostics import Diagnostic, Result
from pplc.grammar.source import Source
from pplc.options import Options
from pplc.result import Fit

if TYPE_CHECKING:
    from pplc.compiler.pipeline import Compiled
    from pplc.runtime.data import Data
    from pplc.runtime.manifest import Manifest
    from pplc.runtime.module import Module, Tensors
    from pplc.runtime.posterior import Posterior
    from pplc.runtime.problems import Problem
    from pplc.runtime.progress import Info


#: Where neither the user nor the spec says otherwise.
SEED, DRAWS = 0, 4000
#: In all draws together, and draws where each has so many: means of 400 are within a twentieth of
#: an sd. Means and sds of latents come from more draws than are kept.
MOST_NUMBERS, FEWEST_DRAWS = 2**26, 400


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
        """How many draws of the posterior are kept: fewer where nobody says, and each is large."""
        return _first(self.options.draws, self.manifest.fit.draws, self._affordable)

    @property
    def fewer(self) -> bool:
        """Whether fewer draws are kept than usual, so that results stay small."""
        unsaid = self.options.draws is None and self.manifest.fit.draws is None
        return unsaid and self.draws < DRAWS and not self.stochastic

    @property
    def _affordable(self) -> int:
        from pplc.runtime.elements import numbers_in

        drawn = [site for site in self.manifest.sites if site.role != "observed"]
        numbers = numbers_in([*drawn, *self.manifest.quantities], self.data)
        affordable = MOST_NUMBERS // max(numbers, 1)
        return min(DRAWS, max(FEWEST_DRAWS, affordable))

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
    from pplc.runtime.reading.tables import default_data_path

    if options.data is not None or path is None:
        return options.data is not None
    return not isinstance(default_data_path(path), NoDataFile)


def costly(prepared: Prepared) -> tuple[Diagnostic, ...]:
    """Warnings of sums that take too many terms at the sizes of the data."""
    from pplc.compiler.elimination.costs import known_sizes, over_budget

    graph, plan = prepared.compiled.plan.graph, prepared.compiled.plan.elimination
    before = {d.span for d in over_budget(graph, plan, known_sizes(graph))}
    found = over_budget(graph, plan, prepared.data.sizes)
    return tuple(d for d in found if d.span not in before)


def prepare(source: Source, compiled: Compiled, path: Path | None, options: Options) -> Prepared:
    """Load a compiled spec and its data; `path` is the file of the spec, if it has one.

    Raises:
        SpecError: the data does not fit the spec, or an option the engine.
    """
    from pplc.runtime.manifest import Manifest
    from pplc.runtime.module import load_module
    from pplc.runtime.problems import RunError
    from pplc.runtime.reading.load import load
    from pplc.runtime.start.earlier import starting_values

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
    prepared = Prepared(source, compiled, module, manifest, data, files, options, seconds, start)
    if unused := _unused(prepared):
        raise from_problems(unused, {}, source)
    return prepared


def _unused(prepared: Prepared) -> list[Problem]:
    """Options that were given and are not those of the engine that fits."""
    from pplc.runtime.problems import OptionNotUsed

    asked = prepared.options
    given = {
        "--particles": asked.particles is not None,
        "--steps": asked.steps is not None,
        "--dtype": asked.dtype != "float64",
    }
    if prepared.stochastic:
        return []
    return [OptionNotUsed(option=option) for option, is_given in given.items() if is_given]


def fit(prepared: Prepared, on_progress: Callable[[Info], None] | None = None) -> Fit:
    """Fit a prepared spec.

    Raises:
        SpecError: the fit cannot start.
    """
    from pplc.runtime.deterministic import fit as deterministic_fit
    from pplc.runtime.elsewhere import on_device
    from pplc.runtime.problems import RunError

    try:
        if prepared.stochastic:
            posterior = _fit_stochastic(prepared, on_progress)
        else:
            posterior = deterministic_fit.fit(
                on_device(prepared.module, prepared.options.device),
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

    from pplc.runtime.stochastic import fit as stochastic_fit

    asked, spec = prepared.options, prepared.manifest.fit
    return stochastic_fit.fit(
        prepared.module,
        prepared.data,
        seed=prepared.seed,
        draws=asked.draws if asked.draws is not None else spec.draws,
        particles=asked.particles if asked.particles is not None else spec.particles,
        steps=_first(asked.steps, spec.steps, stochastic_fit.STEPS),
        dtype=torch.float32 if asked.dtype == "float32" else torch.float64,
        device=asked.device,
        start=prepared.start,
        on_progress=on_progress,
    )


def _first(*choices: int | None) -> int:
    return next(choice for choice in choices if choice is not None)


def _beside(path: Path | None, manifest: Manifest) -> tuple[Path, ...]:
    """The data file beside a spec; none where the spec declares no data."""
    from pplc.runtime.problems import DataError, NoDataFile
    from pplc.runtime.reading.tables import default_data_path

    found: Path | Problem = NoDataFile(tried=()) if path is None else default_data_path(path)
    if isinstance(found, Path):
        return (found,)
    if isinstance(found, NoDataFile) and not manifest.data:
        return ()
    raise DataError([found])
