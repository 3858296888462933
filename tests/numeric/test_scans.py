"""Chains of continuous quantities and recurrences, compiled and run, against loops in numpy."""

from itertools import pairwise

import numpy as np
import pytest
import torch
from scipy import stats

from pplc.compiler.pipeline import compile_spec
from pplc.grammar.source import Source
from pplc.runtime.data import Data
from pplc.runtime.module import load_module

T, I = 6, 2  # noqa: E741
RANDOM = np.random.default_rng(3)
ARRAYS = {"y": RANDOM.normal(size=T), "w": RANDOM.normal(size=(I, T))}
LATENTS = {
    "a": RANDOM.normal(size=4) / 2,
    "b": RANDOM.uniform(0.1, 0.9, size=4),
    "x": RANDOM.normal(size=(4, T)),
    "v": RANDOM.normal(size=(4, I, T)),
}
HEAD = "index T, I\ndata y[T]: real\ndata w[I, T]: real\n"


def module_of(text):
    result = compile_spec(Source("test.ppl", HEAD + text))
    assert [d.code for d in result.diagnostics if d.severity == "error"] == []
    sizes = {"T": T, "I": I}
    arrays = {n: torch.as_tensor(a) for n, a in ARRAYS.items()}
    module = load_module(result.value.source, "test.ppl")
    data = Data(arrays, sizes, {n: tuple(range(s)) for n, s in sizes.items()})
    return module, module.prepare(data)


def densities(text, *names):
    module, data = module_of(text)
    latents = {n: torch.as_tensor(LATENTS[n]) for n in names}
    return module.model(latents, data, {}), module.generate(latents, data, {})


def test_a_random_walk_reads_its_own_earlier_element():
    terms, _ = densities(
        "a ~ Normal(0, 1)\nscan t in T {\n"
        "  x[t] ~ Normal(a * x[t-1], 0.5) from Normal(a, 2)\n  y[t] ~ Normal(x[t], 1)\n}\n",
        "a",
        "x",
    )
    a, x = LATENTS["a"], LATENTS["x"]
    expected = stats.norm.logpdf(x[:, 0], a, 2)
    for t in range(1, T):
        expected = expected + stats.norm.logpdf(x[:, t], a * x[:, t - 1], 0.5)
    np.testing.assert_allclose(terms["x"], expected, rtol=1e-12)


def test_a_chain_of_second_order_in_a_plate_has_two_starts():
    terms, _ = densities(
        "a ~ Normal(0, 1)\nfor i in I { scan t in T {\n"
        "  v[i, t] ~ Normal(a * v[i, t-1] + 0.3 * v[i, t-2] + t, 1)\n"
        "    from [Normal(0, 3), Normal(v[i, t-1] + t, 2)]\n"
        "  w[i, t] ~ Normal(v[i, t], 1)\n}}\n".replace("\n    from", " from"),
        "a",
        "v",
    )
    a, v = LATENTS["a"][:, None], LATENTS["v"]
    expected = stats.norm.logpdf(v[..., 0], 0, 3) + stats.norm.logpdf(v[..., 1], v[..., 0] + 1, 2)
    for t in range(2, T):
        mean = a * v[..., t - 1] + 0.3 * v[..., t - 2] + t
        expected = expected + stats.norm.logpdf(v[..., t], mean, 1)
    np.testing.assert_allclose(terms["v"], expected.sum(1), rtol=1e-12)


def test_data_lags_condition_on_the_elements_before():
    terms, _ = densities(
        "a ~ Normal(0, 1)\nfor t in T from 2 { y[t] ~ Normal(a * y[t-1] - y[t-2], 1) }\n"
        "for i in I { for t in T { w[i, t] ~ Normal(0, 1) } }\n",
        "a",
    )
    y, a = ARRAYS["y"], LATENTS["a"]
    expected = sum(stats.norm.logpdf(y[t], a * y[t - 1] - y[t - 2], 1) for t in range(2, T))
    np.testing.assert_allclose(terms["y"], expected, rtol=1e-12)


def test_a_moving_average_is_computed_step_by_step():
    terms, values = densities(
        "a ~ Normal(0, 1)\nb ~ Uniform(0, 1)\nscan t in T {\n"
        "  nu[t] = a + b * err[t-1] from a\n  err[t] = y[t] - nu[t]\n"
        "  y[t] ~ Normal(nu[t], 1)\n}\n",
        "a",
        "b",
    )
    a, b, y = LATENTS["a"], LATENTS["b"], ARRAYS["y"]
    nu, err = [a], [y[0] - a]
    for t in range(1, T):
        nu.append(a + b * err[t - 1])
        err.append(y[t] - nu[t])
    np.testing.assert_allclose(values["err"], np.stack(err, 1), rtol=1e-12)
    expected = sum(stats.norm.logpdf(y[t], nu[t], 1) for t in range(T))
    np.testing.assert_allclose(terms["y"], expected, rtol=1e-12)


def test_a_recurrence_keeps_its_support():
    terms, _ = densities(
        "b ~ Uniform(0, 1)\nscan t in T {\n"
        "  s[t] = sqrt(0.1 + b * y[t-1]^2 + (1 - b) * s[t-1]^2) from 0.5\n"
        "  y[t] ~ Normal(0, s[t])\n}\n",
        "b",
    )
    b, y = LATENTS["b"], ARRAYS["y"]
    s = [np.full(4, 0.5)]
    for t in range(1, T):
        s.append(np.sqrt(0.1 + b * y[t - 1] ** 2 + (1 - b) * s[t - 1] ** 2))
    expected = sum(stats.norm.logpdf(y[t], 0, s[t]) for t in range(T))
    np.testing.assert_allclose(terms["y"], expected, rtol=1e-12)


def test_a_recurrence_in_a_plate_that_is_written_the_other_way_round():
    _, values = densities(
        "a ~ Normal(0, 1)\nscan t in T { for i in I {\n"
        "  m[t, i] = a * m[t-1, i] + w[i, t] from t + i\n  w[i, t] ~ Normal(m[t, i], 1)\n}}\n",
        "a",
    )
    a, w = LATENTS["a"], ARRAYS["w"]
    m = [np.broadcast_to(np.arange(I), (4, I))]
    for t in range(1, T):
        m.append(a[:, None] * m[t - 1] + w[:, t])
    np.testing.assert_allclose(values["m"], np.stack(m, 1), rtol=1e-12)


def test_a_recurrence_of_data_is_computed_at_load():
    _, data = module_of(
        "scan t in T { e[t] = 0.5 * e[t-1] + y[t] from y[0] }\n"
        "a ~ Normal(0, 1)\nfor t in T { y[t] ~ Normal(a * e[t], 1) }\n"
    )
    e = [ARRAYS["y"][0]]
    for t in range(1, T):
        e.append(0.5 * e[t - 1] + ARRAYS["y"][t])
    np.testing.assert_allclose(data["e"], e, rtol=1e-12)


def test_a_chain_is_drawn_step_by_step():
    module, data = module_of(
        "scan t in T {\n  x[t] ~ Normal(0.8 * x[t-1], 0.6) from Normal(0, 1)\n"
        "  y[t] ~ Normal(x[t], 1)\n}\n"
    )
    torch.manual_seed(0)
    x = module.prior(20_000, data, {})["x"]
    # The chain is stationary: standard deviation 1, correlation 0.8 between neighbours.
    assert x.shape == (20_000, T)
    np.testing.assert_allclose(x.std(0), np.ones(T), atol=0.03)
    np.testing.assert_allclose(np.corrcoef(x[:, 3], x[:, 4])[0, 1], 0.8, atol=0.02)


@pytest.mark.parametrize("steps", [1, 2, 3])
def test_a_chain_may_be_short(steps):
    text = HEAD + (
        "a ~ Normal(0, 1)\nscan t in T {\n  z[t] ~ Bernoulli(if z[t-1] then 0.9 else 0.2)"
        " from Bernoulli(0.5)\n  y[t] ~ Normal(a + z[t], 1)\n}\n"
    )
    module = load_module(compile_spec(Source("t.ppl", text)).value.source, "t.ppl")
    y = torch.as_tensor(ARRAYS["y"][:steps])
    data = Data({"y": y, "w": torch.zeros(1, steps)}, {"T": steps, "I": 1}, {})
    found = sum(t.sum() for t in module.model({"a": torch.zeros(1).double()}, data, {}).values())
    expected = 0.0
    for path in np.ndindex(*(2,) * steps):
        p = 0.5
        for before, now in pairwise(path):
            p *= (0.9 if before else 0.2) if now else (0.1 if before else 0.8)
        expected += p * np.exp(stats.norm.logpdf(y, np.array(path), 1).sum())
    np.testing.assert_allclose(found, np.log(expected) + stats.norm.logpdf(0), rtol=1e-12)


# --- chains and families that begin later --------------------------------------------------------


def test_a_chain_that_begins_later():
    terms, generated = densities(
        "a ~ Normal(0, 1)\nscan t in T from 2 {\n"
        "  x[t] ~ Normal(a * x[t-1], 0.5) from Normal(a, 2)\n  y[t] ~ Normal(x[t] + y[t-2], 1)\n"
        "  s[t] = 0.5 * s[t-1] + x[t] from x[t]\n}\n",
        "a",
        "x",
    )
    a, x, y = LATENTS["a"], LATENTS["x"], ARRAYS["y"]
    expected = stats.norm.logpdf(x[:, 2], a, 2)
    s = [x[:, 2]]
    for t in range(3, T):
        expected = expected + stats.norm.logpdf(x[:, t], a * x[:, t - 1], 0.5)
        s.append(0.5 * s[-1] + x[:, t])
    np.testing.assert_allclose(terms["x"], expected, rtol=1e-12)
    seen = stats.norm.logpdf(y[2:], x[:, 2:] + y[:-2], 1).sum(1)
    np.testing.assert_allclose(terms["y"], seen, rtol=1e-12)
    np.testing.assert_allclose(generated["s"][:, 2:], np.stack(s, 1), rtol=1e-12)
    assert generated["s"][:, :2].isnan().all()


def test_latents_that_begin_later_are_packed_in_unconstrained_space():
    module, data = module_of(
        "a ~ Normal(0, 1)\n"
        "for i in I { for t in T from 2 { v[i, t] ~ Uniform(a * a, a * a + t + i) } }\n"
        "k[i in I from 1] ~ Dirichlet(ones(T))\n"
    )
    assert module.unconstrained_shapes(data) == {"a": (), "v": (I * (T - 2),), "k": (1, T - 1)}
    shapes = module.unconstrained_shapes(data)
    u = {n: torch.as_tensor(RANDOM.normal(size=(3, *s))) for n, s in shapes.items()}
    latents, log_jacobian = module.constrain(u, data, {}, {})
    a = latents["a"][:, None, None]
    i, t = torch.arange(I)[:, None], torch.arange(2, T)
    inside = (latents["v"][..., 2:] - a**2) / (t + i)
    torch.testing.assert_close(inside, u["v"].sigmoid().reshape(3, I, T - 2))
    expected = (inside * (1 - inside) * (t + i)).log().sum((1, 2))
    torch.testing.assert_close(log_jacobian["v"], expected)
    back = module.unconstrain(latents, data, {}, {})
    for name, x in u.items():
        torch.testing.assert_close(back[name], x)
    terms = module.model(latents, data, {})
    torch.testing.assert_close(terms["v"], -(t + i).double().log().sum().expand(3))


def test_draws_from_the_prior_of_what_begins_later():
    module, data = module_of(
        "scan t in T from 1 {\n  x[t] ~ Normal(100, 1) from Normal(x0, 0.1)\n}\n"
        "x0 ~ Normal(50, 0.1)\nfor i in I { for t in T from 3 { v[i, t] ~ Normal(x[t], 0.1) } }\n"
    )
    torch.manual_seed(0)
    drawn = module.prior(200, data, {})
    assert abs(drawn["x"][:, 1].mean() - 50) < 0.1
    assert abs(drawn["x"][:, 2:].mean() - 100) < 0.3
    assert (drawn["v"][..., 3:] - drawn["x"][:, None, 3:]).std() == pytest.approx(0.1, rel=0.1)
