"""Discrete latents that the guide keeps: expectations against the sum over all assignments."""

from itertools import product

import numpy as np
import pytest
import torch
from numeric.compiled import compiled, data_for
from scipy.stats import norm

RNG = np.random.default_rng(5)
T, K, N = 4, 2, 6
Y, GROUP = RNG.normal(size=T), np.array([0, 3, 1, 1, 2, 0])
X, MU = RNG.normal(size=N), np.array([-0.5, 1.5])
A, B = RNG.dirichlet(np.ones(K), K), RNG.dirichlet(np.ones(K), (K, K))
Q = RNG.dirichlet(np.ones(K), T)
HEAD = """
index T, N
index K = 2
data y[T]: real
data x[N]: real
data group[N]: T
mu[k in K] ~ Normal(0, 3) ordered
A[j in K] ~ Dirichlet(ones(K))
for i in K { B[i, j in K] ~ Dirichlet(ones(K)) }
"""
GUIDE = """
guide {
  param q[T]: simplex[K]
  z[t] ~ Categorical(q[t])
}
"""
FLAT = "z[t in T] ~ Categorical(fill(1 / size(K), K))\n"


def chain(z):
    return np.log(0.5) + sum(np.log(A[z[t - 1], z[t]]) for t in range(1, T))


def flat(z):
    return T * np.log(0.5)


#: What is written, the term, and what it is given all assignments.
CASES = {
    "a chain": (
        "scan t in T { z[t] ~ Categorical(A[z[t-1]]) from Categorical(fill(1 / size(K), K)) }\n",
        {"z": chain},
    ),
    "a chain of two steps": (
        "scan t in T { z[t] ~ Categorical(B[z[t-2], z[t-1]]) "
        "from [Categorical(fill(1 / size(K), K)), Categorical(A[z[t-1]])] }\n",
        {
            "z": lambda z: (
                np.log(0.5)
                + np.log(A[z[0], z[1]])
                + sum(np.log(B[z[t - 2], z[t - 1], z[t]]) for t in range(2, T))
            )
        },
    ),
    "an element that data tell": (
        FLAT + "x[n in N] ~ Normal(mu[z[group[n]]], 1)\n",
        {"z": flat, "x": lambda z: norm(MU[z[GROUP]], 1).logpdf(X).sum()},
    ),
    "one element": (
        FLAT + "x[n in N] ~ Normal(mu[z[2]], 1)\n",
        {"x": lambda z: norm(MU[z[2]], 1).logpdf(X).sum()},
    ),
    "an earlier element, in a chain of something else": (
        FLAT + "scan t in T { y[t] ~ Normal(mu[z[t-1]], 1) from Normal(0, 1) }\n",
        {"y": lambda z: norm(0, 1).logpdf(Y[0]) + norm(MU[z[:-1]], 1).logpdf(Y[1:]).sum()},
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_an_expectation_is_that_over_all_assignments(case):
    text, terms = CASES[case]
    module = compiled(HEAD + text + GUIDE)
    data = data_for(module, {"T": T, "N": N, "K": K}, y=Y, x=X, group=GROUP)
    latents = {"mu": MU, "A": A, "B": B, "z": Q}
    tensors = {name: torch.tensor(x)[None] for name, x in latents.items()}
    log_p = module.model(tensors, data, {"q": torch.tensor(Q)})
    found = {name.split()[0]: float(term) for name, term in log_p.items()}
    for name, value in terms.items():
        expected = sum(
            Q[np.arange(T), list(z)].prod() * value(np.array(z))
            for z in product(range(K), repeat=T)
        )
        assert found[name] == pytest.approx(expected)
