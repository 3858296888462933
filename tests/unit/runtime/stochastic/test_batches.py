"""Minibatches: their densities add up to the whole, nested plates and tables come along."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from pplc.compiler.pipeline import compile_spec
from pplc.grammar.source import Source
from pplc.runtime.data import Data
from pplc.runtime.module import load_module
from pplc.runtime.stochastic.batches import Batches
from pplc.runtime.target import Target

D, V, K, W, BATCH = 6, 5, 3, 40, 2

TOPICS = """
index D, V, W
index K = 3
data word[W]: V
data doc[W]: D
data size[D]: positive
param rate[D]: positive
phi[k in K] ~ Dirichlet(ones(V))
theta[d in D] ~ Dirichlet(ones(K))
level[d in D] ~ Normal(0, 1)
for w in W {
  topic[w] ~ Categorical(theta[doc[w]])
  word[w]  ~ Categorical(phi[topic[w]])
}
for d in D { size[d] ~ Gamma(rate[d], exp(level[d])) }
bow[d in D] = counts(w in W where doc[w] == d: word[w])
for d in D { factor -0.1 * level[d] * sum(v in V: bow[d, v]) }
guide { level ~ normal }
fit { batch D = 2 }
"""


@pytest.fixture
def batches():
    result = compile_spec(Source("t.ppl", TOPICS))
    assert result.value is not None, result.diagnostics
    module = load_module(result.value.source, "t.ppl")
    rng = np.random.default_rng(0)
    arrays = {
        "word": torch.tensor(rng.integers(0, V, W)),
        "doc": torch.tensor(rng.integers(0, D, W)),
        "size": torch.tensor(rng.gamma(2.0, size=D)),
    }
    sizes = {"D": D, "V": V, "K": K, "W": W}
    target = Target(module, module.prepare(Data(arrays, sizes, {})))
    return Batches(target, target.manifest.batch)


def latents(seed=0, particles=4):
    generator = torch.Generator().manual_seed(seed)

    def random(*shape):
        return torch.randn(*shape, generator=generator, dtype=torch.float64)

    return {
        "phi": random(particles, K, V).softmax(-1),
        "theta": random(particles, D, K).softmax(-1),
        "level": random(particles, D),
    }


def test_scaled_densities_of_an_epoch_average_to_that_of_all_data(batches):
    target, params = batches.target, {"rate": torch.arange(1.0, D + 1, dtype=torch.float64)}
    values = latents()
    whole = target.module.model(values, target.data, params)
    seen, sums = [], dict.fromkeys(whole, 0.0)
    for step in range(D // BATCH):
        batch = batches.draw(step, seed=7)
        rows = batch.elements["D"]
        seen += rows.tolist()
        part = {n: x if n == "phi" else x[:, rows] for n, x in values.items()}
        terms = target.module.model(part, batch.data, {"rate": params["rate"][rows]})
        for name, term in terms.items():
            sums[name] = sums[name] + batches.scales.get(name, 1.0) * term / (D // BATCH)
    assert sorted(seen) == list(range(D))
    assert {"phi"} == set(whole) - set(batches.scales)
    for name, value in whole.items():
        assert torch.allclose(sums[name], value, atol=1e-10, rtol=1e-10), name


def test_epochs_differ_and_follow_the_seed(batches):
    def epoch(number, seed):
        return [batches.draw(3 * number + i, seed).elements["D"].tolist() for i in range(3)]

    assert epoch(0, 1) == epoch(0, 1)
    assert epoch(0, 1) != epoch(1, 1)
    assert epoch(0, 1) != epoch(0, 2)


def test_nested_elements_come_with_theirs(batches):
    batch = batches.take(torch.tensor([4, 1]))
    data, chosen = batches.target.data, batch.elements["W"]
    assert sorted(chosen.tolist()) == [i for i in range(W) if data["doc"][i] in (4, 1)]
    assert batch.data.sizes["W"] == len(chosen)
    assert torch.equal(torch.tensor([4, 1])[batch.data["doc"]], data["doc"][chosen])
    assert torch.equal(batch.data["word"], data["word"][chosen])
    assert torch.equal(batch.data["bow"], data["bow"][[4, 1]])


def test_tables_give_and_touch_the_rows_of_a_batch_alone(batches):
    assert set(batches.tables) == {"rate", "level.loc", "level.log_scale"} | {
        name for name in batches.target.guide_shapes if name.startswith("D.")
    }
    phi = {
        name: torch.randn(shape, dtype=torch.float64)
        for name, shape in batches.target.guide_shapes.items()
    }
    phi["rate"] = torch.randn(D, dtype=torch.float64)
    phi["level.loc"] = torch.arange(float(D)).double().requires_grad_()
    rows = batches.rows(phi, batches.take(torch.tensor([5, 0])))
    assert rows["level.loc"].tolist() == [5.0, 0.0]
    assert torch.equal(rows["rate"], phi["rate"][[5, 0]])
    (gradient,) = torch.autograd.grad(rows["level.loc"].sum(), phi["level.loc"])
    assert gradient.tolist() == [1.0, 0.0, 0.0, 0.0, 0.0, 1.0]


def test_minibatches_have_every_element_once_even_if_they_do_not_divide(batches):
    uneven = replace(batches, entry=batches.entry.model_copy(update={"size": 4}))
    drawn = [uneven.draw(step, seed=3).elements["D"] for step in range(uneven.number)]
    assert sorted(torch.cat(drawn).tolist()) == list(range(D))
    assert sorted(map(len, drawn)) == [3, 3]
    assert set(uneven.scales.values()) == {2.0}


def test_rows_are_put_where_they_come_from(batches):
    phi = {
        name: torch.randn(shape, dtype=torch.float64)
        for name, shape in batches.target.guide_shapes.items()
    }
    phi["rate"] = torch.randn(D, dtype=torch.float64)
    batch = batches.take(torch.tensor([5, 0]))
    changed = {name: x + 1 for name, x in batches.rows(phi, batch).items()}
    after = batches.put(phi, changed, batch)
    assert torch.equal(
        after["level.loc"] - phi["level.loc"] > 0.5, torch.tensor([1, 0, 0, 0, 0, 1]) > 0
    )
    for name, x in batches.rows(after, batch).items():
        if name in batches.tables:
            assert torch.equal(x, changed[name])
