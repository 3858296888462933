"""Index sets may have any name, that of an axis of the generated code among them."""

import numpy as np
import pytest
import torch
from scipy.special import logsumexp
from scipy.stats import norm

from pplc.compiler.codegen.names import RUNTIME
from pplc.compiler.pipeline import compile_spec
from pplc.grammar.source import Source
from pplc.runtime.data import Data
from pplc.runtime.module import load_module

MIXTURE = """
index {S}
index K = 2
data x[{S}]: real
w ~ Dirichlet(ones(K))
m[k in K] ~ Normal(0, 1)
for n in {S} {{
  z[n] ~ Categorical(w)
  x[n] ~ Normal(m[z[n]], 1)
}}
"""
#: All rows of the transition are the same: nothing depends on what was before.
CHAIN = (
    MIXTURE.replace("for n", "scan n").replace("(w)", "(A[z[n-1]]) from Categorical(w)")
    + "A[k in K] ~ Dirichlet(ones(K))\n"
)


@pytest.mark.parametrize("spec", [MIXTURE, CHAIN], ids=["mixture", "chain"])
@pytest.mark.parametrize("name", ["S", "N", "particles", "draws", "latents", "S_"])
def test_the_density_is_the_same_whatever_an_index_set_is_called(name, spec):
    x = np.array([-0.3, 0.8, 2.0])
    result = compile_spec(Source("t.ppl", spec.format(S=name)))
    assert result.value is not None, result.diagnostics
    module = load_module(result.value.source, "t.ppl")
    labels = {name: (0, 1, 2), "K": (0, 1)}
    data = module.prepare(Data({"x": torch.tensor(x)}, {name: 3, "K": 2}, labels))
    w = torch.tensor([[0.3, 0.7], [0.6, 0.4]], dtype=torch.float64)
    m = torch.tensor([[0, 1], [-1, 2]], dtype=torch.float64)
    log_p = module.model({"w": w, "m": m, "A": w[:, None].expand(2, 2, 2)}, data, {})
    found = sum(log_p.values())
    for s in range(2):
        expected = logsumexp(norm(m[s].numpy()).logpdf(x[:, None]) + np.log(w[s].numpy()), axis=-1)
        prior = norm(0, 1).logpdf(m[s].numpy()).sum()  # those of w and A are 0
        assert float(found[s]) == pytest.approx(expected.sum() + prior, abs=1e-12)


SITES = """
index N
index T[N]
data y[N, T]: real
{name} ~ Normal(0, 1)
m[n in N] ~ Normal({name}, 1)
for n in N {{
  for t in T {{ y[n, t] ~ Normal(m[n] + sd(m) + abs({name}) - max(m), 1) }}
}}
"""
#: Names that generated code calls, and makes of the names of others.
CALLED = [n for module, names in RUNTIME.items() if module != "distributions" for n in names]


@pytest.mark.parametrize("name", [*CALLED, "length_of_T", "increasing", "torch"])
def test_the_density_is_the_same_whatever_a_site_is_called(name):
    result = compile_spec(Source("t.ppl", SITES.format(name=name)))
    assert result.value is not None, result.diagnostics
    module = load_module(result.value.source, "t.ppl")
    y, lengths = np.array([[0.3, -1.0], [2.0, np.nan]]), [2, 1]
    arrays = {"y": torch.tensor(y), "length of T": torch.tensor(lengths)}
    sizes = {"N": 2, "T": 2}
    data = module.prepare(Data(arrays, sizes, dict.fromkeys(sizes, (0, 1))))
    a, m = 0.4, np.array([1.0, -0.5])
    latents = {name: torch.tensor([a], dtype=torch.float64), "m": torch.tensor(m)[None]}
    found = sum(module.model(latents, data, {}).values())
    mean = m + m.std(ddof=1) + a - m.max()
    expected = norm(0, 1).logpdf(a) + norm(a, 1).logpdf(m).sum()
    expected += norm(mean[0], 1).logpdf(y[0]).sum() + norm(mean[1], 1).logpdf(y[1, 0])
    assert float(found[0]) == pytest.approx(expected, abs=1e-12)


#: Blocks of the guide are called by index sets and sites: here two of each would be the same.
ALIKE = """
index globals, A, B, A_B
data x[globals]: real
data y[A, B]: real
data w[A_B]: real
m ~ Normal(0, 1)
s ~ HalfNormal(1)
m_s ~ Normal(0, 1)
e[g in globals] ~ Normal(m, s)
h[a in A, b in B] ~ Normal(m, 1)
k[j in A_B] ~ Normal(m_s, 1)
x[g in globals] ~ Normal(e[g], 1)
y[a in A, b in B] ~ Normal(h[a, b], 1)
w[j in A_B] ~ Normal(k[j], 1)
guide {
  (m, log(s)) ~ mvn
  m_s ~ normal
}
"""


def test_each_block_of_the_guide_has_a_name_of_its_own():
    result = compile_spec(Source("t.ppl", ALIKE))
    assert result.value is not None, result.diagnostics
    blocks = result.value.plan.guide.blocks
    assert len({b.name for b in blocks}) == len(blocks)
    assert {s for b in blocks for s in b.sites} == {"m", "s", "m_s", "e", "h", "k"}
