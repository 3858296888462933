"""Fits of short specs compared with a known truth: whoever would be misled has to be warned."""

import math

import numpy as np
import torch
from scipy import special

from pplc.compiler.pipeline import compile_spec
from pplc.grammar.source import Source
from pplc.runtime.correction.importance import weighted
from pplc.runtime.data import Data
from pplc.runtime.deterministic.fit import fit
from pplc.runtime.module import load_module

FAR = 0.3  # sds of the truth: an error of a mean that no good verdict may come with


def fitted(text, seed=0, sizes=None, **arrays):
    compiled = compile_spec(Source("test.ppl", text)).value
    assert compiled is not None
    values = {name: torch.tensor(x, dtype=torch.float64) for name, x in arrays.items()}
    sizes = dict(sizes or {})
    labels = {name: tuple(range(size)) for name, size in sizes.items()}
    module = load_module(compiled.source, "test.ppl")
    return fit(module, module.prepare(Data(values, sizes, labels)), seed=seed, draws=100)


def off(posterior, truth):
    """The largest error of a mean, in sds of the truth: {site: (mean, sd)}."""
    errors = []
    for site, (mean, sd) in truth.items():
        found = weighted(posterior.sample[site], posterior.weights).mean.numpy()
        errors.append(float(np.abs((found - mean) / sd).max()))
    return max(errors)


def check(posterior, truth):
    """No result is misleading: it is either near the truth, or it says that it is not reliable."""
    if posterior.verdict.status != "not reliable":
        assert off(posterior, truth) < FAR, posterior.verdict.text
    if posterior.verdict.evidence in ("weights", "chains"):
        check_departures(posterior, truth)


def check_departures(posterior, truth):
    """What the verdict says of single latents is so: draws are off that way."""
    for departure in posterior.verdict.departures:
        if departure.site not in truth:
            continue
        mean, sd = truth[departure.site]
        draws = posterior.sample[departure.site][(slice(None), *departure.index)]
        if departure.mean is not None:
            assert departure.mean * float(draws.mean() - mean) > 0, departure
        if departure.sd is not None:
            assert math.log(departure.sd) * math.log(float(draws.std()) / sd) > 0, departure


def quadrature(log_density, points):
    """Means and sds of functions of a grid: points {site: values [G]}, log density [G]."""
    weights = np.exp(log_density - special.logsumexp(log_density))
    found = {}
    for site, x in points.items():
        mean = (weights * x).sum()
        found[site] = (mean, math.sqrt((weights * (x - mean) ** 2).sum()))
    return found
