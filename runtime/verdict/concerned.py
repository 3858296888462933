"""Which latents a bad verdict is about: the verdict with what a fit can tell of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import torch
from torch import Tensor

from pplc.runtime.elements import inferred
from pplc.runtime.module import Tensors
from pplc.runtime.start.guides import Start
from pplc.runtime.target import Target
from pplc.runtime.verdict.departures import (
    Difference,
    Place,
    departures,
    told_by_chains,
    told_by_modes,
    told_by_weights,
)
from pplc.runtime.verdict.exchange import exchanged
from pplc.runtime.verdict.verdict import Evidence, Verdict


def kept(target: Target) -> tuple[str, ...]:
    """The discrete latents that the guide keeps."""
    return tuple(s for block in target.guide if block.family == "discrete" for s in block.sites)


def off_modes(target: Target, verdict: Verdict, draws: Tensors, modes: Sequence[Start]) -> Verdict:
    """The verdict with the latents that tell modes apart; draws [S, ...] are about the first."""
    return _told(target, verdict, "modes", told_by_modes(draws, _latents(target, modes[1:])))


def off_chains(target: Target, verdict: Verdict, draws: Tensors, chains: Tensors) -> Verdict:
    """With the latents of which chains [n, C, ...] say something else than draws [S, ...]."""
    return _told(target, verdict, "chains", told_by_chains(draws, chains))


def off_weights(target: Target, verdict: Verdict, draws: Tensors, weights: Tensor) -> Verdict:
    """With the latents of which weights [S] say something else than draws [S, ...] alone."""
    return _told(target, verdict, "weights", told_by_weights(draws, weights))


def _told(
    target: Target, verdict: Verdict, evidence: Evidence, differences: Mapping[str, Difference]
) -> Verdict:
    data, manifest = target.data, target.manifest
    places = {
        site.name: Place([data.labels[name] for name in site.dims], inferred(manifest, data, site))
        for site in manifest.sites
        if site.name in differences
    }
    return replace(verdict, evidence=evidence, departures=departures(differences, places))


def reordered(target: Target, modes: Sequence[Start], draws: Tensors) -> tuple[str | None, bool]:
    """An index set by whose order alone some modes differ from the first, and whether all do.

    `draws` [S, ...] are about the first.
    """
    if len(modes) < 2:
        return None, False
    latents = _latents(target, modes)
    dims = {site.name: site.dims for site in target.manifest.sites}
    sds = {site: draws[site].to(torch.float64).std(0) for site in latents}
    first, *others = ({s: x[i] for s, x in latents.items()} for i in range(len(modes)))
    found = [exchanged(first, other, sds, dims) for other in others]
    some = next(filter(None, found), None)
    return some, some is not None and set(found) == {some}


def _latents(target: Target, modes: Sequence[Start]) -> Tensors:
    """The latents at modes, `[m, ...]` each, in their own units."""
    with torch.no_grad():
        latents, _ = target.constrain(torch.stack([m.mode.u for m in modes]), target.centring)
    return latents
