"""What a fit tells while it runs: not too often, and what is true."""

import pytest

from pplc.runtime import progress
from pplc.runtime.progress import Info, Monitor, Pace


def test_calls_back_at_most_ten_times_a_second(monkeypatch):
    now = iter(x / 100 for x in range(1000))
    monkeypatch.setattr(progress.time, "perf_counter", lambda: next(now))
    told = []
    monitor = Monitor(told.append)
    for _ in range(100):
        monitor.count()
    assert 9 <= len(told) <= 11
    assert monitor.info.evaluations == 100
    assert [info.evaluations for info in told] == sorted(info.evaluations for info in told)


def test_times_phases_and_adds_up_those_of_one_name(monkeypatch):
    now = [0.0]
    monkeypatch.setattr(progress.time, "perf_counter", lambda: now[0])
    monitor = Monitor()
    for seconds in [2.0, 3.0]:
        with monitor.phase("fit"):
            now[0] += seconds
    with monitor.phase("correct"):
        now[0] += 1.0
    assert monitor.seconds == {"fit": 5.0, "correct": 1.0}
    assert monitor.info.phase == "correct"


def test_shows_the_objective_and_keeps_the_count():
    monitor = Monitor()
    monitor.count()
    monitor.show(Info("fit", 0, -3.0, {"y": -2.0}, 0.5, 64))
    info = monitor.info
    assert (info.evaluations, info.objective, info.gradient_norm, info.draws) == (1, -3.0, 0.5, 64)
    assert info.terms == {"y": -2.0}


def test_the_pace_tells_what_is_left():
    pace = Pace()
    assert pace.left(10.0, 0.2) is None  # nothing is known of the time before
    assert pace.left(11.0, 0.24) is None  # too little to tell
    assert pace.left(12.0, 0.4) == pytest.approx(6.0)  # 0.2 in 2 seconds, 0.6 are left
    assert pace.left(18.0, 1.0) == 0.0
    assert pace.left(19.0, 0.0) is None  # something new
    assert pace.left(20.0, 0.5) == pytest.approx(1.0)
    assert pace.left(21.0, None) is None
    assert pace.left(22.0, 0.9) is None


def test_what_is_left_of_a_phase_is_of_that_phase(monkeypatch):
    now = [0.0]
    monkeypatch.setattr(progress.time, "perf_counter", lambda: now[0])
    monitor = Monitor()
    with monitor.phase("fit"):
        monitor.show(Info("fit", objective=-2.0, gradient_norm=1.0, draws=64, done=0.0))
        now[0] = 3.0
        monitor.show(Info("fit", objective=-1.0, gradient_norm=0.1, draws=64, done=0.5))
        assert monitor.info.left == pytest.approx(3.0)
        monitor.count()
        assert monitor.info.left == pytest.approx(3.0)
    with monitor.phase("walk"):
        info = monitor.info
        assert (info.left, info.gradient_norm, info.draws) == (None, None, None)
        assert info.objective == -1.0


def test_what_is_left_of_equal_parts(monkeypatch):
    now = [5.0]
    monkeypatch.setattr(progress.time, "perf_counter", lambda: now[0])
    monitor = Monitor()
    with monitor.phase("fit"):
        monitor.expect(0, 300)
        assert monitor.info.left is None
        now[0] = 7.0
        monitor.expect(100, 300)
        assert monitor.info.left == pytest.approx(6.0)
        now[0] = 11.0
        monitor.expect(300, 600)  # more than was thought: the pace is that of all of them
        assert (monitor.info.left, monitor.info.done) == (pytest.approx(12.0), pytest.approx(1 / 3))
    with monitor.phase("correct"):
        assert monitor.info.left is None
