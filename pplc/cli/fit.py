"""`pplc fit SPEC`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pplc.cli import start, terminal
from pplc.cli.files import STANDARD_INPUT, read_spec, spec_argument
from pplc.cli.run_options import run_options

if TYPE_CHECKING:
    from pplc.options import Options
    from pplc.result import Fit


@click.command(short_help="Fit the model to data; show and keep the posterior.")
@run_options
@click.option(
    "-o",
    "output",
    metavar="RUN",
    type=click.Path(path_type=Path),
    help="The run folder to make. Without it, runs/NAME-1, runs/NAME-2, ...",
)
@click.option("--terms", is_flag=True, help="Show what was optimised, and its terms by site.")
@click.option("--json", "as_json", is_flag=True, help="Print the summary and the record as JSON.")
@spec_argument
def fit(
    spec: str,
    options: Options,
    batch: tuple[str, int] | None,
    output: Path | None,
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
    from pplc.diagnosis import verdict_text
    from pplc.errors import require
    from pplc.result import publish, run_folder
    from pplc.table import posterior_text
    from pplc.terms import terms_text

    source = read_spec(spec)
    result = session.compiled_for(source, options, batch)
    compiled = require(result, source)
    if result.diagnostics:
        terminal.report(result.diagnostics, source)
    path = None if spec == STANDARD_INPUT else Path(spec)
    with run_folder(source, output) as folder:
        with terminal.uninterrupted():
            import pplc.runtime.deterministic.fit
            import pplc.runtime.results.labelled  # noqa: F401
        start.keep_memory()
        start.settled()
        with shown() as on_progress:
            prepared = session.prepare(source, compiled, path, options)
            if costly := session.costly(prepared):
                terminal.report(costly, source)
            fitted = session.fit(prepared, on_progress)
        publish(fitted, folder)
    if as_json:
        terminal.result(_json(fitted))
    else:
        color = terminal.wants_color(sys.stdout)
        terminal.result(ledger_text(compiled.plan))
        terminal.result("\n" + posterior_text(fitted, color=color))
        terminal.result("\n" + verdict_text(fitted, terminal.width(sys.stdout)))
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
