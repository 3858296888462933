"""Minibatches: their densities add up to the whole, nested plates and tables come along."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from numeric.compiled import compiled, data_for

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


def test_what_is_seen_of_an_array_comes_with_it(batches):
    seen = torch.tensor([True, False, True, True, False, True])
    data = replace(batches.target.data, present={"size": seen})
    partial = replace(batches, target=replace(batches.target, data=data))
    taken = partial.take(torch.tensor([4, 1, 0])).data
    assert taken.present["size"].tolist() == [False, False, True]


def test_elements_without_any_within_them(batches):
    """The last documents are empty."""
    doc = batches.target.data["doc"].clamp(max=3)
    data = batches.target.data.with_arrays({"doc": doc})
    fewer = replace(batches, target=replace(batches.target, data=data))
    batch = fewer.take(torch.tensor([5, 3, 4]))
    assert sorted(batch.elements["W"].tolist()) == (doc == 3).nonzero()[:, 0].tolist()
    assert (batch.data["doc"] == 1).all()


def batches_of(text, **arrays):
    module = compiled(text)
    target = Target(module, data_for(module, {"N": 6, "K": 2}, **arrays))
    return Batches(target, target.manifest.batch)


#: The mean of one normal tells which of two the element is of.
JOINT = """index N
data y[N]: real
for n in N {
  z[n] ~ Bernoulli(0.3)
  x[n] ~ Normal(if z[n] then 1 else -1, 1)
  y[n] ~ Normal(x[n], 1)
}
fit { batch N = 2 }
"""


def test_a_term_and_the_guide_of_what_shares_it_are_scaled_up():
    scales = batches_of(JOINT, y=np.zeros(6)).scales
    module = compiled(JOINT)
    assert {name: scales[name] for name in module.METADATA["terms"]} == dict.fromkeys(
        module.METADATA["terms"], 3
    )
    assert scales["x"] == 3  # that of the guide


TWO = """index N
data y[N]: real
mu ~ Normal(0, 1)
for n in N {
  z[n] ~ Bernoulli(0.3)
  y[n] ~ Normal(if z[n] then mu else -mu, 1)
}
fit { batch N = 2 }
"""


def test_a_term_of_all_that_is_in_minibatches_is_scaled_up():
    assert batches_of(TWO, y=np.zeros(6)).scales["z, y"] == 3


FLAT = """index N
index K = 2
data y[N]: real
mu ~ Normal(0, 1)
tau ~ HalfNormal(1)
a[n in N, k in K] ~ Normal(0, 1)
b[k in K, n in N] ~ Normal(0, 1)
c[n in N] ~ Normal(mu, tau)
y[n in N] ~ Normal(sum(k in K: a[n, k] * b[k, n]) + c[n], 1)
guide { a ~ normal; b ~ normal }
fit { batch N = 2 }
"""


def test_rows_of_tables_that_are_flat():
    """Numbers of two axes in one row: `a` has its elements along the first, `b` the second."""
    batches = batches_of(FLAT.replace("; ", "\n  "), y=np.zeros(6))
    phi = {n: torch.zeros(s, dtype=torch.float64) for n, s in batches.target.guide_shapes.items()}
    phi |= {"a.loc": torch.arange(12.0), "b.loc": torch.arange(12.0)}
    phi["c.centring"] = torch.arange(6.0)
    batch = batches.take(torch.tensor([4, 1]))
    rows = batches.rows(phi, batch)
    assert rows["a.loc"].tolist() == [8, 9, 2, 3]
    assert rows["b.loc"].tolist() == [4, 1, 10, 7]
    assert rows["c.centring"].tolist() == [4, 1]
    after = batches.put(phi, {name: -x for name, x in rows.items()}, batch)
    assert after["a.loc"].tolist() == [0, 1, -2, -3, 4, 5, 6, 7, -8, -9, 10, 11]
    assert after["b.loc"].tolist() == [0, -1, 2, 3, -4, 5, 6, -7, 8, 9, -10, 11]
    assert after["c.centring"].tolist() == [0, -1, 2, 3, -4, 5]
