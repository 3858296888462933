"""What people struggled with in other tools, and what a check answers: guides and supports."""

from pplc.compiler.pipeline import check
from pplc.compiler.report import ledger_text
from pplc.grammar.render import render_all
from pplc.grammar.source import Source

NORMAL = """
index N
data y[N]: real
mu    ~ Normal(42, 1)
sigma ~ LogNormal(1, 1)
y[n in N] ~ Normal(mu, sigma)
"""
MIXTURE = """
index N
index K = 2
data x[N]: real
weights ~ Dirichlet(fill(0.5, K))
loc[k in K] ~ Normal(0, 10) ordered
for n in N {
  z[n] ~ Categorical(weights)
  x[n] ~ Normal(loc[z[n]], 1)
}
"""


def ledger(text):
    result = check(Source("m.ppl", text))
    assert not result.diagnostics
    return {line.site: line.role for line in result.value.ledger.lines}, ledger_text(result.value)


def answer(text):
    source = Source("m.ppl", text)
    result = check(source)
    assert result.value is None
    return [d.code for d in result.diagnostics], render_all(result.diagnostics, source)


def test_a_latent_is_summed_out_or_guided_and_the_ledger_says_which():
    roles, shown = ledger(MIXTURE)
    assert roles["z"] == "summed out" and "N * K terms" in shown
    roles, shown = ledger(
        MIXTURE + "guide {\n param q[N]: simplex[K]\n z[n] ~ Categorical(q[n])\n}"
    )
    assert roles["z"] == "guided" and "in place of being summed out" in shown
    assert roles["loc"] == "derived"


def test_a_gaussian_over_a_summed_out_latent_cannot_be_written():
    codes, shown = answer(MIXTURE + "guide { z ~ normal }")
    assert codes == ["E612"]
    assert "leave it out: it is summed out exactly" in shown


def test_deleting_the_lines_of_a_guide_derives_them_and_a_strict_guide_names_them():
    roles, _ = ledger(NORMAL + "guide { }")
    assert roles["mu"] == roles["sigma"] == "derived"
    codes, shown = answer(NORMAL + "guide strict { }")
    assert codes == ["E609"]
    assert "leaves out `mu` and `sigma`" in shown


def test_a_guide_that_samples_the_data_is_told_what_to_declare():
    lines = "guide {\n param loc: real\n param scale: positive\n y[n] ~ Normal(loc, scale)\n}"
    for model in (
        "index N\ndata y[N]: real\n",
        "index N\ndata y[N]: real\ny[n in N] ~ Normal(0, 1)\n",
    ):
        codes, shown = answer(model + lines)
        assert codes == ["E601"]
        assert "a guide is over latents" in shown
        assert "`loc ~ Normal(0, 10)` and `scale ~ HalfNormal(10)`" in shown


def test_the_fix_of_a_scale_that_may_be_negative_makes_it_positive():
    text = NORMAL + "guide {\n param m: real\n param s: real = 1\n mu ~ Normal(m, s)\n}"
    (diagnostic,) = check(Source("m.ppl", text)).diagnostics
    (fix,) = diagnostic.fixes
    assert (diagnostic.code, fix.replacement) == ("E401", "positive")
    mended = text[: fix.span.start] + fix.replacement + text[fix.span.end :]
    assert ledger(mended)[0]["mu"] == "guided"


def test_a_scale_that_is_positive_by_its_prior_or_as_an_absolute_value():
    for lines in (
        "sigma ~ HalfNormal(1)",
        "sigma ~ FoldedNormal(3, 1)",
        "s ~ Normal(0, 1)\nsigma = abs(s)",
        "s ~ Normal(0, 1)\nsigma = s^2",
    ):
        text = NORMAL.replace("sigma ~ LogNormal(1, 1)", lines)
        assert ledger(text)[0]["y"] == "observed"
