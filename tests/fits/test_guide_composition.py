"""Each form of the guide block beside each other form, and beside what is derived.

What a generated guide says of its density is compared with that of a change of variables, from
the standard normal noise to the latents, by the determinant of the Jacobian.
"""

import itertools

import numpy as np
import pytest
import torch
from numeric.compiled import compiled, data_for
from printed_guide import check_printed_guide
from scipy.stats import norm

import pplc
from pplc.grammar.source import Source
from pplc.runtime.target import Target

MODEL = """
index N, G
index K = 2
value[K] = [0, 1]
data y[N]: real
data g[N]: G
mu ~ Normal(0, 5)
tau ~ HalfNormal(2)
sigma ~ HalfNormal(1)
w ~ Dirichlet(2 * ones(K))
a[j in G] ~ Normal(mu, tau)
b[j in G] ~ Normal(2, 1)
for n in N {
  z[n] ~ Categorical(w)
  y[n] ~ Normal(a[g[n]] + b[g[n]] * z[n], sigma)
}
"""
#: The lines of each site; what they use is declared above them. `a` and `b` share one choice.
FORMS = {
    "mu": ("", "mu ~ normal", "mu ~ point", "param m: real\nparam v: positive\nmu ~ Normal(m, v)"),
    "scales": (
        "",
        "(tau, log(sigma)) ~ mvn",
        "tau ~ point\nsigma ~ normal",
        "param c: real\nparam d: positive\nsigma ~ LogNormal(c + 0.1 * mu, d)",
    ),
    "groups": (
        "",
        "a ~ normal",
        "(a[j], b[j]) ~ mvn",
        "param ma[G]: real\nb ~ point\na[j] ~ Normal(ma[j] + mu, tau)",
        "param mb[G]: real\nparam sb: positive\nb[j] ~ Normal(mb[j] - 0.5 * a[j], sb)",
    ),
    "w": ("", "w ~ point", "w ~ normal"),
    "z": (
        "",
        "param q[N]: simplex[K]\nz[n] ~ Categorical(q[n])",
        "score[n] = -0.5 * ((y[n] - a[g[n]] - b[g[n]] * value) / sigma)^2\n"
        "z[n] ~ Categorical(logits=score[n])",
    ),
    "rest": ("", "* ~ normal", "* ~ mvn", "* ~ structured"),
}
G = np.arange(12) % 3
Y = np.random.default_rng(2).normal(1.0 + G, 0.6) + 2.0 * (np.arange(12) % 2)


def combinations():
    """Lines for a guide block, such that each two forms of different sites occur together."""
    sites = list(FORMS)
    missing = {
        ((s, i), (t, j))
        for s, t in itertools.combinations(sites, 2)
        for i in range(len(FORMS[s]))
        for j in range(len(FORMS[t]))
    }
    rng = np.random.default_rng(0)
    while missing:
        tried = [{s: int(rng.integers(len(f))) for s, f in FORMS.items()} for _ in range(50)]
        pairs = [set(itertools.combinations(choice.items(), 2)) & missing for choice in tried]
        best = max(range(len(tried)), key=lambda i: len(pairs[i]))
        missing -= pairs[best]
        yield tuple(FORMS[s][i] for s, i in tried[best].items())


def spec(lines):
    return MODEL + "guide {\n" + "\n".join(line for line in lines if line) + "\n}\n"


COMBINATIONS = list(combinations())


@pytest.mark.parametrize("lines", COMBINATIONS, ids=range(len(COMBINATIONS)))
def test_the_density_is_that_of_the_change_of_variables(lines):
    module = compiled(spec(lines))
    data = data_for(module, {"N": 12, "G": 3, "K": 2}, y=Y, g=G)
    target = Target(module, data)
    generator = torch.Generator().manual_seed(1)
    phi = {
        name: 0.3 * torch.randn(shape, generator=generator, dtype=torch.float64)
        for name, shape in target.guide_shapes.items()
    } | {name: value + 0.1 for name, value in target.free_params.items()}
    params = target.params_at(phi)
    blocks = {n: s for n, s in module.noise_shapes(data).items() if 0 not in s}
    sizes = [int(np.prod(shape)) for shape in blocks.values()]
    points = {s for block in target.guide if block.family == "point" for s in block.sites}

    def drawn(flat):
        """Latents with a density, as one vector [D], from their noise [D]; and the density."""
        parts = zip(blocks, flat.split(sizes), strict=True)
        noise = {name: part.reshape(1, *blocks[name]) for name, part in parts}
        for name, shape in module.noise_shapes(data).items():
            noise.setdefault(name, torch.zeros(1, *shape, dtype=torch.float64))
        latents, log_q = module.guide(phi, noise, data, params)
        kept = {n: x for n, x in latents.items() if n not in points and n != "z"}
        found = [x[..., 0] if n == "w" else x for n, x in kept.items()]
        return torch.cat([x.flatten() for x in found]), sum(log_q[n].sum() for n in kept)

    eps = torch.randn(sum(sizes), generator=generator, dtype=torch.float64)
    log_q = float(drawn(eps)[1])
    jacobian = torch.autograd.functional.jacobian(lambda e: drawn(e)[0], eps)
    expected = norm.logpdf(eps.numpy()).sum() - np.linalg.slogdet(jacobian.numpy())[1]
    assert log_q == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("lines", COMBINATIONS, ids=range(len(COMBINATIONS)))
def test_the_guide_as_it_is_printed_is_the_same_guide(lines):
    check_printed_guide(Source("test.ppl", spec(lines)))


#: `K` comes first in the spec, and last among the indices of what the guide has a line for.
TWO_PLATES = """
index K = 2
index N
data y[N, K]: real
b[k in K] ~ Normal(0, 1)
p[n in N, k in K] ~ Normal(0, 2)
z[n in N, k in K] ~ Bernoulli(0.3)
y[n in N, k in K] ~ Normal(p[n, k] + b[k] * z[n, k], 1)
guide {
  param q[N, K]: real
  param r[N, K]: unit
  param s[N]: positive
  half[n, k] = 0.5 * q[n, k] + b[k]
  p[i, j] ~ Normal(half[i, j] + b[j], s[i])
  z[i, j] ~ Bernoulli(r[i, j])
}
"""


@pytest.mark.parametrize("n", [2, 3])
def test_indices_may_be_in_another_order_than_the_plates(n):
    k = 2
    rng = np.random.default_rng(4)
    module = compiled(TWO_PLATES)
    y, q, r = rng.normal(size=(n, k)), rng.normal(size=(n, k)), rng.random((n, k))
    s, b = 0.5 + rng.random(n), rng.normal(size=k)
    data = data_for(module, {"N": n, "K": k}, y=y)
    params = {name: torch.from_numpy(x) for name, x in {"q": q, "r": r, "s": s}.items()}
    phi = {name: torch.zeros(shape).double() for name, shape in module.guide_shapes(data).items()}
    noise = {x: torch.zeros(1, *i).double() for x, i in module.noise_shapes(data).items()}
    noise |= {"p": torch.from_numpy(rng.normal(size=(1, n, k)))}
    phi["globals.loc"] = torch.from_numpy(b)
    latents, log_q = module.guide(phi, noise, data, params)
    p, mean = latents["p"][0].numpy(), 0.5 * q + 2 * b
    assert p == pytest.approx(mean + s[:, None] * noise["p"][0].numpy())
    assert float(log_q["p"]) == pytest.approx(norm(mean, s[:, None]).logpdf(p).sum())
    probabilities = np.stack([1 - r, r], -1)
    assert latents["z"][0].numpy() == pytest.approx(probabilities)
    assert float(log_q["z"]) == pytest.approx((probabilities * np.log(probabilities)).sum())
    given = np.stack([norm(p + b * v, 1).logpdf(y) for v in (0, 1)], -1)
    log_p = module.model(latents, data, params)
    assert float(log_p["y"]) == pytest.approx((probabilities * given).sum())
    assert float(log_p["z"]) == pytest.approx((probabilities * np.log([0.7, 0.3])).sum())


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    group, on = np.arange(60) % 3, np.arange(60) // 3 % 2
    y = np.random.default_rng(2).normal(1.0 + group, 0.6) + 2.5 * on
    path = tmp_path_factory.mktemp("data") / "y.csv"
    rows = (f"{float(value)!r},{g}" for value, g in zip(y, group, strict=True))
    path.write_text("y,g\n" + "\n".join(rows) + "\n")
    return path


@pytest.fixture(scope="module")
def derived(path):
    return pplc.fit(MODEL, path)


@pytest.mark.parametrize(
    "lines",
    [
        (FORMS["scales"][3], "mu ~ normal", "w ~ normal"),
        (FORMS["scales"][3], "a ~ normal", "w ~ normal", "* ~ normal"),
        (FORMS["scales"][1], "(a[j], b[j]) ~ mvn", FORMS["mu"][3]),
    ],
)
def test_a_guide_of_several_forms_reaches_the_posterior(path, derived, lines):
    asked = pplc.fit(spec(lines), path)
    assert asked.posterior.verdict.status != "not reliable", asked.verdict
    found = {(row.site, *row.index): row for row in asked.rows}
    for row in derived.rows:
        if row.site != "z":
            other = found[row.site, *row.index]
            assert other.mean == pytest.approx(row.mean, abs=0.05 * row.sd)
            assert np.log(other.sd / row.sd) == pytest.approx(0, abs=0.05)
