"""A Gaussian process under counts, with parameters: those of posteriordb's gp_pois_regr."""

import json
import math
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

import pplc

X = np.arange(-10.0, 11.0, 2.0)
COUNTS = np.array([40, 37, 29, 12, 4, 3, 9, 19, 77, 82, 33])
PRIOR = """index N
data x[N]: real
data k[N]: nat
rho   ~ Gamma(25, 4)
alpha ~ HalfNormal(2)
"""
NON_CENTRED = (
    PRIOR
    + """f_tilde[n in N] ~ Normal(0, 1)
root = cholesky(exp_quad(x, x, rho, alpha) + 1e-8 * eye(N))
f    = root @ f_tilde
for n in N { k[n] ~ Poisson(log_rate=f[n]) }
"""
)
CENTRED = (
    PRIOR
    + """f ~ MultivariateNormal(zeros(N), exp_quad(x, x, rho, alpha) + 1e-8 * eye(N))
for n in N { k[n] ~ Poisson(log_rate=f[n]) }
"""
)
MIDDLE, SPREAD = np.log([5.7, 2.9]), np.diag([0.03, 0.16])


def times(matrices, vectors):
    return (matrices @ vectors[..., None])[..., 0]


def conditional(root, random):
    """Draws [n, N] of f_tilde given roots [n, N, N], t-distributed around the mode; log p - log q.

    Newton's method with steps that are halved until they go up.
    """
    down = root.swapaxes(1, 2)
    at = np.zeros(root.shape[:2])

    def value(z):
        f = times(root, z)
        return (COUNTS * f - np.exp(np.minimum(f, 50))).sum(1) - (z**2).sum(1) / 2

    for _ in range(30):
        rate = np.exp(times(root, at))
        precision = np.eye(len(X)) + down @ (rate[..., None] * root)
        step = np.linalg.solve(precision, (times(down, COUNTS - rate) - at)[..., None])[..., 0]
        while (down_hill := value(at + step) < value(at) - 1e-9).any():
            step[down_hill] /= 2
        at = at + step
        if np.abs(step).max() < 1e-6:
            break
    factor = np.linalg.cholesky(precision)
    t = stats.multivariate_t(np.zeros(len(X)), df=8, seed=random)
    e = t.rvs(len(root))
    z = at + np.linalg.solve(factor.swapaxes(1, 2), e[..., None])[..., 0]
    log_volume = np.log(np.diagonal(factor, axis1=1, axis2=2)).sum(1)
    return z, value(z) - t.logpdf(e) - log_volume


@pytest.fixture(scope="module")
def reference():
    """Draws of all latents by importance sampling from broad distributions, and their weights."""
    random = np.random.default_rng(0)
    q = stats.multivariate_t(MIDDLE, SPREAD, df=8, seed=random)
    logs = q.rvs(10_000)
    logs = logs[logs[:, 0] < np.log(11)]  # the prior leaves 3e-4 beyond
    rho, alpha = np.exp(logs).T
    squares = (X[:, None] - X) ** 2 / (2 * rho[:, None, None] ** 2)
    root = np.linalg.cholesky(alpha[:, None, None] ** 2 * np.exp(-squares) + 1e-8 * np.eye(11))
    z, log_ratio = conditional(root, random)
    log_prior = stats.gamma(25, scale=1 / 4).logpdf(rho) + stats.halfnorm(scale=2).logpdf(alpha)
    log_ratio += log_prior + logs.sum(1) - q.logpdf(logs)
    weights = np.exp(log_ratio - log_ratio.max())
    weights /= weights.sum()
    assert 1 / (weights**2).sum() > 4000
    return {"rho": rho, "alpha": alpha, "f_tilde": z, "f": times(root, z)}, weights


@pytest.mark.parametrize("text", [NON_CENTRED, CENTRED], ids=["non-centred", "centred"])
def test_however_it_is_written(text, reference, tmp_path: Path):
    draws, weights = reference
    (tmp_path / "gp.ppl").write_text(text)
    (tmp_path / "gp.json").write_text(json.dumps({"x": X.tolist(), "k": COUNTS.tolist()}))
    fit = pplc.fit(tmp_path / "gp.ppl")
    assert fit.posterior.verdict.status != "not reliable"
    error = 3 * math.sqrt((weights**2).sum())
    for row in fit.rows:
        if row.site in draws:
            x = draws[row.site][(slice(None), *row.index)]
            mean = weights @ x
            sd = math.sqrt(weights @ (x - mean) ** 2)
            assert abs(row.mean - mean) / sd < 0.05 + error, row
            assert abs(math.log(row.sd / sd)) < 0.05 + error, row
