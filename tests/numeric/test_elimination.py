"""Elimination against brute force: random models, every joint assignment added up."""

import pytest
import torch
from elimination.brute_force import BruteForce
from elimination.random_models import Generator
from elimination.tractable import tractable

from pplc.compiler.pipeline import compile_spec
from pplc.grammar.source import Source
from pplc.runtime.data import Data
from pplc.runtime.module import load_module

DRAWS = 300


def compiled(model):
    result = compile_spec(Source("random.ppl", model.text))
    return result.value, [d.code for d in result.diagnostics if d.severity == "error"]


def data_of(model):
    whole = {f"{p.lower()}_of": rows for p, rows in model.maps.items()}
    whole |= {name: values for name, values in model.data.items() if _counts(model, name)}
    arrays = {n: torch.tensor(v, dtype=torch.int64) for n, v in whole.items()}
    reals = {n: v for n, v in model.data.items() if n not in whole}
    arrays |= {n: torch.tensor(v, dtype=torch.float64) for n, v in reals.items()}
    if model.lengths:
        arrays["length of T"] = torch.tensor(model.lengths)
    sizes = {**{n: model.size(n) for n in ("K", "M")}, **model.plates}
    return Data(arrays, sizes, {n: tuple(range(s)) for n, s in sizes.items()})


def _counts(model, name):
    laws = ("Poisson", "Binomial", "Categorical")
    return name in model.sites and model.sites[name].law.name in laws


def latents_of(model, seed):
    generator = torch.Generator().manual_seed(seed)
    latents = {}
    for latent in model.latents:
        shape = [model.size(d) for d in latent.plates + latent.dims]
        value = torch.randn(shape, generator=generator, dtype=torch.float64)
        latents[latent.name] = (value.softmax(-1) if latent.simplex else value).requires_grad_()
    return latents


def gradient(model, density, latents):
    """As one vector; along a simplex only directions that keep its sum count."""
    values = list(latents.values())
    parts = torch.autograd.grad(density, values, allow_unused=True, materialize_grads=True)
    flat = []
    for latent, part in zip(model.latents, parts, strict=True):
        flat.append((part - part.mean(-1, keepdim=True) if latent.simplex else part).flatten())
    return torch.cat(flat)


def check(seed, **options):
    model = Generator(seed, **options).draw()
    plan, errors = compiled(model)
    if not tractable(model):
        assert errors == ["E501"], model.text
        return
    assert not errors, model.text
    module = load_module(plan.source, "random.ppl")
    data = module.prepare(data_of(model))
    latents = latents_of(model, seed)
    brute = BruteForce(model, latents)
    expected = brute.log_density()
    batch = {name: value.expand(2, *value.shape) for name, value in latents.items()}
    densities = sum(t.expand(2) for t in module.model(batch, data, {}).values())
    torch.testing.assert_close(densities, expected.expand(2), rtol=1e-10, atol=1e-10)
    ours, theirs = (gradient(model, d, latents) for d in (densities[0], expected))
    torch.testing.assert_close(ours, theirs, rtol=1e-10, atol=1e-10)
    if model.discrete:
        check_recovery(model, module, data, latents, BruteForce(model, detached(latents)))


def detached(latents):
    return {name: value.detach() for name, value in latents.items()}


def check_recovery(model, module, data, latents, brute):
    torch.manual_seed(1)
    many = {n: v.detach()[None].expand(DRAWS, *v.shape) for n, v in latents.items()}
    draws, probabilities = module.recover(many, data, {})
    assert set(draws) == set(probabilities) == set(model.discrete)
    for name, site in model.discrete.items():
        for at in model.elements(site.plates):
            expected = brute.marginal(name, at, model.values(site))
            found = probabilities[name][(0, *at)]
            torch.testing.assert_close(found, expected, rtol=1e-10, atol=1e-10)
    cells = {(name, at): draws[name][(slice(None), *at)] for name, at in brute.cells}
    chosen = module.most_probable(many, data, {})
    best = {(name, at): chosen[name][(slice(None), *at)] for name, at in brute.cells}
    found = brute.log_joint[brute.index_of(best)[0]]
    torch.testing.assert_close(found, brute.log_joint.max(), rtol=1e-10, atol=1e-10)
    p = brute.probabilities()
    log_p = p.log().clamp(min=-700)
    mean = (p * log_p).sum()
    error = ((p * (log_p - mean) ** 2).sum() / DRAWS) ** 0.5
    # The average log probability of the draws, with six standard errors of leeway.
    assert abs(log_p[brute.index_of(cells)].mean() - mean) <= 6 * error + 1e-9


@pytest.mark.parametrize("seed", range(100))
def test_random_model(seed):
    check(seed)


@pytest.mark.parametrize("seed", range(40))
def test_random_model_whose_loops_begin_later(seed):
    check(seed, first=1 + seed % 2)


@pytest.mark.parametrize("seed", range(60))
def test_random_model_with_chains_and_plates_of_different_lengths(seed):
    check(seed, ragged=True)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(100, 500))
def test_further_random_model(seed):
    check(seed)
