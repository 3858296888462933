"""Elimination against brute force: random models, every joint assignment added up."""

import pytest
import torch
from brute_force import BruteForce
from random_models import Generator

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
    counts = [s.name for s in model.sites.values() if s.law.name in ("Poisson", "Binomial", "Categorical")]
    arrays = {}
    for name, values in {**model.data, **whole}.items():
        integer = name in counts or name in whole
        arrays[name] = torch.tensor(values, dtype=torch.int64 if integer else torch.float64)
    sizes = {**{n: model.size(n) for n in ("K", "M")}, **model.plates}
    return Data(arrays, sizes, {n: tuple(range(s)) for n, s in sizes.items()})


def latents_of(model, seed):
    generator = torch.Generator().manual_seed(seed)
    latents = {}
    for latent in model.latents:
        shape = [model.size(d) for d in latent.plates + latent.dims]
        value = torch.randn(shape, generator=generator, dtype=torch.float64)
        latents[latent.name] = (value.softmax(-1) if latent.simplex else value).requires_grad_()
    return latents


def flat(model, gradients):
    """Gradients as one vector; along a simplex only directions that keep its sum count."""
    parts = []
    for latent, gradient in zip(model.latents, gradients, strict=True):
        if latent.simplex:
            gradient = gradient - gradient.mean(-1, keepdim=True)
        parts.append(gradient.flatten())
    return torch.cat(parts)


def check(seed):
    model = Generator(seed).draw()
    plan, errors = compiled(model)
    assert not errors, f"{errors}\n{model.text}"
    module = load_module(plan.source, "random.ppl")
    data = module.prepare(data_of(model))
    latents = latents_of(model, seed)
    brute = BruteForce(model, latents)
    batch = {name: value[None] for name, value in latents.items()}
    density = sum(t.sum() for t in module.model(batch, data, {}).values())
    torch.testing.assert_close(density, brute.log_density(), rtol=1e-10, atol=1e-10)
    values = list(latents.values())
    ours = torch.autograd.grad(density, values, allow_unused=True, materialize_grads=True)
    theirs = torch.autograd.grad(brute.log_density(), values, allow_unused=True, materialize_grads=True)
    torch.testing.assert_close(flat(model, ours), flat(model, theirs), rtol=1e-10, atol=1e-10)
    check_recovery(model, module, data, latents, brute)


def check_recovery(model, module, data, latents, brute):
    torch.manual_seed(1)
    many = {n: v.detach()[None].expand(DRAWS, *v.shape) for n, v in latents.items()}
    with torch.no_grad():
        draws, probabilities = module.recover(many, data, {})
    assert set(draws) == set(probabilities) == set(model.discrete)
    for name, site in model.discrete.items():
        for at in model.elements(site.plates):
            expected = brute.marginal(name, at, model.values(site)).detach()
            found = probabilities[name][(0, *at)]
            torch.testing.assert_close(found, expected, rtol=1e-10, atol=1e-10)
    if not model.discrete:
        return
    cells = {(name, at): draws[name][(slice(None), *at)] for name, at in brute.cells}
    log_p = brute.probabilities().detach().log()
    drawn = log_p[brute.log_joint_of(cells)]
    mean = (log_p.exp() * log_p.clamp(min=-700)).sum()
    variance = (log_p.exp() * (log_p.clamp(min=-700) - mean) ** 2).sum()
    # The average log probability of draws, six standard errors of leeway.
    assert abs(drawn.mean() - mean) <= 6 * (variance / DRAWS) ** 0.5 + 1e-9


@pytest.mark.parametrize("seed", range(100))
def test_random_model(seed):
    check(seed)
