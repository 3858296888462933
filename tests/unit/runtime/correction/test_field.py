"""Noise of a vector among the globals moved to its mode: its density, and where it is exact."""

import numpy as np
import scipy.stats
import torch

from pplc.compiler.pipeline import compile_spec
from pplc.grammar.source import Source
from pplc.runtime.correction.conditional import ConditionalModes
from pplc.runtime.correction.field import Field, FieldModes, conditional_modes
from pplc.runtime.correction.proposals import Part
from pplc.runtime.data import Data
from pplc.runtime.deterministic.fit import fit
from pplc.runtime.flatten import Layout
from pplc.runtime.module import load_module
from pplc.runtime.target import Target, total

NORMAL = """index N
data x[N]: real
data y[N]: real
f      ~ MultivariateNormal(zeros(N), exp_quad(x, x, length, tau) + 0.01 * eye(N))
length ~ Gamma(5, 5)
tau    ~ HalfNormal(1)
y[n in N] ~ Normal(f[n], 0.5)
"""
COUNTS = NORMAL.replace("y[N]: real", "y[N]: nat").replace(
    "Normal(f[n], 0.5)", "Poisson(log_rate=f[n])"
)
X = [-1.5, -0.5, 0.5, 1.5]


def guided(text, **arrays):
    """A target, and the parameters of a guide fitted to it."""
    compiled = compile_spec(Source("test.ppl", text)).value
    assert compiled is not None
    size = len(next(iter(arrays.values())))
    values = {name: torch.tensor(x, dtype=torch.float64) for name, x in arrays.items()}
    data = Data(values, {"N": size}, {"N": tuple(range(size))})
    module = load_module(compiled.source, "test.ppl")
    data = module.prepare(data)
    return Target(module, data), fit(module, data, draws=1).phi


def noise_of(target, draws, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return {
        name: torch.randn(draws, *shape, generator=generator, dtype=torch.float64)
        for name, shape in target.noise_shapes.items()
    }


def modes_of(target, phi):
    return FieldModes(target, phi, Field.of(target, phi))


def test_log_ratio_is_that_of_normal_and_moved_density():
    target, phi = guided(COUNTS, x=X, y=[0.0, 3.0, 9.0, 2.0])
    move = modes_of(target, phi)
    noise = noise_of(target, 5)
    moved, log_ratio = move(noise)
    (block,) = noise
    e, step = noise[block], 1e-4
    columns = []
    for d in range(e.shape[1]):
        nudge = torch.zeros_like(e)
        nudge[:, d] = step
        up, down = (move({block: x})[0][block] for x in (e + nudge, e - nudge))
        columns.append(((up - down) / (2 * step)).numpy())
    _, log_volume = np.linalg.slogdet(np.stack(columns, -1))
    normal = scipy.stats.norm
    log_density = normal.logpdf(e).sum(-1) - log_volume
    expected = normal.logpdf(moved[block]).sum(-1) - log_density
    np.testing.assert_allclose(log_ratio, expected, rtol=1e-6)


def test_the_other_globals_stay_where_the_first_numbers_have_them():
    target, phi = guided(COUNTS, x=X, y=[0.0, 3.0, 9.0, 2.0])
    move = modes_of(target, phi)
    noise, other = noise_of(target, 7), noise_of(target, 7, seed=1)
    (block,) = noise
    other[block][:, :2] = noise[block][:, :2]
    first, second = (target.elbo_terms(phi, move(e)[0])[0] for e in (noise, other))
    for name in ("length", "tau"):
        torch.testing.assert_close(first[name], second[name])
    assert not torch.allclose(first["f"], second["f"])


def test_a_normal_field_is_drawn_exactly_wherever_the_globals_are():
    """Then the ratio of the densities depends on the other globals alone."""
    target, phi = guided(NORMAL, x=X, y=[1.0, -0.5, 0.2, 0.1])
    move = modes_of(target, phi)
    part = Part(target.global_noise, move.kept(target.global_noise))
    assert part.size == 2
    wide = 3 * part.of(noise_of(target, 50))
    ratios = []
    for seed in (1, 2):
        moved, correction = move(part.put(noise_of(target, 50, seed), wide))
        _, log_p, log_q = target.elbo_terms(phi, moved)
        ratios.append(total(log_p) - total(log_q) + correction)
    torch.testing.assert_close(ratios[0], ratios[1])


def test_what_is_moved():
    target, phi = guided(COUNTS, x=X, y=[0.0, 3.0, 9.0, 2.0])
    (move,) = conditional_modes(target, phi, 1000)
    assert isinstance(move, FieldModes)
    assert not list(conditional_modes(target, phi, 10**12))
    elements = "index N\ndata y[N]: real\ntau ~ HalfNormal(1)\n"
    elements += "b[n in N] ~ Normal(0, tau)\ny[n in N] ~ Normal(b[n], 1)\n"
    (move,) = conditional_modes(*guided(elements, y=[1.0, 2.0]), 1000)
    assert type(move) is ConditionalModes
    alone = "index N\ndata y[N]: real\nm ~ Normal(0, 1)\ny[n in N] ~ Normal(m, 1)\n"
    assert not list(conditional_modes(*guided(alone, y=[1.0]), 1000))


def test_a_part_of_noise_and_the_rest():
    layout = Layout({"a": (2,), "b": (1,)})
    part = Part(layout, torch.tensor([False, True, True]))
    noise = {"a": torch.tensor([[1.0, 2.0]]), "b": torch.tensor([[3.0]]), "c": torch.zeros(1)}
    assert part.of(noise).tolist() == [[2.0, 3.0]]
    put = part.put(noise, torch.tensor([[5.0, 6.0]]))
    assert put["a"].tolist() == [[1.0, 5.0]]
    assert put["b"].tolist() == [[6.0]]
    assert put["c"] is noise["c"]
