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
    plates: Mapping[str, int],
) -> dict[str, Tensor]:
    """The probability of each value of each summed-out site, given the latents.

    They are the derivatives of the log normaliser with respect to the log density of the site
    (Darwiche 2003, "A Differential Approach to Inference in Bayesian Networks").

    `log_f` is what the module's `factors` returns; for a site with P = `plates[site]` plates it
    is `[S, *plates, ..., K]`, parents that are summed out too in between. Returns
    `[S, *plates, K]` for each site.
    """
    with torch.enable_grad():
        leaves = {name: log_f[name].detach().clone().requires_grad_() for name in plates}
        fixed = {name: value.detach() for name, value in log_f.items()}
        terms = contract({**fixed, **leaves}, data)
        total = torch.stack([t.sum() for t in terms.values() if t.requires_grad]).sum()
        gradients = torch.autograd.grad(total, list(leaves.values()))
    probabilities = {}
    for (name, depth), gradient in zip(plates.items(), gradients, strict=True):
        parents = tuple(range(1 + depth, gradient.dim() - 1))
        probabilities[name] = gradient.sum(parents) if parents else gradient
    return probabilities
