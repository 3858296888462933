"""What is said of the iterations of a stochastic fit."""

import pytest

from pplc.runtime.stochastic.course import Course


@pytest.mark.parametrize(
    ("iterations", "last", "stopped", "text"),
    [
        (
            1400,
            0.05,
            "settled",
            "1,400 iterations at rates from 0.1 to 0.05; stopped because a smaller rate would "
            "change next to nothing",
        ),
        (
            30_000,
            0.0125,
            "most iterations",
            "30,000 iterations at rates from 0.1 to 0.013; stopped because no more were allowed",
        ),
        (
            21_000,
            0.000390625,
            "smallest rate",
            "21,000 iterations at rates from 0.1 to 0.00039; stopped because the rate has become "
            "too small to get further",
        ),
        (250, 0.1, "interrupted", "250 iterations at a rate of 0.1; stopped from the keyboard"),
        (
            0,
            0.1,
            "nothing to iterate",
            "no iterations: all guides are of single elements, found by Newton's method",
        ),
        (0, 0.1, "interrupted", "no iterations; stopped from the keyboard"),
    ],
)
def test_in_words(iterations, last, stopped, text):
    course = Course(iterations=iterations, first_rate=0.1, last_rate=last, stopped=stopped)
    assert str(course) == text
    assert course.settled == (stopped in ("settled", "nothing to iterate"))
