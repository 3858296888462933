"""What to try after a bad fit, in the words of the spec."""

import pytest

from pplc.advice import advice
from pplc.compiler.pipeline import compile_spec
from pplc.grammar.source import Source
from pplc.runtime.verdict.verdict import Departure, Verdict

SCHOOLS = """index J
data y[J]: real
data sigma[J]: positive
mu ~ Normal(0, 5)
tau ~ HalfCauchy(5)
theta[j in J] ~ Normal(mu, tau)
y[j in J] ~ Normal(theta[j], sigma[j])
"""
GUIDE = SCHOOLS + "guide {\n  mu   ~ normal\n  theta ~ normal\n}\n"
REST = SCHOOLS + "guide { * ~ normal }\n"
FROZEN = "guide { tau ~ point }\n"
FLAT = """index N
data y[N]: real
a ~ Flat()
b ~ Flat()
s = exp(b)
y[n in N] ~ Normal(a, s)
"""
MIXTURE = """index N
index K = 2
data y[N]: real
w ~ Dirichlet(ones(K))
mu[k in K] ~ Normal(0, 3)
for n in N {
  z[n] ~ Categorical(w)
  y[n] ~ Normal(mu[z[n]], 1)
}
"""
AMORTISED = """index N, P
data x[N, P]: real
data y[N]: real
net enc(real[P]) -> (loc: real, scale: positive) = mlp(hidden=[3])
mu ~ Normal(0, 1)
z[n in N] ~ Normal(mu, 1)
y[n in N] ~ Normal(z[n], 1)
guide {
  q[n in N] = enc(x[n])
  mu ~ normal
  z[n] ~ Normal(q[n].loc, q[n].scale)
}
"""


def told(text, *off, about="model", exchanged=None, sizes=None):
    source = Source("t.ppl", text)
    compiled = compile_spec(source)
    assert compiled.value is not None, compiled.diagnostics
    departures = tuple(Departure(site=site, index=(), labels=()) for site in off)
    verdict = Verdict(
        "not reliable", "why", "the general remedy", about, "weights", departures, exchanged
    )
    return advice(verdict, compiled.value.plan, source, sizes or {"N": 100, "J": 8, "K": 2})


@pytest.mark.parametrize(
    ("off", "said"),
    [
        (["mu"], "the guide without `mu ~ normal` (line 9)"),
        (
            ["theta", "mu"],
            "the guide without `mu ~ normal` (line 9) and `theta ~ normal` (line 10)",
        ),
        (
            ["theta", "tau"],
            "the guide without `theta ~ normal` (line 10), or a prior with lighter tails than "
            "`HalfCauchy` for `tau`",
        ),
        # of a latent without a line: what the other lines leave out may be what it depends on
        (
            ["tau"],
            "the guide without `mu ~ normal` (line 9) and `theta ~ normal` (line 10), or a prior "
            "with lighter tails than `HalfCauchy` for `tau`",
        ),
    ],
)
def test_lines_of_the_guide(off, said):
    assert told(GUIDE, *off) == said


def test_the_line_about_the_rest():
    assert told(REST, "mu") == "the guide without `* ~ normal` (line 8)"


def test_an_amortised_guide_is_not_to_be_left_out():
    assert told(AMORTISED, "z") == "the guide without `mu ~ normal` (line 10)"


def test_little_data():
    few = "a prior that says more about `mu`: only 4 elements of `theta` tell of it"
    assert told(SCHOOLS, "mu", sizes={"J": 4}) == few
    assert told(SCHOOLS, "mu", sizes={"J": 8}) == "the general remedy"
    one = "a prior that says more about `mu`: only 1 element of `theta` tells of it"
    assert told(SCHOOLS, "mu", sizes={"J": 1}) == one
    # through a definition
    assert told(FLAT.replace("b ~ Flat()", "b ~ Normal(0, 9)"), "b", sizes={"N": 3}) == (
        "a prior that says more about `b`: only 3 elements of `y` tell of it"
    )


def test_improper_priors():
    assert told(FLAT, "b") == "a proper prior in place of `Flat` for `b`"
    # where it is not known which latents are off, all are looked at
    assert told(FLAT) == "a proper prior in place of `Flat` for `a` and `b`"


def test_labels_that_can_be_exchanged():
    ordered = "`ordered` behind the distribution of `mu`"
    assert told(MIXTURE, "mu", about="modes", exchanged="K") == ordered
    assert told(MIXTURE, "mu", about="modes") == "the general remedy"


def test_a_run_that_was_stopped_is_not_about_the_model():
    assert told(FLAT, about="run") == "the general remedy"


def test_nothing_is_tried_after_a_good_fit():
    source = Source("t.ppl", FLAT)
    plan = compile_spec(source).value.plan
    assert advice(Verdict("reliable", "why"), plan, source, {"N": 3}) == ""
