"""The options of a `fit` block, and that what the user says wins over them."""

import pplc

SPEC = """
index N
data y[N]: real
mu ~ Normal(0, 10)
for n in N { y[n] ~ Normal(mu, 1) }
fit {
  seed = 3
  draws = 50
}
"""


def test_the_block_is_used_and_arguments_win(tmp_path):
    path = tmp_path / "y.csv"
    path.write_text("y\n1\n2\n4\n")
    by_block = pplc.fit(SPEC, path)
    assert (by_block.posterior.seed, len(by_block.draws["mu"])) == (3, 50)
    by_hand = pplc.fit(SPEC, path, seed=0, draws=60)
    assert (by_hand.posterior.seed, len(by_hand.draws["mu"])) == (0, 60)
    assert by_hand.record().options.draws == 60
    without = pplc.fit(SPEC.partition("fit")[0], path)
    assert (without.posterior.seed, len(without.draws["mu"])) == (0, 4000)
