"""What a running fit shows on standard error."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from pplc.cli import terminal

if TYPE_CHECKING:
    from pplc.runtime.progress import Info

#: Seconds between two lines where there is no terminal to redraw.
_INTERVAL = 5.0
_SHORTEST = 1.0  # seconds left that are worth to be told
_BESIDE = 10  # columns that the spinner and the time take
_LEAST_FIRST = ("draws", "gradient", "objective", "left")  # in this order parts make room

#: What a user reads for the phases of the engine.
PHASES = {
    "starts": "looking for modes",
    "fit": "fitting the guide",
    "correct": "weighting the draws",
    "walk": "drawing by Hamiltonian Monte Carlo",
    "recover": "drawing the rest",
}


@contextmanager
def shown() -> Iterator[Callable[[Info], None]]:
    """A function to call with each `Info`: one live line on a terminal, a few lines elsewhere."""
    if not sys.stderr.isatty():
        yield _Lines()
        return
    from rich.console import Console
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
    from rich.table import Column

    console = Console(stderr=True, no_color=not terminal.wants_color(sys.stderr))
    one_line = Column(no_wrap=True, overflow="ellipsis")
    text = TextColumn("{task.description}", markup=False, table_column=one_line)
    columns = (SpinnerColumn(), TimeElapsedColumn(), text)
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task("starting")
        yield lambda info: progress.update(
            task, description=describe(info, console.width - _BESIDE)
        )


def describe(info: Info, width: int | None = None) -> str:
    """One line on where the fit stands; what matters least is left out of one that is too wide."""
    parts = {"phase": PHASES.get(info.phase, info.phase)}
    if info.objective is not None:
        parts["objective"] = f"ELBO {info.objective:.2f}"
    if info.gradient_norm is not None:
        parts["gradient"] = f"gradient {info.gradient_norm:.1g}"
    if info.left is not None and info.left >= _SHORTEST:
        parts["left"] = f"{'at most' if info.bounded else 'about'} {duration(info.left)} left"
    if info.draws is not None:
        parts["draws"] = f"{info.draws} draws"
    for name in _LEAST_FIRST:
        if width is None or len(", ".join(parts.values())) <= width:
            break
        parts.pop(name, None)
    return ", ".join(parts.values())


def duration(seconds: float) -> str:
    """A length of time in its two largest units: `8 s`, `2 min 5 s`, `3 h 20 min`."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"


class _Lines:
    def __init__(self) -> None:
        self.written = time.monotonic()

    def __call__(self, info: Info) -> None:
        if time.monotonic() - self.written >= _INTERVAL:
            self.written = time.monotonic()
            terminal.message(describe(info))
