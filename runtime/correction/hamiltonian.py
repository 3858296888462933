"""Draws from the posterior itself by Hamiltonian Monte Carlo, where weights cannot correct a guide.

The guide turns standard normal noise into latents. In the coordinates of that noise a posterior
that the guide follows roughly is roughly a standard normal: chains that start at draws from the
guide are nearly where they have to be, and trajectories need few steps (Hoffman, Sountsov, Dillon,
Langmore, Tran and Vasudevan 2019, "NeuTra-lizing bad geometry in Hamiltonian Monte Carlo using
neural transport"). Many chains run side by side, as particles; trajectories have jittered lengths
(Hoffman, Radul and Sountsov 2021, "An adaptive MCMC scheme for setting trajectory lengths").
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from pplc.runtime.correction.proposals import log_normal
from pplc.runtime.module import Tensors
from pplc.runtime.noise import fresh_noise
from pplc.runtime.randomness import seeded, subseed
from pplc.runtime.stochastic.schedule import split_r_hat
from pplc.runtime.target import Target, total

_CHAINS = 32
_WARM_UP = 160  # iterations
_KEPT = 192  # of each chain
_ACCEPTED = 0.8  # the share of trajectories that the size of a step is tuned to
_LENGTH = math.pi  # the longest trajectory: half a turn of a standard normal
_MOST_STEPS = 32  # of a trajectory
_LOST = 1000.0  # an error of the energy at which a trajectory has left the posterior
_MOST_LOST = 0.002  # the share of such trajectories, beyond which there are places not reached
_LARGEST_R_HAT = 1.05
_ENOUGH = 400  # effective draws: the error of a mean is a twentieth of its sd
_MOST_BYTES = 2**36  # that are kept for gradients, in all: some minutes
_STEPS = 8  # of a trajectory, about


@dataclass(frozen=True)
class Walk:
    """Where chains went: noise [iterations, chains, D], and how they fared.

    `lost` is the share of trajectories along which the integrator failed.
    """

    points: Tensor
    lost: float

    @property
    def good(self) -> bool:
        """Whether its points can be taken for draws from the posterior."""
        agree = self.r_hat <= _LARGEST_R_HAT and self.lost <= _MOST_LOST
        return agree and self.effective_size >= _ENOUGH

    @property
    def r_hat(self) -> float:
        """The largest split R-hat of a coordinate: 1 where the chains agree."""
        return float(split_r_hat(self.points).max())

    @property
    def effective_size(self) -> float:
        """Draws from the posterior that are worth as much, for the mean that is worst off.

        By the variance of the chains' means, which many chains tell.
        """
        within = self.points.var((0, 1))
        between = self.points.mean(0).var(0)
        return float((self.points.shape[1] * within / between).min())


class NoiseDensity:
    """The log density of noise, [C], such that the latents have the posterior; and its gradient."""

    def __init__(self, target: Target, phi: Tensors) -> None:
        self.target = target
        self.phi = phi

    def __call__(self, flat: Tensor) -> tuple[Tensor, Tensor]:
        """At flat points [C, D]: the log density [C], and its gradient."""
        self.target.on_gradient()
        values, gradients = [], []
        for chunk in self.target.chunks(len(flat)):
            x = flat[chunk].detach().requires_grad_()
            _, log_p, log_q = self.target.elbo_terms(
                self.phi, self.target.noise_layout.unflatten(x)
            )
            value = total(log_p) - total(log_q) + log_normal(x)
            (gradient,) = torch.autograd.grad(value.sum(), x)
            values.append(value.detach())
            gradients.append(gradient)
        return torch.cat(values), torch.cat(gradients)


def walkable(target: Target) -> bool:
    """Whether chains have a posterior to draw from, and take minutes at most.

    There is none where params are optimised beside it or the guide holds latents at a point or
    keeps discrete ones. How long chains take is told by memory, the same on every machine.
    """
    fixed = any(entry.family in ("point", "discrete") for entry in target.guide)
    if fixed or target.manifest.params or target.manifest.nets:
        return False
    gradients = _CHAINS * _STEPS * (_WARM_UP + _KEPT)
    return target.particle_bytes * gradients <= _MOST_BYTES


def walked(
    target: Target,
    phi: Tensors,
    seed: int,
    on_iteration: Callable[[float], None] = lambda done: None,
) -> Walk:
    """Chains [n, C, D] that start at draws from the guide at `phi`, after they have warmed up.

    `on_iteration` is told which share of the iterations is done.
    """
    density = NoiseDensity(target, phi)
    noise = fresh_noise(target.noise_blocks, _CHAINS, subseed(seed, "walk"))
    x = target.noise_layout.flatten(noise)
    with seeded(subseed(seed, "momenta")):
        return _walk(density, x, on_iteration)


def _walk(
    density: NoiseDensity, x: Tensor, on_iteration: Callable[[float], None] = lambda done: None
) -> Walk:
    value, slope = density(x)
    scale = torch.ones_like(x[0])
    tuning = _Tuning()
    warm: list[Tensor] = []
    kept: list[Tensor] = []
    lost = 0.0
    rescaled = (_WARM_UP // 4, _WARM_UP // 2)
    for iteration in range(_WARM_UP + _KEPT):
        size = tuning.size if iteration < _WARM_UP else tuning.averaged
        if iteration in rescaled:
            scale = torch.cat(warm[len(warm) // 2 :]).std(0)
            tuning = _Tuning(tuning.size)
        steps = 1 + int(torch.rand(()) * min(_LENGTH / size, _MOST_STEPS))
        momentum = torch.randn_like(x)
        end, end_value, end_slope, error = _trajectory(
            density, (x, value, slope), momentum, size * scale, steps
        )
        chance = (-error).clamp(max=0).exp().nan_to_num(0.0)
        moved = torch.rand_like(chance) < chance
        x = torch.where(moved[:, None], end, x)
        value = torch.where(moved, end_value, value)
        slope = torch.where(moved[:, None], end_slope, slope)
        on_iteration((iteration + 1) / (_WARM_UP + _KEPT))
        if iteration < _WARM_UP:
            tuning.learn(float(chance.mean()))
            warm.append(x)
        else:
            lost += float((~(error < _LOST)).double().mean()) / _KEPT
            kept.append(x)
    return Walk(torch.stack(kept), lost)


def _trajectory(
    density: NoiseDensity,
    start: tuple[Tensor, Tensor, Tensor],
    momentum: Tensor,
    size: Tensor,
    steps: int,
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Where the leapfrog integrator ends, and by how much the energy grew, [C]."""
    x, value, slope = start
    before = value - momentum.square().sum(-1) / 2
    momentum = momentum + size / 2 * slope
    for step in range(steps):
        x = x + size * momentum
        value, slope = density(x)
        momentum = momentum + (size if step < steps - 1 else size / 2) * slope
    return x, value, slope, before - (value - momentum.square().sum(-1) / 2)


class _Tuning:
    """The size of steps by dual averaging (Hoffman and Gelman 2014, section 3.2)."""

    def __init__(self, size: float = 0.3) -> None:
        self.size = size
        self.averaged = size
        self._aim = math.log(10 * size)
        self._missing = 0.0
        self._count = 0

    def learn(self, accepted: float) -> None:
        """Take note of the share of trajectories that were accepted."""
        self._count += 1
        n = self._count
        self._missing += (_ACCEPTED - accepted - self._missing) / (n + 10)
        log_size = self._aim - n**0.5 / 0.05 * self._missing
        weight = n**-0.75
        self.averaged = math.exp(weight * log_size + (1 - weight) * math.log(self.averaged))
        self.size = math.exp(log_size)
