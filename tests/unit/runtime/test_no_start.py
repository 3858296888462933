"""A model whose log density is finite nowhere: the fit says which statements are to blame."""

import pytest

import pplc

SPEC = """
index N
data y[N]: positive
mu ~ Normal(0, 1)
for n in N { y[n] ~ LogNormal(mu, 1) }
factor log(max(-exp(mu), 0))
"""


def test_r891_names_the_terms_that_are_not_finite(tmp_path):
    data = tmp_path / "data.json"
    data.write_text('{"y": [1.0, 2.0]}')
    with pytest.raises(pplc.SpecError) as caught:
        pplc.fit(SPEC, data, draws=10)
    (found,) = caught.value.diagnostics
    assert found.code == "R891"
    assert "`factor" in found.message
    assert "`mu`" not in found.message
    assert "`y`" not in found.message


def test_r892_a_model_in_which_nothing_is_unknown(tmp_path):
    data = tmp_path / "data.json"
    data.write_text('{"y": [1.0, 2.0]}')
    spec = "index N\ndata y[N]: real\ny[n in N] ~ Normal(0, 1)\n"
    with pytest.raises(pplc.SpecError) as caught:
        pplc.fit(spec, data, draws=10)
    assert [d.code for d in caught.value.diagnostics] == ["R892"]
