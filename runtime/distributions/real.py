"""Distributions on the whole line."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import torch
from torch import Size, Tensor
from torch.nn.functional import logsigmoid

from pplc.runtime.distributions.base import Distribution, Real
from pplc.runtime.functions import absolute
from pplc.runtime.special import log1mexp, log_beta_tails
from pplc.runtime.tensors import across, is_column

HALF_LOG_TWO_PI = 0.5 * math.log(2 * math.pi)
LOG_TWO = math.log(2)
LOG_PI = math.log(math.pi)


class _LocationScale(Distribution):
    """A standard distribution, moved to `loc` and stretched by `scale`."""

    loc: Tensor
    scale: Tensor

    def __init__(self, loc: Real, scale: Real) -> None:
        self.loc, self.scale = self._set(loc, scale)

    def _standard(self, value: Tensor) -> Tensor:
        return (value - self.loc) * self.scale.reciprocal()  # a division of each takes longer

    def _log_tails(self, value: Tensor) -> tuple[Tensor, Tensor]:
        return self._standard_tails(self._standard(value))

    def _standard_tails(self, z: Tensor) -> tuple[Tensor, Tensor]:
        """`log_tails` of the standard distribution."""
        raise NotImplementedError


class Normal(_LocationScale):
    """Normal with mean `loc` and standard deviation `scale`."""

    def _log_density(self, value: Tensor) -> Tensor:
        if is_column(value):
            parts = (across(value), across(self.loc), across(self.scale))
            return _NormalDensity.apply(*parts).mT  # type: ignore[no-any-return,no-untyped-call]
        return _NormalDensity.apply(value, self.loc, self.scale)  # type: ignore[no-any-return,no-untyped-call]

    def _standard_tails(self, z: Tensor) -> tuple[Tensor, Tensor]:
        return torch.special.log_ndtr(z), torch.special.log_ndtr(-z)

    def _sample(self, shape: Size) -> Tensor:
        loc, scale = self._expanded(shape)
        return loc + scale * torch.randn_like(loc)


class _NormalDensity(torch.autograd.Function):
    """The log density of a normal; keeps nothing of its size for the gradient.

    It is what most memory of a large model would go to otherwise. The gradient may be
    differentiated again.
    """

    @staticmethod
    def forward(ctx: Any, value: Tensor, loc: Tensor, scale: Tensor) -> Tensor:
        ctx.save_for_backward(value, loc, scale)
        z = (value - loc) * scale.reciprocal()
        return torch.addcmul(-(scale.log() + HALF_LOG_TWO_PI), z, z, value=-0.5)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor | None, ...]:
        value, loc, scale = ctx.saved_tensors
        (gradient,) = gradients
        rate = scale.reciprocal()  # a division of each element takes longer
        z = (value - loc) * rate
        slope = gradient * z
        of_value = of_loc = of_scale = None
        if ctx.needs_input_grad[2]:
            of_scale = (slope * z).sum_to_size(scale.shape) - gradient.sum_to_size(scale.shape)
            of_scale = of_scale * rate
        if ctx.needs_input_grad[0] or ctx.needs_input_grad[1]:
            slope = slope * rate
            of_value = -slope.sum_to_size(value.shape) if ctx.needs_input_grad[0] else None
            of_loc = slope.sum_to_size(loc.shape) if ctx.needs_input_grad[1] else None
        return of_value, of_loc, of_scale


class Cauchy(_LocationScale):
    """Cauchy with median `loc` and half width at half maximum `scale`."""

    def _log_density(self, value: Tensor) -> Tensor:
        z = self._standard(value)
        return -(z * z).log1p() - (self.scale.log() + LOG_PI)

    def _standard_tails(self, z: Tensor) -> tuple[Tensor, Tensor]:
        one = torch.ones_like(z)
        return torch.atan2(one, -z).log() - LOG_PI, torch.atan2(one, z).log() - LOG_PI

    def _sample(self, shape: Size) -> Tensor:
        return self._sample_with(torch.distributions.Cauchy, shape)


class Laplace(_LocationScale):
    """Laplace (double exponential) with mean `loc` and mean absolute deviation `scale`."""

    def _log_density(self, value: Tensor) -> Tensor:
        return -absolute(self._standard(value)) - (self.scale.log() + LOG_TWO)

    def _standard_tails(self, z: Tensor) -> tuple[Tensor, Tensor]:
        # Not |z|, whose gradient at 0 is 0.
        tail = torch.where(z < 0, z, -z) - LOG_TWO
        rest = log1mexp(-tail)
        return torch.where(z < 0, tail, rest), torch.where(z < 0, rest, tail)

    def _sample(self, shape: Size) -> Tensor:
        return self._sample_with(torch.distributions.Laplace, shape)


class Logistic(_LocationScale):
    """Logistic with mean `loc`; its standard deviation is `scale * pi / sqrt(3)`."""

    def _log_density(self, value: Tensor) -> Tensor:
        z = self._standard(value)
        return logsigmoid(z) + logsigmoid(-z) - self.scale.log()

    def _standard_tails(self, z: Tensor) -> tuple[Tensor, Tensor]:
        return logsigmoid(z), logsigmoid(-z)

    def _sample(self, shape: Size) -> Tensor:
        loc, scale = self._expanded(shape)
        return loc + scale * standard_logistic(loc)


class Gumbel(_LocationScale):
    """Gumbel (of maxima) with mode `loc`."""

    def _log_density(self, value: Tensor) -> Tensor:
        z = self._standard(value)
        return -z - (-z).exp() - self.scale.log()

    def _standard_tails(self, z: Tensor) -> tuple[Tensor, Tensor]:
        hazard = (-z).exp()
        return -hazard, log1mexp(hazard)

    def _sample(self, shape: Size) -> Tensor:
        return self._sample_with(torch.distributions.Gumbel, shape)


class StudentT(_LocationScale):
    """Student's t with `df` degrees of freedom, moved to `loc` and stretched by `scale`."""

    def __init__(self, df: Real, loc: Real = 0.0, scale: Real = 1.0) -> None:
        self.df, self.loc, self.scale = self._set(df, loc, scale)

    def _log_density(self, value: Tensor) -> Tensor:
        z, df = self._standard(value), self.df
        half = 0.5 * (df + 1)
        log_normalizer = torch.lgamma(0.5 * df) - torch.lgamma(half) + 0.5 * (df.log() + LOG_PI)
        return -half * (z * z / df).log1p() - (log_normalizer + self.scale.log())

    def _standard_tails(self, z: Tensor) -> tuple[Tensor, Tensor]:
        # Abramowitz and Stegun 26.7.1. At z = 0, where I_x has no derivative in z although the
        # distribution function has one, a point next to it stands in.
        z = z + (z.abs() < 1e-12).to(z.dtype) * (1e-12 - z).detach()
        largest = math.sqrt(torch.finfo(z.dtype).max) / 2
        z = z.clamp(-largest, largest)
        square, half = z * z, 0.5 * torch.ones_like(z)
        tail = log_beta_tails(
            0.5 * self.df, half, self.df / (self.df + square), square / (self.df + square)
        )[0]
        tail = tail - LOG_TWO
        rest = log1mexp(-tail)
        return torch.where(z < 0, tail, rest), torch.where(z < 0, rest, tail)

    def _sample(self, shape: Size) -> Tensor:
        return self._sample_with(torch.distributions.StudentT, shape)


class VonMises(Distribution):
    """Von Mises on the circle, with mean direction `loc`, in radians.

    The density is that of any one turn: it is periodic, and integrates to 1 over [-pi, pi], where
    draws lie.
    """

    def __init__(self, loc: Real, concentration: Real) -> None:
        self.loc, self.concentration = self._set(loc, concentration)

    def _log_density(self, value: Tensor) -> Tensor:
        sine_of_half = torch.sin(0.5 * (value - self.loc))
        log_normalizer: Tensor = torch.special.i0e(self.concentration).log() + 2 * HALF_LOG_TWO_PI
        return -2.0 * self.concentration * sine_of_half.square() - log_normalizer

    def _sample(self, shape: Size) -> Tensor:
        loc, concentration = self._expanded(shape)
        # Beyond these ends torch's rejection would never accept. There the distribution is uniform
        # or normal, to far less than the error of any number of draws.
        low, high = 1e-6, 1e8
        within = concentration.nan_to_num(high).clamp(low, high)
        make: Callable[..., torch.distributions.Distribution] = torch.distributions.VonMises
        draws = make(loc, within, validate_args=False).sample()
        narrow = loc + torch.randn_like(loc) / concentration.sqrt()
        narrow = (narrow + math.pi).remainder(2 * math.pi) - math.pi
        return torch.where(concentration <= high, draws, narrow)


def standard_logistic(like: Tensor) -> Tensor:
    """Draws of the standard logistic distribution in the shape of another tensor."""
    return torch.rand_like(like).logit(torch.finfo(like.dtype).eps)
