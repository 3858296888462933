"""What people write for a scale, a rate or a probability is accepted, and is what it is said to be.

Each expression is computed by the generated code for many values of its parts, ends included: none
lies outside of the support that the compiler tells.
"""

import random

import pytest
import torch
from numeric.compiled import data_for
from numeric.forms import (
    COVARIANCES,
    DECLARATIONS,
    FACTORS,
    POSITIVE,
    PROBABILITIES,
    SIMPLEXES,
    WRONG,
)

from pplc.compiler.pipeline import check, compile_spec
from pplc.grammar.source import Source
from pplc.runtime.module import load_module

DRAWS = 4000
NEAR = 1e-12
SIZES = {"N": 1, "K": 3, "P": 2}


def codes(text):
    result = check(Source("test.ppl", DECLARATIONS + text))
    return [d.code for d in result.diagnostics if d.severity == "error"]


@pytest.mark.parametrize("e", PROBABILITIES)
def test_a_probability_is_accepted(e):
    assert codes(f"data z[N]: bool\nz[n in N] ~ Bernoulli({e})\n") == []


@pytest.mark.parametrize("e", POSITIVE)
def test_a_scale_is_accepted(e):
    assert codes(f"data z[N]: real\nz[n in N] ~ Normal(0, {e})\n") == []


@pytest.mark.parametrize("e", SIMPLEXES)
def test_a_simplex_is_accepted(e):
    assert codes(f"chances[K] = {e}\ndata z[N]: K\nz[n in N] ~ Categorical(chances)\n") == []


@pytest.mark.parametrize("e", COVARIANCES)
def test_a_covariance_matrix_is_accepted(e):
    assert codes(f"z ~ MultivariateNormal(zeros(K), covariance_matrix={e})\n") == []


@pytest.mark.parametrize("e", FACTORS)
def test_a_factor_is_accepted(e):
    assert codes(f"z ~ MultivariateNormal(zeros(K), scale_tril={e})\n") == []


def sampled(kind, shape):
    """Values of a part: inside of its support, and at the ends that it reaches."""
    if kind.structure is not None:  # a simplex, or one in each row
        weights = torch.rand(shape, dtype=torch.float64) + 1e-3
        return weights / weights.sum(-1, keepdim=True)
    low = max(kind.support.lower, -3.0)
    high = min(kind.support.upper, max(low, 0) + 4.0)
    values = low + (high - low) * (0.001 + 0.998 * torch.rand(shape, dtype=torch.float64))
    for end, is_open in ((low, kind.support.lower_open), (high, kind.support.upper_open)):
        if not is_open:
            values = torch.where(torch.rand(shape) < 0.2, end, values)
    return values.round().long() if kind.support.integer else values


def values_of(expressions, dims=""):
    """The values of expressions at many values of their parts, and the kind of each."""
    torch.manual_seed(0)
    lines = "".join(f"  e{i}{dims} = {e}\n" for i, e in enumerate(expressions))
    result = compile_spec(Source("test.ppl", f"{DECLARATIONS}generate {{\n{lines}}}\n"))
    assert result.value is not None, result.diagnostics
    graph = result.value.plan.graph
    module = load_module(result.value.source, "test.ppl")
    shapes = {s.name: [SIZES.get(d, 3) for d in s.dims] for s in graph.sites.values()}
    latents = {n: sampled(graph.sites[n].kind, (DRAWS, *shape)) for n, shape in shapes.items()}
    rounds = []
    for _ in range(6):
        arrays = {d.name: sampled(d.kind, [SIZES[k] for k in d.dims]) for d in graph.data.values()}
        data = data_for(module, SIZES, **arrays)
        rounds.append({**data.arrays, **module.generate(latents, data, {})})
    names = [f"e{i}" for i in range(len(expressions))]
    size = 3 if dims else 1
    kinds = [graph.definitions[n].value.kind for n in names]
    values = [torch.cat([r[n].double().reshape(-1, size) for r in rounds]) for n in names]
    return list(zip(expressions, values, kinds, strict=True))


def assert_inside(found):
    for e, values, kind in found:
        known = values[values.isfinite()]  # 0 / 0 at ends that are reached
        assert len(known), e
        assert known.min() >= kind.support.lower - NEAR, e
        assert known.max() <= kind.support.upper + NEAR, e


def test_no_value_is_outside_of_the_support_that_is_told():
    assert_inside(values_of([e for e in (*PROBABILITIES, *POSITIVE) if "X[" not in e]))


def made_up(chosen, depth):
    """An expression in which parts occur again and again."""
    if depth == 0 or chosen.random() < 0.15:
        return chosen.choice(("t", "v", "u0", "b1[0]", "nn[0]", "r", "rho", "th[1]", "a", "1", "2"))
    form = chosen.choice(("{} + {}", "{} - {}", "{} * {}", "{} * {}", "{} / {}", "1 - {}", "{}^2"))
    parts = [made_up(chosen, depth - 1) for _ in range(2)]
    return "(" + form.format(*parts) + ")"


def test_no_value_is_outside_of_the_support_of_what_is_made_up():
    chosen = random.Random(0)
    expressions = [made_up(chosen, 4) for _ in range(400)]
    read = [e for e in expressions if any(c.isalpha() for c in e) and "/ (1 - 1)" not in e]
    assert_inside([f for f in values_of(read) if f[1].isfinite().any()])


def test_the_support_that_is_told_is_the_smallest():
    exact = {
        "t + (1 - t) * v": (0, 1),
        "t + v - t * v": (0, 1),
        "t * v + (1 - t) * (1 - v)": (0, 1),
        "2 * t * (1 - t)": (0, 0.5),
        "r / (r + q)": (0, 1),
        "b1[0] * t + (1 - b1[0]) * v": (0, 1),
        "1 - rho^2": (0, 1),
        "u0 * (1 - u0)": (0, 0.25),
    }
    for e, values, kind in values_of(list(exact)):
        low, high = exact[e]
        assert (kind.support.lower, kind.support.upper) == (low, high), e
        assert values.min() < low + 0.05 * (high - low), e
        assert values.max() > high - 0.05 * (high - low), e


def test_simplexes_add_up_to_one():
    for e, values, kind in values_of(SIMPLEXES, "[K]"):
        assert str(kind.structure).endswith("simplex"), e
        assert values.min() >= 0, e
        torch.testing.assert_close(values.sum(-1), torch.ones(len(values), dtype=torch.float64))


@pytest.mark.parametrize(("e", "law"), WRONG)
def test_what_can_be_wrong_is_still_refused(e, law):
    assert codes(f"z ~ {law.format(e)}\n") in (["E401"], ["E404"])
