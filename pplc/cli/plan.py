"""`pplc plan SPEC`."""

from __future__ import annotations

import click

from pplc.cli import terminal
from pplc.cli.files import read_spec, spec_argument


@click.command(short_help="Show the graph, what is summed out at what cost, and the guide.")
@spec_argument
def plan(spec: str) -> None:
    """Show how SPEC will be fitted.

    The dependency graph, the discrete sites that are summed out with the cost of doing so, and
    the guide (the approximation of the posterior) that is derived from the graph.
    SPEC is a file, or - for standard input.

    \b
    Example:
      pplc plan specs/faithful.ppl
    """
    from pplc.compiler.pipeline import check
    from pplc.compiler.report import plan_text
    from pplc.errors import require

    source = read_spec(spec)
    checked = check(source)
    terminal.result(plan_text(require(checked, source)))
    if checked.diagnostics:
        terminal.report(checked.diagnostics, source)
