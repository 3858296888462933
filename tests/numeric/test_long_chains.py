"""Sums, products and conditions of thousands of terms: compiled, and computed by numpy."""

import numpy as np
import torch
from numeric.compiled import compiled, data_for

COUNT = 3000
SPEC = """
index P
data x[P]: real
data y: real
a ~ Normal(0, 1)
s ~ Gamma(2, 2)
total = {total}
shrunk = {product}
apart = if {condition} then 1 else 2
y ~ Normal(total * apart, shrunk)
"""


def test_thousands_of_terms():
    signs = np.random.default_rng(0).choice([-1, 1], COUNT)
    total = "a" + "".join(f" {'+' if s > 0 else '-'} x[{i}]" for i, s in enumerate(signs))
    product = "s" + "".join(
        f" {'*' if s > 0 else '/'} (1 + s / {i + 9})" for i, s in enumerate(signs)
    )
    condition = " and ".join(f"a < {i + 1}" for i in range(COUNT))
    module = compiled(SPEC.format(total=total, product=product, condition=condition))
    x = np.random.default_rng(1).normal(size=COUNT)
    data = data_for(module, {"P": COUNT}, x=x, y=0.5)
    a, s = np.array([0.3, 1.4]), np.array([0.7, 0.2])
    latents = {"a": torch.tensor(a), "s": torch.tensor(s)}
    found = module.model(latents, data, {})["y"].numpy()
    mean = (a + signs @ x) * np.where(a < 1, 1, 2)
    log_factors = np.log1p(s[:, None] / (np.arange(COUNT) + 9)) @ signs
    scale = s * np.exp(log_factors)
    expected = -0.5 * ((0.5 - mean) / scale) ** 2 - np.log(scale) - 0.5 * np.log(2 * np.pi)
    np.testing.assert_allclose(found, expected, rtol=1e-9)
