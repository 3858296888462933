"""A generated module: what it offers, and how its text becomes a Python module."""

from __future__ import annotations

import importlib.abc
import importlib.machinery
import importlib.util
from collections.abc import Mapping
from typing import Any, Protocol, cast

from torch import Tensor

from pplc.runtime.data import Data

Tensors = dict[str, Tensor]


class Module(Protocol):
    """The functions of a generated module. `[S, ...]` is a leading dimension of particles.

    Latents, u and noise have it; phi, params, weights and centring do not.
    All of them are pure but for `prior`, `recover` and `generate`, which draw from torch's global
    generator.
    """

    METADATA: Mapping[str, Any]

    def prepare(self, data: Data) -> Data:
        """Add the definitions that depend on data alone."""

    def unconstrained_shapes(self, data: Data) -> dict[str, tuple[int, ...]]:
        """Shape of each latent in unconstrained space, in the order the guide draws them."""

    def constrain(
        self, u: Tensors, data: Data, params: Tensors, centring: Tensors
    ) -> tuple[Tensors, Tensors]:
        """Latents from unconstrained space, and the log Jacobian of each, [S]."""

    def unconstrain(
        self, latents: Tensors, data: Data, params: Tensors, centring: Tensors
    ) -> Tensors:
        """The u [S, ...] of latents: the inverse of `constrain`, but for the log Jacobian."""

    def initial_centring(self, data: Data) -> Tensors:
        """Where the centring starts: from 0 to 1 for each element of what is centred by degrees."""

    def initial_params(self, data: Data) -> Tensors:
        """Where each param starts, in its own units. This and the next two: with params only."""

    def constrain_params(self, u: Tensors, data: Data) -> Tensors:
        """Params in their own units, and shapes, from unconstrained space."""

    def unconstrain_params(self, params: Tensors, data: Data) -> Tensors:
        """The inverse of `constrain_params`."""

    def initial_weights(self, data: Data, seed: int) -> Tensors:
        """Where the weights of networks start; they are params too. With networks only."""

    def factors(self, latents: Tensors, data: Data, params: Tensors) -> Tensors:
        """The log density of each statement, [S, ...], plates and summed-out sites as axes."""

    def model(self, latents: Tensors, data: Data, params: Tensors) -> Tensors:
        """The log density of each term, [S]."""

    def recover(self, latents: Tensors, data: Data, params: Tensors) -> tuple[Tensors, Tensors]:
        """Draws [S, ...] of summed-out sites given the latents, and probabilities [S, ..., K]."""

    def most_probable(self, latents: Tensors, data: Data, params: Tensors) -> Tensors:
        """The jointly most probable values [S, ...] of summed-out sites: where there are any."""

    def prior(self, draws: int, data: Data, params: Tensors) -> Tensors:
        """Latents [draws, ...] from the prior (from a stand-in where it is improper)."""

    def generate(self, latents: Tensors, data: Data, params: Tensors) -> Tensors:
        """Definitions that depend on latents, and what the generate block has, [S, ...] each."""

    def guide_shapes(self, data: Data) -> dict[str, tuple[int, ...]]:
        """Shape of each parameter (phi) of the guide."""

    def noise_shapes(self, data: Data) -> dict[str, tuple[int, ...]]:
        """Shape of the standard normal noise of each block of the guide."""

    def nesting(self, data: Data) -> dict[str, Tensors]:
        """For each element of a local block, the element [E] of each outer block it depends on."""

    def guide(
        self, phi: Tensors, noise: Tensors, data: Data, params: Tensors
    ) -> tuple[Tensors, Tensors]:
        """Latents drawn from the guide, and the log density of each, [S]."""

    def guide_density(self, latents: Tensors, data: Data, params: Tensors) -> Tensors:
        """The log density in the guide, [S], of latents that have a distribution of their own.

        Only where there are any (blocks of the family `law`).
        """


class _TextLoader(importlib.abc.InspectLoader):
    """Runs a module from its text; tracebacks show its lines (through `get_source`)."""

    def __init__(self, source: str, path: str) -> None:
        self.source = source
        self.path = path

    def get_source(self, fullname: str) -> str:
        return self.source

    def get_filename(self, fullname: str) -> str:
        return self.path

    def is_package(self, fullname: str) -> bool:
        return False


def load_module(source: str, name: str) -> Module:
    """The module whose text is `source`, ready to run.

    Nothing is written to disk and the module is not entered in `sys.modules`, so that two
    versions of one spec can live side by side.
    """
    loader = _TextLoader(source, f"<generated from {name}>")
    spec = importlib.machinery.ModuleSpec("pplc_generated", loader, origin=loader.path)
    module = importlib.util.module_from_spec(spec)
    loader.exec_module(module)
    return cast(Module, module)


def load_module_file(path: str) -> Module:
    """The module that `pplc compile -o PATH` wrote."""
    spec = importlib.util.spec_from_file_location("pplc_generated", path)
    if spec is None or spec.loader is None:
        raise FileNotFoundError(path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return cast(Module, module)
