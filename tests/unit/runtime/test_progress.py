"""What a fit tells while it runs: not too often, and what is true."""

from pplc.runtime import progress
from pplc.runtime.progress import Info, Monitor


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
