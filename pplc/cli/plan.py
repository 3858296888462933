"""`pplc plan SPEC`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import click

from pplc.cli import terminal
from pplc.cli.files import STANDARD_INPUT, read_spec, spec_argument
from pplc.cli.options import data_option, sizes_option


@click.command(short_help="Show the graph, what is summed out at what cost, and the guide.")
@data_option
@sizes_option
@spec_argument
def plan(spec: str, data: tuple[Path, ...], sizes: tuple[tuple[str, int], ...]) -> None:
    """Show how SPEC will be fitted.

    The dependency graph, the discrete sites that are summed out with the cost of doing so, and
    the guide (the approximation of the posterior) that is derived from the graph. With data, the
    cost is in numbers too.
    SPEC is a file, or - for standard input.

    \b
    Examples:
      pplc plan specs/faithful.ppl
      pplc plan specs/faithful.ppl --data other.csv --set K=3
    """
    from pplc import session
    from pplc.compiler.elimination.costs import known_sizes
    from pplc.compiler.pipeline import check, write
    from pplc.compiler.report import plan_text
    from pplc.errors import require
    from pplc.options import Options

    source = read_spec(spec)
    checked = check(source)
    planned = require(checked, source)
    path = None if spec == STANDARD_INPUT else Path(spec)
    options = Options(data or None, dict(sizes))
    warnings = list(checked.diagnostics)
    found: Mapping[str, int] = known_sizes(planned.graph) | dict(sizes)
    if data or (planned.elimination.steps and session.has_data(path, options)):
        prepared = session.prepare(source, write(planned, source), path, options)
        warnings += session.costly(prepared)
        found = prepared.data.sizes
    terminal.result(plan_text(planned, found))
    if warnings:
        terminal.report(warnings, source)
