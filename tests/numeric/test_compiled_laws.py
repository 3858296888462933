"""Every distribution of the compiler's table, in a spec, against scipy or a closed form.

The rows are those of `laws.py`. Each is written as a statement over N whose arguments are data:
a row of parameters for each of `POINTS` sites. The same distribution is given to data, to a
latent, and in a generate block.
"""

import math
import re
import zlib

import numpy as np
import pytest
import torch
from numeric.compiled import compiled, data_for
from numeric.laws import LAWS, POINTS, log_prob
from torch.autograd.functional import jacobian

from pplc.compiler.distributions import DISTRIBUTIONS, TRUNCATED
from pplc.compiler.kinds.kinds import Structure
from pplc.runtime import distributions

#: How a row is written, where its name and the names of its parameters do not tell.
WRITTEN = {
    "LKJCholesky": "LKJCholesky(K, concentration[n])",
    "ZeroInflated": "ZeroInflated(Poisson(rate[n]), gate[n])",
    "Mixture": "Mixture(weights[n], Normal(loc[n], scale[n]), Cauchy(1, scale[n]))",
    "Censored(Normal)": "Censored(Normal(loc[n], scale[n]), -1, 2)",
    "Censored(Poisson)": "Censored(Poisson(rate[n]), 1, upper=4)",
    "Truncated(Normal)": "Normal(loc[n], scale[n]) truncated(-1, 2)",
    "Truncated(StudentT)": "StudentT(df[n], loc[n], scale[n]) truncated(lower[n], inf)",
    "Truncated(Gamma)": "Gamma(concentration[n], rate[n]) truncated(0.02, upper[n])",
    "Truncated(Binomial)": "Binomial(total_count[n], probs[n]) truncated(1, 6)",
}

#: Types of the parameters of distributions inside others.
INNER = {"loc": "real", "scale": "positive", "df": "positive", "rate": "positive"}
INNER |= {"concentration": "positive", "probs": "unit", "total_count": "nat"}

#: How a structure over E is declared; a factor of a covariance matrix by what is one too.
STRUCTURES = {
    Structure.SIMPLEX: "simplex",
    Structure.ORDERED: "ordered",
    Structure.COV: "cov",
    Structure.SCALE_TRIL: "cholesky_corr",
    Structure.CHOLESKY_CORR: "cholesky_corr",
}
EVERY = pytest.mark.parametrize("name", LAWS)


def distribution(name):
    return {**DISTRIBUTIONS, TRUNCATED.name: TRUNCATED}[re.match(r"\w+", name).group()]


def is_discrete(name):
    law = LAWS[name]
    parameters = {
        k: torch.tensor(v[:1]) for k, v in law.parameters(np.random.default_rng(0)).items()
    }
    return law.make(**parameters).discrete


#: Rows that a latent can have: continuous, and without atoms.
LATENT = [name for name in LAWS if not is_discrete(name) and not distribution(name).atoms]


class Case:
    """A row with its parameters, values and reference, and how it is written in a spec."""

    def __init__(self, name):
        self.row, self.law = LAWS[name], distribution(name)
        rng = np.random.default_rng(zlib.crc32(name.encode()))
        self.parameters = self.row.parameters(rng)
        self.reference = self.row.reference(**self.parameters)
        self.value = np.asarray(self.reference.rvs(random_state=rng), float)
        self.expected = log_prob(self.reference, self.value)
        given = ", ".join(f"{p}={p}[n]" for p in self.parameters)
        self.written = WRITTEN.get(name, f"{self.law.name}({given})")
        self.sizes = {"N": POINTS, "K": 4}
        self.discrete = is_discrete(name)

    def declare(self, name, array, structure, type_):
        """`data loc[N]: real`, with an index set `E4` for each dimension of length 4."""
        dims = [f"E{size}" for size in array.shape[1:]]
        self.sizes |= dict(zip(dims, array.shape[1:], strict=True))
        if structure is not None:
            return f"data {name}[N]: {STRUCTURES[structure]}[{dims[-1]}]\n"
        return f"data {name}[{', '.join(['N', *dims])}]: {type_}\n"

    def spec(self, target, observed):
        by_name = {p.name: p for p in self.law.all_parameters}
        lines = []
        for name, array in self.parameters.items():
            entry = by_name.get(name)
            structure = entry.structure if entry is not None else None
            type_ = INNER[name] if entry is None else str(entry.support).split(" ")[0]
            lines.append(self.declare(name, array, structure, {"a": "real"}.get(type_, type_)))
        if observed:
            type_ = "int" if self.discrete else "real"
            if self.law.name == "Categorical":
                type_ = "E4"
            structure = self.law.structure
            lines.append(
                self.declare("x", self.value, structure, type_).replace("E4]\n", "K]\n")
                if structure is Structure.CHOLESKY_CORR
                else self.declare("x", self.value, structure, type_)
            )
        sets = "".join(f"index {name}\n" for name in self.sizes)
        return sets + "".join(lines) + f"data w: real\nw ~ Normal(0, 1)\n{target}\n"

    def load(self, target, observed=False):
        module = compiled(self.spec(target, observed))
        arrays = {**self.parameters, "w": 0.0}
        if observed:
            whole = (self.value == np.floor(self.value)).all()
            arrays["x"] = self.value.astype(np.int64) if whole else self.value
        return module, data_for(module, self.sizes, **arrays)


def test_table_is_complete():
    names = {distribution(name).name for name in LAWS}
    assert names == {*DISTRIBUTIONS, TRUNCATED.name}


def test_what_can_be_cut_is_what_has_tails():
    tails = {d.__name__ for d in distributions.WITH_TAILS}
    assert tails == {name for name, d in DISTRIBUTIONS.items() if d.tails}


@EVERY
def test_observed(name):
    case = Case(name)
    module, data = case.load(f"x[n in N] ~ {case.written}", observed=True)
    found = module.factors({}, data, {})["x"]
    np.testing.assert_allclose(found, case.expected, rtol=1e-8, atol=1e-12)
    np.testing.assert_allclose(module.model({}, data, {})["x"], case.expected.sum(), rtol=1e-10)


@pytest.mark.parametrize("name", LATENT)
def test_latent(name):
    case = Case(name)
    module, data = case.load(f"x[n in N] ~ {case.written}")
    shape = module.unconstrained_shapes(data)["x"]
    generator = torch.Generator().manual_seed(0)
    u = torch.randn((2, *shape), generator=generator, dtype=torch.float64)
    latents, log_jacobian = module.constrain({"x": u}, data, {}, {})
    expected = np.array([log_prob(case.reference, x.numpy()) for x in latents["x"]])
    found = module.factors(latents, data, {})["x"].numpy()
    known = expected > -300  # scipy takes the logarithm of some densities that underflow
    assert known.mean() > 0.9
    np.testing.assert_allclose(found[known], expected[known], rtol=1e-7, atol=1e-9)
    back = module.unconstrain(latents, data, {}, {})["x"]
    np.testing.assert_allclose(back, u, rtol=1e-6, atol=1e-8)
    np.testing.assert_allclose(log_jacobian["x"], _log_jacobian(module, data, u), rtol=1e-8)


def _log_jacobian(module, data, u):
    """By automatic differentiation, in the coordinates that determine the value."""

    def free(one):
        value = module.constrain({"x": one[None]}, data, {}, {})[0]["x"][0]
        if value.ndim > 1 and one.shape[-1] == value.shape[-1] - 1:
            value = value[..., :-1]
        if value.ndim == 3:
            rows, columns = np.tril_indices(value.shape[-1], -1)
            value = value[:, rows, columns]
        return value

    matrices = [jacobian(free, one).reshape(one.numel(), one.numel()) for one in u]
    return [torch.linalg.slogdet(m)[1] for m in matrices]


@EVERY
def test_draws(name):
    case = Case(name)
    if name == "Flat":
        pytest.skip("nothing can be drawn from it")
    latent = name in LATENT
    target = f"x[n in N] ~ {case.written}"
    module, data = case.load(target if latent else f"a ~ Normal(0, 1)\ngenerate {{ {target} }}")
    draws = 100 if name.startswith("Truncated") else 2000  # drawn by bisection, which takes long
    torch.manual_seed(3)
    if latent:
        sample = module.prior(draws, data, {})["x"]
    else:
        sample = module.generate({"a": torch.zeros(draws, dtype=torch.float64)}, data, {})["x"]
    assert sample.shape == (draws, *case.value.shape)
    _check_moments(case, sample.double().numpy())


def _check_moments(case, sample):
    error = 5 / math.sqrt(len(sample))
    if hasattr(case.reference, "cdf"):
        for at in np.quantile(sample, [0.1, 0.5, 0.9], axis=0):
            found = (sample <= at).mean(0)
            np.testing.assert_allclose(found, case.reference.cdf(at), atol=0.5 * error)
    elif hasattr(case.reference, "mean"):
        mean, variance = np.asarray(case.reference.mean()), np.asarray(case.reference.var())
        known = np.isfinite(mean) & np.isfinite(variance)
        off = np.abs(np.where(known, sample.mean(0) - mean, 0))
        spread = np.sqrt(np.where(known, variance, 0))
        assert (off <= error * spread + 1e-12).all()
