"""`pplc fit SPEC`."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from pplc.cli import terminal
from pplc.cli.files import STANDARD_INPUT, read_spec, spec_argument


class Size(click.ParamType[tuple[str, int]]):
    """`K=5`: an index set and its size."""

    name = "NAME=SIZE"

    def convert(
        self, value: str, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, int]:
        """The name and the size."""
        name, _, size = value.partition("=")
        if not (name.isidentifier() and size.isdecimal()):
            self.fail(f"{value} is not of the form K=5: an index set and its size.", param, ctx)
        return name, int(size)


@click.command(short_help="Fit the model to data; show and keep the posterior.")
@click.option(
    "--data",
    multiple=True,
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="Data (.csv, .json, .npz or .parquet); may be given several times. Without it, the file "
    "beside SPEC that has its name and one of these endings.",
)
@click.option(
    "--set",
    "sizes",
    multiple=True,
    type=Size(),
    help="The size of an index set, in place of its default; may be given several times.",
)
@click.option(
    "--rows",
    type=click.IntRange(min=1),
    metavar="N",
    help="Use the first N rows of the data only.",
)
@click.option(
    "--draws",
    metavar="N",
    type=click.IntRange(min=1),
    default=4000,
    show_default=True,
    help="How many draws of the posterior to keep.",
)
@click.option(
    "--seed",
    metavar="N",
    type=click.IntRange(min=0),
    default=0,
    show_default=True,
    help="The same seed gives the same numbers.",
)
@click.option(
    "-o",
    "output",
    metavar="RUN",
    type=click.Path(path_type=Path),
    help="The run folder to make. Without it, runs/NAME-1, runs/NAME-2, ...",
)
@click.option("--json", "as_json", is_flag=True, help="Print the summary and the record as JSON.")
@spec_argument
def fit(
    spec: str,
    data: tuple[Path, ...],
    sizes: tuple[tuple[str, int], ...],
    rows: int | None,
    draws: int,
    seed: int,
    output: Path | None,
    as_json: bool,
) -> None:
    """Fit SPEC to data: show the posterior, a verdict on it, and keep both in a run folder.

    Nothing needs to be chosen: the fit stops by itself, and the verdict says how far to trust it.
    SPEC is a file, or - for standard input (then --data is needed).

    \b
    Examples:
      pplc fit specs/faithful.ppl
      pplc fit specs/faithful.ppl --set K=3 --data other.csv
    """
    raise NotImplementedError(STANDARD_INPUT, read_spec, terminal, sys)
