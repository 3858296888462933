"""What follows from draws of the latents: summed-out sites and generated quantities."""

from __future__ import annotations

import torch
from torch import Tensor

from pplc.runtime.module import Tensors
from pplc.runtime.objective import Target
from pplc.runtime.randomness import seeded

_KEPT_PROBABILITIES = 8_000_000  # numbers, for each summed-out site: 64 MB


def recovered_sites(
    target: Target, latents: Tensors, params: Tensors, seed: int
) -> tuple[Tensors, Tensors, Tensors]:
    """Draws of summed-out sites and generated quantities, and probabilities of the former.

    These are their means over the draws, and their values at the first draws, as many as fit.
    """
    count = len(next(iter(latents.values())))
    parts: list[Tensors] = []
    sums: Tensors = {}
    kept: dict[str, list[Tensor]] = {}
    with seeded(seed), torch.no_grad(), target.threads(count):
        for chunk in target.chunks(count):
            some = {name: values[chunk] for name, values in latents.items()}
            drawn, probabilities = target.module.recover(some, target.data, params)
            made = target.module.generate(some | drawn, target.data, params)
            parts.append(drawn | made)
            for name, p in probabilities.items():
                sums[name] = sums.get(name, torch.zeros(())) + p.sum(0)
                room = max(_KEPT_PROBABILITIES // max(p[0].numel(), 1), 1)
                room -= sum(map(len, kept.setdefault(name, [])))
                kept[name].append(p[:room].clone())
    joined = {name: torch.cat([part[name] for part in parts]) for name in parts[0]}
    means = {name: total / count for name, total in sums.items()}
    return joined, means, {name: torch.cat(values) for name, values in kept.items()}
