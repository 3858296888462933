"""What summing out costs: in sizes and in numbers, and a warning beyond the budget."""

import pytest

from pplc.compiler.elimination.costs import in_numbers, number_of_terms, over_budget
from pplc.compiler.pipeline import check
from pplc.grammar.source import Source

FACTORIAL = """
index T
index K = 3
index L = 4
data y[T]: real
a[k in K] ~ Normal(0, 1)
b[l in L] ~ Normal(0, 1)
P[k in K] ~ Dirichlet(ones(K))
Q[l in L] ~ Dirichlet(ones(L))
scan t in T {
  u[t] ~ Categorical(P[u[t-1]]) from Categorical(fill(1 / size(K), K))
  v[t] ~ Categorical(Q[v[t-1]]) from Categorical(fill(1 / size(L), L))
  y[t] ~ Normal(a[u[t]] + b[v[t]], 1)
}
"""


def planned(text):
    result = check(Source("model.ppl", text))
    assert result.ok, [d.message for d in result.diagnostics]
    return result.value.graph, result.value.elimination


def test_a_joint_chain_has_all_pairs_of_joint_states():
    _, plan = planned(FACTORIAL)
    (chain,) = [s for s in plan.steps if hasattr(s, "sites")]
    sizes = {"T": 100, "K": 3, "L": 4}
    assert number_of_terms(chain, sizes) == 100 * (3 * 4) ** 2
    assert in_numbers(chain, sizes) == "T * K * L * K * L terms = 100 * 3 * 4 * 3 * 4 = 14,400"
    assert in_numbers(chain, {"K": 3}) == "T * K * L * K * L terms"
    assert number_of_terms(chain, {"K": 3}) is None


def test_chains_that_nothing_ties_together_cost_their_sum():
    text = FACTORIAL.replace("data y[T]: real", "data y[T]: real\ndata x[T]: real")
    text = text.replace("+ b[v[t]], 1)", ", 1)\n  x[t] ~ Normal(b[v[t]], 1)")
    _, plan = planned(text)
    sizes = {"T": 100, "K": 3, "L": 4}
    terms = [number_of_terms(s, sizes) for s in plan.steps if hasattr(s, "sites")]
    assert sorted(terms) == [100 * 9, 100 * 16]


@pytest.mark.parametrize(("budget", "found"), [(14_400, 0), (14_399, 1)])
def test_the_warning_is_for_more_than_the_budget(budget, found):
    graph, plan = planned(FACTORIAL)
    warnings = list(over_budget(graph, plan, {"T": 100, "K": 3, "L": 4}, budget))
    assert len(warnings) == found


def test_the_warning_names_sites_plates_and_what_ties_them():
    graph, plan = planned(FACTORIAL)
    (warning,) = over_budget(graph, plan, {"T": 10**6, "K": 3, "L": 4})
    assert warning.code == "W710"
    assert warning.message == (
        "summing `u` and `v` out over `T` adds up 144,000,000 terms at each evaluation"
    )
    assert warning.help_message == "let `y` depend on fewer of `u` and `v`"
    assert any("ties" in note.text and note.span == graph.sites["y"].span for note in warning.notes)
