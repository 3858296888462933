"""Options that several commands have: where the data are, and sizes of index sets."""

from __future__ import annotations

from pathlib import Path

import click


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


data_option = click.option(
    "--data",
    multiple=True,
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="Data (.csv, .json, .npz or .parquet); may be given several times. Without it, the file "
    "beside SPEC that has its name and one of these endings.",
)
sizes_option = click.option(
    "--set",
    "sizes",
    multiple=True,
    type=Size(),
    help="The size of an index set, in place of its default; may be given several times.",
)
