"""Posteriors whose moments are known from long runs: models by hand, data, reference moments.

The references are the 10,000-draw summaries of posteriordb (github.com/stan-dev/posteriordb),
Monte Carlo error about 0.01 sd.
"""

import json
from collections.abc import Callable
from pathlib import Path

import torch
from by_hand import DenseModule, data_of
from torch import Tensor

from pplc.runtime.constraints import ordered, positive, real, simplex
from pplc.runtime.contraction import log_sum
from pplc.runtime.data import Data
from pplc.runtime.distributions import (
    Dirichlet,
    Gamma,
    HalfCauchy,
    HalfNormal,
    MultivariateNormal,
    Normal,
)
from pplc.runtime.module import Module, Tensors

HERE = Path(__file__).parent / "fits/data"


def read(name: str) -> dict[str, list[float]]:
    return json.loads((HERE / f"{name}.json").read_text())


def eight_schools() -> tuple[Module, Data]:
    """Non-centred, with a half-Cauchy(0, 5) scale."""

    def theta(z: Tensors) -> Tensor:
        return z["mu"][:, None] + z["tau"][:, None] * z["theta_trans"]

    def model(z: Tensors, data: Data) -> Tensors:
        return {
            "mu": Normal(0.0, 5.0).log_prob(z["mu"]),
            "tau": HalfCauchy(5.0).log_prob(z["tau"]),
            "theta_trans": Normal(0.0, 1.0).log_prob(z["theta_trans"]).sum(-1),
            "y": Normal(theta(z), data["sigma"]).log_prob(data["y"]).sum(-1),
        }

    raw = read("eight_schools")
    latents = {"mu": (real, ()), "tau": (positive, ()), "theta_trans": (real, (8,))}
    module = DenseModule(latents, model, lambda z, data: {"theta": theta(z)})
    return module, data_of(y=raw["y"], sigma=raw["sigma"])


def regression(
    x: list[list[float]],
    y: list[float],
    prior: Callable[[Tensor, Tensor], Tensor],
) -> tuple[Module, Data]:
    """y ~ Normal(x beta, sigma) with the log prior density of beta [S, P] and sigma [S]."""

    def model(z: Tensors, data: Data) -> Tensors:
        loc = z["beta"] @ data["x"].T
        return {
            "prior": prior(z["beta"], z["sigma"]),
            "y": Normal(loc, z["sigma"][:, None]).log_prob(data["y"]).sum(-1),
        }

    latents = {"beta": (real, (len(x[0]),)), "sigma": (positive, ())}
    return DenseModule(latents, model), data_of(x=x, y=y)


def kidscore() -> tuple[Module, Data]:
    """Flat coefficients, among them an interaction; sigma half-Cauchy(0, 2.5)."""
    raw = read("kidiq")
    pairs = zip(raw["mom_hs"], raw["mom_iq"], strict=True)
    x = [[1.0, hs, iq, hs * iq] for hs, iq in pairs]
    return regression(x, raw["kid_score"], lambda beta, sigma: HalfCauchy(2.5).log_prob(sigma))


def earnings() -> tuple[Module, Data]:
    """Flat priors; an intercept of -61,000 and an sd of outcomes of 19,000."""
    raw = read("earnings")
    x = [[1.0, height] for height in raw["height"]]
    return regression(x, raw["earn"], lambda beta, sigma: torch.zeros_like(sigma))


def blr() -> tuple[Module, Data]:
    """Coefficients Normal(0, 10) and sigma half-Normal(10)."""
    raw = read("sblrc")

    def prior(beta: Tensor, sigma: Tensor) -> Tensor:
        return Normal(0.0, 10.0).log_prob(beta).sum(-1) + HalfNormal(10.0).log_prob(sigma)

    return regression(raw["X"], raw["y"], prior)


def gauss_mix() -> tuple[Module, Data]:
    """Two components whose locations are ordered; the assignments are summed out."""

    def model(z: Tensors, data: Data) -> Tensors:
        each = Normal(z["mu"][:, None], z["sigma"][:, None]).log_prob(data["y"][None, :, None])
        return {
            "mu": Normal(0.0, 2.0).log_prob(z["mu"]).sum(-1),
            "sigma": HalfNormal(2.0).log_prob(z["sigma"]).sum(-1),
            "weights": Dirichlet(torch.full((2,), 5.0)).log_prob(z["weights"]),
            "y": log_sum(z["weights"].log()[:, None] + each, -1).sum(-1),
        }

    latents = {"mu": (ordered, (2,)), "sigma": (positive, (2,)), "weights": (simplex, (1,))}
    module = DenseModule(latents, model, lambda z, data: {"theta": z["weights"][:, 0]})
    return module, data_of(y=read("low_dim_gauss_mix")["y"])


def gp() -> tuple[Module, Data]:
    """A Gaussian process at 11 places, its three hyperparameters."""

    def model(z: Tensors, data: Data) -> Tensors:
        x = data["x"]
        squared = (x[:, None] - x) ** 2
        shape = (len(z["rho"]), 1, 1)
        rho, alpha, sigma = (z[name].reshape(shape) for name in ("rho", "alpha", "sigma"))
        covariance = alpha**2 * (-squared / (2 * rho**2)).exp() + sigma * torch.eye(len(x))
        y = MultivariateNormal(torch.zeros_like(x), covariance)
        return {
            "rho": Gamma(25.0, 4.0).log_prob(z["rho"]),
            "alpha": HalfNormal(2.0).log_prob(z["alpha"]),
            "sigma": HalfNormal(1.0).log_prob(z["sigma"]),
            "y": y.log_prob(data["y"]),
        }

    raw = read("gp_pois_regr")
    latents = dict.fromkeys(("rho", "alpha", "sigma"), (positive, ()))
    return DenseModule(latents, model), data_of(x=raw["x"], y=raw["y"])
