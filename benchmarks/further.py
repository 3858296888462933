"""The models of `benchmarks/further/` once more, in NumPyro, for `nuts.py`.

Models of other kinds than those that pplc was made with. Most of their data are made up, from
parameters that each model can tell; those of hares and lynxes, dugongs, dogs, orange trees and the
flu are the textbooks'.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax.numpy as jnp
import numpyro
from jax import lax
from jax.nn import log_sigmoid, sigmoid
from jax.scipy.special import logsumexp
from numpyro import distributions as dist

Data = dict[str, Any]
sample, factor, given = numpyro.sample, numpyro.factor, numpyro.deterministic
Normal, HalfNormal, Uniform = dist.Normal, dist.HalfNormal, dist.Uniform


def many(name: str, size: int, of: Any) -> Any:
    """Independent latents."""
    with numpyro.plate(f"{name}_", size):
        return sample(name, of)


def in_order(name: str, size: int, of: Any) -> Any:
    """Latents in ascending order, of a density known up to a constant."""
    support = dist.constraints.ordered_vector
    x = sample(name, dist.ImproperUniform(support, (), (size,)))
    factor(f"{name}_", of.log_prob(x).sum())
    return x


def ar2(d: Data) -> None:
    """An autoregression of the second order."""
    mu, sigma = sample("mu", Normal(0, 5)), sample("sigma", HalfNormal(2))
    a1, a2, y = sample("a1", Uniform(-2, 2)), sample("a2", Uniform(-1, 1)), d["y"]
    loc = mu + a1 * (y[1:-1] - mu) + a2 * (y[:-2] - mu)
    sample("y", Normal(loc, sigma), obs=y[2:])


def arma11(d: Data) -> None:
    """A moving average of the errors of an autoregression."""
    mu, phi, theta = (sample(n, Normal(0, s)) for n, s in (("mu", 10), ("phi_", 2), ("theta", 2)))
    sigma, y = sample("sigma", dist.HalfCauchy(2.5)), d["y"]
    first = y[0] - (mu + phi * mu)

    def step(error: Any, pair: Any) -> tuple[Any, Any]:
        error = pair[1] - (mu + phi * pair[0] + theta * error)
        return error, error

    _, errors = lax.scan(step, first, (y[:-1], y[1:]))
    factor("y", Normal(0, sigma).log_prob(jnp.append(first, errors)).sum())


def censored_survival(d: Data) -> None:
    """Weibull times to failure, censored."""
    a, b = sample("a", Normal(0, 2)), sample("b", Normal(0, 1))
    shape = sample("shape", dist.Gamma(2, 1))
    scale, limit = jnp.exp(a + b * d["x"]), d["limit"]
    seen = dist.Weibull(scale, shape).log_prob(d["time"])
    factor("time", jnp.where(d["time"] < limit, seen, -((limit / scale) ** shape)).sum())


def collinear_logit(d: Data) -> None:
    """A logistic regression on covariates that nearly repeat each other."""
    a, b = sample("a", Normal(0, 5)), many("b", 5, Normal(0, 5))
    sample("y", dist.BernoulliLogits(a + d["x"] @ b), obs=d["y"])


def dogs_hierarchical(d: Data) -> None:
    """Dogs that learn at a pace of their own."""
    mu, tau = many("mu", 2, Normal(0, 5)), many("tau", 2, HalfNormal(1))
    with numpyro.plate("dogs", len(d["y"]), dim=-2), numpyro.plate("pace", 2, dim=-1):
        b = given("b", mu + tau * sample("b_raw", Normal(0, 1)))
    log_p = d["avoid"] * log_sigmoid(b[:, :1]) + d["shock"] * log_sigmoid(b[:, 1:])
    log_p += jnp.log(0.999999)
    factor("y", jnp.where(d["y"] == 1, log_p, jnp.log(-jnp.expm1(log_p))).sum())


def dugongs(d: Data) -> None:
    """Length by age, which levels off."""
    alpha, beta = sample("alpha", Normal(2.5, 1)), sample("beta", HalfNormal(2))
    rate, sigma = sample("lambda", Uniform(0.5, 1)), sample("sigma", HalfNormal(1))
    sample("y", Normal(alpha - beta * rate ** d["x"], sigma), obs=d["y"])


def garch(d: Data) -> None:
    """A variance that depends on the last return."""
    mu, omega = sample("mu", Normal(0, 1)), sample("omega", HalfNormal(1))
    alpha, beta = sample("alpha", dist.Beta(1, 5)), sample("beta", dist.Beta(5, 1))

    def step(v: Any, r: Any) -> tuple[Any, Any]:
        v = omega + alpha * (r - mu) ** 2 + beta * v
        return v, v

    _, v = lax.scan(step, omega + 1, d["r"][:-1])
    sample("r", Normal(mu, jnp.sqrt(jnp.append(omega + 1, v))), obs=d["r"])


def glmm1(d: Data) -> None:
    """Counts at sites that differ."""
    mu, sd = sample("mu_alpha", Normal(0, 10)), sample("sd_alpha", Uniform(0, 5))
    sites, years = d["obs"].shape
    alpha = many("alpha", sites, Normal(mu, sd))
    sample("obs", dist.Poisson(jnp.exp(alpha)[:, None] * jnp.ones(years)), obs=d["obs"])


def glmm_poisson(d: Data) -> None:
    """Counts by year, more spread than a Poisson's."""
    alpha, x = sample("alpha", Uniform(-20, 20)), d["year"]
    b1, b2, b3 = (sample(f"beta{i}", Uniform(-10, 10)) for i in (1, 2, 3))
    sd = sample("sd_", Uniform(0, 2))
    eps = given("eps", sd * many("eps_raw", len(x), Normal(0, 1)))
    log_rate = alpha + b1 * x + b2 * x**2 + b3 * x**3 + eps
    sample("C", dist.Poisson(jnp.exp(log_rate)), obs=d["C"])


def hmm_drive(d: Data) -> None:
    """Two series that tell of a hidden state."""
    phi, lam = in_order("phi_m", 2, Normal(0, 1)), many("lam", 2, Normal(0, 1))
    tau, rho = sample("tau", HalfNormal(1)), sample("rho", HalfNormal(1))
    theta = many("theta", 2, dist.Dirichlet(jnp.ones(2)))
    u, v = d["u"][:, None], d["v"][:, None]
    seen = Normal(phi, tau).log_prob(u) + Normal(lam, rho).log_prob(v)

    def step(before: Any, now: Any) -> tuple[Any, None]:
        return logsumexp(before[:, None] + jnp.log(theta), 0) + now, None

    last, _ = lax.scan(step, seen[0] - jnp.log(2.0), seen[1:])
    factor("uv", logsumexp(last))


def lotka_volterra(d: Data) -> None:
    """Hares and lynxes, by four steps of the midpoint method a year."""
    around_one = dist.TruncatedNormal(1, 0.5, low=0)
    small = dist.TruncatedNormal(0.05, 0.05, low=0)
    alpha, beta = sample("alpha", around_one), sample("beta", small)
    gamma, delta = sample("gamma", around_one), sample("delta", small)
    start = tuple(jnp.log(sample(n, dist.LogNormal(jnp.log(10.0), 1))) for n in ("h0", "l0"))
    s1, s2 = (sample(name, dist.LogNormal(-1, 1)) for name in ("s1", "s2"))

    def rate(u: Any, v: Any) -> tuple[Any, Any]:
        return alpha - beta * jnp.exp(v), -gamma + delta * jnp.exp(u)

    def year(state: Any, _: None) -> tuple[Any, Any]:
        u, v = state
        for _quarter in range(4):
            du, dv = rate(u, v)
            du, dv = rate(u + du / 8, v + dv / 8)
            u, v = u + du / 4, v + dv / 4
        return (u, v), (u, v)

    _, (u, v) = lax.scan(year, start, None, length=len(d["hare"]) - 1)
    sample("hare", dist.LogNormal(jnp.append(start[0], u), s1), obs=d["hare"])
    sample("lynx", dist.LogNormal(jnp.append(start[1], v), s2), obs=d["lynx"])


def measurement_error(d: Data) -> None:
    """A regression on a covariate that is known with an error."""
    a, b, mu = sample("a", Normal(0, 5)), sample("b", Normal(0, 5)), sample("mu_x", Normal(0, 5))
    tau, sigma = sample("tau_x", HalfNormal(2)), sample("sigma", HalfNormal(2))
    x = many("x", len(d["y"]), Normal(mu, tau))
    sample("x_seen", Normal(x, d["x_sd"]), obs=d["x_seen"])
    sample("y", Normal(a + b * x, sigma), obs=d["y"])


def negative_binomial(d: Data) -> None:
    """Overdispersed counts, by mean and size."""
    a, b = sample("a", Normal(0, 2)), sample("b", Normal(0, 1))
    size = sample("size_", dist.Exponential(0.1))
    sample("y", dist.NegativeBinomial2(jnp.exp(a + b * d["x"]), size), obs=d["y"])


def one_compartment(d: Data) -> None:
    """A drug that is absorbed and eliminated, by one step of the midpoint method a measurement."""
    ka, km, vm, sigma = (sample(n, dist.HalfCauchy(1)) for n in ("ka", "km", "vm", "sigma"))
    h, t = 0.5, d["time"]

    def rate(t: Any, c: Any) -> Any:
        return jnp.exp(-ka * t) * 15 * ka - vm / 2 * c / (km + c)

    def step(c: Any, t: Any) -> tuple[Any, Any]:
        half = jnp.maximum(c + h / 2 * rate(t - h, c), 1e-6)
        c = jnp.maximum(c + h * rate(t - h / 2, half), 1e-6)
        return c, c

    _, c = lax.scan(step, 0.0, t)
    sample("c_seen", dist.LogNormal(jnp.log(c), sigma), obs=d["c_seen"])


def orange(d: Data) -> None:
    """Growth of trees that differ in their final size."""
    top, mid = sample("top", Normal(190, 50)), sample("mid", Normal(700, 200))
    scale = sample("scale", dist.LogNormal(6, 0.5))
    tau, sigma = sample("tau", HalfNormal(50)), sample("sigma", HalfNormal(20))
    a = given("a", top + tau * many("a_raw", 5, Normal(0, 1)))
    sample("y", Normal(a[d["tree"]] * sigmoid((d["age"] - mid) / scale), sigma), obs=d["y"])


def ordinal_regression(d: Data) -> None:
    """Ordered levels between cut points."""
    cut, b = in_order("cut", 3, Normal(0, 3)), sample("b", Normal(0, 2))
    sample("level", dist.OrderedLogistic(b * d["x"], cut), obs=d["level"])


def robust_regression(d: Data) -> None:
    """A line with noise of unknown degrees of freedom."""
    a, b = sample("a", Normal(0, 10)), sample("b", Normal(0, 5))
    nu, sigma = sample("nu", dist.Gamma(2, 0.1)), sample("sigma", dist.HalfCauchy(2))
    sample("y", dist.StudentT(nu, a + b * d["x"], sigma), obs=d["y"])


def sir(d: Data) -> None:
    """A flu, by two steps of the midpoint method a day; the first half step is one of Euler's."""
    normal = dist.TruncatedNormal
    beta, gamma = sample("beta", normal(2, 1, low=0)), sample("gamma", normal(0.4, 0.5, low=0))
    spread = sample("phi_inv", dist.Exponential(5))

    def moved(s: Any, i: Any, at: tuple[Any, Any], h: float) -> tuple[Any, Any]:
        new = beta * at[0] * at[1] / 763
        return s - h * new, i + h * (new - gamma * at[1])

    def half(s: Any, i: Any) -> tuple[Any, Any]:
        return moved(s, i, moved(s, i, (s, i), 0.25), 0.5)

    def day(state: Any, _: None) -> tuple[Any, Any]:
        state = half(*half(*state))
        return state, state[1]

    start = half(*moved(762.0, 1.0, (762.0, 1.0), 0.5))
    _, infected = lax.scan(day, start, None, length=len(d["cases"]) - 1)
    rate = jnp.maximum(jnp.append(start[1], infected), 0.001)
    sample("cases", dist.NegativeBinomial2(rate, 1 / spread), obs=d["cases"])


MODELS: dict[str, Callable[[Data], None]] = {
    model.__name__: model
    for model in (
        ar2,
        arma11,
        censored_survival,
        collinear_logit,
        dogs_hierarchical,
        dugongs,
        garch,
        glmm1,
        glmm_poisson,
        hmm_drive,
        lotka_volterra,
        measurement_error,
        negative_binomial,
        one_compartment,
        orange,
        ordinal_regression,
        robust_regression,
        sir,
    )
}
