"""Distributions of counts and of other integers.

Values may be of any number type; draws have the dtype of the parameters. Where a probability is
given, it may be exactly 0 or 1: log probabilities are then exactly 0 or -inf.
"""

from __future__ import annotations

import math

import torch
from torch import Size, Tensor
from torch.nn.functional import logsigmoid

from pplc.runtime.distributions import safe
from pplc.runtime.distributions.base import Distribution, Real, one_of
from pplc.runtime.special import lbeta, log1mexp, log_beta_tails, log_gamma_tails
from pplc.runtime.tensors import constant


class _Count(Distribution):
    """The support is 0, 1, 2, ..."""

    discrete = True
    interior = 0.0

    @property
    def _bounds(self) -> tuple[Real, Real]:
        return 0.0, math.inf

    def _inside(self, value: Tensor) -> Tensor:
        return (value >= 0) & (value == value.floor()) & (value < torch.inf)


class _Trials(_Count):
    """Counts that depend on a probability of success, given as `probs` or through its `logits`.

    It is the last of the parameters.
    """

    _by_logits: bool

    def _set_with_chance(
        self, probs: Real | None, logits: Real | None, *others: Real
    ) -> tuple[Tensor, ...]:
        """Keep the parameters; returns them."""
        name, given = one_of(probs=probs, logits=logits)
        self._by_logits = name == "logits"
        return self._set(*others, given)

    def _chances(self) -> tuple[Tensor, Tensor]:
        """The probabilities of success and of failure."""
        given = self.parameters[-1]
        return (given.sigmoid(), (-given).sigmoid()) if self._by_logits else (given, 1 - given)

    def _log_outcomes(self, successes: Tensor, failures: Tensor) -> Tensor:
        """Log probability of one sequence with so many successes and failures."""
        given = self.parameters[-1]
        if self._by_logits:
            return successes * logsigmoid(given) + failures * logsigmoid(-given)
        return safe.xlogy(successes, given) + safe.xlog1my(failures, given)


class Bernoulli(_Trials):
    """1 with probability `probs`, else 0."""

    def __init__(self, probs: Real | None = None, logits: Real | None = None) -> None:
        self._set_with_chance(probs, logits)

    @property
    def _bounds(self) -> tuple[Real, Real]:
        return 0.0, 1.0

    def _inside(self, value: Tensor) -> Tensor:
        return (value == 0) | (value == 1)

    def _log_density(self, value: Tensor) -> Tensor:
        (given,) = self.parameters
        if self._by_logits:
            return logsigmoid(torch.where(value == 1, given, -given))
        return torch.where(value == 1, safe.log(given), safe.log1m(given))

    def _log_tails(self, value: Tensor) -> tuple[Tensor, Tensor]:
        zero = torch.zeros_like(value)
        return self._log_density(zero), self._log_density(zero + 1)

    def _sample(self, shape: Size) -> Tensor:
        success, _ = self._chances()
        return torch.bernoulli(success.expand(shape))


class Binomial(_Trials):
    """The number of successes in `total_count` trials."""

    def __init__(
        self, total_count: Real, probs: Real | None = None, logits: Real | None = None
    ) -> None:
        self.total_count, _ = self._set_with_chance(probs, logits, total_count)

    @property
    def _bounds(self) -> tuple[Real, Real]:
        return 0.0, self.total_count

    def _inside(self, value: Tensor) -> Tensor:
        return (value >= 0) & (value == value.floor()) & (value <= self.total_count)

    def _log_density(self, value: Tensor) -> Tensor:
        n = self.total_count
        return log_choose(n, value) + self._log_outcomes(value, n - value)

    def _log_tails(self, value: Tensor) -> tuple[Tensor, Tensor]:
        # P(X <= k) = I_{1 - p}(n - k, k + 1), DLMF 8.17.5
        success, failure = self._chances()
        left = (self.total_count - value).clamp_min(1.0)
        return log_beta_tails(left, value + 1, failure, success)

    def _sample(self, shape: Size) -> Tensor:
        total_count, given = self._expanded(shape)
        return torch.binomial(total_count, given.sigmoid() if self._by_logits else given)


class BetaBinomial(_Count):
    """Binomial whose probability is drawn from Beta(concentration1, concentration0)."""

    def __init__(self, total_count: Real, concentration1: Real, concentration0: Real) -> None:
        self.total_count, self.concentration1, self.concentration0 = self._set(
            total_count, concentration1, concentration0
        )

    @property
    def _bounds(self) -> tuple[Real, Real]:
        return 0.0, self.total_count

    def _inside(self, value: Tensor) -> Tensor:
        return (value >= 0) & (value == value.floor()) & (value <= self.total_count)

    def _log_density(self, value: Tensor) -> Tensor:
        n, a, b = self.total_count, self.concentration1, self.concentration0
        return log_choose(n, value) + lbeta(value + a, n - value + b) - lbeta(a, b)

    def _sample(self, shape: Size) -> Tensor:
        n, a, b = self._expanded(shape)
        probs = torch.distributions.Beta(a, b, validate_args=False).sample()
        return torch.binomial(n, probs)


class Poisson(_Count):
    """Poisson with mean `rate`, or exp(`log_rate`)."""

    def __init__(self, rate: Real | None = None, log_rate: Real | None = None) -> None:
        name, given = one_of(rate=rate, log_rate=log_rate)
        self._by_log_rate = name == "log_rate"
        (given,) = self._set(given)
        self.rate = given.exp() if self._by_log_rate else given

    def _log_density(self, value: Tensor) -> Tensor:
        (given,) = self.parameters
        count_term = value * given if self._by_log_rate else safe.xlogy(value, given)
        return count_term - self.rate - torch.lgamma(value + 1)

    def _log_tails(self, value: Tensor) -> tuple[Tensor, Tensor]:
        log_sf, log_cdf = log_gamma_tails(value + 1, self.rate)
        return log_cdf, log_sf

    def _sample(self, shape: Size) -> Tensor:
        return torch.poisson(self.rate.expand(shape))


class NegativeBinomial(_Trials):
    """The number of successes before failure number `total_count`.

    `total_count` need not be an integer; the mean is `total_count * probs / (1 - probs)`.
    """

    def __init__(
        self, total_count: Real, probs: Real | None = None, logits: Real | None = None
    ) -> None:
        self.total_count, _ = self._set_with_chance(probs, logits, total_count)

    def _log_density(self, value: Tensor) -> Tensor:
        r = self.total_count
        log_sequences = torch.lgamma(value + r) - torch.lgamma(value + 1) - torch.lgamma(r)
        return log_sequences + self._log_outcomes(value, r)

    def _log_tails(self, value: Tensor) -> tuple[Tensor, Tensor]:
        # P(X <= k) = I_{1 - p}(r, k + 1): k + 1 trials more than the r failures
        success, failure = self._chances()
        return log_beta_tails(self.total_count, value + 1, failure, success)

    def _sample(self, shape: Size) -> Tensor:
        total_count, given = self._expanded(shape)
        odds = given.exp() if self._by_logits else given / (1 - given)
        rate = torch.distributions.Gamma(total_count, 1 / odds, validate_args=False).sample()
        return torch.poisson(rate)


class Geometric(_Trials):
    """The number of failures before the first success."""

    def __init__(self, probs: Real | None = None, logits: Real | None = None) -> None:
        self._set_with_chance(probs, logits)

    def _log_density(self, value: Tensor) -> Tensor:
        return self._log_outcomes(constant(1.0, value.dtype), value)

    def _log_tails(self, value: Tensor) -> tuple[Tensor, Tensor]:
        log_sf = self._log_outcomes(constant(0.0, value.dtype), value + 1)
        return log1mexp(-log_sf), log_sf

    def _sample(self, shape: Size) -> Tensor:
        _, failure = self._chances()
        failure = failure.expand(shape)
        uniform = torch.rand_like(failure).clamp_min(torch.finfo(failure.dtype).tiny)
        return (uniform.log() / failure.log()).floor()


class DiscreteUniform(Distribution):
    """Each integer from `low` to `high`, both included, with the same probability."""

    discrete = True

    def __init__(self, low: Real, high: Real) -> None:
        self.low, self.high = self._set(low, high)

    @property
    def _bounds(self) -> tuple[Real, Real]:
        return self.low, self.high

    def _inside(self, value: Tensor) -> Tensor:
        return (value >= self.low) & (value <= self.high) & (value == value.floor())

    def _interior(self, value: Tensor) -> Tensor:
        return self.low.detach().to(value.dtype)

    def _log_density(self, value: Tensor) -> Tensor:
        return torch.zeros_like(value) - (self.high - self.low + 1).log()

    def _log_tails(self, value: Tensor) -> tuple[Tensor, Tensor]:
        log_size = (self.high - self.low + 1).log()
        return (value - self.low + 1).log() - log_size, (self.high - value).log() - log_size

    def _sample(self, shape: Size) -> Tensor:
        low, high = self._expanded(shape)
        steps = (torch.rand_like(low) * (high - low + 1)).floor()
        return low + torch.minimum(steps, high - low)


def log_choose(n: Tensor, k: Tensor) -> Tensor:
    """The logarithm of the binomial coefficient, elementwise."""
    return torch.lgamma(n + 1) - torch.lgamma(k + 1) - torch.lgamma(n - k + 1)
