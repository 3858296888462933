"""Modules written by hand, for tests that need one without the compiler."""

import csv
import importlib.util
import math
from collections.abc import Callable
from pathlib import Path

import torch
from torch import Tensor

from pplc.runtime import constraints
from pplc.runtime.constraints import Constraint
from pplc.runtime.data import Data
from pplc.runtime.distributions import Normal
from pplc.runtime.module import Module, Tensors

ROOT = Path(__file__).parent.parent


def faithful() -> tuple[Module, Data]:
    """The module of specs/faithful.ppl and its data."""
    path = Path(__file__).parent / "unit/runtime/faithful_by_hand.py"
    spec = importlib.util.spec_from_file_location("faithful_by_hand", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    with (ROOT / "specs/faithful.csv").open() as file:
        waiting = [float(row["waiting"]) for row in csv.DictReader(file)]
    return module, data_of(waiting=waiting, sizes={"N": len(waiting), "K": 2})


def data_of(sizes: dict[str, int] | None = None, **arrays: object) -> Data:
    """Numbers as data: float64 arrays, positions as labels."""
    sizes = sizes or {}
    tensors = {name: torch.tensor(a, dtype=torch.float64) for name, a in arrays.items()}
    return Data(tensors, sizes, {name: tuple(range(size)) for name, size in sizes.items()})


class DenseModule:
    """A model with one dense block and nothing summed out, from its log density.

    `latents` gives each latent its constraint and unconstrained shape; `model` is as in a
    generated module. Where there is no prior to draw from (flat priors), draws are standard
    normal in unconstrained space.
    """

    def __init__(
        self,
        latents: dict[str, tuple[Constraint, tuple[int, ...]]],
        model: Callable[[Tensors, Data], Tensors],
        generate: Callable[[Tensors, Data], Tensors] = lambda latents, data: {},
    ) -> None:
        self.latents = latents
        self.size = sum(math.prod(shape) for _, shape in latents.values())
        self._model = model
        self._generate = generate
        place = [0, 1]
        self.METADATA = {
            "format": 1,
            "pplc": "0.1.0",
            "spec": {"name": "by_hand.ppl", "sha256": "0" * 64},
            "index_sets": [],
            "data": [],
            "sites": [
                {"name": name, "role": "derived", "law": "Normal", "dims": [],
                 "support": "real", "place": place}
                for name in latents
            ],
            "terms": {name: [name] for name in latents},
            "guide": [{"name": "globals", "family": "dense", "sites": list(latents)}],
        }  # fmt: skip

    def unconstrained_shapes(self, data: Data) -> dict[str, tuple[int, ...]]:
        return {name: shape for name, (_, shape) in self.latents.items()}

    def constrain(
        self, u: Tensors, data: Data, params: Tensors, centring: Tensors
    ) -> tuple[Tensors, Tensors]:
        latents, log_jacobian = {}, {}
        for name, (constraint, shape) in self.latents.items():
            value, log_jacobian[name] = constraint(u[name].reshape(len(u[name]), *shape))
            latents[name] = value
        return latents, log_jacobian

    def unconstrain(
        self, latents: Tensors, data: Data, params: Tensors, centring: Tensors
    ) -> Tensors:
        return {name: c.inverse(latents[name]) for name, (c, _) in self.latents.items()}

    def model(self, latents: Tensors, data: Data, params: Tensors) -> Tensors:
        return self._model(latents, data)

    def recover(self, latents: Tensors, data: Data, params: Tensors) -> tuple[Tensors, Tensors]:
        return {}, {}

    def prior(self, draws: int, data: Data, params: Tensors) -> Tensors:
        u = torch.randn(draws, self.size, dtype=torch.float64)
        return self.constrain(self._split(u), data, params, {})[0]

    def generate(self, latents: Tensors, data: Data, params: Tensors) -> Tensors:
        return self._generate(latents, data)

    def initial_centring(self, data: Data) -> Tensors:
        return {}

    def nesting(self, data: Data) -> dict[str, Tensors]:
        return {}

    def guide_shapes(self, data: Data) -> dict[str, tuple[int, ...]]:
        d = self.size
        return {"globals.loc": (d,), "globals.log_scale": (d,), "globals.lower": (d, d)}

    def noise_shapes(self, data: Data) -> dict[str, tuple[int, ...]]:
        return {"globals": (self.size,)}

    def guide(
        self, phi: Tensors, noise: Tensors, data: Data, params: Tensors
    ) -> tuple[Tensors, Tensors]:
        eps = noise["globals"]
        log_scale = phi["globals.log_scale"]
        lower = phi["globals.lower"].tril(-1)
        u = phi["globals.loc"] + log_scale.exp() * (eps + eps @ lower.T)
        density = self._split(Normal(0.0, 1.0).log_prob(eps) - log_scale)
        latents, log_jacobian = self.constrain(self._split(u), data, params, {})
        sums = {name: d.reshape(len(eps), -1).sum(-1) for name, d in density.items()}
        return latents, {name: sums[name] - log_jacobian[name] for name in latents}

    def _split(self, u: Tensor) -> Tensors:
        shapes = [shape for _, shape in self.latents.values()]
        parts = u.split([math.prod(shape) for shape in shapes], -1)
        return {
            name: part.reshape(len(u), *shape)
            for name, part, shape in zip(self.latents, parts, shapes, strict=True)
        }


def gaussian(mean: Tensor, covariance: Tensor) -> tuple[DenseModule, Data]:
    """A target that is Gaussian itself: `x` in D dimensions."""
    precision = torch.linalg.inv(covariance)

    def model(latents: Tensors, data: Data) -> Tensors:
        d = latents["x"] - mean
        return {"x": -0.5 * ((d @ precision) * d).sum(-1)}

    return DenseModule({"x": (constraints.real, (len(mean),))}, model), data_of()
