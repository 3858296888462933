"""What guides are drawn with: distributions from fixed noise, and Gaussians of low rank."""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Tensor

from pplc.runtime import distributions as laws
from pplc.runtime.distributions.base import Distribution
from pplc.runtime.tensors import joint_shape

_NEWTON_STEPS = 60
_LAST_STEP = 1e-9
_SMALLEST = 1e-300  # gamma draws of a small concentration underflow


def low_rank_log_density(deviation: Tensor, scale: Tensor, factor: Tensor) -> Tensor:
    """Log density `[S, D]` of each coordinate given those before it.

    The Gaussian has mean 0 and covariance `scale^2 + factor factor'`, with `scale` `[D]` and
    `factor` `[D, r]`; `deviation` is `[S, D]`.
    """
    covariance = factor @ factor.T + scale.square().diag()
    lower = torch.linalg.cholesky(covariance)
    z = torch.linalg.solve_triangular(lower, deviation.T, upper=False).T
    log_diagonal = lower.diagonal().log()
    log_density: Tensor = -0.5 * z.square() - log_diagonal - 0.5 * math.log(2 * math.pi)
    return log_density


def reparameterised(law: Distribution, noise: Tensor) -> Tensor:
    """A draw from a distribution as a smooth function of its arguments and fixed noise [S, ...].

    `noise` is standard normal, in the shape of the draw; a beta or a t takes two normals for each
    number, in a last dimension. Normals are moved and stretched, other distributions are reached
    through their inverse distribution function. Draws of gammas have the implicit gradient of
    Figurnov, Mohamed and Mnih 2018, "Implicit Reparameterization Gradients".
    """
    drawn: Tensor = _drawn(law, noise)
    return drawn


def _drawn(law: Distribution, noise: Tensor) -> Any:  # torch's operators are not all typed
    match law:
        case laws.Normal():
            return law.loc + law.scale * noise
        case laws.LogNormal():
            return (law.loc + law.scale * noise).exp()
        case laws.HalfNormal():
            return law.scale * _upper(noise)
        case laws.FoldedNormal():
            return (law.loc + law.scale * noise).abs()
        case laws.StudentT():
            square = _gamma(0.5 * law.df, noise[..., 1]) / (0.5 * law.df)
            return law.loc + law.scale * noise[..., 0] * square.rsqrt()
        case laws.Cauchy():
            return law.loc + law.scale * (math.pi * (_uniform(noise) - 0.5)).tan()
        case laws.HalfCauchy():
            return law.scale * (0.5 * math.pi * _uniform(noise)).tan()
        case laws.Laplace():
            tail = torch.special.log_ndtr(-noise.abs()) + math.log(2)
            return law.loc - law.scale * noise.sign() * tail
        case laws.Logistic():
            return law.loc + law.scale * (_log_uniform(noise) - _log_uniform(-noise))
        case laws.Gumbel():
            return law.loc - law.scale * (-_log_uniform(noise)).log()
        case laws.Exponential():
            return -_log_uniform(-noise) / law.rate
        case laws.Weibull():
            return law.scale * (-_log_uniform(-noise)).pow(1 / law.concentration)
        case laws.Pareto():
            return law.scale * (-_log_uniform(-noise) / law.alpha).exp()
        case laws.Uniform():
            return law.low + (law.high - law.low) * _uniform(noise)
        case laws.InverseGamma():
            return law.rate / _gamma(law.concentration, noise)
        case laws.Gamma():
            return _gamma(law.concentration, noise) / law.rate
        case laws.Beta():
            first = _gamma(law.concentration1, noise[..., 0])
            second = _gamma(law.concentration0, noise[..., 1])
            return first / (first + second)
        case laws.Dirichlet():
            parts = _gamma(law.concentration, noise)
            return parts / parts.sum(-1, keepdim=True)
        case laws.MultivariateNormal():
            return law.loc + law.stretched(noise)
    raise NotImplementedError(f"{type(law).__name__} cannot be drawn from fixed noise")


def _uniform(noise: Tensor) -> Tensor:
    u: Tensor = torch.special.ndtr(noise)
    return u


def _log_uniform(noise: Tensor) -> Tensor:
    """The logarithm of a uniform; of one minus it at `-noise`."""
    log_u: Tensor = torch.special.log_ndtr(noise)
    return log_u


def _upper(noise: Tensor) -> Tensor:
    """A half normal that increases with `noise`: ndtri((1 + u) / 2), without loss in its tail."""
    half: Tensor = -torch.special.ndtri(0.5 * torch.special.ndtr(-noise))
    return half


def _gamma(concentration: Tensor, noise: Tensor) -> Tensor:
    """A standard gamma: its quantile at the probability of `noise` under the normal."""
    shape = joint_shape(concentration.shape, noise.shape)
    arguments = concentration.expand(shape), noise.expand(shape)
    draw: Tensor = _StandardGamma.apply(*arguments)  # type: ignore[no-untyped-call]
    return draw


class _StandardGamma(torch.autograd.Function):
    """The quantile function of the standard gamma, with its gradient in the concentration."""

    @staticmethod
    def forward(ctx: Any, concentration: Tensor, noise: Tensor) -> Tensor:
        draw = _gamma_quantile(concentration, noise)
        ctx.save_for_backward(concentration, draw)
        return draw

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None]:
        concentration, draw = ctx.saved_tensors
        (gradient,) = gradients
        slope = torch._standard_gamma_grad(concentration, draw)
        return gradient * slope, None


def _gamma_quantile(a: Tensor, noise: Tensor) -> Tensor:
    """x with P(a, x) = ndtr(noise), by bisection safeguarded Newton steps in log x."""
    if a.dtype != torch.float64:
        draw = _gamma_quantile(a.double(), noise.double()).to(a.dtype)
        return draw.clamp(min=torch.finfo(a.dtype).tiny)
    p, q = torch.special.ndtr(noise), torch.special.ndtr(-noise)
    # Wilson and Hilferty 1931 in the middle; x^a / (a Gamma(a)) = p in the lower tail.
    cube = 1 - 1 / (9 * a) + noise / (3 * a.sqrt())
    log_tail = (torch.special.log_ndtr(noise) + torch.lgamma(a + 1)) / a
    t = torch.where(cube > 0.3, 3 * cube.clamp(min=0.3).log() + a.log(), log_tail)
    lower, upper = torch.full_like(t, -700.0), torch.full_like(t, 20.0)
    lower = torch.minimum(lower, log_tail - 1)
    for _ in range(_NEWTON_STEPS):
        x = t.exp()
        left = torch.special.gammainc(a, x)
        right = torch.special.gammaincc(a, x)
        gap = torch.where(noise < 0, left - p, q - right)
        lower, upper = torch.where(gap < 0, t, lower), torch.where(gap < 0, upper, t)
        slope = (a * t - x - torch.lgamma(a)).exp()
        newton = gap / slope
        # Its error is squared by each step: after one as short as this, that of rounding is left.
        last = newton.abs() <= _LAST_STEP * (1 + t.abs())
        step = t - newton
        inside = (step > lower) & (step < upper)
        following = torch.where(inside, step, torch.where(last, t, (lower + upper) / 2))
        t = torch.where(gap == 0, t, following)
        if bool((last | (gap == 0)).all()):
            break
    return t.exp().clamp(min=_SMALLEST)
