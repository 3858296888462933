"""How far `pplc fit`, without options, is from long runs of MCMC.

    python benchmarks/accuracy.py [NAME ...] [--seeds N] [--nuts | --further] [--write]

For each posterior of posteriordb that `specs/posteriordb/` has a spec for, and each seed: the
largest error of a mean, in sds of the reference, and of the logarithm of an sd; Pareto k; the
evaluations of a gradient (a batch counts once); seconds from the shell, and those of processor
time. The reference means and sds are those of posteriordb's own draws, 10,000 for each posterior
(Magnusson, Bürkner and Vehtari, github.com/stan-dev/posteriordb). Exits with 1 where an error is
over its limit. `--write` writes the table to `accuracy.md`. With `--nuts` the posteriors are those
without draws there, the references those of `nuts.py`, and the table is `nuts.md`; likewise with
`--further` those of `further/`, and `further.md`.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
SPECS = HERE.parent / "specs" / "posteriordb"
FURTHER = HERE / "further"
REFERENCES = HERE.parent / "tests" / "fits" / "data"
CASES = {
    "eight_schools": "eight_schools-eight_schools_noncentered",
    "kidiq": "kidiq-kidscore_interaction",
    "earnings": "earnings-earn_height",
    "nes1980": "nes1980-nes",
    "mesquite": "mesquite-logmesquite_logvas",
    "low_dim_gauss_mix": "low_dim_gauss_mix-low_dim_gauss_mix",
    "hmm_example": "hmm_example-hmm_example",
    "arK": "arK-arK",
    "gp_pois_regr": "gp_pois_regr-gp_regr",
    "sblrc": "sblrc-blr",
}
LIMIT = 0.05
#: Of the logarithm of an sd, for at most one posterior.
LAXER = 0.1
HEADER = ("posterior", "seed", "mean", "log sd", "k", "evaluations", "seconds", "cpu", "verdict")


@dataclass(frozen=True)
class Score:
    """One fit against its reference."""

    spec: str
    seed: int
    mean: float
    log_sd: float
    pareto_k: float
    evaluations: int
    seconds: float
    cpu: float
    verdict: str

    def cells(self) -> tuple[str, ...]:
        """The columns of the table."""
        return (
            self.spec,
            str(self.seed),
            f"{self.mean:.3f}",
            f"{self.log_sd:.3f}",
            f"{self.pareto_k:.2f}",
            str(self.evaluations),
            f"{self.seconds:.1f}",
            f"{self.cpu:.1f}",
            self.verdict,
        )


def scored(path: Path, reference: dict[str, dict[str, float]], seed: int) -> Score:
    """Fit a spec from the shell, and compare every parameter of the reference."""
    command = [sys.executable, "-m", "pplc", "fit", str(path), "--json"]
    with tempfile.TemporaryDirectory() as folder:
        before, start = os.times(), time.perf_counter()
        out = subprocess.run(
            [*command, "--seed", str(seed), "-o", f"{folder}/run"], capture_output=True, text=True
        ).stdout
        seconds, after = time.perf_counter() - start, os.times()
    found = json.loads(out)
    rows = {_name(row): row for row in found["summary"]}
    fit = found["fit"]
    return Score(
        spec=path.stem,
        seed=seed,
        mean=max(abs(rows[n]["mean"] - r["mean"]) / r["sd"] for n, r in reference.items()),
        log_sd=max(abs(math.log(rows[n]["sd"] / r["sd"])) for n, r in reference.items()),
        pareto_k=fit["pareto_k"],
        evaluations=fit["evaluations"],
        seconds=seconds,
        cpu=sum(after[2:4]) - sum(before[2:4]),
        verdict=fit["verdict"]["status"],
    )


def published() -> dict[str, dict[str, dict[str, float]]]:
    """The references of posteriordb by spec."""
    known = json.loads((REFERENCES / "reference.json").read_text())
    return {spec: known[name]["params"] for spec, name in CASES.items()}


def long_runs(name: str) -> dict[str, dict[str, dict[str, float]]]:
    """Those of `nuts.py`, by spec."""
    return {
        spec: {
            _from_one(latent): {"mean": mean, "sd": sd} for latent, (mean, sd, _) in found.items()
        }
        for spec, found in json.loads((REFERENCES / name).read_text()).items()
    }


def _from_one(name: str) -> str:
    """The name in posteriordb's way of a latent whose indices count from 0, as `theta[0,1]`."""
    site, _, index = name.rstrip("]").partition("[")
    return _name({"site": site, "index": [int(i) for i in index.split(",") if i]})


def _name(row: dict[str, Any]) -> str:
    """A parameter by its name in the reference, whose indices count from 1."""
    index = [str(i + 1) for i in row["index"]]
    site = str(row["site"])
    if len(index) == 2:  # a row of a matrix has a name of its own there: theta1[2]
        site += index.pop(0)
    return f"{site}[{index[0]}]" if index else site


def table(scores: list[Score]) -> Iterator[str]:
    """The scores as lines of a Markdown table."""
    rows = [HEADER, *(score.cells() for score in scores)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for i, row in enumerate(rows):
        cells = [c.ljust(w) for c, w in zip(row, widths, strict=True)]
        yield f"| {' | '.join(cells)} |"
        if not i:
            yield f"|{'|'.join('-' * (w + 2) for w in widths)}|"


def main() -> int:
    """Fit, print the table as it comes, compare with the limits."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*")
    parser.add_argument("--seeds", type=int, default=5)
    others = parser.add_mutually_exclusive_group()
    others.add_argument("--nuts", action="store_true")
    others.add_argument("--further", action="store_true")
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    name = "nuts" if options.nuts else "further" if options.further else "accuracy"
    folder = FURTHER if options.further else SPECS
    reference = published() if name == "accuracy" else long_runs(f"{name}.json")
    scores = []
    for spec in options.names or reference:
        for seed in range(options.seeds):
            scores.append(scored(folder / f"{spec}.ppl", reference[spec], seed))
            print(*(f"{cell:12}" for cell in scores[-1].cells()), flush=True)
    if options.write:
        (HERE / f"{name}.md").write_text("\n".join(table(scores)) + "\n")
    lax = {s.spec for s in scores if LIMIT < s.log_sd <= LAXER}
    good = len(lax) <= 1 and all(s.mean <= LIMIT and s.log_sd <= LAXER for s in scores)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
