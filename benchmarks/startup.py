"""How long `pplc check specs/faithful.ppl` takes, beside Python's own start.

    python benchmarks/startup.py [--limit SECONDS]

Prints the best and the median of several runs, and exits with 1 where the best is over the limit.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import time
from pathlib import Path

SPEC = Path(__file__).parent.parent / "specs" / "faithful.ppl"
RUNS = 10
LONG = "".join(f"a{i} ~ Normal(0, 1)\nb{i} = exp(a{i}) + {i}\n" for i in range(1000))
COMMANDS = {
    "python -c pass": ["-c", "pass"],
    "pplc --version": ["-m", "pplc", "--version"],
    "pplc check": ["-m", "pplc", "check", str(SPEC)],
    "of 2,000 lines": ["-m", "pplc", "check", "-"],
}


def seconds(arguments: list[str]) -> list[float]:
    """Wall time of each of RUNS runs, after one that warms the file cache."""
    times = []
    for _ in range(RUNS + 1):
        start = time.perf_counter()
        subprocess.run(
            [sys.executable, *arguments], check=True, capture_output=True, input=LONG.encode()
        )
        times.append(time.perf_counter() - start)
    return times[1:]


def main() -> int:
    """Measure, print the table, compare with the limit."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--limit", type=float, default=0.5, help="of `pplc check`, in seconds")
    limit = parser.parse_args().limit
    measured = {name: seconds(arguments) for name, arguments in COMMANDS.items()}
    unit = min(measured["python -c pass"])
    print(f"{'':16}{'best':>9}{'median':>9}{'ratio':>8}")
    for name, times in measured.items():
        best, median = min(times), statistics.median(times)
        print(f"{name:16}{best:8.3f}s{median:8.3f}s{best / unit:8.1f}")
    return 0 if min(measured["pplc check"]) <= limit else 1


if __name__ == "__main__":
    sys.exit(main())
