"""What a running fit shows."""

import pytest

from pplc.cli.progress import describe, duration
from pplc.runtime.progress import Info


@pytest.mark.parametrize(
    ("info", "line"),
    [
        (Info(), "looking for modes"),
        (
            Info("fit", objective=-1234.567, gradient_norm=0.0321, draws=64, left=12.3),
            "fitting the guide, ELBO -1234.57, gradient 0.03, about 12 s left, 64 draws",
        ),
        (
            Info("fit", objective=-1.0, draws=4, left=200.0, bounded=True),
            "fitting the guide, ELBO -1.00, at most 3 min 20 s left, 4 draws",
        ),
        (
            Info("walk", objective=8.4, left=0.4),
            "drawing by Hamiltonian Monte Carlo, ELBO 8.40",
        ),
    ],
)
def test_one_line(info, line):
    assert describe(info) == line


@pytest.mark.parametrize(
    ("width", "line"),
    [
        (80, "fitting the guide, ELBO -1234.57, gradient 0.03, about 12 s left, 64 draws"),
        (73, "fitting the guide, ELBO -1234.57, gradient 0.03, about 12 s left"),
        (60, "fitting the guide, ELBO -1234.57, about 12 s left"),
        (35, "fitting the guide, about 12 s left"),
        (30, "fitting the guide"),
        (10, "fitting the guide"),
    ],
)
def test_a_narrow_terminal_gets_what_matters_most(width, line):
    info = Info("fit", objective=-1234.567, gradient_norm=0.0321, draws=64, left=12.3)
    assert describe(info, width) == line


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(8.2, "8 s"), (59.7, "1 min 0 s"), (125.0, "2 min 5 s"), (12_000.0, "3 h 20 min")],
)
def test_durations(seconds, text):
    assert duration(seconds) == text
