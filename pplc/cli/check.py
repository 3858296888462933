"""`pplc check SPEC`."""

from __future__ import annotations

import click

from pplc.cli import terminal
from pplc.cli.files import read_spec, spec_argument


@click.command(short_help="Look for mistakes; show what becomes of each site.")
@click.option("--json", "as_json", is_flag=True, help="Print the diagnostics as JSON.")
@click.option("--pedantic", is_flag=True, help="Also warn of what may not be meant.")
@spec_argument
@click.pass_context
def check(context: click.Context, spec: str, as_json: bool, pedantic: bool) -> None:
    """Look for mistakes in SPEC, without data.

    Shows every problem with its place, or, where there is none, the site ledger: each random
    variable of the model is observed, guided, derived, summed out or generated.
    SPEC is a file, or - for standard input.

    \b
    Example:
      pplc check specs/faithful.ppl
    """
    from pplc.compiler.pipeline import check as check_source
    from pplc.compiler.report import ledger_text
    from pplc.grammar.render import counts, diagnostics_json

    source = read_spec(spec)
    checked = check_source(source, pedantic=pedantic)
    if as_json:
        terminal.result(diagnostics_json(checked.diagnostics, source))
    elif checked.ok and checked.value is not None:
        terminal.result(ledger_text(checked.value))
        if not checked.diagnostics:
            terminal.message(counts([]))
    if checked.diagnostics and not as_json:
        terminal.report(checked.diagnostics, source)
    if not checked.ok:
        context.exit(1)
