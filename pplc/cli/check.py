"""`pplc check SPEC`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from pplc.cli import start, terminal
from pplc.cli.files import read_spec, spec_argument

if TYPE_CHECKING:
    from pplc.compiler.pipeline import Plan
    from pplc.grammar.diagnostics import Result
    from pplc.grammar.source import Source


@click.command(short_help="Look for mistakes; show what becomes of each site.")
@click.option("--json", "as_json", is_flag=True, help="Print the diagnostics as JSON.")
@click.option("--pedantic", is_flag=True, help="Also warn of what may not be meant.")
@click.option(
    "--verify",
    is_flag=True,
    help="Also compare the compiled density with the sum over all values of the discrete latents, "
    "at small sizes and on made-up data. This takes some seconds.",
)
@spec_argument
@click.pass_context
def check(context: click.Context, spec: str, as_json: bool, pedantic: bool, verify: bool) -> None:
    """Look for mistakes in SPEC, without data.

    Shows every problem with its place, or, where there is none, the site ledger: each random
    variable of the model is observed, guided, derived, summed out or generated.
    SPEC is a file, or - for standard input.

    \b
    Examples:
      pplc check specs/faithful.ppl
      pplc check --verify specs/faithful.ppl
    """
    from pplc.compiler.pipeline import check as check_source
    from pplc.compiler.report import ledger_text
    from pplc.grammar.render import counts, diagnostics_json

    source = read_spec(spec)
    checked = check_source(source, pedantic=pedantic)
    found = ""
    if verify and checked.ok:
        found, checked = _verified(checked, source)
    if as_json:
        terminal.result(diagnostics_json(checked.diagnostics, source))
    elif checked.value is not None and (checked.ok or found):
        terminal.result(ledger_text(checked.value))
        if found:
            terminal.result(f"\n{found}")
        if not checked.diagnostics:
            terminal.message(counts([]))
    if checked.diagnostics and not as_json:
        terminal.report(checked.diagnostics, source)
    if not checked.ok:
        context.exit(1)


def _verified(checked: Result[Plan], source: Source) -> tuple[str, Result[Plan]]:
    """What was compared, and the result with what differs among its diagnostics."""
    from pplc.compiler.pipeline import write
    from pplc.grammar.diagnostics import Result
    from pplc.verify.report import verification_text, wrong_densities
    from pplc.verify.verification import verify

    plan = checked.value
    assert plan is not None
    start.settled()
    verification = verify(write(plan, source), source)
    wrong = wrong_densities(verification, plan.graph)
    return verification_text(verification), Result(plan, (*checked.diagnostics, *wrong))
