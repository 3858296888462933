"""Warnings: none on good specs but those that are right, and none where the cause is missing."""

from pathlib import Path

import pytest

from pplc.compiler.pipeline import check
from pplc.grammar.source import Source

ROOT = Path(__file__).parents[3]
GOOD = sorted([*ROOT.glob("specs/**/*.ppl"), *ROOT.glob("tests/good/**/*.ppl")])

#: Warnings that good specs give and deserve, by the name of the spec.
DESERVED = {
    # The example of the README of the language, kept as it is written there.
    "mixture": {"W708"},
    # States with one prior.
    "hmm_poisson": {"W708"},
    # Made up of all there is in a guide: `a` and `left` are only added.
    "guided": {"W707"},
}

MIXTURE = """
index N
index K = 2
data y[N]: real
data m0[K]: real
w ~ Dirichlet({weights})
loc[k in K] ~ {loc}
for n in N {{
  z[n] ~ Categorical(w)
  y[n] ~ Normal({mean}, 1)
}}
"""


def codes(text):
    result = check(Source("model.ppl", text), pedantic=True)
    assert result.ok, [d.message for d in result.diagnostics]
    return [d.code for d in result.diagnostics]


@pytest.mark.parametrize("spec", GOOD, ids=lambda p: p.stem)
def test_good_specs_give_no_false_alarm(spec):
    result = check(Source(spec.name, spec.read_text()), pedantic=True)
    warned = {d.code for d in result.diagnostics if d.severity == "warning"}
    assert warned == DESERVED.get(spec.stem, set())


def test_without_pedantic_only_the_ordinary_warnings():
    text = (
        "index N\ndata y[N]: real\ndata x[N]: real\ns ~ Uniform(0, 9)\ny[n in N] ~ Normal(0, s)\n"
    )
    warned = [d.code for d in check(Source("model.ppl", text)).diagnostics]
    assert warned == ["W702"]
    assert sorted(codes(text)) == ["W702", "W703"]


def mixture(weights="ones(K)", loc="Normal(0, 10)", mean="loc[z[n]]"):
    return MIXTURE.format(weights=weights, loc=loc, mean=mean)


def test_label_switching_needs_components_that_are_alike():
    assert "W708" in codes(mixture())
    assert "W708" not in codes(mixture(loc="Normal(0, 10) ordered"))
    assert "W708" not in codes(mixture(loc="Normal(m0[k], 10)"))
    assert "W708" not in codes(mixture(loc="Normal(k, 10)"))
    assert "W708" not in codes(mixture(weights="m1").replace("m0[K]: real", "m1[K]: positive"))
    assert "W708" not in codes(mixture(mean="loc[z[n]] + m0[z[n]]"))


@pytest.mark.parametrize(
    ("prior", "use", "expected"),
    [
        ("Uniform(0, 1)", "Bernoulli(s)", []),
        ("Uniform(-9, 9)", "Bernoulli(logits=s)", ["W703"]),
        ("Uniform(0, 9)", "Bernoulli(if s < 3 then 0.1 else 0.9)", []),
        ("Gamma(0.001, 0.001)", "Bernoulli(logits=s)", ["W704"]),
        ("Gamma(0.001, 10)", "Bernoulli(logits=s)", []),
        ("Gamma(2, 0.0001)", "Bernoulli(logits=s)", ["W705"]),
        ("Normal(0, 1)", "Bernoulli(assume(s, unit))", ["W706"]),
        ("Beta(1, 1)", "Bernoulli(assume(s, unit))", []),
        ("Normal(0, 1e6)", "Bernoulli(logits=s)", ["W705"]),
        ("Normal(0, 1000)", "Bernoulli(logits=s)", []),
        ("Binomial(100000, 0.5)", "Bernoulli(logits=s)", []),
    ],
)
def test_priors(prior, use, expected):
    assert codes(f"index N\ndata y[N]: bool\ns ~ {prior}\ny[n in N] ~ {use}\n") == expected


def test_a_free_level_beside_groups_around_zero_is_fine():
    text = (
        "index N\nindex S\ndata y[N]: real\ndata g[N]: S\na ~ Normal(0, 1)\nm ~ Normal(0, 1)\n"
        "u[s in S] ~ Normal({}, 1)\ny[n in N] ~ Normal({}, 1)\n"
    )
    assert "W707" in codes(text.format("m", "a + u[g[n]]"))
    assert "W707" not in codes(text.format("0", "a + m * u[g[n]]"))
    assert "W707" not in codes(text.format("m", "m + u[g[n]]"))


def test_what_a_factor_reads_is_not_idle():
    data = "index N\ndata y[N]: real\n"
    text = data + "m ~ Normal(0, 1)\ns ~ HalfNormal(1)\n{}y[n in N] ~ Normal(m, 1)\n"
    assert codes(text.format("")) == ["W701"]
    assert codes(text.format("factor -s\n")) == []
    assert codes(text.format("d = 2 * s\n")) == ["W701"]


@pytest.mark.parametrize(
    ("law", "expected"),
    [
        ("Normal(0, s)", ["W703"]),
        ("Normal(0, s) truncated(0, inf)", ["W703"]),
        ("StudentT(s, 0, 1)", ["W703"]),
        ("Normal(0, sqrt(81 - s^2))", []),
        ("Uniform(0, s)", []),  # the largest of what is counted: the end is what is asked for
        ("Pareto(s, 2)", []),
    ],
)
def test_hard_ends_are_about_arguments_without_ends(law, expected):
    text = f"index N\ndata y[N]: real\ns ~ Uniform(0, 9)\ny[n in N] ~ {law}\n"
    assert codes(text) == expected


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ("y[n in N] ~ Normal(a + b, 1)", ["W707"]),
        ("y[n in N] ~ Normal(a + b * x[n], 1)", []),
        ("y[n in N] ~ Normal(a + b, 1)\nx[n in N] ~ Normal(a, 1)", []),  # x tells what a is
        ("y[n in N] ~ Normal(a + b + a * b, 1)", []),
        ("y[n in N] ~ Normal(if x[n] > 0 then a else b, 1)", []),
    ],
)
def test_two_numbers_that_are_only_added_set_one_level(lines, expected):
    text = "index N\ndata y[N]: real\ndata x[N]: real\na ~ Normal(0, 1)\nb ~ Normal(0, 1)\n"
    assert [c for c in codes(f"{text}{lines}\n") if c != "W702"] == expected


@pytest.mark.parametrize(
    ("prior", "law", "expected"),
    [
        ("Normal(0, 9)", "Mixture(w, Normal(m[0], 1), Normal(m[1], 1))", ["W708"]),
        ("Normal(0, 9) ordered", "Mixture(w, Normal(m[0], 1), Normal(m[1], 1))", []),
        ("Normal(0, 9)", "Mixture(w, Normal(m[0], 1), Normal(m[1], 2))", []),
        ("Normal(0, 9)", "Mixture(w, Normal(m[0], 1), StudentT(1, m[1], 1))", []),
        ("Normal(k, 9)", "Mixture(w, Normal(m[0], 1), Normal(m[1], 1))", []),
        ("Normal(0, 9)", "Mixture([0.3, 0.7], Normal(m[0], 1), Normal(m[1], 1))", []),
    ],
)
def test_the_parts_of_a_mixture_can_change_places_too(prior, law, expected):
    text = "index N\nindex K = 2\ndata y[N]: real\nw ~ Dirichlet(fill(1, K))\n"
    found = codes(f"{text}m[k in K] ~ {prior}\ny[n in N] ~ {law}\n")
    assert [c for c in found if c not in ("W701", "W702")] == expected


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ("y[n in N] ~ Normal(m, 1)", ["W701"]),
        ("y[n in N] ~ Normal(m + s, 1)", []),
        ("d = m + s\ny[n in N] ~ Normal(d, 1)", []),
        ("d = m + s\ny[n in N] ~ Normal(m, 1)", ["W701"]),
        ("y[n in N] ~ Normal(m, 1)\ngenerate { r ~ Normal(s, 1) }", ["W701"]),
    ],
)
def test_a_latent_that_no_data_depend_on_is_idle(lines, expected):
    text = f"index N\ndata y[N]: real\nm ~ Normal(0, 1)\ns ~ HalfNormal(1)\n{lines}\n"
    assert codes(text) == expected
