"""A compiled spec on random data: everything that its module offers, called once."""

import ast
import random

import torch

from pplc.runtime.data import Data
from pplc.runtime.manifest import Bounds, DataEntry, Manifest
from pplc.runtime.module import load_module
from pplc.runtime.randomness import seeded
from pplc.runtime.reading.ragged import length_of

DRAWS = 3
GUIDED = ("guided", "derived")


def run(source, seed=0, sizes=None):
    """Load a module, make data for it and call all of its functions."""
    ast.parse(source)
    module = load_module(source, "made up")
    manifest = Manifest.model_validate(module.METADATA)
    if not any(s.role in GUIDED for s in manifest.sites):
        return  # R892: nothing can be fitted
    chosen = random.Random(seed)
    sizes = sizes or {s.name: _size(s) or chosen.choice((2, 3)) for s in manifest.index_sets}
    data = module.prepare(random_data(manifest, sizes, chosen))
    with seeded(seed):
        params = _params(module, data)
        latents = module.prior(DRAWS, data, params)
        _check_latents(module, manifest, data, params, latents)
        _check_densities(module, manifest, data, params, latents)
        _check_guide(module, manifest, data, params)


def _size(index_set):
    return index_set.length.size if index_set.length else index_set.size


def random_data(manifest, sizes, chosen):
    """Arrays of the declared shapes, within the declared types and the distributions."""
    arrays = {entry.name: _array(entry, sizes, chosen) for entry in manifest.data}
    for index_set in manifest.index_sets:
        if index_set.ragged is not None:
            longest, count = sizes[index_set.name], sizes[index_set.ragged]
            lengths = [longest, *(chosen.randint(1, longest) for _ in range(count - 1))]
            arrays[length_of(index_set.name)] = torch.tensor(lengths)
    labels = {name: tuple(range(size)) for name, size in sizes.items()}
    present = {}
    for entry in manifest.data:
        if entry.missing:
            values = arrays[entry.name]
            mask = torch.rand(values.shape, generator=torch.Generator().manual_seed(1)) < 0.7
            absent = torch.nan if values.is_floating_point() else 0
            arrays[entry.name] = torch.where(mask, values, absent)
            present[entry.name] = mask
    return Data(arrays, sizes, labels, present)


def _array(entry: DataEntry, sizes, chosen):
    shape = tuple(sizes[d] for d in entry.dims)
    generator = torch.Generator().manual_seed(chosen.randrange(2**31))
    if entry.index_set is not None:
        return torch.randint(sizes[entry.index_set], shape, generator=generator)
    if entry.structure is not None:
        return _structured(entry.structure, shape, generator)
    lower, upper, integer = _interval(entry.bounds, entry.law_bounds or Bounds())
    if integer:
        whole = torch.randint(round(lower), round(upper) + 1, shape, generator=generator)
        return whole.double() if entry.type == "bool" else whole
    uniform = torch.rand(shape, generator=generator, dtype=torch.float64)
    return lower + (upper - lower) * (0.05 + 0.9 * uniform)


def _interval(declared: Bounds, law: Bounds):
    """A small interval that lies in both."""
    lower = max([b.lower for b in (declared, law) if b.lower is not None], default=None)
    upper = min([b.upper for b in (declared, law) if b.upper is not None], default=None)
    integer = declared.integer or law.integer
    if lower is None:
        lower = -2.0 if upper is None else upper - 3
    if upper is None:
        upper = lower + (3 if integer else 2.5)
    return lower, upper, integer


def _structured(structure, shape, generator):
    values = torch.rand(shape, generator=generator, dtype=torch.float64) + 0.1
    match structure:
        case "simplex":
            return values / values.sum(-1, keepdim=True)
        case "ordered" | "positive_ordered":
            return values.cumsum(-1)
    factor = values.tril()
    factor = factor / factor.norm(dim=-1, keepdim=True)
    return factor if structure == "cholesky_corr" else factor @ factor.mT


def _params(module, data):
    if not hasattr(module, "initial_params"):
        return {}
    start = module.initial_params(data)
    back = module.constrain_params(module.unconstrain_params(start, data), data)
    for name, value in start.items():
        torch.testing.assert_close(back[name], value)
    return start


def _shape(entry, data):
    return tuple(data.sizes[d] for d in entry.dims)


def _check_latents(module, manifest, data, params, latents):
    guided = {s.name: s for s in manifest.sites if s.role in GUIDED}
    assert set(latents) == set(guided)
    shapes = module.unconstrained_shapes(data)
    assert set(shapes) == set(guided)
    for name, site in guided.items():
        assert latents[name].shape == (DRAWS, *_shape(site, data)), name
    u = {n: torch.randn(DRAWS, *shape, dtype=torch.float64) for n, shape in shapes.items()}
    centring = module.initial_centring(data)
    values, log_jacobian = module.constrain(u, data, params, centring)
    for name, site in guided.items():
        assert values[name].shape == (DRAWS, *_shape(site, data)), name
        assert log_jacobian[name].shape == (DRAWS,), name
        assert values[name].dtype == torch.float64, name
    back = module.unconstrain(values, data, params, centring)
    for name in guided:
        known = torch.isfinite(u[name]).all() and torch.isfinite(values[name]).all()
        if known and torch.isfinite(back[name]).all():  # not: bounds the wrong way round
            torch.testing.assert_close(back[name], u[name], rtol=1e-4, atol=1e-4)


def _check_densities(module, manifest, data, params, latents):
    terms = module.model(latents, data, params)
    assert set(terms) == set(manifest.terms)
    for name, value in terms.items():
        assert value.shape in ((DRAWS,), (1,), ()), f"{name}: {tuple(value.shape)}"
    draws, probabilities = module.recover(latents, data, params)
    summed = {s.name: s for s in manifest.sites if s.role == "summed out"}
    assert set(draws) == set(probabilities) == set(summed)
    for name, site in summed.items():
        assert draws[name].shape == (DRAWS, *_shape(site, data)), name
        assert probabilities[name].shape[:-1] == draws[name].shape, name
    generated = module.generate({**latents, **draws}, data, params)
    declared = {s.name: s for s in manifest.sites if s.role == "generated"}
    declared |= {q.name: q for q in manifest.quantities}
    assert set(generated) == set(declared)
    for name, entry in declared.items():
        assert generated[name].shape == (DRAWS, *_shape(entry, data)), name


def _check_guide(module, manifest, data, params):
    phi = {
        n: 0.1 * torch.randn(s, dtype=torch.float64) for n, s in module.guide_shapes(data).items()
    }
    noise = {
        n: torch.randn(DRAWS, *s, dtype=torch.float64) for n, s in module.noise_shapes(data).items()
    }
    latents, log_q = module.guide(phi, noise, data, params)
    points = {s for b in manifest.guide if b.family == "point" for s in b.sites}
    for site in manifest.sites:
        if site.role in GUIDED:
            draws, *shape = latents[site.name].shape
            assert tuple(shape) == _shape(site, data), site.name
            assert draws == DRAWS or (draws == 1 and site.name in points), site.name
            assert log_q[site.name].shape == (DRAWS,), site.name
