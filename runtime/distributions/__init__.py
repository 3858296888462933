"""The distributions of the language: names and parameters are those of torch.distributions."""

from pplc.runtime.distributions.base import Distribution
from pplc.runtime.distributions.bounded import Beta, Flat, Uniform
from pplc.runtime.distributions.categories import Categorical, OrderedLogistic
from pplc.runtime.distributions.composed import Censored, Delta, Mixture, Truncated, ZeroInflated
from pplc.runtime.distributions.counts import (
    Bernoulli,
    BetaBinomial,
    Binomial,
    DiscreteUniform,
    Geometric,
    NegativeBinomial,
    Poisson,
)
from pplc.runtime.distributions.positive import (
    ChiSquared,
    Exponential,
    FoldedNormal,
    Gamma,
    HalfCauchy,
    HalfNormal,
    InverseGamma,
    LogNormal,
    Pareto,
    Weibull,
)
from pplc.runtime.distributions.real import (
    Cauchy,
    Gumbel,
    Laplace,
    Logistic,
    Normal,
    StudentT,
    VonMises,
)
from pplc.runtime.distributions.vectors import (
    Dirichlet,
    LKJCholesky,
    Multinomial,
    MultivariateNormal,
)

#: Distributions with a distribution function: those that can be truncated or censored.
WITH_TAILS = frozenset(
    {
        Bernoulli,
        Beta,
        Binomial,
        Cauchy,
        ChiSquared,
        DiscreteUniform,
        Exponential,
        FoldedNormal,
        Gamma,
        Geometric,
        Gumbel,
        HalfCauchy,
        HalfNormal,
        InverseGamma,
        Laplace,
        LogNormal,
        Logistic,
        NegativeBinomial,
        Normal,
        Pareto,
        Poisson,
        StudentT,
        Uniform,
        Weibull,
    }
)

__all__ = [
    "WITH_TAILS",
    "Bernoulli",
    "Beta",
    "BetaBinomial",
    "Binomial",
    "Categorical",
    "Cauchy",
    "Censored",
    "ChiSquared",
    "Delta",
    "Dirichlet",
    "DiscreteUniform",
    "Distribution",
    "Exponential",
    "Flat",
    "FoldedNormal",
    "Gamma",
    "Geometric",
    "Gumbel",
    "HalfCauchy",
    "HalfNormal",
    "InverseGamma",
    "LKJCholesky",
    "Laplace",
    "LogNormal",
    "Logistic",
    "Mixture",
    "Multinomial",
    "MultivariateNormal",
    "NegativeBinomial",
    "Normal",
    "OrderedLogistic",
    "Pareto",
    "Poisson",
    "StudentT",
    "Truncated",
    "Uniform",
    "VonMises",
    "Weibull",
    "ZeroInflated",
]
