"""Models whose latents are all summed out: what is left to fit are params, or nothing at all.

The engine's draws come from noise. Such a model is given a latent without a name, standard normal
in the model and in the guide, so that it cancels: the ELBO is the log evidence, the weights are
equal, and each draw of what was summed out is one from its exact distribution.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor

from pplc.runtime.data import Data
from pplc.runtime.distributions import Normal
from pplc.runtime.module import Module, Tensors
from pplc.runtime.posterior import ElboTerms, Posterior

#: The latent without a name, and the block that draws it.
NOTHING = ""


class DiscreteOnly:
    """A module without latents as one with a latent that says nothing."""

    def __init__(self, module: Module) -> None:
        self._module = module
        block = {"name": NOTHING, "family": "diagonal", "sites": (NOTHING,)}
        self.METADATA: Mapping[str, Any] = {**module.METADATA, "guide": [block]}

    def __getattr__(self, name: str) -> Any:
        return getattr(self._module, name)

    def unconstrained_shapes(self, data: Data) -> dict[str, tuple[int, ...]]:
        """See `Module`."""
        return {NOTHING: ()}

    def constrain(
        self, u: Tensors, data: Data, params: Tensors, centring: Tensors
    ) -> tuple[Tensors, Tensors]:
        """See `Module`."""
        return u, {NOTHING: torch.zeros_like(u[NOTHING])}

    def unconstrain(
        self, latents: Tensors, data: Data, params: Tensors, centring: Tensors
    ) -> Tensors:
        """See `Module`."""
        return latents

    def prior(self, draws: int, data: Data, params: Tensors) -> Tensors:
        """See `Module`."""
        return {NOTHING: torch.randn(draws, **data.options)}

    def model(self, latents: Tensors, data: Data, params: Tensors) -> Tensors:
        """See `Module`."""
        u = latents[NOTHING]
        terms = self._module.model({}, data, params)
        return {n: t.expand(len(u)) for n, t in terms.items()} | {NOTHING: _log_density(u)}

    def guide_shapes(self, data: Data) -> dict[str, tuple[int, ...]]:
        """See `Module`."""
        return {f"{NOTHING}.loc": (1,), f"{NOTHING}.log_scale": (1,)}

    def noise_shapes(self, data: Data) -> dict[str, tuple[int, ...]]:
        """See `Module`."""
        return {NOTHING: (1,)}

    def guide(
        self, phi: Tensors, noise: Tensors, data: Data, params: Tensors
    ) -> tuple[Tensors, Tensors]:
        """See `Module`."""
        eps = noise[NOTHING][:, 0]
        loc, log_scale = phi[f"{NOTHING}.loc"], phi[f"{NOTHING}.log_scale"]
        return {NOTHING: loc + log_scale.exp() * eps}, {NOTHING: _log_density(eps) - log_scale}

    def recover(self, latents: Tensors, data: Data, params: Tensors) -> tuple[Tensors, Tensors]:
        """See `Module`; a draw at a time, since nothing tells the draws apart."""
        found = [self._module.recover({}, data, params) for _ in latents[NOTHING]]
        drawn = {n: torch.cat([d[n] for d, _ in found]) for n in found[0][0]}
        count = len(found)
        return drawn, {n: p.expand(count, *p.shape[1:]) for n, p in found[0][1].items()}

    def most_probable(self, latents: Tensors, data: Data, params: Tensors) -> Tensors:
        """See `Module`."""
        values = self._module.most_probable({}, data, params)
        return {n: v.expand(len(latents[NOTHING]), *v.shape[1:]) for n, v in values.items()}


def _log_density(u: Tensor) -> Tensor:
    log_density: Tensor = Normal(0.0, 1.0).log_prob(u)
    return log_density


def without(posterior: Posterior) -> Posterior:
    """The posterior of such a model, as if there had been no latent."""

    def rest(values: dict[str, Any]) -> dict[str, Any]:
        return {name: x for name, x in values.items() if name.split(".")[0] != NOTHING}

    terms = posterior.elbo_terms
    return replace(
        posterior,
        draws=rest(posterior.draws),
        sample=rest(posterior.sample),
        phi=rest(posterior.phi),
        elbo_terms=ElboTerms(rest(terms.log_p), rest(terms.log_q)),
        log_p=torch.zeros_like(posterior.log_p) + posterior.elbo,
        log_q=torch.zeros_like(posterior.log_q),
    )
