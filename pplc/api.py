"""The Python API: `check`, `compile` and `fit`, on the text or the file of a spec."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from pplc.errors import require
from pplc.grammar.diagnostics import Diagnostic
from pplc.grammar.render import counts, in_order, render_all
from pplc.grammar.source import Source
from pplc.options import Options

if TYPE_CHECKING:
    from pplc.compiler.pipeline import Compiled, Plan
    from pplc.result import Fit
    from pplc.runtime.progress import Info

Spec = str | Path


@dataclass(frozen=True)
class Report:
    """What `check` found. `print` shows the diagnostics, or the site ledger where there is none."""

    source: Source
    diagnostics: tuple[Diagnostic, ...]
    plan: Plan | None

    @property
    def ok(self) -> bool:
        """Whether there is no error; warnings are allowed."""
        return all(diagnostic.severity != "error" for diagnostic in self.diagnostics)

    def __str__(self) -> str:
        from pplc.compiler.report import ledger_text

        ledger = ledger_text(self.plan) if self.ok and self.plan is not None else ""
        found = render_all(self.diagnostics, self.source) if self.diagnostics else ""
        return "\n".join(part for part in (ledger, found) if part)

    def __repr__(self) -> str:
        return f"<pplc.Report of {self.source.name}: {counts(self.diagnostics)}>"


def check(spec: Spec) -> Report:
    """Look for mistakes in a spec, without data. Mistakes are in the report, not raised."""
    from pplc.compiler import pipeline

    source, _ = _read(spec)
    checked = pipeline.check(source)
    return Report(source, tuple(in_order(checked.diagnostics)), checked.value)


def compile(spec: Spec) -> Compiled:
    """A spec as the text of a Python module (`.source`), with its `.metadata` and `.plan`.

    Raises:
        SpecError: the spec has mistakes.
    """
    from pplc.compiler.pipeline import compile_spec

    source, _ = _read(spec)
    return require(compile_spec(source), source)


def fit(
    spec: Spec,
    data: str | Path | Iterable[str | Path] | None = None,
    *,
    sizes: Mapping[str, int] | None = None,
    seed: int | None = None,
    draws: int | None = None,
    rows: int | None = None,
    device: str = "cpu",
    engine: Literal["deterministic", "stochastic"] | None = None,
    batch: tuple[str, int] | None = None,
    particles: int | None = None,
    steps: int | None = None,
    dtype: Literal["float32", "float64"] = "float64",
    init_from: str | Path | None = None,
    freeze: Iterable[str] = (),
    on_progress: Callable[[Info], None] | None = None,
) -> Fit:
    """Fit a spec to data.

    Args:
        spec: the path or the text of a spec.
        data: one or several files. Without it, the file beside the spec with its name and the
            ending `.csv`, `.json`, `.npz` or `.parquet`.
        sizes: sizes of index sets, in place of their defaults.
        seed: the same seed gives the same numbers. Without it, that of the spec, or 0.
        draws: how many draws of the posterior to keep. Without it, as the spec says, or 4000,
            or fewer where each has very many numbers.
        rows: use the first rows of the data only.
        device: where densities are computed: `cpu`, `cuda` and so on, as torch names it.
        engine: without it, the stochastic one where the spec has minibatches or networks. What
            follows is about that engine.
        batch: an index set that is taken in parts, and how many elements at a time.
        particles: draws from the guide in an iteration.
        steps: the most iterations.
        dtype: the floating type of the iterations.
        init_from: a run folder: the fit starts from its posterior means.
        freeze: latents that are held fixed at their values in that run.
        on_progress: called now and then with where the fit stands.

    Raises:
        SpecError: the spec has mistakes, the data does not fit it, or the fit cannot start.
    """
    from pplc import session

    source, path = _read(spec)
    files = None if data is None else _paths(data)
    options = Options(
        data=files,
        sizes=dict(sizes or {}),
        seed=seed,
        draws=draws,
        rows=rows,
        engine=engine,
        particles=particles,
        steps=steps,
        dtype=dtype,
        device=device,
        init_from=None if init_from is None else Path(init_from),
        freeze=tuple(freeze),
    )
    compiled = require(session.compiled_for(source, options, batch), source)
    return session.fit(session.prepare(source, compiled, path, options), on_progress)


def _read(spec: Spec) -> tuple[Source, Path | None]:
    """The spec, and its file where it has one."""
    if isinstance(spec, str) and ("\n" in spec or not spec.endswith(".ppl")):
        return Source("<text>", spec), None
    from pplc.grammar.parse import read_source

    path = Path(spec)
    return require(read_source(str(path), path.read_bytes()), Source(str(path), "")), path


def _paths(data: str | Path | Iterable[str | Path]) -> tuple[Path, ...]:
    return (Path(data),) if isinstance(data, str | Path) else tuple(Path(file) for file in data)
