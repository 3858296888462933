"""Plans of elimination for graphs whose answer is known by hand."""

import pytest

from pplc.compiler.elimination.eliminate import Product, Sum
from pplc.compiler.pipeline import check
from pplc.grammar.source import Source


def plan_of(text):
    result = check(Source("test.ppl", text))
    assert not result.diagnostics, [d.message for d in result.diagnostics]
    return result.value.elimination


def steps_of(text):
    return [
        ("sum", s.variable, s.cost) if isinstance(s, Sum) else ("product", s.plates)
        for s in plan_of(text).steps
        if isinstance(s, Sum | Product)
    ]


MIXTURE = """
index N
index K = 3
data x[N]: real
w ~ Dirichlet(ones(K))
loc[k in K] ~ Normal(0, 10) ordered
"""


def test_an_assignment_in_a_plate_is_summed_inside_it():
    text = MIXTURE + "for n in N {\n z[n] ~ Categorical(w)\n x[n] ~ Normal(loc[z[n]], 1)\n}\n"
    assert steps_of(text) == [("sum", "z", ("N", "K")), ("product", ("N",))]


def test_an_assignment_outside_the_plate_is_summed_after_the_product():
    text = MIXTURE + "z ~ Categorical(w)\nfor n in N { x[n] ~ Normal(loc[z], 1) }\n"
    assert steps_of(text) == [("product", ("N",)), ("sum", "z", ("K",))]


def test_nested_plates_go_from_the_inside_out():
    text = """
index M
index T
data y[M, T]: bool
p ~ Beta(1, 1)
for m in M {
  alive[m] ~ Bernoulli(p)
  for t in T {
    seen[m, t] ~ Bernoulli(if alive[m] then p else 0)
    y[m, t] ~ Bernoulli(if seen[m, t] then 0.9 else 0.1)
  }
}
"""
    assert steps_of(text) == [
        ("sum", "seen", ("M", "T", 2, 2)),
        ("product", ("T",)),
        ("sum", "alive", ("M", 2)),
        ("product", ("M",)),
    ]


def test_two_sites_that_meet_in_one_observation_are_summed_together():
    text = MIXTURE + (
        "for n in N {\n  a[n] ~ Categorical(w)\n  b[n] ~ Bernoulli(0.5)\n"
        "  x[n] ~ Normal(loc[a[n]] + b[n], 1)\n}\n"
    )
    costs = [s[2] for s in steps_of(text) if s[0] == "sum"]
    assert costs in ([("N", "K", 2), ("N", "K")], [("N", 2, "K"), ("N", 2)])


def test_terms_name_the_statements_that_they_cover():
    text = MIXTURE + "for n in N {\n z[n] ~ Categorical(w)\n x[n] ~ Normal(loc[z[n]], 1)\n}\n"
    assert list(plan_of(text).covers.values()) == [("z", "x")]


def test_two_plates_that_meet_in_a_grid_are_refused():
    result = check(
        Source(
            "test.ppl",
            "index I\nindex J\ndata y[I, J]: bool\n"
            "for i in I { a[i] ~ Bernoulli(0.5) }\n"
            "for j in J { b[j] ~ Bernoulli(0.5) }\n"
            "for i in I { for j in J {\n"
            "  y[i, j] ~ Bernoulli(if a[i] == b[j] then 0.9 else 0.1)\n}}\n",
        )
    )
    (problem,) = result.diagnostics
    assert problem.code == "E501"
    assert problem.sites == "`a` and `b`"
    assert {note.text for note in problem.notes} == {"`a` is drawn here", "`b` is drawn here"}


@pytest.mark.parametrize("law", ["Poisson(3)", "Geometric(0.5)", "NegativeBinomial(3, 0.5)"])
def test_an_unbounded_latent_is_refused(law):
    result = check(Source("test.ppl", f"data y: real\nk ~ {law}\ny ~ Normal(k, 1)\n"))
    assert [d.code for d in result.diagnostics] == ["E502"]
