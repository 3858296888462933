"""Distributions made of others."""

from __future__ import annotations

import math

import torch
from torch import Size, Tensor

from pplc.runtime.contraction import log_sum
from pplc.runtime.distributions import safe
from pplc.runtime.distributions.base import Distribution, Real, is_number, where_inside
from pplc.runtime.distributions.categories import Categorical
from pplc.runtime.tensors import broadcast, joint_shape


class Delta(Distribution):
    """The number `v`, and no other."""

    discrete = True

    def __init__(self, v: Real) -> None:
        (self.v,) = self._set(v)

    def log_prob(self, value: Real) -> Tensor:
        """0 at `v`, -inf elsewhere."""
        value = self._value(value)
        return where_inside(value == self.v, torch.zeros_like(value + self.v), -torch.inf)

    def _log_density(self, value: Tensor) -> Tensor:
        return torch.zeros_like(value)

    def _sample(self, shape: Size) -> Tensor:
        return self._expanded(shape)[0].clone()


class ZeroInflated(Distribution):
    """0 with probability `gate`, else a draw of `base`, a distribution of counts."""

    discrete = True

    def __init__(self, base: Distribution, gate: Real) -> None:
        self.base = base
        self.gate, *_ = self._set(gate, *base.parameters)

    @property
    def _batch_shape(self) -> Size:
        return joint_shape(self.gate.shape, self.base._batch_shape)

    def _log_density(self, value: Tensor) -> Tensor:
        counted = safe.still(safe.log1m(self.gate) + self.base.log_prob(value))
        both = broadcast(safe.log(self.gate), counted)
        return torch.where(value == 0, log_sum(torch.stack(both, -1), -1), counted)

    def _sample(self, shape: Size) -> Tensor:
        counts = self.base._sample(shape).to(self._device)
        return counts.masked_fill(torch.rand_like(counts) < self.gate, 0)


class Mixture(Distribution):
    """A draw of one of `components`, chosen with probabilities `weights` [..., K]."""

    def __init__(self, weights: Real, *components: Distribution) -> None:
        self.components = components
        self.event_dim = components[0].event_dim
        self.discrete = components[0].discrete
        parameters = [p for component in components for p in component.parameters]
        weights, *_ = self._set(weights, *parameters)
        self._choice = Categorical(weights)

    @property
    def _batch_shape(self) -> Size:
        shapes = [component._batch_shape for component in self.components]
        return joint_shape(self._choice._batch_shape, *shapes)

    def _log_density(self, value: Tensor) -> Tensor:
        terms = [component.log_prob(value) for component in self.components]
        return log_sum(self._choice.logits + torch.stack(broadcast(*terms), -1), -1)

    def _sample(self, shape: Size) -> Tensor:
        draws = torch.stack(
            [c._sample(shape).to(self._device) for c in self.components], len(shape)
        )
        chosen = self._choice._sample(shape).reshape(*shape, 1, *[1] * self.event_dim)
        return torch.take_along_dim(draws, chosen, len(shape)).squeeze(len(shape))


class _Between(Distribution):
    """A distribution of numbers, changed at and beyond two bounds."""

    def __init__(self, base: Distribution, lower: Real, upper: Real) -> None:
        self.base, self.lower, self.upper = base, lower, upper
        self.discrete = base.discrete
        *_, self._lower, self._upper = self._set(*base.parameters, lower, upper)

    @property
    def _bounds(self) -> tuple[Real, Real]:
        return self.lower, self.upper

    @property
    def _batch_shape(self) -> Size:
        return joint_shape(self._lower.shape, self._upper.shape, self.base._batch_shape)


class Censored(_Between):
    """A draw of `base`, of which only that it is beyond `lower` or `upper` is recorded there.

    A recorded value equal to a bound stands for all values at and beyond it. `base` must have a
    distribution function.
    """

    def _log_density(self, value: Tensor) -> Tensor:
        log_density = self.base.log_prob(value)
        if not is_number(self.lower, -math.inf):
            log_mass = self.base.log_mass(-math.inf, self.lower)
            log_density = torch.where(value == self._lower, log_mass, log_density)
        if not is_number(self.upper, math.inf):
            log_mass = self.base.log_mass(self.upper, math.inf)
            log_density = torch.where(value == self._upper, log_mass, log_density)
        inside = (value >= self._lower) & (value <= self._upper)
        return where_inside(inside, log_density, -torch.inf)

    def _sample(self, shape: Size) -> Tensor:
        draws = self.base._sample(shape).to(self._device)
        return draws.clamp(self._lower.to(draws), self._upper.to(draws))


class Truncated(_Between):
    """A draw of `base` given that it lies between `lower` and `upper`, both included.

    `base` must have a distribution function.
    """

    def _log_density(self, value: Tensor) -> Tensor:
        log_mass = self.base.log_mass(self.lower, self.upper)
        inside = (value >= self._lower) & (value <= self._upper) & (log_mass > -torch.inf)
        log_density = safe.still(self.base.log_prob(value) - log_mass)
        return where_inside(inside, log_density, -torch.inf)

    def _sample(self, shape: Size) -> Tensor:
        # The distribution function is inverted by bisection, on a scale on which 60 halvings take
        # the whole line of floating numbers to their relative precision.
        lower, upper = (end.expand(shape) for end in self._expanded(shape)[-2:])
        uniform = torch.rand_like(lower).clamp_min(torch.finfo(lower.dtype).tiny)
        target = uniform.log() + self.base.log_mass(self.lower, self.upper)
        low, high = _to_log_scale(lower), _to_log_scale(upper)
        for _ in range(64):
            middle = 0.5 * (low + high)
            point = _from_log_scale(middle).clamp(lower, upper)
            reached = self.base.log_mass(self.lower, point) >= target
            low, high = torch.where(reached, low, middle), torch.where(reached, middle, high)
        draws = _from_log_scale(high)
        draws = (draws + 1e-6).floor() if self.discrete else draws
        return draws.clamp(lower, upper)


def _to_log_scale(x: Tensor) -> Tensor:
    largest = math.log(torch.finfo(x.dtype).max) - 1
    return (x.sign() * x.abs().log1p()).clamp(-largest, largest)


def _from_log_scale(x: Tensor) -> Tensor:
    return x.sign() * x.abs().expm1()
