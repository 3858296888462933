"""What an earlier run says of the latents: a fit can start from it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path

import torch

from pplc.runtime.data import Data
from pplc.runtime.manifest import Manifest
from pplc.runtime.module import Tensors
from pplc.runtime.problems import FitError, RunNotUsable


def starting_values(
    folder: Path, manifest: Manifest, data: Data, frozen: Collection[str]
) -> Tensors:
    """The posterior means [...], in a run folder, of latents that a model shares with that run.

    Raises FitError (RunNotUsable) where the folder holds no run, where it lacks a latent that is
    to be frozen, or has one of another shape.
    """
    guided = {s for block in manifest.guide if block.family != "discrete" for s in block.sites}
    shapes = {
        site.name: tuple(data.sizes[dim] for dim in site.dims)
        for site in manifest.sites
        if site.name in guided
    }
    found = _means(folder, shapes)
    for name in frozen:
        if name not in found:
            raise FitError([RunNotUsable(run=str(folder), reason=f"it has no draws of `{name}`")])
    for name, value in found.items():
        if tuple(value.shape) != shapes[name]:
            there, here = list(value.shape), list(shapes[name])
            reason = f"its `{name}` has the shape {there}, and that of this spec {here}"
            raise FitError([RunNotUsable(run=str(folder), reason=reason)])
    return found


def _means(folder: Path, wanted: Mapping[str, object]) -> Tensors:
    import h5py

    try:
        with h5py.File(folder / "posterior.nc") as file:
            group = file["posterior"]
            return {
                name: torch.from_numpy(group[name][...].mean((0, 1)))
                if group[name].ndim > 2
                else torch.tensor(group[name][...].mean(), dtype=torch.float64)
                for name in wanted
                if name in group
            }
    except (OSError, KeyError) as error:
        problem = RunNotUsable(run=str(folder), reason="it holds no run: there is no posterior.nc")
        raise FitError([problem]) from error
