"""Probabilities of the values of summed-out sites."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import torch
from torch import Tensor

from pplc.runtime.data import Data


def marginals(
    contract: Callable[[dict[str, Tensor], Data], dict[str, Tensor]],
    log_f: Mapping[str, Tensor],
    data: Data,
    leaves: Mapping[str, tuple[str | int, ...]],
) -> dict[str, Tensor]:
    """The probability of each value of each summed-out site, given the latents.

    They are the derivatives of the log normaliser with respect to a log density that varies over
    the site's elements and values (Darwiche 2003, "A Differential Approach to Inference in
    Bayesian Networks").

    `log_f` is what the module's `factors` returns. `leaves` gives for each site the name of such
    a density in it, and its dimensions for the particles, the plates and the values of the site;
    over all other dimensions the derivatives are added up. Returns `[S, *plates, K]` for each.
    """
    names = {str(leaf[0]) for leaf in leaves.values()}
    with torch.enable_grad():
        inputs = {name: log_f[name].detach().clone().requires_grad_() for name in sorted(names)}
        fixed = {name: value.detach() for name, value in log_f.items()}
        terms = contract({**fixed, **inputs}, data)
        total = torch.stack([t.sum() for t in terms.values() if t.requires_grad]).sum()
        gradients = torch.autograd.grad(total, list(inputs.values()))
    by_name = dict(zip(inputs, gradients, strict=True))
    probabilities = {}
    for site, (name, *dims) in leaves.items():
        gradient = by_name[str(name)]
        kept = [int(d) for d in dims]
        others = [d for d in range(gradient.dim()) if d not in kept]
        ordered = gradient.permute(*kept, *others)
        probabilities[site] = ordered.flatten(len(kept)).sum(-1) if others else ordered
    return probabilities
