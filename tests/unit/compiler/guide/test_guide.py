"""The derived guide: what is global, what is local to which plate, and what it depends on."""

import pytest

from pplc.compiler.guide.dependence import key
from pplc.compiler.pipeline import check
from pplc.grammar.source import Source


def plan(text):
    result = check(Source("test.ppl", text))
    assert result.value is not None, [d.title for d in result.diagnostics]
    return result.value.guide


def outline(text):
    """Each block: its sites, its plates and the sites that it depends on."""
    guide = plan(text)
    return {
        b.sites: (b.plates, (*b.parents, *(s for o in b.outer for s in guide.block(o.block).sites)))
        for b in guide.blocks
    }


DATA = "index N\ndata y[N]: real\n"


def test_a_site_read_at_one_element_is_local():
    assert outline(f"""{DATA}index J
data county[N]: J
mu ~ Normal(0, 1)
tau ~ HalfNormal(1)
sigma ~ HalfNormal(1)
alpha[j in J] ~ Normal(mu, tau)
y[n in N] ~ Normal(alpha[county[n]], sigma)
""") == {
        ("mu", "tau", "sigma"): ((), ()),
        ("alpha",): (("J",), ("mu", "tau", "sigma")),
    }


@pytest.mark.parametrize(
    "likelihood",
    [
        "y[n] ~ Normal(dot(x[n], beta), 1)",
        "y[n] ~ Normal(sum(j in J: beta[j]), 1)",
        "y[n] ~ Normal(beta[home[n]] - beta[away[n]], 1)",
        "y[n] ~ Normal(beta[0] + beta[away[n]], 1)",
        "total = sum(j in J: beta[j])\ny[n] ~ Normal(beta[home[n]] / total, 1)",
    ],
)
def test_a_site_of_which_one_factor_reads_several_elements_is_global(likelihood):
    text = f"""{DATA}index J
data x[N, J]: real
data home[N]: J
data away[N]: J
beta[j in J] ~ Normal(0, 1)
for n in N {{ {likelihood} }}
"""
    if likelihood.startswith("total"):
        text = text.replace("for n in N { total", "total").replace("1)\n }", "1)\n")
        text = text.replace("\ny[n] ~", "\nfor n in N { y[n] ~").rstrip() + "\n"
    assert outline(text) == {("beta",): ((), ())}


def test_definitions_are_read_through_and_their_indices_composed():
    assert outline(f"""{DATA}index C
index S
data class[N]: C
data school[C]: S
s[j in S] ~ Normal(0, 1)
c[k in C] ~ Normal(0, 1)
mean[k in C] = s[school[k]] + c[k]
y[n in N] ~ Normal(mean[class[n]], 1)
""") == {("s",): (("S",), ()), ("c",): (("C",), ("s",))}


def test_sites_of_a_plate_that_are_read_together_share_a_block():
    text = """index N
data y[N]: real
for n in N {
  a[n] ~ Normal(0, 1)
  b[n] ~ Normal(0, 1)
  y[n] ~ Normal(a[n] + b[n], 1)
}
"""
    assert outline(text) == {("a", "b"): (("N",), ())}


def test_sites_of_a_plate_that_are_read_at_different_elements_do_not():
    assert outline(f"""{DATA}index J
data home[N]: J
data away[N]: J
attack[j in J] ~ Normal(0, 1)
defence[j in J] ~ Normal(0, 1)
y[n in N] ~ Normal(attack[home[n]] - defence[away[n]], 1)
""") == {("attack",): (("J",), ()), ("defence",): (("J",), ())}


def test_nested_plates_pass_on_what_they_depend_on():
    guide = plan(f"""{DATA}index C
index S
data class[N]: C
data school[C]: S
mu ~ Normal(0, 1)
tau_s ~ HalfNormal(1)
tau_c ~ HalfNormal(1)
sigma ~ HalfNormal(1)
s[j in S] ~ Normal(mu, tau_s)
c[k in C] ~ Normal(s[school[k]], tau_c)
y[n in N] ~ Normal(c[class[n]], sigma)
""")
    schools, classes = guide.blocks[1:]
    assert schools.parents == ("mu", "tau_s", "tau_c", "sigma")
    assert classes.parents == ("tau_c", "sigma")
    assert classes.outer[0].block == "S"
    assert [key(i) for i in classes.outer[0].index] == [("read", "school", ("position", "C", 0))]


def test_a_plate_in_a_plate():
    guide = plan("""index I
index J
data y[I, J]: real
a[i in I] ~ Normal(0, 1)
for i in I { for j in J {
  b[i, j] ~ Normal(a[i], 1)
  y[i, j] ~ Normal(b[i, j], 1)
} }
""")
    assert [b.plates for b in guide.blocks] == [("I",), ("I", "J")]
    assert [key(i) for i in guide.blocks[1].outer[0].index] == [("position", "I", 0)]


def test_crossed_plates_do_not_depend_on_each_other():
    assert outline(f"""{DATA}index S
index I
data subject[N]: S
data item[N]: I
u[s in S] ~ Normal(0, 1)
v[i in I] ~ Normal(0, 1)
y[n in N] ~ Normal(u[subject[n]] + v[item[n]], 1)
""") == {("u",): (("S",), ()), ("v",): (("I",), ())}


def test_elements_tied_by_a_summed_out_site_are_one_factor():
    text = """index M
index T
data y[M, T]: bool
p[t in T] ~ Beta(1, 1)
q[m in M] ~ Beta(1, 1)
for m in M {
  alive[m] ~ Bernoulli(q[m])
  for t in T { y[m, t] ~ Bernoulli(if alive[m] then p[t] else 0) }
}
"""
    assert outline(text) == {("p",): ((), ()), ("q",): (("M",), ("p",))}


def test_small_index_sets_are_drawn_together():
    text = """index N
index K = 3
data y[N]: real
loc[k in K] ~ Normal(0, 1)
for n in N {
  z[n] ~ Categorical(logits=zeros(K))
  y[n] ~ Normal(loc[z[n]], 1)
}
"""
    assert outline(text) == {("loc",): ((), ())}


CENTRED = """index J
data y[J]: real
mu ~ Normal(0, 5)
tau ~ HalfCauchy(5)
for j in J {{
  theta[j] ~ {law}
  y[j] ~ Normal({read}, 1)
}}
"""


@pytest.mark.parametrize(
    ("law", "read", "centred"),
    [
        ("Normal(mu, tau)", "theta[j]", True),
        ("LogNormal(mu, tau)", "theta[j]", True),
        ("StudentT(4, mu, tau)", "theta[j]", True),
        ("Normal(mu, 2)", "theta[j]", False),
        ("Gamma(2, tau)", "theta[j]", False),
        ("Normal(0, 1)", "mu + tau * theta[j]", False),
    ],
)
def test_what_is_centred_by_degrees(law, read, centred):
    found = plan(CENTRED.format(law=law, read=read)).centred
    assert list(found) == (["theta"] if centred else [])
