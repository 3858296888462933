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
        near = [known for known in catalogue.all_codes() if known[:2] == code[:2].upper()]
        hint = f"Those near it are {', '.join(near)}." if near else ""
        message = f"No diagnostic has the code {code}. {hint}"
        raise click.UsageError(f"{message.rstrip()} `pplc explain` lists all codes.")
    terminal.result(text_of(kind, color=terminal.wants_color(sys.stdout)))
