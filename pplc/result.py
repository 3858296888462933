"""The result of a fit: its posterior as draws, tables, records and run folders."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pplc.errors import from_problems
from pplc.grammar.source import Source

if TYPE_CHECKING:
    import xarray
    from numpy.typing import NDArray

    from pplc.runtime.posterior import Posterior
    from pplc.runtime.results.fit_record import EngineOptions, FitRecord
    from pplc.runtime.results.labelled import Group
    from pplc.runtime.results.run_folder import RunFolder
    from pplc.runtime.results.summaries import Family, Row
    from pplc.runtime.verdict.verdict import Departure
    from pplc.session import Prepared


@dataclass(frozen=True)
class Fit:
    """A posterior in the model's own names, labels and units. `print` shows its table."""

    prepared: Prepared = field(repr=False)
    posterior: Posterior = field(repr=False)

    @cached_property
    def verdict(self) -> str:
        """How far to trust it, in one line, with what to try next where it is bad."""
        from pplc.advice import advice

        prepared, verdict = self.prepared, self.posterior.verdict
        plan, sizes = prepared.compiled.plan, prepared.data.sizes
        return verdict.worded(advice(verdict, plan, prepared.source, sizes))

    @property
    def departures(self) -> tuple[Departure, ...]:
        """The latents that are known to be off where it is not reliable, worst first."""
        return self.posterior.verdict.departures

    @cached_property
    def draws(self) -> dict[str, NDArray[Any]]:
        """Draws by name, `[draws, ...]`: latents, summed-out sites and derived quantities."""
        return {name: values.numpy() for name, values in self.posterior.draws.items()}

    @cached_property
    def families(self) -> list[Family]:
        """A summary of all numbers of each site, param and quantity, in the order of the spec."""
        from pplc.runtime.results.summaries import families

        return families(self.prepared.manifest, self.prepared.data, self.posterior)

    @cached_property
    def rows(self) -> list[Row]:
        """A summary of each number of the families that are not too large for that."""
        from pplc.runtime.results.summaries import rows_of

        return rows_of(self.families)

    def summary(self) -> list[dict[str, Any]]:
        """The rows of `summary.json`: `site`, `index`, `labels`, `mean`, `sd`, `q05` and so on.

        A family of more than 50,000 numbers has none: it is in group `summary` of `to_arviz()`.
        """
        return [row.model_dump() for row in self.rows]

    def to_arviz(self) -> xarray.DataTree:
        """The draws as an `xarray.DataTree`, which is what ArviZ works on."""
        from pplc.runtime.results.labelled import to_arviz

        return to_arviz(self.groups())

    def groups(self) -> dict[str, Group]:
        """The arrays of `posterior.nc`, by group."""
        from pplc.runtime.results.labelled import groups

        prepared = self.prepared
        return groups(prepared.manifest, prepared.data, self.posterior, self.families)

    def record(self) -> FitRecord:
        """The contents of `fit.json`."""
        from pplc.compiler.report import plan_text
        from pplc.runtime.results.fit_record import RunOptions, fit_record

        prepared, options = self.prepared, self.prepared.options
        asked = RunOptions(
            data=tuple(map(str, prepared.files)),
            sizes=dict(options.sizes),
            rows=options.rows,
            draws=len(self.posterior.log_p),
            init_from=None if options.init_from is None else str(options.init_from),
            freeze=options.freeze,
            device=options.device,
            engine=self._engine(),
        )
        plan = plan_text(prepared.compiled.plan, prepared.data.sizes)
        return fit_record(
            prepared.manifest, prepared.data, self.posterior, asked, plan, self.verdict
        )

    def _engine(self) -> EngineOptions | None:
        """The options of the stochastic engine, where that was the one."""
        from pplc.runtime.results.fit_record import EngineOptions

        prepared, options = self.prepared, self.prepared.options
        batch = prepared.manifest.batch
        if not prepared.stochastic:
            return None
        return EngineOptions(
            batch={batch.plate: batch.size} if batch is not None else {},
            particles=self.posterior.objective_draws,
            steps=options.steps if options.steps is not None else prepared.manifest.fit.steps,
            dtype=options.dtype,
        )

    def save(self, folder: str | Path) -> Path:
        """Write a run folder of this name, which must not exist yet.

        Raises:
            SpecError: it exists, or the system does not let it be written.
        """
        with run_folder(self.prepared.source, Path(folder)) as run:
            return publish(self, run)

    def __str__(self) -> str:
        from pplc.diagnosis import verdict_text
        from pplc.table import posterior_text

        return f"{posterior_text(self)}\n{verdict_text(self)}"

    def __repr__(self) -> str:
        return f"<pplc.Fit of {self.prepared.source.name}: {self.verdict}>"


@contextmanager
def run_folder(source: Source, output: Path | None = None) -> Iterator[RunFolder]:
    """Reserve the run folder `output`, or else the next of `runs/STEM-1`, `runs/STEM-2`, ...

    Raises:
        SpecError: there can be no such folder, or `publish` in the block failed.
    """
    from pplc.runtime.problems import OutputError
    from pplc.runtime.results.run_folder import reserved

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
