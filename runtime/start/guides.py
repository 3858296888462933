"""Where the guide starts: the Gaussian that the curvature at a mode suggests."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch

from pplc.runtime.coordinates.guide import GuideCoordinates
from pplc.runtime.module import Tensors
from pplc.runtime.noise import fewest_draws, matched_noise
from pplc.runtime.randomness import subseed
from pplc.runtime.start.modes import Mode
from pplc.runtime.target import Target

_SHRINK = (1.0, 0.25)  # scales tried: where the mode is on an edge, the curvature misleads


@dataclass(frozen=True)
class Start:
    """A guide at a mode, and its ELBO: a lower bound of the log evidence around the mode."""

    mode: Mode
    phi: Tensors
    elbo: float


def guides_at(target: Target, modes: list[Mode], seed: int) -> list[Start]:
    """The guide at each mode, best ELBO first; the best of several widths."""
    blocks = target.noise_blocks
    noise = matched_noise(blocks, fewest_draws(blocks), subseed(seed, "draws"))
    found = []
    for mode in modes:
        tried = []
        for shrink in _SHRINK:
            coordinates = GuideCoordinates.at_mode(target, mode.u, mode.factor.scaled(shrink))
            phi = coordinates.phi(torch.zeros(coordinates.size, dtype=torch.float64))
            elbo = target.elbo(phi, noise)
            tried.append(Start(mode, phi, elbo if math.isfinite(elbo) else -math.inf))
        found.append(max(tried, key=lambda start: start.elbo))
    return sorted(found, key=lambda start: -start.elbo)
