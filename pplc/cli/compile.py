"""`pplc compile SPEC`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from pplc.cli import terminal
from pplc.cli.files import read_spec, same_file, spec_argument, write_text

if TYPE_CHECKING:
    from pplc.grammar.source import Source

Emitted = Literal["ast", "graph", "plan", "guide", "module"]
KINDS: tuple[Emitted, ...] = ("ast", "graph", "plan", "guide", "module")


@click.command("compile", short_help="Write the model as a Python module.")
@click.option("-o", "output", metavar="FILE", help="Write to FILE in place of standard output.")
@click.option(
    "--emit",
    type=click.Choice(KINDS),
    default="module",
    show_default=True,
    help="What to write: the Python module, or what a stage of the compiler made: the syntax tree "
    "(JSON), the dependency graph, the plan, or the guide as a block to paste into the spec.",
)
@spec_argument
def compile_(spec: str, emit: Emitted, output: str | None) -> None:
    """Write SPEC as a Python module of plain PyTorch.

    The module needs torch and pplc.runtime alone. SPEC is a file, or - for standard input.

    \b
    Example:
      pplc compile specs/faithful.ppl -o faithful_model.py
    """
    if output and output != "-" and same_file(output, spec):
        raise click.UsageError(f"{output} is the spec itself; name another file after -o.")
    text = _emitted(emit, read_spec(spec))
    if output is None or output == "-":
        terminal.result(text)
    else:
        write_text(Path(output), text)


def _emitted(kind: Emitted, source: Source) -> str:
    from pplc.compiler import pipeline, report
    from pplc.errors import require
    from pplc.grammar.parse import parse

    if kind == "ast":
        return json.dumps(require(parse(source), source).plain(), indent=2)
    compiled = pipeline.compile_spec(source)
    value = require(compiled, source)
    if compiled.diagnostics:
        terminal.report(compiled.diagnostics, source)
    match kind:
        case "module":
            return value.source
        case "graph":
            return report.graph_text(value.plan)
        case "plan":
            return report.plan_text(value.plan)
        case "guide":
            return report.guide_text(value.plan)
