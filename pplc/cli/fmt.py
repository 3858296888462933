"""`pplc fmt SPEC`."""

from __future__ import annotations

from pathlib import Path

import click

from pplc.cli import terminal
from pplc.cli.files import STANDARD_INPUT, read_spec, spec_argument, write_text


@click.command(short_help="Lay a spec out in the one usual way.")
@click.option("--check", is_flag=True, help="Write nothing; exit with 1 if the layout differs.")
@spec_argument
@click.pass_context
def fmt(context: click.Context, spec: str, check: bool) -> None:
    """Lay SPEC out in the one usual way, in place; comments are kept.

    SPEC is a file, or - to read standard input and write standard output.

    \b
    Examples:
      pplc fmt specs/faithful.ppl
      pplc fmt --check specs/faithful.ppl
    """
    from pplc.errors import require
    from pplc.grammar.format import format_source

    source = read_spec(spec)
    text = require(format_source(source), source)
    if check and text != source.text:
        terminal.message(f"{source.name} is laid out differently; `pplc fmt {spec}` changes it")
        context.exit(1)
    elif not check and spec == STANDARD_INPUT:
        terminal.result(text)
    elif not check and text != source.text:
        write_text(Path(spec), text)
        terminal.message(f"{source.name}: laid out anew")
