"""Elements with guides of their own in minibatches of 64, against what is right.

    python benchmarks/batches.py [MODEL ...] [--seed N]

Data are drawn from each model, from a fixed seed. Fits run without options, on one thread. Prints
how far the means of the globals are off, in posterior sds, and the logarithms of their sds, the
worst of them; the iterations, the verdict, and the processor time in seconds. What is right is what
the deterministic engine finds with all data; for counts, with elements integrated out by
quadrature, the Gaussian at the mode of what is left.
"""

from __future__ import annotations

import argparse
import json
import math
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from scipy.optimize import minimize
from scipy.special import gammaln, logsumexp

import pplc

Arrays = dict[str, np.ndarray]
Moments = dict[str, tuple[float, float]]

MEANS = """
mu ~ Normal(0, 5)
tau ~ HalfNormal(2)
"""
ROWS = f"""
index N
data y[N]: real
data s[N]: positive
{MEANS}
theta[n in N] ~ Normal(mu, tau)
y[n in N] ~ Normal(theta[n], s[n])
"""
GROUPS = f"""
index N, G
data y[N]: real
data g[N]: G
{MEANS}
theta[j in G] ~ Normal(mu, tau)
y[n in N] ~ Normal(theta[g[n]], 1)
"""
REGRESSION = """
index N
data x[N]: real
data y[N]: nat
{data}
a ~ Normal(0, 2)
b ~ Normal(0, 2)
tau ~ HalfNormal(1)
u[n in N] ~ Normal(0, tau)
y[n in N] ~ {observed}
"""
BINOMIAL = REGRESSION.format(
    data="data k[N]: nat", observed="Binomial(k[n], logits=a + b * x[n] + u[n])"
)
POISSON = REGRESSION.format(data="", observed="Poisson(exp(a + b * x[n] + u[n]))")


def rows(count: int, random: np.random.Generator) -> Arrays:
    """One observation an element, of known precision."""
    s = random.uniform(0.3, 1.5, count)
    return {"y": random.normal(random.normal(1.5, 1, count), s), "s": s}


def groups(count: int, random: np.random.Generator) -> Arrays:
    """Three observations an element."""
    theta = random.normal(1.5, 1, count)
    return {"y": random.normal(np.repeat(theta, 3), 1), "g": np.repeat(np.arange(count), 3)}


def successes(count: int, random: np.random.Generator) -> Arrays:
    """Successes of up to twenty trials."""
    x, k = random.normal(size=count), random.integers(1, 20, count)
    logits = 0.5 + 0.8 * x + random.normal(0, 0.7, count)
    return {"x": x, "k": k, "y": random.binomial(k, 1 / (1 + np.exp(-logits)))}


def counts(count: int, random: np.random.Generator) -> Arrays:
    """Counts of one or two on average."""
    x = random.normal(size=count)
    return {"x": x, "y": random.poisson(np.exp(0.3 + 0.4 * x + random.normal(0, 0.6, count)))}


@dataclass(frozen=True)
class Case:
    """A model, data of so many elements, and the plate of which 64 are taken at a time."""

    text: str
    made: Callable[[int, np.random.Generator], Arrays]
    elements: int
    plate: str = "N"
    right: Callable[[Arrays], Moments] | None = None


def by_quadrature(arrays: Arrays) -> Moments:
    """Means and sds of the globals of the model of counts; those of 20,000 rows are Gaussian."""
    x, y = arrays["x"], arrays["y"]
    nodes, weights = np.polynomial.hermite_e.hermegauss(24)
    log_weights = np.log(weights / weights.sum()) + nodes**2 / 2

    def log_density(at: np.ndarray) -> float:
        a, b, tau = at[0], at[1], math.exp(at[2])
        v = np.zeros(len(x))  # u / tau, at its mode given the globals
        for _ in range(8):
            rate = np.exp(a + b * x + tau * v)
            v += np.clip((tau * (y - rate) - v) / (tau**2 * rate + 1), -1, 1)
        scale = 1 / np.sqrt(tau**2 * np.exp(a + b * x + tau * v) + 1)
        v = v[:, None] + scale[:, None] * nodes
        eta = (a + b * x)[:, None] + tau * v
        log_p = y[:, None] * eta - np.exp(eta) - gammaln(y + 1)[:, None] - v**2 / 2
        rows = logsumexp(log_p + log_weights, axis=1) + np.log(scale)
        return float(rows.sum() - a**2 / 8 - b**2 / 8 - tau**2 / 2 + at[2])

    best = minimize(lambda at: -log_density(at), [0.3, 0.4, -0.5], options={"gtol": 1e-3}).x
    steps = 1e-3 * np.eye(3)
    curvature = [
        [
            sum(s * r * log_density(best + s * i + r * j) for s in (-1, 1) for r in (-1, 1))
            for i in steps
        ]
        for j in steps
    ]
    sds = np.sqrt(np.diag(np.linalg.inv(-np.array(curvature) / 4e-6)))
    tau = math.exp(best[2])
    return {"a": (best[0], sds[0]), "b": (best[1], sds[1]), "tau": (tau, tau * sds[2])}


CASES = {
    "normal, one row an element": Case(ROWS, rows, 700),
    "normal, three rows a group": Case(GROUPS, groups, 700, "G"),
    "the same, batches of rows": Case(GROUPS, groups, 233),
    "binomial with a slope": Case(BINOMIAL, successes, 700),
    "Poisson with a slope": Case(POISSON, counts, 2_000, right=by_quadrature),
    "normal, one row, many": Case(ROWS, rows, 20_000),
    "Poisson with a slope, many": Case(POISSON, counts, 20_000, right=by_quadrature),
}


def measured(case: Case, seed: int) -> str:
    """Cells of the table for one case."""
    arrays = case.made(case.elements, np.random.default_rng(20261122))
    columns = {name: x.tolist() for name, x in arrays.items()}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "data.json")
        path.write_text(json.dumps(columns | {"N": len(columns["y"]), "G": case.elements}))
        began = time.process_time()
        fit = pplc.fit(case.text, path, seed=seed, batch=(case.plate, 64))
        spent = time.process_time() - began
        right = case.right(arrays) if case.right else moments(pplc.fit(case.text, path, seed=seed))
    found, course, verdict = moments(fit), fit.posterior.course, fit.posterior.verdict
    assert course is not None
    mean = max(abs(found[name][0] - m) / sd for name, (m, sd) in right.items())
    log_sd = max(abs(math.log(found[name][1] / sd)) for name, (_, sd) in right.items())
    fitted = f"{course.iterations:,} | {verdict.status} | {spent:.0f}"
    return f"{case.elements:,} | {mean:.3f} | {log_sd:.3f} | {fitted}"


def moments(fit: pplc.Fit) -> Moments:
    """Means and sds of the globals."""
    return {row.site: (row.mean, row.sd) for row in fit.rows if not row.index}


def main() -> None:
    """Print a line for each case."""
    parser = argparse.ArgumentParser(description="Elements in minibatches, against what is right.")
    parser.add_argument("cases", nargs="*", metavar="MODEL", help=f"some of: {'; '.join(CASES)}")
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    torch.set_num_threads(1)
    print(
        "| | elements | mean | log sd | iterations | verdict | s |\n|---|---|---|---|---|---|---|"
    )
    for name in asked.cases or CASES:
        print(f"| {name} | {measured(CASES[name], asked.seed)} |", flush=True)


if __name__ == "__main__":
    main()
