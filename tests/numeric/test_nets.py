"""Networks of generated modules against torch's own modules, and in densities against scipy."""

import math
from pathlib import Path

import numpy as np
import pytest
import scipy.stats
import torch
from numeric.compiled import compiled, data_for
from torch import nn

from pplc.runtime.nets import strictly_positive

N, P, K, S = 4, 3, 3, 2


def data(module, **arrays):
    return data_for(module, {"N": N, "P": P, "K": K}, **arrays)


@pytest.fixture
def nets():
    spec = (Path(__file__).parents[1] / "good/nets.ppl").read_text()
    rng = np.random.default_rng(0)
    module = compiled(spec)
    return module, data(
        module,
        x=rng.normal(size=(N, P)),
        t=rng.normal(size=N),
        y=rng.normal(size=N),
        g=[0, 2, 1, 1],
    )


def layer(weights, name):
    weight = weights[f"{name}.weight"]
    made = nn.Linear(weight.shape[1], weight.shape[0], dtype=torch.float64)
    made.load_state_dict({"weight": weight, "bias": weights[f"{name}.bias"]})
    return made


def test_weights_start_like_those_of_torch_and_follow_the_seed(nets):
    module, d = nets
    weights = module.initial_weights(d, 0)
    assert {n: tuple(w.shape) for n, w in weights.items() if n.startswith("mean.")} == {
        "mean.0.weight": (5, P + 1),
        "mean.0.bias": (5,),
        "mean.1.weight": (4, 5),
        "mean.1.bias": (4,),
        "mean.m.weight": (1, 4),
        "mean.m.bias": (1,),
        "mean.s.weight": (1, 4),
        "mean.s.bias": (1,),
    }
    bound = 1 / math.sqrt(P + 1)
    assert 0.5 * bound < weights["mean.0.weight"].abs().max() <= bound
    again, other = module.initial_weights(d, 0), module.initial_weights(d, 1)
    assert all(
        torch.equal(w, again[n]) and not torch.equal(w, other[n]) for n, w in weights.items()
    )


def test_the_density_is_that_of_the_same_networks_in_torch(nets):
    module, d = nets
    weights = module.initial_weights(d, 3)
    latents = {
        "sigma": torch.tensor([0.5, 2.0], dtype=torch.float64),
        "u": torch.linspace(-1, 1, S * N, dtype=torch.float64).reshape(S, N),
    }
    log_p = module.model(latents, d, weights)
    damp = nn.Sequential(layer(weights, "damp.0"), nn.GELU(), layer(weights, "damp.out"))
    trunk = nn.Sequential(layer(weights, "mean.0"), nn.Tanh(), layer(weights, "mean.1"), nn.Tanh())
    with torch.no_grad():
        prior_mean = -1 + 3 * torch.sigmoid(damp(d["t"][:, None])[:, 0])
        shares = layer(weights, "share.out")(d["x"]).softmax(-1)
        for s in range(S):
            u = latents["u"][s]
            h = trunk(torch.cat([d["x"], u[:, None]], -1))
            m = layer(weights, "mean.m")(h)[:, 0].numpy()
            scale = nn.functional.softplus(layer(weights, "mean.s")(h))[:, 0].numpy()
            expected = {
                "u": scipy.stats.norm(prior_mean, 1).logpdf(u).sum(),
                "g": float(shares[range(N), d["g"]].log().sum()),
                "y": scipy.stats.norm(m, float(latents["sigma"][s]) * scale).logpdf(d["y"]).sum(),
            }
            for name, value in expected.items():
                found = log_p[name].expand(S)[s]
                assert float(found) == pytest.approx(value, rel=1e-10), name


def test_a_guide_with_several_results_of_a_network_draws_from_them():
    spec = """
index N, P
index K = 3
data x[N, P]: bool
net dec(real[K]) -> real[P] = linear()
net enc(real[P]) -> (loc: real[K], scale: positive[K]) = mlp(hidden=[7])
for n in N {
  z[n] ~ Normal(zeros(K), ones(K))
  x[n] ~ Bernoulli(logits=dec(z[n]))
}
guide {
  q[n] = enc(x[n])
  z[n] ~ Normal(q[n].loc, q[n].scale)
}
"""
    module = compiled(spec)
    x = torch.tensor(np.random.default_rng(1).integers(0, 2, size=(N, P)), dtype=torch.float64)
    d = data(module, x=x)
    weights = module.initial_weights(d, 0)
    noise = torch.randn(S, N, K, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    latents, log_q = module.guide({}, {"z": noise}, d, weights)
    with torch.no_grad():
        hidden = layer(weights, "enc.0")(x).relu()
        loc = layer(weights, "enc.loc")(hidden)
        scale = nn.functional.softplus(layer(weights, "enc.scale")(hidden))
    assert torch.allclose(latents["z"], loc + scale * noise)
    density = scipy.stats.norm(loc, scale).logpdf(latents["z"]).sum((1, 2))
    assert np.allclose(log_q["z"], density)


def test_a_positive_result_is_never_zero():
    for dtype in (torch.float32, torch.float64):
        assert (strictly_positive(torch.tensor([-1e4, 0.0], dtype=dtype)) > 0).all()
