"""What pplc is to generate for specs/faithful.ppl, written by hand: the contract of a module.

The tests of the runtime use it, so that they do not depend on the compiler.
"""

import torch

from pplc.runtime import constraints
from pplc.runtime.contraction import draw, log_sum
from pplc.runtime.distributions import Categorical, Dirichlet, HalfNormal, Normal

METADATA = {
    "format": 1,
    "pplc": "0.1.0",
    "spec": {"name": "faithful.ppl", "sha256": "0" * 64},
    "index_sets": [
        {"name": "N", "place": [0, 1]},
        {"name": "K", "size": 2, "place": [0, 1]},
    ],
    "data": [
        {
            "name": "waiting",
            "dims": ["N"],
            "type": "real",
            "bounds": {},
            "law": "Normal",
            "law_bounds": {},
            "place": [0, 1],
        }
    ],
    "sites": [
        {
            "name": "weights",
            "role": "derived",
            "law": "Dirichlet",
            "dims": ["K"],
            "support": "simplex",
            "place": [0, 1],
        },
        {
            "name": "loc",
            "role": "derived",
            "law": "Normal",
            "dims": ["K"],
            "support": "ordered",
            "place": [0, 1],
        },
        {
            "name": "scale",
            "role": "derived",
            "law": "HalfNormal",
            "dims": ["K"],
            "support": "positive",
            "place": [0, 1],
        },
        {
            "name": "z",
            "role": "summed out",
            "law": "Categorical",
            "dims": ["N"],
            "support": "index",
            "values": "K",
            "integer": True,
            "place": [0, 1],
        },
        {
            "name": "waiting",
            "role": "observed",
            "law": "Normal",
            "dims": ["N"],
            "support": "real",
            "place": [0, 1],
        },
    ],
    "terms": {
        "weights": ["weights"],
        "loc": ["loc"],
        "scale": ["scale"],
        "z, waiting": ["z", "waiting"],
    },
    "guide": [{"name": "globals", "family": "dense", "sites": ["weights", "loc", "scale"]}],
}


def prepare(data):
    """Definitions that depend on data alone, computed once, at load."""
    return data


def unconstrained_shapes(data):
    """Shape of each latent in unconstrained space, in the order the guide draws them."""
    K = data.sizes["K"]
    return {"weights": (K - 1,), "loc": (K,), "scale": (K,)}


def constrain(u, data, params, centring):
    """Latents from unconstrained space, and the log Jacobian of each, [S]."""
    latents, log_jacobian = {}, {}
    latents["weights"], log_jacobian["weights"] = constraints.simplex(u["weights"])
    latents["loc"], log_jacobian["loc"] = constraints.ordered(u["loc"])
    latents["scale"], log_jacobian["scale"] = constraints.positive(u["scale"])
    return latents, log_jacobian


def unconstrain(latents, data, params, centring):
    """The inverse of `constrain`."""
    return {
        "weights": constraints.simplex.inverse(latents["weights"]),
        "loc": constraints.ordered.inverse(latents["loc"]),
        "scale": constraints.positive.inverse(latents["scale"]),
    }


def initial_centring(data):
    """Where the centring of latents starts; none is centred by degrees."""
    return {}


def factors(latents, data, params):
    """The log density of each statement; the values of a summed-out site are a last axis."""
    K = data.sizes["K"]
    waiting = data["waiting"]  # [N]
    weights = latents["weights"]  # [S, K]
    loc = latents["loc"]  # [S, K]
    scale = latents["scale"]  # [S, K]
    log_f = {}
    # weights ~ Dirichlet(ones(K))
    log_f["weights"] = Dirichlet(torch.ones(K, **data.options)).log_prob(weights)  # [S]
    # loc[k in K] ~ Normal(70, 20) ordered
    log_f["loc"] = Normal(70.0, 20.0).log_prob(loc)  # [S, K]
    # scale[k in K] ~ HalfNormal(10)
    log_f["scale"] = HalfNormal(10.0).log_prob(scale)  # [S, K]
    # z[n] ~ Categorical(weights)
    log_f["z"] = Categorical(weights).logits  # [S, z]
    # waiting[n] ~ Normal(loc[z[n]], scale[z[n]])
    log_f["waiting"] = Normal(loc[:, None, :], scale[:, None, :]).log_prob(
        waiting[None, :, None]
    )  # [S, N, z]
    return log_f


def model(latents, data, params):
    """The log density of each term, [S]; z is summed out."""
    log_f = factors(latents, data, params)
    log_p = {}
    log_p["weights"] = log_f["weights"]
    log_p["loc"] = log_f["loc"].sum(-1)
    log_p["scale"] = log_f["scale"].sum(-1)
    z_sum = log_sum(log_f["z"][:, None, :] + log_f["waiting"], -1)  # [S, N]
    log_p["z, waiting"] = z_sum.sum(-1)
    return log_p


def recover(latents, data, params):
    """Draws of the summed-out sites given the latents, and their probabilities."""
    log_f = factors(latents, data, params)
    draws, probabilities = {}, {}
    z_joint = log_f["z"][:, None, :] + log_f["waiting"]  # [S, N, z]
    draws["z"] = draw(z_joint)  # [S, N]
    probabilities["z"] = z_joint.softmax(-1)  # [S, N, K]
    return draws, probabilities


def most_probable(latents, data, params):
    """The jointly most probable values of the summed-out sites given the latents."""
    log_f = factors(latents, data, params)
    return {"z": (log_f["z"][:, None, :] + log_f["waiting"]).argmax(-1)}  # [S, N]


def prior(draws, data, params):
    """Latents drawn from the prior, [S, ...] each (S = draws)."""
    K = data.sizes["K"]
    latents = {}
    latents["weights"] = Dirichlet(torch.ones(K, **data.options)).sample((draws,))
    latents["loc"] = Normal(70.0, 20.0).sample((draws, K)).sort(-1).values
    latents["scale"] = HalfNormal(10.0).sample((draws, K))
    return latents


def generate(latents, data, params):
    """Quantities of the generate block, and definitions that depend on latents, [S, ...]."""
    return {}


def guide_shapes(data):
    """Shape of each parameter (phi) of the guide."""
    K = data.sizes["K"]
    D = (K - 1) + K + K
    return {"globals.loc": (D,), "globals.log_scale": (D,), "globals.lower": (D, D)}


def noise_shapes(data):
    """Shape of the standard normal noise of each block of the guide, without the particles."""
    K = data.sizes["K"]
    return {"globals": ((K - 1) + K + K,)}


def nesting(data):
    """For each element of a local block, the outer element it depends on: there are none."""
    return {}


def guide(phi, noise, data, params):
    """Draw the latents from standard normal noise; the log density of each, [S]."""
    K = data.sizes["K"]
    # globals: one dense Gaussian over weights, loc, scale, in unconstrained space
    sizes = [K - 1, K, K]
    eps = noise["globals"]  # [S, D]
    lower = phi["globals.lower"].tril(-1)  # [D, D]
    log_scale = phi["globals.log_scale"]  # [D]
    u = phi["globals.loc"] + log_scale.exp() * (eps + eps @ lower.T)  # [S, D]
    density = Normal(0.0, 1.0).log_prob(eps) - log_scale  # [S, D], each given those before it
    u_weights, u_loc, u_scale = u.split(sizes, -1)
    d_weights, d_loc, d_scale = density.split(sizes, -1)
    parts = {"weights": u_weights, "loc": u_loc, "scale": u_scale}
    latents, log_jacobian = constrain(parts, data, params, {})
    log_q = {
        "weights": d_weights.sum(-1) - log_jacobian["weights"],
        "loc": d_loc.sum(-1) - log_jacobian["loc"],
        "scale": d_scale.sum(-1) - log_jacobian["scale"],
    }
    return latents, log_q
