"""Every distribution of the language beside an independent source of its density.

One row of `LAWS` is one way to write a distribution: how to make it, how to draw parameters to try
it with, and the scipy distribution (or an object with its methods) that it must agree with.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from scipy import special, stats

from pplc.runtime import distributions as d

POINTS = 120
INF = np.inf


@dataclass(frozen=True)
class Law:
    make: Callable[..., d.Distribution]
    #: rng -> parameters by name, [POINTS, ...] each.
    parameters: Callable[[np.random.Generator], dict[str, np.ndarray]]
    #: parameters -> frozen scipy distribution, or the like.
    reference: Callable[..., object]
    #: Values without density whatever the parameters.
    outside: tuple[object, ...] = ()
    #: Parameters without gradient (counts).
    fixed: tuple[str, ...] = ()
    #: Directions in which a parameter or the value moves, where not every one is admissible.
    directions: dict[str, Callable[[np.ndarray], np.ndarray]] = field(default_factory=dict)
    #: Distributions that this row shows, besides that of `make`.
    shows: type[d.Distribution] | None = None


def log_prob(reference, value):
    """Log density of a scipy-like distribution, continuous or not."""
    density = getattr(reference, "logpmf", None) or reference.logpdf
    with np.errstate(divide="ignore"):
        return density(value)


# --- parameters -----------------------------------------------------------------------------


def line(scale=2.0):
    return lambda rng: rng.normal(0, scale, POINTS)


def half(shape=3.0):
    return lambda rng: rng.gamma(shape, 1 / shape, POINTS) + 0.05


def unit(rng):
    return rng.uniform(0.03, 0.97, POINTS)


def count(low, high):
    return lambda rng: rng.integers(low, high, POINTS)


def simplex(size=4):
    return lambda rng: rng.dirichlet(np.full(size, 2.0), POINTS)


def vector(size=4):
    return lambda rng: rng.normal(0, 1, (POINTS, size))


def positive_vector(size=4):
    return lambda rng: rng.gamma(2.0, 1.0, (POINTS, size)) + 0.1


def increasing(size=3):
    return lambda rng: rng.normal(0, 1, (POINTS, 1)) + rng.gamma(2, 0.5, (POINTS, size)).cumsum(-1)


def covariance(size=3):
    def draw(rng):
        a = rng.normal(0, 1, (POINTS, size, size + 2))
        return a @ a.swapaxes(-1, -2) / size

    return draw


def factor(size=3):
    return lambda rng: np.linalg.cholesky(covariance(size)(rng))


def each(**samplers):
    return lambda rng: {name: sampler(rng) for name, sampler in samplers.items()}


def symmetric(x):
    return x + x.swapaxes(-1, -2)


# --- what scipy lacks -----------------------------------------------------------------------


class Table:
    """Positions 0 to K - 1 with log probabilities [POINTS, K]."""

    def __init__(self, log_probs):
        self.log_probs = log_probs

    def logpmf(self, value):
        return np.take_along_axis(self.log_probs, np.asarray(value, int)[..., None], -1)[..., 0]

    def rvs(self, random_state):
        return (random_state.random((POINTS, 1)) > np.exp(self.log_probs).cumsum(-1)).sum(-1)

    def mean(self):
        return np.exp(self.log_probs) @ np.arange(self.log_probs.shape[-1])

    def var(self):
        return np.exp(self.log_probs) @ np.arange(self.log_probs.shape[-1]) ** 2 - self.mean() ** 2


class ByRow:
    """A multivariate distribution of scipy for each row of parameters."""

    def __init__(self, rows):
        self.rows = list(rows)

    def logpdf(self, value):
        return np.array([log_prob(row, v) for row, v in zip(self.rows, value, strict=True)])

    def rvs(self, random_state):
        return np.array([np.squeeze(row.rvs(random_state=random_state)) for row in self.rows])

    def mean(self):
        return np.array([row.mean() if callable(row.mean) else row.mean for row in self.rows])

    def var(self):
        covariance = (row.cov() if callable(row.cov) else row.cov for row in self.rows)
        return np.array([np.diagonal(c) for c in covariance])


class DirichletRow:
    """scipy's Dirichlet wants all components but the last, or exact sums."""

    def __init__(self, a):
        self.frozen = stats.dirichlet(a)

    def logpdf(self, x):
        return self.frozen.logpdf(x[:-1])

    def rvs(self, random_state):
        return self.frozen.rvs(random_state=random_state)

    def mean(self):
        return self.frozen.mean()

    def cov(self):
        return self.frozen.cov()


class LKJ:
    """The density of R, det(R)^(eta - 1) / c, times the Jacobian of L -> R.

    c is equation (16) of Lewandowski, Kurowicka and Joe (2009). Values are factors of random
    correlation matrices; the means of the entries of L are 0 below the diagonal by symmetry.
    """

    def __init__(self, dim, eta):
        self.dim, self.eta = dim, eta

    def logpdf(self, value):
        n, k = self.dim, np.arange(1, self.dim)
        eta = self.eta[:, None]
        log_c = ((2 * eta - 2 + n - k) * (n - k)).sum(-1) * np.log(2) + (
            (n - k) * special.betaln(eta + (n - k - 1) / 2, eta + (n - k - 1) / 2)
        ).sum(-1)
        diagonal = np.diagonal(value, axis1=-2, axis2=-1)
        jacobian = ((n - np.arange(1, n + 1)) * np.log(diagonal)).sum(-1)
        correlation = value @ value.swapaxes(-1, -2)
        return (self.eta - 1) * np.linalg.slogdet(correlation)[1] + jacobian - log_c

    def rvs(self, random_state):
        sigma = covariance(self.dim)(random_state)
        scale = np.sqrt(np.diagonal(sigma, axis1=-2, axis2=-1))
        return np.linalg.cholesky(sigma / scale[:, :, None] / scale[:, None, :])


class Circular:
    """scipy's von Mises, turned to the circle from -pi to pi."""

    def __init__(self, concentration, loc):
        self.base = stats.vonmises(concentration, loc)
        self.logpdf, self.rvs = self.base.logpdf, self.base.rvs

    def cdf(self, value):
        return self.base.cdf(value) - self.base.cdf(-np.pi)


class Improper:
    """A constant density between two bounds."""

    def __init__(self, lower, upper):
        self.lower, self.upper = lower, upper

    def logpdf(self, value):
        return np.zeros_like(value)

    def rvs(self, random_state):
        return random_state.uniform(self.lower, self.upper)


class Point:
    def __init__(self, v):
        self.v = v

    def logpmf(self, value):
        return np.where(value == self.v, 0.0, -INF)

    def rvs(self, random_state=None):
        return self.v

    def mean(self):
        return self.v

    def var(self):
        return 0 * self.v


class Blend:
    """A mixture, from the probabilities (not their logarithms) of its components."""

    def __init__(self, weights, *components):
        self.weights, self.components = weights, components

    def logpdf(self, value):
        parts = [np.exp(log_prob(c, value)) for c in self.components]
        return np.log((self.weights * np.stack(parts, -1)).sum(-1))

    def rvs(self, random_state):
        draws = np.stack([c.rvs(random_state=random_state) for c in self.components], -1)
        chosen = (random_state.random((POINTS, 1)) > self.weights.cumsum(-1)).sum(-1)
        return np.take_along_axis(draws, chosen[:, None], -1)[:, 0]

    def mean(self):
        return (self.weights * np.stack([c.mean() for c in self.components], -1)).sum(-1)

    def var(self):
        squares = np.stack([c.var() + c.mean() ** 2 for c in self.components], -1)
        return (self.weights * squares).sum(-1) - self.mean() ** 2


class Clipped:
    """min(max(x, lower), upper), with its mass at the bounds."""

    def __init__(self, base, lower, upper):
        self.base, self.lower, self.upper = base, lower, upper

    def logpdf(self, value):
        inner = log_prob(self.base, value)
        inner = np.where(value == self.lower, self.base.logcdf(self.lower), inner)
        at_upper = np.log(self.base.sf(self.upper) + np.exp(self.at(self.upper)))
        return np.where(value == self.upper, at_upper, inner)

    def at(self, value):
        return self.base.logpmf(value) if hasattr(self.base.dist, "_pmf") else -INF

    def rvs(self, random_state):
        return np.clip(self.base.rvs(random_state=random_state), self.lower, self.upper)


class Cut:
    """A distribution between two bounds, both included, renormalised."""

    def __init__(self, base, lower, upper):
        self.base, self.lower, self.upper = base, lower, upper
        self.before = lower - 1 if hasattr(base.dist, "_pmf") else lower

    def logpdf(self, value):
        mass = self.base.cdf(self.upper) - self.base.cdf(self.before)
        return log_prob(self.base, value) - np.log(mass)

    def rvs(self, random_state):
        low, high = self.base.cdf(self.before), self.base.cdf(self.upper)
        return self.base.ppf(low + (high - low) * random_state.uniform(0.001, 0.999, POINTS))

    def cdf(self, value):
        low, high = self.base.cdf(self.before), self.base.cdf(self.upper)
        return (self.base.cdf(value) - low) / (high - low)


def expit_differences(predictor, cutpoints):
    upper = special.expit(cutpoints - predictor[:, None])
    ones, zeros = np.ones((POINTS, 1)), np.zeros((POINTS, 1))
    return np.log(np.diff(np.concatenate([zeros, upper, ones], -1), axis=-1))


def log_share(probs):
    return np.log(probs / probs.sum(-1, keepdims=True))


# --- the table ------------------------------------------------------------------------------

location_scale = each(loc=line(), scale=half())
chance, log_odds = each(probs=unit), each(logits=line())
between_counts = (-1.0, 0.5, INF, -INF)

LAWS = {
    "Normal": Law(d.Normal, location_scale, stats.norm),
    "LogNormal": Law(
        d.LogNormal,
        location_scale,
        lambda loc, scale: stats.lognorm(scale, scale=np.exp(loc)),
        outside=(0.0, -1.0, INF),
    ),
    "StudentT": Law(d.StudentT, each(df=half(), loc=line(), scale=half()), stats.t),
    "Cauchy": Law(d.Cauchy, location_scale, stats.cauchy),
    "HalfNormal": Law(
        d.HalfNormal, each(scale=half()), lambda scale: stats.halfnorm(0, scale), (-1e-9, INF)
    ),
    "HalfCauchy": Law(
        d.HalfCauchy, each(scale=half()), lambda scale: stats.halfcauchy(0, scale), (-1e-9, INF)
    ),
    "FoldedNormal": Law(
        d.FoldedNormal,
        location_scale,
        lambda loc, scale: stats.foldnorm(np.abs(loc) / scale, 0, scale),
        outside=(-1e-9, INF),
    ),
    "Laplace": Law(d.Laplace, location_scale, stats.laplace),
    "Logistic": Law(d.Logistic, location_scale, stats.logistic),
    "Gumbel": Law(d.Gumbel, location_scale, stats.gumbel_r),
    "VonMises": Law(
        d.VonMises,
        each(loc=lambda rng: rng.uniform(-3, 3, POINTS), concentration=half(1.0)),
        lambda loc, concentration: Circular(concentration, loc),
    ),
    "Exponential": Law(
        d.Exponential, each(rate=half()), lambda rate: stats.expon(0, 1 / rate), (-1e-9, INF)
    ),
    "Gamma": Law(
        d.Gamma,
        each(concentration=half(), rate=half()),
        lambda concentration, rate: stats.gamma(concentration, 0, 1 / rate),
        outside=(-1e-9, INF),
    ),
    "ChiSquared": Law(d.ChiSquared, each(df=half()), lambda df: stats.chi2(df), (-1e-9, INF)),
    "InverseGamma": Law(
        d.InverseGamma,
        each(concentration=half(), rate=half()),
        lambda concentration, rate: stats.invgamma(concentration, 0, rate),
        outside=(0.0, -1e-9, INF),
    ),
    "Weibull": Law(
        d.Weibull,
        each(scale=half(), concentration=half()),
        lambda scale, concentration: stats.weibull_min(concentration, 0, scale),
        outside=(-1e-9, INF),
    ),
    "Pareto": Law(
        d.Pareto,
        each(scale=half(), alpha=half()),
        lambda scale, alpha: stats.pareto(alpha, 0, scale),
        outside=(0.04, -1.0, INF),
    ),
    "Beta": Law(
        d.Beta,
        each(concentration1=half(20.0), concentration0=half(20.0)),
        lambda concentration1, concentration0: stats.beta(concentration1, concentration0),
        outside=(-1e-9, 1 + 1e-9),
    ),
    "Uniform": Law(
        d.Uniform,
        each(low=lambda rng: -half()(rng), high=half()),
        lambda low, high: stats.uniform(low, high - low),
        outside=(-50.0, 50.0),
    ),
    "Flat": Law(
        d.Flat,
        each(lower=lambda rng: -half()(rng), upper=half()),
        Improper,
        outside=(-50.0, 50.0),
        fixed=("lower", "upper"),
    ),
    "Bernoulli(probs)": Law(
        d.Bernoulli, chance, lambda probs: stats.bernoulli(probs), between_counts
    ),
    "Bernoulli(logits)": Law(
        d.Bernoulli, log_odds, lambda logits: stats.bernoulli(special.expit(logits)), (2.0, 0.5)
    ),
    "Binomial(probs)": Law(
        d.Binomial,
        each(total_count=count(1, 40), probs=unit),
        lambda total_count, probs: stats.binom(total_count, probs),
        outside=(*between_counts, 41.0),
        fixed=("total_count",),
    ),
    "Binomial(logits)": Law(
        d.Binomial,
        each(total_count=count(1, 40), logits=line()),
        lambda total_count, logits: stats.binom(total_count, special.expit(logits)),
        outside=(*between_counts, 41.0),
        fixed=("total_count",),
    ),
    "BetaBinomial": Law(
        d.BetaBinomial,
        each(total_count=count(1, 40), concentration1=half(), concentration0=half()),
        lambda total_count, concentration1, concentration0: stats.betabinom(
            total_count, concentration1, concentration0
        ),
        outside=(*between_counts, 41.0),
        fixed=("total_count",),
    ),
    "Poisson(rate)": Law(
        d.Poisson, each(rate=half()), lambda rate: stats.poisson(rate), between_counts
    ),
    "Poisson(log_rate)": Law(
        d.Poisson,
        each(log_rate=line(1.0)),
        lambda log_rate: stats.poisson(np.exp(log_rate)),
        outside=between_counts,
    ),
    "NegativeBinomial(probs)": Law(
        d.NegativeBinomial,
        each(total_count=half(), probs=unit),
        lambda total_count, probs: stats.nbinom(total_count, 1 - probs),
        outside=between_counts,
    ),
    "NegativeBinomial(logits)": Law(
        d.NegativeBinomial,
        each(total_count=half(), logits=line(1.0)),
        lambda total_count, logits: stats.nbinom(total_count, special.expit(-logits)),
        outside=between_counts,
    ),
    "Geometric(probs)": Law(
        d.Geometric, chance, lambda probs: stats.geom(probs, -1), between_counts
    ),
    "Geometric(logits)": Law(
        d.Geometric,
        each(logits=line(1.0)),
        lambda logits: stats.geom(special.expit(logits), -1),
        outside=between_counts,
    ),
    "DiscreteUniform": Law(
        d.DiscreteUniform,
        each(low=count(-5, 3), high=count(3, 9)),
        lambda low, high: stats.randint(low, high + 1),
        outside=(-6.0, 9.0, 0.5),
        fixed=("low", "high"),
    ),
    "Categorical(probs)": Law(
        d.Categorical,
        each(probs=lambda rng: 3 * simplex()(rng)),
        lambda probs: Table(log_share(probs)),
        outside=(-1.0, 4.0, 0.5, INF),
    ),
    "Categorical(logits)": Law(
        d.Categorical,
        each(logits=vector()),
        lambda logits: Table(special.log_softmax(logits, -1)),
        outside=(-1.0, 4.0, 0.5),
    ),
    "OrderedLogistic": Law(
        d.OrderedLogistic,
        each(predictor=line(1.0), cutpoints=increasing()),
        lambda predictor, cutpoints: Table(expit_differences(predictor, cutpoints)),
        outside=(-1.0, 4.0, 0.5),
    ),
    "Dirichlet": Law(
        d.Dirichlet,
        each(concentration=positive_vector()),
        lambda concentration: ByRow(map(DirichletRow, concentration)),
        outside=([0.5, 0.5, 0.5, 0.5], [-0.1, 0.1, 0.5, 0.5]),
    ),
    "Multinomial(probs)": Law(
        d.Multinomial,
        each(total_count=lambda rng: np.full(POINTS, 7), probs=lambda rng: 3 * simplex()(rng)),
        lambda total_count, probs: ByRow(
            stats.multinomial(n, p / p.sum()) for n, p in zip(total_count, probs, strict=True)
        ),
        outside=([1.0, 1, 1, 1], [8.0, -1, 0, 0], [0.5, 0.5, 3, 3]),
        fixed=("total_count",),
    ),
    "Multinomial(logits)": Law(
        d.Multinomial,
        each(total_count=lambda rng: np.full(POINTS, 7), logits=vector()),
        lambda total_count, logits: ByRow(
            stats.multinomial(n, p)
            for n, p in zip(total_count, special.softmax(logits, -1), strict=True)
        ),
        outside=([1.0, 1, 1, 1], [8.0, -1, 0, 0], [0.5, 0.5, 3, 3]),
        fixed=("total_count",),
    ),
    "MultivariateNormal(covariance_matrix)": Law(
        d.MultivariateNormal,
        each(loc=vector(3), covariance_matrix=covariance()),
        lambda loc, covariance_matrix: ByRow(
            map(stats.multivariate_normal, loc, covariance_matrix)
        ),
        directions={"covariance_matrix": symmetric},
    ),
    "MultivariateNormal(precision_matrix)": Law(
        d.MultivariateNormal,
        each(loc=vector(3), precision_matrix=covariance()),
        lambda loc, precision_matrix: ByRow(
            map(stats.multivariate_normal, loc, np.linalg.inv(precision_matrix))
        ),
        directions={"precision_matrix": symmetric},
    ),
    "MultivariateNormal(scale_tril)": Law(
        d.MultivariateNormal,
        each(loc=vector(3), scale_tril=factor()),
        lambda loc, scale_tril: ByRow(
            map(stats.multivariate_normal, loc, scale_tril @ scale_tril.swapaxes(-1, -2))
        ),
        directions={"scale_tril": np.tril},
    ),
    "LKJCholesky": Law(
        lambda concentration: d.LKJCholesky(4, concentration),
        each(concentration=half()),
        lambda concentration: LKJ(4, concentration),
        outside=(2 * np.eye(4), -np.eye(4), np.full((4, 4), 0.5)),
        directions={"value": np.tril},
        shows=d.LKJCholesky,
    ),
    "Delta": Law(d.Delta, each(v=line()), Point, outside=(50.0, 0.25), fixed=("v",)),
    "ZeroInflated": Law(
        lambda rate, gate: d.ZeroInflated(d.Poisson(rate), gate),
        each(rate=half(), gate=unit),
        lambda rate, gate: Blend(
            np.stack([gate, 1 - gate], -1), Point(np.zeros(POINTS)), stats.poisson(rate)
        ),
        outside=between_counts,
        shows=d.ZeroInflated,
    ),
    "Mixture": Law(
        lambda weights, loc, scale: d.Mixture(weights, d.Normal(loc, scale), d.Cauchy(1.0, scale)),
        each(weights=simplex(2), loc=line(), scale=half()),
        lambda weights, loc, scale: Blend(
            weights, stats.norm(loc, scale), stats.cauchy(1.0, scale)
        ),
        shows=d.Mixture,
    ),
    "Censored(Normal)": Law(
        lambda loc, scale: d.Censored(d.Normal(loc, scale), -1.0, 2.0),
        location_scale,
        lambda loc, scale: Clipped(stats.norm(loc, scale), -1.0, 2.0),
        outside=(-1.1, 2.1),
        directions={"value": np.zeros_like},
        shows=d.Censored,
    ),
    "Censored(Poisson)": Law(
        lambda rate: d.Censored(d.Poisson(rate), 1, 4),
        each(rate=half()),
        lambda rate: Clipped(stats.poisson(rate), 1, 4),
        outside=(0.0, 5.0, 2.5),
        shows=d.Censored,
    ),
    "Truncated(Normal)": Law(
        lambda loc, scale: d.Truncated(d.Normal(loc, scale), -1.0, 2.0),
        location_scale,
        lambda loc, scale: stats.truncnorm((-1 - loc) / scale, (2 - loc) / scale, loc, scale),
        outside=(-1.1, 2.1),
        shows=d.Truncated,
    ),
    "Truncated(StudentT)": Law(
        lambda df, loc, scale, lower: d.Truncated(d.StudentT(df, loc, scale), lower, np.inf),
        each(df=half(), loc=line(), scale=half(), lower=line()),
        lambda df, loc, scale, lower: Cut(stats.t(df, loc, scale), lower, INF),
        outside=(-50.0,),
        shows=d.Truncated,
    ),
    "Truncated(Gamma)": Law(
        lambda concentration, rate, upper: d.Truncated(d.Gamma(concentration, rate), 0.02, upper),
        each(concentration=half(), rate=half(), upper=lambda rng: 1 + half()(rng)),
        lambda concentration, rate, upper: Cut(
            stats.gamma(concentration, 0, 1 / rate), 0.02, upper
        ),
        outside=(0.01, 50.0),
        shows=d.Truncated,
    ),
    "Truncated(Binomial)": Law(
        lambda total_count, probs: d.Truncated(d.Binomial(total_count, probs), 1, 6),
        each(total_count=count(2, 40), probs=unit),
        lambda total_count, probs: Cut(stats.binom(total_count, probs), 1, 6),
        outside=(0.0, 7.0, 2.5),
        fixed=("total_count",),
        shows=d.Truncated,
    ),
}
