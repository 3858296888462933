"""How the time of an evaluation grows with a plate: radon in 100 times as many counties.

    python benchmarks/plates.py [--times N]

The data of `specs/posteriordb/radon_mn` are repeated, each copy with counties of its own. Prints
the processor time of one gradient of the ELBO on 64 draws, on one thread, and that of the curvature
that a fit starts from. Exits with 1 where an evaluation takes more than 1.3 times as long for each
element.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch

from pplc import session
from pplc.compiler.pipeline import compile_spec
from pplc.grammar.source import Source
from pplc.runtime.coordinates.arrow_factor import Factor
from pplc.runtime.coordinates.guide import GuideCoordinates
from pplc.runtime.noise import matched_noise
from pplc.runtime.objective import SampleObjective
from pplc.runtime.start.modes import starting_points
from pplc.runtime.target import Target

SPEC = Path(__file__).parents[1] / "specs" / "posteriordb" / "radon_mn.ppl"
DRAWS = 64
LIMIT = 1.3
ROUNDS = 5


def repeated(times: int) -> dict[str, object]:
    """The data of the spec, so many times."""
    data = json.loads(SPEC.with_suffix(".json").read_text())
    lists = {name: values * times for name, values in data.items() if isinstance(values, list)}
    counties = data["county_idx"]
    lists["county_idx"] = [c + copy * data["J"] for copy in range(times) for c in counties]
    return lists | {"N": data["N"] * times, "J": data["J"] * times}


def target_of(times: int) -> Target:
    """The compiled density given that data."""
    source = Source(str(SPEC), SPEC.read_text())
    compiled = compile_spec(source).value
    assert compiled is not None
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "data.json")
        path.write_text(json.dumps(repeated(times)))
        prepared = session.prepare(source, compiled, path, session.Options(data=(path,)))
    return Target(prepared.module, prepared.data)


def least(work: Callable[[], object]) -> float:
    """The least processor time of several rounds, in seconds."""
    work()
    found = []
    for _ in range(ROUNDS):
        began = time.process_time()
        work()
        found.append(time.process_time() - began)
    return min(found)


def measured(times: int) -> tuple[float, float]:
    """Seconds of an evaluation, and of the curvature at a point."""
    target = target_of(times)
    point = 0.1 * starting_points(target, 0)[:1]
    factor = Factor.of(target.arrow, target.precision(point))[0]
    coordinates = GuideCoordinates.at_mode(target, point[0], factor)
    noise = matched_noise(target.noise_blocks, DRAWS, 0)
    objective, zero = SampleObjective(target, coordinates, noise), np.zeros(coordinates.size)
    evaluation = least(lambda: objective(zero))
    return evaluation, least(lambda: Factor.of(target.arrow, target.precision(point)))


def main() -> int:
    """Measure both sizes, print them, compare with the limit."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=100)
    times = parser.parse_args().times
    torch.set_num_threads(1)
    small, large = measured(1), measured(times)
    for name, before, after in zip(("evaluation", "curvature"), small, large, strict=True):
        ratio = after / before
        print(f"{name:12}{before * 1e3:8.1f} ms{after * 1e3:10.1f} ms{ratio:8.1f} times")
    return 0 if large[0] / small[0] <= LIMIT * times else 1


if __name__ == "__main__":
    sys.exit(main())
