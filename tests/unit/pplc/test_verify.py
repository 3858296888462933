"""`pplc check --verify`: it finds what is wrong, and nothing in what is right."""

from pathlib import Path

import pytest

from pplc.cli import run
from pplc.compiler.pipeline import Compiled, compile_spec
from pplc.grammar.source import Source
from pplc.verify.report import wrong_densities
from pplc.verify.small import MOST, joint_values, small_sizes
from pplc.verify.verification import verify

MIXTURE = """
index N
index K = 4
data x[N]: real
w ~ Dirichlet(ones(K))
m[k in K] ~ Normal(0, 5)
for n in N {
  z[n] ~ Categorical(w)
  x[n] ~ Normal(m[z[n]], 1)
}
"""
NESTED = """
index I
index J
index K = 2
data part[J]: I
data y[J]: bool
a ~ Beta(1, 1)
lean[k in K] ~ Normal(0, 1)
for i in I { kind[i] ~ Bernoulli(a) }
for j in J {
  sub[j] ~ Categorical(logits=kind[part[j]] * lean)
  y[j]   ~ Bernoulli(if sub[j] == 1 then 0.9 else a)
}
"""
SECOND_ORDER = """
index T
index K = 2
data y[T]: nat
A[i in K, j in K] ~ Dirichlet(ones(K))
rate[k in K] ~ Gamma(2, 1)
scan t in T {
  z[t] ~ Categorical(A[z[t-2], z[t-1]]) from [Categorical(A[0, 0]), Categorical(A[0, z[t-1]])]
  y[t] ~ Poisson(rate[z[t]])
}
"""
LATE = """
index T
data y[T]: real
mu ~ Normal(0, 1)
jump ~ Bernoulli(0.1)
for t in T from 3 { y[t] ~ Normal(mu * y[t-1] + jump, 1) }
"""


def compiled(text):
    result = compile_spec(Source("model.ppl", text))
    assert result.ok, [d.message for d in result.diagnostics]
    return result.value


def verified(text, change=lambda source: source):
    model = compiled(text)
    changed = Compiled(source=change(model.source), metadata=model.metadata, plan=model.plan)
    return verify(changed, Source("model.ppl", text)), model.plan.graph


@pytest.mark.parametrize("text", [MIXTURE, NESTED, SECOND_ORDER, LATE])
def test_what_is_right_is_verified(text):
    found, graph = verified(text)
    assert found.points == 3
    assert found.reason == ""
    assert wrong_densities(found, graph) == []
    compared = {site for site, _ in found.differences}
    assert compared == {"", *(s.name for s in graph.sites.values() if s.latent)}


@pytest.mark.parametrize(
    ("text", "site", "by_sums"),
    [(NESTED, "kind", True), (MIXTURE, "z", False)],  # a site alone has its probabilities without
)
def test_a_maximum_in_the_place_of_a_sum_is_found(text, site, by_sums):
    found, graph = verified(text, lambda source: source.replace("log_sum(", "torch.amax("))
    wrong = wrong_densities(found, graph)
    assert {d.code for d in wrong} == {"X902"}
    assert ("", "log density") in found.wrong
    assert ((site, "probabilities") in found.wrong) == by_sums
    assert (site, "most probable") not in found.wrong


def test_a_wrong_most_probable_path_is_found():
    found, _ = verified(
        SECOND_ORDER,
        lambda s: s.replace(
            'values["z"] = second_order_best', "values['z'] = 2 - second_order_best"
        ),
    )
    assert found.wrong == [("z", "most probable")]


def test_a_statement_that_is_counted_twice_is_found():
    found, _ = verified(
        LATE,
        lambda s: s.replace('    log_p["mu"] = log_f["mu"]', '    log_p["mu"] = 2 * log_f["mu"]'),
    )
    assert found.wrong == [("", "log density"), ("mu", "gradient")]


def test_constants_of_the_spec_bound_the_sizes_from_below():
    assert small_sizes(compiled(LATE).plan.graph)["T"] >= 4
    literal = MIXTURE.replace("m[k in K] ~", "m0[K] = [1, 2, 3, 4]\nm[k in K] ~").replace("= 4", "")
    assert small_sizes(compiled(literal).plan.graph)["K"] == 4


def test_too_many_joint_values_are_not_gone_through():
    lists = "[" + ", ".join(["1"] * 70) + "]"
    text = MIXTURE.replace("index K = 4", "index K").replace(
        "m[k in K] ~", f"m0[K] = {lists}\nm[k in K] ~"
    )
    text += "for n in N { v[n] ~ Categorical(w)\n u[n] ~ Categorical(w) }\n"
    graph = compiled(text).plan.graph
    assert joint_values(graph, small_sizes(graph)) > MOST
    found, _ = verified(text)
    assert found.reason == "even at the smallest sizes there are 343,000 joint values"
    assert found.differences == {}


def test_x902_ends_with_status_1(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr("pplc.runtime.contraction.log_sum", lambda x, dim: x.amax(dim))
    path = tmp_path / "model.ppl"
    path.write_text(MIXTURE)
    assert run(["check", "--verify", str(path)]) == 1
    written = capsys.readouterr()
    assert "error[X902]: this is a bug in pplc: the compiled log density is off by" in written.err
    assert "of them differ" in written.out


@pytest.mark.parametrize("stem", ["faithful", "posteriordb/three_men1", "posteriordb/hmm_example"])
def test_specs(stem):
    text = (Path(__file__).parents[3] / f"specs/{stem}.ppl").read_text()
    found, _ = verified(text)
    assert found.points == 3
    assert not found.wrong
