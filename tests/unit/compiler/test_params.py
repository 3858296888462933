"""Params in generated modules: where they start, and their constraints."""

import pytest
import torch

from pplc.compiler.pipeline import compile_spec
from pplc.grammar.source import Source
from pplc.runtime.data import Data
from pplc.runtime.module import load_module

#: A declaration over K (3) and N (2), and where it starts.
STARTS = {
    "real": 0.0,
    "positive": 1.0,
    "nonnegative": 1.0,
    "unit": 0.5,
    "interval(2, 5)": 3.5,
    "real = 2": 2.0,
    "positive = size(K)": 3.0,
    "interval(-1, inf)": 0.0,
    "simplex[K]": [1 / 3] * 3,
    "simplex[K] = [0.2, 0.3, 0.5]": [0.2, 0.3, 0.5],
    "ordered[K]": [0.0, 1.0, 2.0],
    "positive_ordered[K]": [1.0, 2.0, 3.0],
    "real[K] = 4": [4.0] * 3,
    "cholesky_corr[K]": torch.eye(3).tolist(),
    "corr[K]": torch.eye(3).tolist(),
    "cov[K]": torch.eye(3).tolist(),
}
DATA = Data({}, {"N": 2, "K": 3}, {})


def module_of(declaration):
    text = f"index N\nindex K\n{declaration}\nmu ~ Normal(0, 1)\n"
    result = compile_spec(Source("p.ppl", text))
    assert result.ok
    return load_module(result.value.source, "p.ppl")


@pytest.mark.parametrize("type_", STARTS)
@pytest.mark.parametrize("family", ["", "[N]"])
def test_a_param_starts_in_its_own_units_and_comes_back(type_, family):
    module = module_of(f"param a{family}: {type_}")
    start = module.initial_params(DATA)["a"]
    expected = torch.tensor(STARTS[type_], dtype=torch.float64)
    torch.testing.assert_close(start, expected.expand(2, *expected.shape) if family else expected)
    u = module.unconstrain_params({"a": start}, DATA)
    back = module.constrain_params({name: x.clone() for name, x in u.items()}, DATA)["a"]
    torch.testing.assert_close(back, start)


def test_a_module_without_params_has_no_functions_for_them():
    assert not hasattr(module_of(""), "initial_params")
