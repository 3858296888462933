"""A posterior made of random numbers, so that results can be tested without a fit."""

import numpy as np
import torch

from pplc.runtime.data import Data
from pplc.runtime.manifest import Manifest
from pplc.runtime.posterior import ElboTerms, Posterior
from pplc.runtime.verdict.verdict import Verdict

DRAWS, SAMPLE, N, K = 500, 2000, 4, 3

PLACE = {"place": (0, 1)}


def site(name, role, law, dims, support, **more):
    return {"name": name, "role": role, "law": law, "dims": dims, "support": support, **more}


def manifest():
    sites = [
        site("mu", "derived", "Normal", [], "real"),
        site("theta", "derived", "Dirichlet", ["K"], "simplex"),
        site("move", "derived", "Dirichlet", ["K", "K"], "simplex"),
        site("z", "summed out", "Categorical", ["N"], "index", values="K", integer=True),
        site("alive", "summed out", "Bernoulli", ["N"], "bool", integer=True),
        site("y", "observed", "Normal", ["N"], "real"),
        site("y_rep", "generated", "Normal", ["N"], "real"),
    ]
    return Manifest.model_validate(
        {
            "format": 1,
            "pplc": "0.1.0",
            "spec": {"name": "t.ppl", "sha256": "a" * 64},
            "index_sets": [{"name": "N", **PLACE}, {"name": "K", **PLACE}],
            "data": [],
            "sites": [{**s, **PLACE} for s in sites],
            "quantities": [{"name": "icc", "dims": [], **PLACE}],
            "terms": {},
            "guide": [],
        }
    )


def data():
    return Data(
        arrays={"y": torch.arange(N, dtype=torch.float64)},
        sizes={"N": N, "K": K},
        labels={"N": (5, 7, 11, 13), "K": ("a", "b", "c")},
        sha256={"t.csv": "b" * 64},
    )


def posterior(**changes):
    rng = np.random.default_rng(1)
    latents = {
        "mu": rng.normal(3, 2, SAMPLE),
        "theta": rng.dirichlet(np.ones(K), SAMPLE),
        "move": rng.dirichlet(np.ones(K), (SAMPLE, K)),
    }
    weights = rng.dirichlet(np.full(SAMPLE, 5.0))
    chosen = rng.choice(SAMPLE, DRAWS, p=weights)
    z, alive = rng.dirichlet(np.ones(K), (DRAWS, N)), rng.dirichlet(np.ones(2), (DRAWS, N))
    others = {
        "z": rng.integers(0, K, (DRAWS, N)),
        "alive": rng.integers(0, 2, (DRAWS, N)),
        "y_rep": rng.normal(size=(DRAWS, N)),
        "icc": rng.uniform(size=DRAWS),
    }
    draws = {name: values[chosen] for name, values in latents.items()} | others
    parts = {
        "draws": tensors(draws),
        "log_p": torch.from_numpy(rng.normal(size=DRAWS)),
        "log_q": torch.from_numpy(rng.normal(size=DRAWS)),
        "sample": tensors(latents),
        "weights": torch.from_numpy(weights),
        "probabilities": tensors({"z": z.mean(0), "alive": alive.mean(0)}),
        "probability_draws": tensors({"z": z, "alive": alive}),
        "most_probable": tensors({"z": z.argmax(-1), "alive": alive.argmax(-1)}),
        "best": tensors({"z": z[7].argmax(-1), "alive": alive[7].argmax(-1)}),
        "phi": {},
        "pareto_k": 0.4,
        "effective_size": float(1 / (weights**2).sum()),
        "elbo": -10.0,
        "elbo_se": 0.1,
        "elbo_terms": ElboTerms({"mu": -12.0}, {"mu": -2.0}),
        "modes": 1,
        "objective_draws": 64,
        "evaluations": 100,
        "seconds": {"fit": 0.5},
        "seed": 3,
        "converged": True,
        "interrupted": False,
        "verdict": Verdict("reliable", "all is well"),
    }
    return Posterior(**(parts | changes))


def tensors(arrays):
    return {name: torch.from_numpy(np.ascontiguousarray(a)) for name, a in arrays.items()}
