"""The command line: `pplc COMMAND`.

Exit status: 0 all is well, 1 diagnostics, 2 wrong usage, 70 a bug in pplc, 130 stopped with
Ctrl-C, 141 nobody reads the output any more. A command imports what it needs when it runs.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

import click

from pplc.cli import start, terminal
from pplc.cli.check import check
from pplc.cli.compile import compile_
from pplc.cli.explain import explain
from pplc.cli.fit import fit
from pplc.cli.fmt import fmt
from pplc.cli.plan import plan
from pplc.errors import SpecError

DIAGNOSTICS, USAGE, BUG, INTERRUPTED, BROKEN_PIPE = 1, 2, 70, terminal.INTERRUPTED, 141


@click.group(
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 96},
    epilog="`pplc COMMAND --help` says more about each command.",
)
@click.version_option(package_name="pplc", message="pplc %(version)s")
def commands() -> None:
    """Bayesian models from equations and a data file.

    A model is a file of equations, such as specs/faithful.ppl. pplc checks it, compiles it to
    readable PyTorch and fits it to data.

    \b
    Examples:
      pplc fit specs/faithful.ppl       fit the model to the data beside it
      pplc check specs/faithful.ppl     look for mistakes, without data
    """


for command in (check, compile_, fit, plan, fmt, explain):
    commands.add_command(command)


def main() -> None:
    """Run the command line and leave with its exit status."""
    start.quickly()
    terminal.leave(run(sys.argv[1:]))


def run(arguments: Sequence[str]) -> int:
    """Run one command line; every failure ends in a message and an exit status."""
    terminal.prepare()
    try:
        with commands.make_context("pplc", list(arguments)) as context:
            commands.invoke(context)
    except click.exceptions.Exit as leaving:
        return leaving.exit_code
    except click.ClickException as error:
        error.show()
        return USAGE
    except SpecError as error:
        terminal.report(error.diagnostics, error.source)
        return DIAGNOSTICS
    except (KeyboardInterrupt, click.Abort):
        terminal.stopped("nothing was written")
        return INTERRUPTED
    except BrokenPipeError:
        return BROKEN_PIPE
    except Exception as error:
        _report_bug(error, arguments)
        return BUG
    return 0


def _report_bug(error: Exception, arguments: Sequence[str]) -> None:
    from pplc.grammar.catalogue.internal import Unexpected
    from pplc.grammar.source import Source

    if os.environ.get("PPLC_DEBUG"):
        import traceback

        terminal.message("".join(traceback.format_exception(error)))
    text = " ".join(str(error).split())
    found = f"{type(error).__name__}: {text}" if text else type(error).__name__
    command_line = " ".join(["pplc", *arguments])
    terminal.report([Unexpected(found=found)], Source(command_line, ""))
