"""Every form of index, compiled and run, against the same thing written in numpy."""

import numpy as np
import pytest
import torch

from pplc.compiler.pipeline import compile_spec
from pplc.grammar.source import Source
from pplc.runtime.data import Data
from pplc.runtime.module import load_module

SIZES = {"N": 4, "I": 3, "J": 2, "K": 5}
RANDOM = np.random.default_rng(0)
SHAPES = {"a": ("I",), "b": ("I", "J"), "c": ("N", "I"), "d": ("N", "I", "J"), "x": ("N",)}
LATENTS = {
    name: RANDOM.normal(size=(6, *(SIZES[s] for s in sets))) for name, sets in SHAPES.items()
}
G = RANDOM.integers(0, SIZES["I"], SIZES["N"])
H = RANDOM.integers(0, SIZES["J"], SIZES["N"])
R = RANDOM.integers(0, SIZES["J"], (SIZES["N"], SIZES["I"]))
V = RANDOM.normal(size=SIZES["N"])
W = RANDOM.normal(size=(SIZES["N"], SIZES["N"]))
C = RANDOM.integers(0, 9, SIZES["N"])

DECLARATIONS = """
index N, I, J, K
data g[N]: I
data h[N]: J
data r[N, I]: J
data v[N]: real
data w[N, N]: real
data count[N]: nat
""" + "\n".join(
    f"{name}[{', '.join(f'{s.lower()} in {s}' for s in sets)}] ~ Normal(0, 1)"
    for name, sets in SHAPES.items()
)


def late(x, first=1):
    """A family that starts later: nothing stands before its first element."""
    return np.concatenate([np.full((len(x), first), np.nan), x], axis=1)


N, I, J = (np.arange(SIZES[s]) for s in "NIJ")  # noqa: E741
CASES = {
    "q[n in N] = a[g[n]]": lambda s: s["a"][:, G],
    "q[n in N] = b[g[n], h[n]]": lambda s: s["b"][:, G, H],
    "q[n in N] = b[0, h[n]]": lambda s: s["b"][:, 0, H],
    "q[n in N] = b[g[n], 1]": lambda s: s["b"][:, G, 1],
    "q[n in N] = c[n, g[n]]": lambda s: s["c"][:, N, G],
    "q[n in N] = d[n, g[n], h[n]]": lambda s: s["d"][:, N, G, H],
    "q[n in N] = d[n, 2, h[n]]": lambda s: s["d"][:, N, 2, H],
    "q[n in N, i in I] = d[n, i, h[n]]": lambda s: s["d"][:, N[:, None], I[None, :], H[:, None]],
    "q[n in N, i in I] = d[n, i, r[n, i]]": lambda s: s["d"][:, N[:, None], I[None, :], R],
    "q[i in I, n in N] = b[i, r[n, i]]": lambda s: s["b"][:, I[:, None], R.T],
    "q[j in J, i in I] = b[i, j]": lambda s: s["b"].transpose(0, 2, 1),
    "q[n in N, j in J] = b[g[n], j]": lambda s: s["b"][:, G],
    "q[n in N, i in I] = b[i, h[n]]": lambda s: s["b"][:, :, H].transpose(0, 2, 1),
    "q[i in I] = sum(j in J: b[i, j])": lambda s: s["b"].sum(2),
    "q[n in N] = sum(i in I, j in J: d[n, i, j])": lambda s: s["d"].sum((2, 3)),
    "q[n in N] = sum(i in I where i > 0: c[n, i])": lambda s: s["c"][:, :, 1:].sum(2),
    "q[n in N] = sum(i in I where i == g[n]: c[n, i])": lambda s: s["c"][:, N, G],
    "q[n in N] = max(i in I: c[n, i])": lambda s: s["c"].max(2),
    "q = logsumexp(i in I: a[i])": lambda s: np.log(np.exp(s["a"]).sum(1)),
    "q[i in I] = mean(n in N: c[n, i])": lambda s: s["c"].mean(1),
    "q[i in I] = sd(n in N: c[n, i])": lambda s: s["c"].std(1, ddof=1),
    "q = sum(a)": lambda s: s["a"].sum(1),
    "q[n in N] = dot(c[n], a)": lambda s: np.einsum("sni,si->sn", s["c"], s["a"]),
    "q[n in N] = sum(i in I: c[n, i] * a[i])": lambda s: np.einsum("sni,si->sn", s["c"], s["a"]),
    "q[n in N, j in J] = dot(d[n, 0], b[g[n]]) + 0 * j": lambda s: (
        np.einsum("snj,snj->sn", s["d"][:, :, 0], s["b"][:, G])[..., None] * np.ones(2)
    ),
    "q[n in N] = if v[n] > 0 then x[n] else a[0]": lambda s: np.where(V > 0, s["x"], s["a"][:, :1]),
    "q[n in N] = (v[n] > 0) * 2 + (n == 1)": lambda s: np.broadcast_to(
        (V > 0) * 2.0 + (N == 1), (6, 4)
    ),
    "q[i in I, k in I] = a[i] - 2 * a[k]": lambda s: s["a"][:, :, None] - 2 * s["a"][:, None, :],
    "q[n in N from 1] = v[n-1] + x[n]": lambda s: late(V[:-1] + s["x"][:, 1:]),
    "p[n in N from 1] = v[n-1] + x[n]\nq = sum(n in N from 1: p[n])": lambda s: (
        V[:-1] + s["x"][:, 1:]
    ).sum(1),
    "p[n in N from 1] = g[n-1]\nq[n in N from 2] = a[p[n]] - p[n]": lambda s: late(
        s["a"][:, G[1:-1]] - G[1:-1], 2
    ),
    "q[n in N] = x[n] * n + size(K)": lambda s: s["x"] * N + 5,
    "q[n in N] = w[n, n]": lambda s: np.broadcast_to(W[N, N], (6, 4)),
    "q[n in N] = w[n, n] + d[n, 0, h[n]]": lambda s: W[N, N] + s["d"][:, N, 0, H],
    "p[i in I, k in I] = a[i] - 2 * a[k]\nq[i in I] = p[i, i]": lambda s: -s["a"],
    "q[n in N from 1] = w[n, n-1] + x[n]": lambda s: late(W[N[1:], N[:-1]] + s["x"][:, 1:]),
    "q[n in N] = exp(count[n]) / 3 + x[n]": lambda s: np.exp(1.0 * C) / 3 + s["x"],
    "q[n in N] = count[n] / (1 + count[n])": lambda s: np.broadcast_to(C / (1 + C), (6, 4)),
    "q = x[0] + mean(n in N: count[n])": lambda s: s["x"][:, 0] + C.mean(),
    "k[n in N] = if v[n] > 0 then g[n] else g[0]\nq[n in N] = a[k[n]]": lambda s: s["a"][
        :, np.where(V > 0, G, G[0])
    ],
    "q[n in N] = if v[n] > 0 and not false then x[n] else 0": lambda s: np.where(V > 0, s["x"], 0),
    "q = x[0] * (true and not (0 or false))": lambda s: s["x"][:, 0],
    "q[i in I] = sum(n in N, j in J where v[n] > 0: d[n, i, j])": lambda s: s["d"][:, V > 0].sum(
        (1, 3)
    ),
    "q[i in I] = sum(n in N, j in J where v[n] > 0: a[i])": lambda s: s["a"] * 2 * (V > 0).sum(),
    "q[i in I] = 0 * a[i]": lambda s: 0 * s["a"],
    "q[n in N] = min(x[n], 0) + max(x[n], v[n])": lambda s: (
        np.minimum(s["x"], 0) + np.maximum(s["x"], V)
    ),
}


@pytest.mark.parametrize("statement", CASES)
def test_index(statement):
    text = f"{DECLARATIONS}\n{statement}\ndata y: real\ny ~ Normal(0, 1)\n"
    result = compile_spec(Source("test.ppl", text))
    assert result.ok, [d.message for d in result.diagnostics]
    module = load_module(result.value.source, "test.ppl")
    arrays = {"g": G, "h": H, "r": R, "v": V, "w": W, "count": C, "y": np.array(0.0)}
    data = Data(
        {n: torch.as_tensor(a) for n, a in arrays.items()},
        SIZES,
        {n: tuple(range(s)) for n, s in SIZES.items()},
    )
    data = module.prepare(data)
    latents = {n: torch.tensor(a) for n, a in LATENTS.items()}
    expected = CASES[statement](LATENTS)
    values = module.generate(latents, data, {})
    found = values["q"] if "q" in values else data["q"].expand(expected.shape)
    assert found.shape == expected.shape
    np.testing.assert_allclose(found.numpy(), expected, rtol=1e-12, atol=1e-12)
