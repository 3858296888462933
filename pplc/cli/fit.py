"""`pplc fit SPEC`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from pplc.cli import start, terminal
from pplc.cli.files import STANDARD_INPUT, read_spec, spec_argument
from pplc.cli.options import Size, data_option, sizes_option

if TYPE_CHECKING:
    from pplc.session import Fit


@click.command(short_help="Fit the model to data; show and keep the posterior.")
@data_option
@sizes_option
@click.option(
    "--rows",
    type=click.IntRange(min=1),
    metavar="N",
    help="Use the first N rows of the data only.",
)
@click.option(
    "--draws",
    metavar="N",
    type=click.IntRange(min=1),
    help="How many draws of the posterior to keep.  [default: 4000]",
)
@click.option(
    "--seed",
    metavar="N",
    type=click.IntRange(min=0),
    help="The same seed gives the same numbers.  [default: 0]",
)
@click.option(
    "--batch",
    metavar="NAME=SIZE",
    type=Size(),
    help="Take an index set in parts, so many elements at a time, for data that are many.",
)
@click.option(
    "--engine",
    type=click.Choice(["deterministic", "stochastic"]),
    help="Which engine fits. Without it, the stochastic one where the spec has minibatches or "
    "networks; the options below are about that one.",
)
@click.option(
    "--particles",
    metavar="N",
    type=click.IntRange(min=1),
    help="Draws from the guide in each iteration.  [default: 4]",
)
@click.option(
    "--steps",
    metavar="N",
    type=click.IntRange(min=1),
    help="The most iterations; a fit stops before where no more is to be gained.  [default: 30000]",
)
@click.option(
    "--dtype",
    type=click.Choice(["float32", "float64"]),
    default="float64",
    show_default=True,
    help="The precision of the iterations.",
)
@click.option(
    "--device",
    metavar="NAME",
    default="cpu",
    show_default=True,
    help="Where the iterations run: cpu or cuda.",
)
@click.option(
    "-o",
    "output",
    metavar="RUN",
    type=click.Path(path_type=Path),
    help="The run folder to make. Without it, runs/NAME-1, runs/NAME-2, ...",
)
@click.option(
    "--init-from",
    metavar="RUN",
    type=click.Path(path_type=Path),
    help="Start from the posterior means of an earlier run, by the names of the latents.",
)
@click.option(
    "--freeze",
    metavar="NAMES",
    default="",
    help="Hold these latents fixed at their values in that run, as in a,b.",
)
@click.option("--terms", is_flag=True, help="Show what was optimised, and its terms by site.")
@click.option("--json", "as_json", is_flag=True, help="Print the summary and the record as JSON.")
@spec_argument
def fit(
    spec: str,
    data: tuple[Path, ...],
    sizes: tuple[tuple[str, int], ...],
    rows: int | None,
    draws: int | None,
    seed: int | None,
    batch: tuple[str, int] | None,
    engine: Literal["deterministic", "stochastic"] | None,
    particles: int | None,
    steps: int | None,
    dtype: Literal["float32", "float64"],
    device: str,
    output: Path | None,
    init_from: Path | None,
    freeze: str,
    terms: bool,
    as_json: bool,
) -> None:
    """Fit SPEC to data: show the posterior, a verdict on it, and keep both in a run folder.

    Nothing needs to be chosen: the fit stops by itself, and the verdict says how far to trust it.
    SPEC is a file, or - for standard input (then --data is needed).

    \b
    Examples:
      pplc fit specs/faithful.ppl
      pplc fit specs/faithful.ppl --set K=3 --data other.csv
      pplc fit second.ppl --init-from runs/first-1 --freeze weights,loc
    """
    from pplc import session
    from pplc.cli.progress import shown
    from pplc.compiler.report import ledger_text
    from pplc.errors import require
    from pplc.table import posterior_text
    from pplc.terms import terms_text

    source = read_spec(spec)
    options = session.Options(
        data or None,
        dict(sizes),
        seed,
        draws,
        rows,
        engine,
        particles,
        steps,
        dtype,
        device,
        init_from,
        freeze=tuple(name.strip() for name in freeze.split(",") if name.strip()),
    )
    result = session.compiled_for(source, options, batch)
    compiled = require(result, source)
    if result.diagnostics:
        terminal.report(result.diagnostics, source)
    path = None if spec == STANDARD_INPUT else Path(spec)
    with session.run_folder(source, output) as folder:
        with terminal.uninterrupted():
            import pplc.runtime.labelled
            import pplc.runtime.svi  # noqa: F401
        start.settled()
        with shown() as on_progress:
            prepared = session.prepare(source, compiled, path, options)
            if costly := session.costly(prepared):
                terminal.report(costly, source)
            fitted = session.fit(prepared, on_progress)
        session.publish(fitted, folder)
    if as_json:
        terminal.result(_json(fitted))
    else:
        color = terminal.wants_color(sys.stdout)
        terminal.result(ledger_text(compiled.plan))
        terminal.result("\n" + posterior_text(fitted, color=color))
        if terms:
            terminal.result("\n" + terms_text(fitted, color=color))
        terminal.result(f"results in {folder.path}")
    if fitted.posterior.interrupted:
        terminal.stopped(f"the best guide so far is kept in {folder.path}")
        raise click.exceptions.Exit(terminal.INTERRUPTED)


def _json(fitted: Fit) -> str:
    """An object with `fit`, the contents of fit.json, and `summary`, those of summary.json."""
    record = fitted.record().model_dump_json()
    rows = ",".join(row.model_dump_json() for row in fitted.rows)
    return f'{{"fit":{record},"summary":[{rows}]}}'
