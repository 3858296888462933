"""Where a stochastic fit starts: near a mode of a pilot with few elements, or at random."""

from __future__ import annotations

import math
from dataclasses import replace

import torch

from pplc.runtime.coordinates.guide import locations
from pplc.runtime.module import Tensors
from pplc.runtime.randomness import subseed
from pplc.runtime.start.guides import guides_at
from pplc.runtime.start.modes import find_modes
from pplc.runtime.stochastic.batches import Batches, scales
from pplc.runtime.target import Target

_PILOT = 500  # elements of the plate
_LARGEST = 2000  # latents of which the curvature is taken
_SPREAD = 0.5  # of points at random, in unconstrained space
_LOG_SCALE = -2.0

_GAUSSIAN = ("dense", "local", "diagonal", "lowrank")


def starting_guide(target: Target, batches: Batches | None, seed: int) -> Tensors:
    """The parameters of the guide at the start, with params and weights.

    Where the guide has Gaussians the start is the mode of the log joint of a pilot: all data, or
    those of some elements, scaled up to stand for all. The search for it begins at the latents
    that the target starts from, if there are any; else they replace those at random.

    Raises FitError if the log density of the pilot is finite nowhere.
    """
    if any(block.family in _GAUSSIAN for block in target.guide):
        phi = _pilot(target, batches, seed)
        if phi is not None:
            return phi | target.free_params
    phi = _moved(target, _random(target, seed), target.start)
    return phi | target.free_params


def _pilot(target: Target, batches: Batches | None, seed: int) -> Tensors | None:
    """The guide at the best mode of a pilot; None where that has too many latents."""
    if batches is None or batches.count <= _PILOT:
        return _at_mode(target, seed)
    generator = torch.Generator().manual_seed(subseed(seed, "pilot"))
    chosen = torch.randperm(batches.count, generator=generator)[:_PILOT]
    whole = Batches(target, batches.entry)
    batch = whole.take(chosen)
    factor = batches.count / _PILOT
    pilot = replace(
        target,
        data=batch.data,
        scales=scales(target.manifest, batches.entry, factor),
        start=whole.latents(target.start, batch),
    )
    phi = _at_mode(pilot, seed)
    if phi is None:
        return None
    inside = {name: x for name, x in target.start.items() if name in batches.entry.inside}
    return _moved(target, _spread_out(pilot, whole, phi, factor), inside)


def _at_mode(target: Target, seed: int) -> Tensors | None:
    if target.layout.size > _LARGEST:
        return None
    return guides_at(target, find_modes(target, seed), seed)[0].phi


def _spread_out(pilot: Target, whole: Batches, phi: Tensors, factor: float) -> Tensors:
    """Tables for all elements from those of a pilot: each row is the mean of the pilot's.

    The pilot took each element for `factor` of them, so that their scales came out too small.
    """
    own = Batches(pilot, whole.entry).tables
    found = dict(phi)
    for name, (shape, axis, _) in whole.tables.items():
        if name not in phi:
            continue
        mean = phi[name].reshape(own[name][0]).mean(axis, keepdim=True)
        if name.endswith(".log_scale"):
            mean = mean + 0.5 * math.log(factor)
        rows = mean.expand(shape).clone()
        found[name] = rows.flatten() if phi[name].dim() == 1 else rows
    return found


def _moved(target: Target, phi: Tensors, start: Tensors) -> Tensors:
    """The guide's parameters with its centre moved to some latents."""
    if not start:
        return phi
    phi = phi | {f"{n}.centring": x.logit() for n, x in target.centring.items() if n in start}
    u = replace(target, start=start).started(locations(target, phi)[None])[0]
    moved = {
        f"{entry.name}.loc": u[target.places(entry)].reshape(phi[f"{entry.name}.loc"].shape)
        for entry in target.guide
        if f"{entry.name}.loc" in phi
    }
    return phi | moved


def _random(target: Target, seed: int) -> Tensors:
    """Locations at random, small scales, no correlations."""
    generator = torch.Generator().manual_seed(subseed(seed, "start"))
    found: Tensors = {}
    for name, shape in target.guide_shapes.items():
        part = name.rpartition(".")[2]
        random = torch.randn(shape, generator=generator, dtype=torch.float64)
        found[name] = torch.zeros(shape, dtype=torch.float64)
        if part in ("loc", "factor"):
            found[name] = random * (_SPREAD if part == "loc" else math.exp(_LOG_SCALE) / 10)
        elif part == "log_scale":
            found[name] = found[name] + _LOG_SCALE
        elif part == "centring":
            found[name] = target.centring[name.rpartition(".")[0]].logit()
    return found
