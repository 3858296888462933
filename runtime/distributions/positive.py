"""Distributions on the positive half line."""

from __future__ import annotations

import math

import torch
from torch import Size, Tensor

from pplc.runtime.distributions.base import Distribution, Real
from pplc.runtime.distributions.real import HALF_LOG_TWO_PI, LOG_PI, LOG_TWO, Normal
from pplc.runtime.distributions.safe import xlogy
from pplc.runtime.special import log1mexp, log_gamma_tails


class _NonNegative(Distribution):
    """The support is [0, inf)."""

    @property
    def _bounds(self) -> tuple[Real, Real]:
        return 0.0, math.inf

    def _inside(self, value: Tensor) -> Tensor:
        return (value >= 0) & (value < torch.inf)


class _Positive(_NonNegative):
    """The support is (0, inf)."""

    def _inside(self, value: Tensor) -> Tensor:
        return (value > 0) & (value < torch.inf)


class HalfNormal(_NonNegative):
    """The absolute value of a normal with mean 0 and standard deviation `scale`."""

    def __init__(self, scale: Real) -> None:
        (self.scale,) = self._set(scale)

    def _log_density(self, value: Tensor) -> Tensor:
        z = value / self.scale
        return -0.5 * z * z - (self.scale.log() + (HALF_LOG_TWO_PI - LOG_TWO))

    def _log_tails(self, value: Tensor) -> tuple[Tensor, Tensor]:
        z = value / self.scale
        return torch.erf(z * math.sqrt(0.5)).log(), torch.special.log_ndtr(-z) + LOG_TWO

    def _sample(self, shape: Size) -> Tensor:
        (scale,) = self._expanded(shape)
        return torch.randn_like(scale).abs() * scale


class HalfCauchy(_NonNegative):
    """The absolute value of a Cauchy with median 0 and the given `scale`."""

    def __init__(self, scale: Real) -> None:
        (self.scale,) = self._set(scale)

    def _log_density(self, value: Tensor) -> Tensor:
        z = value / self.scale
        return -(z * z).log1p() - (self.scale.log() + (LOG_PI - LOG_TWO))

    def _log_tails(self, value: Tensor) -> tuple[Tensor, Tensor]:
        z = value / self.scale
        log_half_turn = LOG_PI - LOG_TWO
        return z.atan().log() - log_half_turn, (1 / z).atan().log() - log_half_turn

    def _sample(self, shape: Size) -> Tensor:
        return self._sample_with(torch.distributions.HalfCauchy, shape)


class FoldedNormal(_NonNegative):
    """The absolute value of a normal with mean `loc` and standard deviation `scale`."""

    def __init__(self, loc: Real, scale: Real) -> None:
        self.loc, self.scale = self._set(loc, scale)
        self._normal = Normal(loc, scale)

    def _log_density(self, value: Tensor) -> Tensor:
        return torch.logaddexp(self._normal.log_prob(value), self._normal.log_prob(-value))

    def _log_tails(self, value: Tensor) -> tuple[Tensor, Tensor]:
        left, right = self._normal.log_tails(-value)[0], self._normal.log_tails(value)[1]
        return self._normal.log_mass(-value, value), torch.logaddexp(left, right)

    def _sample(self, shape: Size) -> Tensor:
        return self._normal._sample(shape).abs()


class LogNormal(_Positive):
    """exp of a normal with mean `loc` and standard deviation `scale`."""

    def __init__(self, loc: Real, scale: Real) -> None:
        self.loc, self.scale = self._set(loc, scale)
        self._normal = Normal(loc, scale)

    def _log_density(self, value: Tensor) -> Tensor:
        log_value = value.log()
        return self._normal.log_prob(log_value) - log_value

    def _log_tails(self, value: Tensor) -> tuple[Tensor, Tensor]:
        return self._normal.log_tails(value.log())

    def _sample(self, shape: Size) -> Tensor:
        return self._normal._sample(shape).exp()


class Exponential(_NonNegative):
    """Exponential with mean `1 / rate`."""

    def __init__(self, rate: Real) -> None:
        (self.rate,) = self._set(rate)

    def _log_density(self, value: Tensor) -> Tensor:
        return self.rate.log() - self.rate * value

    def _log_tails(self, value: Tensor) -> tuple[Tensor, Tensor]:
        hazard = self.rate * value
        return log1mexp(hazard), -hazard

    def _sample(self, shape: Size) -> Tensor:
        return self._sample_with(torch.distributions.Exponential, shape)


class Gamma(_NonNegative):
    """Gamma with mean `concentration / rate`."""

    def __init__(self, concentration: Real, rate: Real) -> None:
        self.concentration, self.rate = self._set(concentration, rate)

    def _log_density(self, value: Tensor) -> Tensor:
        a, rate = self.concentration, self.rate
        log_normalizer = torch.lgamma(a) - a * rate.log()
        return xlogy(a - 1, value) - rate * value - log_normalizer

    def _log_tails(self, value: Tensor) -> tuple[Tensor, Tensor]:
        return log_gamma_tails(self.concentration, self.rate * value)

    def _sample(self, shape: Size) -> Tensor:
        return self._sample_with(torch.distributions.Gamma, shape)


class ChiSquared(Gamma):
    """Chi-squared with `df` degrees of freedom."""

    def __init__(self, df: Real) -> None:
        (self.df,) = self._set(df)
        super().__init__(0.5 * self.df, 0.5)


class InverseGamma(_Positive):
    """1 / x for x from a gamma; its mean is `rate / (concentration - 1)`."""

    def __init__(self, concentration: Real, rate: Real) -> None:
        self.concentration, self.rate = self._set(concentration, rate)

    def _log_density(self, value: Tensor) -> Tensor:
        a, rate = self.concentration, self.rate
        log_normalizer = torch.lgamma(a) - a * rate.log()
        return -(a + 1) * value.log() - rate / value - log_normalizer

    def _log_tails(self, value: Tensor) -> tuple[Tensor, Tensor]:
        lower, upper = log_gamma_tails(self.concentration, self.rate / value)
        return upper, lower

    def _sample(self, shape: Size) -> Tensor:
        return 1 / self._sample_with(torch.distributions.Gamma, shape)


class Weibull(_NonNegative):
    """Weibull with survival function `exp(-(x / scale) ^ concentration)`."""

    def __init__(self, scale: Real, concentration: Real) -> None:
        self.scale, self.concentration = self._set(scale, concentration)

    def _log_density(self, value: Tensor) -> Tensor:
        z, k = value / self.scale, self.concentration
        return xlogy(k - 1, z) - z.pow(k) + (k.log() - self.scale.log())

    def _log_tails(self, value: Tensor) -> tuple[Tensor, Tensor]:
        hazard = (value / self.scale).pow(self.concentration)
        return log1mexp(hazard), -hazard

    def _sample(self, shape: Size) -> Tensor:
        return self._sample_with(torch.distributions.Weibull, shape)


class Pareto(Distribution):
    """Pareto on [scale, inf), with survival function `(scale / x) ^ alpha`."""

    def __init__(self, scale: Real, alpha: Real) -> None:
        self.scale, self.alpha = self._set(scale, alpha)

    @property
    def _bounds(self) -> tuple[Real, Real]:
        return self.scale, math.inf

    def _inside(self, value: Tensor) -> Tensor:
        return (value >= self.scale) & (value < torch.inf)

    def _interior(self, value: Tensor) -> Tensor:
        return (2 * self.scale).detach().to(value.dtype)

    def _log_density(self, value: Tensor) -> Tensor:
        return (self.alpha.log() - self.scale.log()) - (self.alpha + 1) * (value / self.scale).log()

    def _log_tails(self, value: Tensor) -> tuple[Tensor, Tensor]:
        hazard = self.alpha * (value / self.scale).log()
        return log1mexp(hazard), -hazard

    def _sample(self, shape: Size) -> Tensor:
        return self._sample_with(torch.distributions.Pareto, shape)
