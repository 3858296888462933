"""What becomes of summed-out sites: draws, probabilities and most probable values given latents."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from pplc.runtime.module import Tensors
from pplc.runtime.randomness import seeded
from pplc.runtime.target import Target
from pplc.runtime.tensors import narrow

_KEPT = 8_000_000  # numbers, for each summed-out site: 64 MB
_MADE = 2**23  # numbers of quantities, for the whole of a sample: a quarter of a second


@dataclass(frozen=True)
class Recovered:
    """Draws of summed-out sites and generated quantities, `[draws, ...]`, and more of the former.

    Draws of whole numbers are of the smallest type that holds them.

    `probabilities` are means over the draws, `[..., K]`, `probability_draws` those given each of
    the first draws, `[n, ..., K]`, with as many as fit into memory. `most_probable` are the
    jointly most probable values given each of the first draws, `[n, ...]`, and `best` those given
    the draw with the highest density, `[...]`.
    """

    draws: Tensors
    probabilities: Tensors
    probability_draws: Tensors
    most_probable: Tensors
    best: Tensors


def recovered(
    target: Target, latents: Tensors, log_p: Tensor, params: Tensors, seed: int
) -> Recovered:
    """Recover what was summed out at draws [S, ...] of latents with log densities `log_p` [S]."""
    count = len(next(iter(latents.values())))
    summed = any(site.role == "summed out" for site in target.manifest.sites)
    parts: list[Tensors] = []
    sums: Tensors = {}
    probabilities: dict[str, list[Tensor]] = {}
    values: dict[str, list[Tensor]] = {}
    best: Tensors = {}
    with seeded(seed), torch.no_grad():
        for chunk in target.chunks(count):
            some = {name: value[chunk] for name, value in latents.items()}
            drawn, given = target.module.recover(some, target.data, params)
            made = target.module.generate(some | drawn, target.data, params)
            parts.append({name: narrow(value) for name, value in drawn.items()} | made)
            for name, p in given.items():
                sums[name] = sums.get(name, torch.zeros(())) + p.sum(0)
                _keep(probabilities, name, p)
            if not values or any(_room(kept) for kept in values.values()):
                for name, v in _most_probable(target, some, params, summed).items():
                    _keep(values, name, v)
        at = int(log_p.argmax())
        one = {name: value[at : at + 1] for name, value in latents.items()}
        best = {n: v[0] for n, v in _most_probable(target, one, params, summed).items()}
    return Recovered(
        draws={name: torch.cat([part[name] for part in parts]) for name in parts[0]},
        probabilities={name: total / count for name, total in sums.items()},
        probability_draws={name: torch.cat(some) for name, some in probabilities.items()},
        most_probable={name: torch.cat(some) for name, some in values.items()},
        best=best,
    )


def quantities(
    target: Target, latents: Tensors, made: Tensors, params: Tensors, seed: int
) -> Tensors:
    """What `generate` gives at each draw of a whole sample, [S, ...], as `made` at a few draws.

    Nothing where there are very many, of which the draws that are kept are enough, or where it may
    read what was summed out, which takes long to recover.
    """
    count = len(next(iter(latents.values())))
    numbers = count * sum(values[0].numel() for values in made.values())
    summed = any(site.role == "summed out" for site in target.manifest.sites)
    if summed or numbers > _MADE:
        return {}
    found = {name: values.new_empty(count, *values.shape[1:]) for name, values in made.items()}
    with seeded(seed), torch.no_grad():
        for chunk in target.chunks(count):
            some = {name: value[chunk] for name, value in latents.items()}
            for name, values in target.module.generate(some, target.data, params).items():
                found[name][chunk] = values
    return found


def _most_probable(target: Target, latents: Tensors, params: Tensors, summed: bool) -> Tensors:
    return target.module.most_probable(latents, target.data, params) if summed else {}


def _keep(kept: dict[str, list[Tensor]], name: str, values: Tensor) -> None:
    """Keep as many of the first draws as there is room for, one at least."""
    room = _room(kept.setdefault(name, []), values)
    if room > 0:
        kept[name].append(values[:room].clone())


def _room(kept: list[Tensor], values: Tensor | None = None) -> int:
    """How many more draws are kept beside those that are, of values like these."""
    one = (kept[0] if values is None else values)[0].numel()
    return max(_KEPT // max(one, 1), 1) - sum(map(len, kept))
