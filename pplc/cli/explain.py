"""`pplc explain CODE`."""

from __future__ import annotations

import sys

import click

from pplc.cli import terminal


@click.command(short_help="Explain a code such as E201.")
@click.argument("code", required=False)
def explain(code: str | None) -> None:
    """Explain the diagnostic CODE: what it means, a bad and a good example.

    Without CODE, list every code.

    \b
    Example:
      pplc explain E201
    """
    from pplc.grammar import catalogue
    from pplc.grammar.explain import explain as text_of
    from pplc.grammar.explain import title

    if code is None:
        kinds = (catalogue.find(code) for code in catalogue.all_codes())
        terminal.result("\n".join(f"{kind.code}  {title(kind)}" for kind in kinds if kind))
        return
    kind = catalogue.find(code.upper())
    if kind is None:
        close = " or ".join(catalogue.close_codes(code.upper()))
        hint = f"Did you mean {close}?" if close else "`pplc explain` lists all codes."
        raise click.UsageError(f"No diagnostic has the code {code}. {hint}")
    terminal.result(text_of(kind, color=terminal.wants_color(sys.stdout)))
