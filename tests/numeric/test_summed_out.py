"""Forms of discrete latents, compiled and run, against sums over all their values in numpy.

Of each, the log density, the probabilities and the most probable values.
"""

from itertools import product

import numpy as np
import pytest
import torch
from numeric.compiled import compiled, data_for
from scipy import stats
from scipy.special import logsumexp

RANDOM = np.random.default_rng(5)


def found(text, latents, sizes, **arrays):
    """Log density, probabilities and most probable values at one point of the latents."""
    module = compiled(text)
    data = data_for(module, sizes, **arrays)
    point = {n: torch.as_tensor(np.asarray(v, float))[None] for n, v in latents.items()}
    density = sum(float(t.sum()) for t in module.model(point, data, {}).values())
    point = point or {"": torch.zeros(1)}
    _, probabilities = module.recover(point, data, {})
    best = module.most_probable(point, data, {})
    return density, *({n: v[0].numpy() for n, v in r.items()} for r in (probabilities, best))


def check(result, name, logs, values, first=0):
    """Against `logs` of all joint values [A] of a site, `values` [A, elements]."""
    density, probabilities, best = result
    np.testing.assert_allclose(density, logsumexp(logs), rtol=1e-11)
    weights = np.exp(logs - logsumexp(logs))
    table = probabilities[name].reshape(values.shape[1], -1)
    for element, row in enumerate(table):
        expected = [weights[values[:, element] == first + k].sum() for k in range(len(row))]
        np.testing.assert_allclose(row, expected, rtol=1e-9, atol=1e-12)
    assert best[name].reshape(-1).tolist() == values[logs.argmax()].tolist()


def test_a_binomial_latent_has_as_many_values_as_the_data_tell():
    trials, y, p, q = [3, 0, 2], [1, 0, 2], 0.4, 0.7
    result = found(
        "index N\ndata trials[N]: nat\ndata y[N]: nat\np ~ Beta(1, 1)\nq ~ Beta(1, 1)\n"
        "for n in N {\n  k[n] ~ Binomial(trials[n], p)\n  y[n] ~ Binomial(k[n], q)\n}\n",
        {"p": p, "q": q},
        {"N": 3},
        trials=trials,
        y=y,
    )
    values = np.array(list(product(range(4), repeat=3)))
    logs = stats.binom.logpmf(values, trials, p) + stats.binom.logpmf(y, values, q)
    check(result, "k", logs.sum(1), values)
    # thinning: what is seen of a thinned binomial is one itself
    np.testing.assert_allclose(result[0], stats.binom.logpmf(y, trials, p * q).sum(), rtol=1e-11)


def test_a_latent_is_bounded_by_another_that_data_bound():
    result = found(
        "data most: nat\ndata y: nat\nk ~ Binomial(most, 0.6)\nj ~ Binomial(k, 0.5)\n"
        "y ~ Poisson(1 + j)\n",
        {},
        {},
        most=4,
        y=2,
    )
    k, j = np.array(list(product(range(5), repeat=2))).T
    logs = stats.binom.logpmf(k, 4, 0.6) + stats.binom.logpmf(j, k, 0.5)
    logs = logs + stats.poisson.logpmf(2, 1 + j)
    check(result, "k", logs, k[:, None])
    check(result, "j", logs, j[:, None])


def test_a_uniform_latent_starts_where_it_starts():
    top, y = [1, 3], [2.4, 4.8]
    result = found(
        "index N\ndata top[N]: nat\ndata y[N]: real\n"
        "for n in N {\n  k[n] ~ DiscreteUniform(2, top[n] + 3)\n  y[n] ~ Normal(k[n], 1)\n}\n",
        {},
        {"N": 2},
        top=top,
        y=y,
    )
    values = np.array(list(product(range(2, 7), repeat=2)))
    logs = stats.randint.logpmf(values, 2, np.array(top) + 4) + stats.norm.logpdf(y, values, 1)
    check(result, "k", logs.sum(1), values, first=2)


def test_a_change_point_is_anywhere_along_an_index_set():
    y, early, late = [5, 4, 1, 0], 4.0, 0.5
    result = found(
        "index T\ndata y[T]: nat\nearly ~ Exponential(1)\nlate ~ Exponential(1)\n"
        "when ~ DiscreteUniform(0, size(T) - 1)\n"
        "for t in T { y[t] ~ Poisson(if t < when then early else late) }\n",
        {"early": early, "late": late},
        {"T": 4},
        y=y,
    )
    when = np.arange(4)
    rates = np.where(np.arange(4) < when[:, None], early, late)
    logs = stats.poisson.logpmf(y, rates).sum(1) - np.log(4)
    logs = logs + stats.expon.logpdf([early, late]).sum()
    check(result, "when", logs, when[:, None])


def test_a_count_is_cut_off():
    y = [3, 2]
    result = found(
        "index J\ndata y[J]: nat\nlambda ~ Exponential(1)\n"
        "n ~ Poisson(lambda) truncated(1, 9)\nfor j in J { y[j] ~ Binomial(n, 0.5) }\n",
        {"lambda": 4.0},
        {"J": 2},
        y=y,
    )
    n = np.arange(1, 10)
    prior = stats.poisson.logpmf(n, 4.0)
    logs = prior - logsumexp(prior) + stats.binom.logpmf(np.array(y)[:, None], n, 0.5).sum(0)
    check(result, "n", logs + stats.expon.logpdf(4.0), n[:, None], first=1)


@pytest.mark.parametrize(
    "mean",
    ["dot(on[n], beta)", "sum(on[n] * beta)", "sum(k in K: on[n, k] * beta[k])", "on[n] @ beta"],
)
def test_a_family_over_values_is_read_whole(mean):
    y, w, beta = RANDOM.normal(size=2), [0.2, 0.5, 0.3], RANDOM.normal(size=3)
    result = found(
        "index N, K\ndata y[N]: real\nw ~ Dirichlet(ones(K))\nbeta[k in K] ~ Normal(0, 1)\n"
        "for n in N {\n  z[n] ~ Categorical(w)\n"
        "  on[n, k in K] = if z[n] == k then 2 else k\n"
        f"  y[n] ~ Normal({mean}, 1)\n}}\n",
        {"w": w, "beta": beta},
        {"N": 2, "K": 3},
        y=y,
    )
    values = np.array(list(product(range(3), repeat=2)))
    on = np.where(values[..., None] == np.arange(3), 2, np.arange(3))
    logs = np.log(w)[values] + stats.norm.logpdf(y, on @ beta, 1)
    prior = stats.norm.logpdf(beta).sum() + stats.dirichlet.logpdf(w, np.ones(3))
    check(result, "z", logs.sum(1) + prior, values)


STEPS = [0.3, -0.2, 0.9, 0.1]


def paths(states):
    return np.array(list(product(range(states), repeat=len(STEPS))))


def test_a_transition_depends_on_inputs():
    x, y = np.array([0.2, -1, 0.5, 2]), np.array(STEPS)
    result = found(
        "index T\ndata x[T]: real\ndata y[T]: real\na ~ Normal(0, 1)\nb ~ Normal(0, 1)\n"
        "scan t in T {\n"
        "  z[t] ~ Bernoulli(sigmoid(a + b * x[t] + z[t-1])) from Bernoulli(sigmoid(b * x[t]))\n"
        "  y[t] ~ Normal(if z[t] then a else b, 1)\n}\n",
        {"a": 0.4, "b": -0.8},
        {"T": 4},
        x=x,
        y=y,
    )
    z = paths(2)
    logits = -0.8 * x + np.concatenate([np.zeros((len(z), 1)), 0.4 + z[:, :-1]], 1)
    p = 1 / (1 + np.exp(-logits))
    logs = np.where(z == 1, np.log(p), np.log1p(-p)) + stats.norm.logpdf(y - np.where(z, 0.4, -0.8))
    check(result, "z", logs.sum(1) + stats.norm.logpdf([0.4, -0.8]).sum(), z)


def test_a_chain_drives_several_series():
    y, c, w = np.array(STEPS), np.array([0, 3, 1, 2]), RANDOM.normal(size=(4, 2))
    A, mu, rate = RANDOM.dirichlet(np.ones(3), size=3), [-1.0, 0.0, 2.0], [0.5, 1.0, 3.0]
    result = found(
        "index T, J, K\ndata y[T]: real\ndata c[T]: nat\ndata w[T, J]: real\n"
        "A[k in K] ~ Dirichlet(ones(K))\nmu[k in K] ~ Normal(0, 1)\n"
        "rate[k in K] ~ Exponential(1)\nscan t in T {\n"
        "  z[t] ~ Categorical(A[z[t-1]]) from Categorical(fill(1 / size(K), K))\n"
        "  y[t] ~ Normal(mu[z[t]], 1)\n  c[t] ~ Poisson(rate[z[t]])\n"
        "  for j in J { w[t, j] ~ Normal(mu[z[t]], 2) }\n}\n",
        {"A": A, "mu": mu, "rate": rate},
        {"T": 4, "J": 2, "K": 3},
        y=y,
        c=c,
        w=w,
    )
    z = paths(3)
    logs = -np.log(3) + np.log(A[z[:, :-1], z[:, 1:]]).sum(1)
    logs += stats.norm.logpdf(y, np.array(mu)[z]).sum(1)
    logs += stats.poisson.logpmf(c, np.array(rate)[z]).sum(1)
    logs += stats.norm.logpdf(w, np.array(mu)[z][..., None], 2).sum((1, 2))
    prior = stats.norm.logpdf(mu).sum() + stats.expon.logpdf(rate).sum() + 3 * np.log(2)
    check(result, "z", logs + prior, z)


def test_a_chain_of_second_order():
    y, A, mu = np.array(STEPS), RANDOM.dirichlet(np.ones(2), size=(2, 2)), [-0.5, 1.0]
    result = found(
        "index T, K\ndata y[T]: real\nA[i in K, j in K] ~ Dirichlet(ones(K))\n"
        "mu[k in K] ~ Normal(0, 1)\nscan t in T {\n"
        "  z[t] ~ Categorical(A[z[t-2], z[t-1]])"
        " from [Categorical(A[0, 1]), Categorical(A[1, z[t-1]])]\n"
        "  y[t] ~ Normal(mu[z[t]], 1)\n}\n",
        {"A": A, "mu": mu},
        {"T": 4, "K": 2},
        y=y,
    )
    z = paths(2)
    logs = np.log(A[0, 1, z[:, 0]]) + np.log(A[1, z[:, 0], z[:, 1]])
    logs += np.log(A[z[:, :-2], z[:, 1:-1], z[:, 2:]]).sum(1)
    logs += stats.norm.logpdf(y, np.array(mu)[z]).sum(1)
    check(result, "z", logs + stats.norm.logpdf(mu).sum(), z)


def test_two_chains_have_a_joint_state():
    y, A, B = np.array(STEPS), *(RANDOM.dirichlet(np.ones(n), size=n) for n in (2, 3))
    mu = RANDOM.normal(size=(2, 3))
    result = found(
        "index T, K, L\ndata y[T]: real\nA[k in K] ~ Dirichlet(ones(K))\n"
        "B[l in L] ~ Dirichlet(ones(L))\nmu[k in K, l in L] ~ Normal(0, 1)\nscan t in T {\n"
        "  u[t] ~ Categorical(A[u[t-1]]) from Categorical(fill(1 / size(K), K))\n"
        "  v[t] ~ Categorical(B[v[t-1]]) from Categorical(fill(1 / size(L), L))\n"
        "  y[t] ~ Normal(mu[u[t], v[t]], 1)\n}\n",
        {"A": A, "B": B, "mu": mu},
        {"T": 4, "K": 2, "L": 3},
        y=y,
    )
    pairs = list(product(paths(2), paths(3)))
    u, v = (np.array([pair[i] for pair in pairs]) for i in range(2))
    logs = (
        -np.log(6) + np.log(A[u[:, :-1], u[:, 1:]]).sum(1) + np.log(B[v[:, :-1], v[:, 1:]]).sum(1)
    )
    logs += stats.norm.logpdf(y, mu[u, v]).sum(1)
    prior = stats.norm.logpdf(mu).sum() + 3 * stats.dirichlet.logpdf([0.2, 0.3, 0.5], np.ones(3))
    check(result, "u", logs + prior, u)
    check(result, "v", logs + prior, v)
