"""The options of `pplc fit` that say what is fitted and how, as one value."""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce, wraps
from pathlib import Path
from typing import Any, Literal

import click

from pplc.cli.options import Size, data_option, sizes_option

_OPTIONS = (
    data_option,
    sizes_option,
    click.option(
        "--rows",
        type=click.IntRange(min=1),
        metavar="N",
        help="Use the first N rows of the data only.",
    ),
    click.option(
        "--draws",
        metavar="N",
        type=click.IntRange(min=1),
        help="How many draws of the posterior to keep.  [default: 4000, fewer where each is large]",
    ),
    click.option(
        "--seed",
        metavar="N",
        type=click.IntRange(min=0),
        help="The same seed gives the same numbers.  [default: 0]",
    ),
    click.option(
        "--batch",
        metavar="NAME=SIZE",
        type=Size(),
        help="Take an index set in parts, so many elements at a time, for data that are many.",
    ),
    click.option(
        "--device",
        metavar="NAME",
        default="cpu",
        show_default=True,
        help="Where densities are computed, as torch names it: cpu, cuda, cuda:1.",
    ),
    click.option(
        "--engine",
        type=click.Choice(["deterministic", "stochastic"]),
        help="Which engine fits. Without it, the stochastic one where the spec has minibatches or "
        "networks; the options below are about that one.",
    ),
    click.option(
        "--particles",
        metavar="N",
        type=click.IntRange(min=1),
        help="Draws from the guide in each iteration.  [default: 4, up to 64 where they are cheap]",
    ),
    click.option(
        "--steps",
        metavar="N",
        type=click.IntRange(min=1),
        help="The most iterations; a fit stops before where no more is to be gained.  "
        "[default: 30000]",
    ),
    click.option(
        "--dtype",
        type=click.Choice(["float32", "float64"]),
        default="float64",
        show_default=True,
        help="The precision of the iterations.",
    ),
    click.option(
        "--init-from",
        metavar="RUN",
        type=click.Path(path_type=Path),
        help="Start from the posterior means of an earlier run, by the names of the latents.",
    ),
    click.option(
        "--freeze",
        metavar="NAMES",
        default="",
        help="Hold these latents fixed at their values in that run, as in a,b.",
    ),
)


def run_options(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command these options; it is called with `options`, and with `batch` beside.

    (Minibatches are a matter of compiling the spec.)
    """

    @wraps(command)
    def with_options(
        data: tuple[Path, ...],
        sizes: tuple[tuple[str, int], ...],
        rows: int | None,
        draws: int | None,
        seed: int | None,
        engine: Literal["deterministic", "stochastic"] | None,
        particles: int | None,
        steps: int | None,
        dtype: Literal["float32", "float64"],
        device: str,
        init_from: Path | None,
        freeze: str,
        **others: Any,
    ) -> None:
        from pplc.options import Options

        options = Options(
            data=data or None,
            sizes=dict(sizes),
            rows=rows,
            draws=draws,
            seed=seed,
            engine=engine,
            particles=particles,
            steps=steps,
            dtype=dtype,
            device=device,
            init_from=init_from,
            freeze=tuple(name.strip() for name in freeze.split(",") if name.strip()),
        )
        command(options=options, **others)

    return reduce(lambda decorated, option: option(decorated), reversed(_OPTIONS), with_options)
