"""Numbers that are scored under a few alternatives each, with the axes swapped meanwhile."""

import numpy as np
import pytest
import scipy.stats
import torch

from pplc.runtime.distributions import Normal


def randn(*shape):
    return torch.randn(shape, dtype=torch.float64, generator=torch.manual_seed(0))


@pytest.mark.parametrize("loc", [(), (3,), (5, 1, 3), (5, 40, 3), (5, 40, 1), (1, 3)])
@pytest.mark.parametrize("scale", [(), (3,), (5, 1, 3)])
def test_a_column_under_alternatives(loc, scale):
    column = randn(40, 1)
    loc, scale = randn(*loc).requires_grad_(), (1 + randn(*scale).abs()).requires_grad_()
    found = Normal(loc, scale).log_prob(column)
    z = (column - loc) / scale
    expected = scipy.stats.norm.logpdf(z.detach()) - np.log(scale.detach().numpy())
    assert found.shape == expected.shape
    np.testing.assert_allclose(found.detach(), expected, rtol=1e-12)
    of_loc, of_scale = torch.autograd.grad(found.sum(), [loc, scale])
    torch.testing.assert_close(of_loc, (z / scale).detach().sum_to_size(loc.shape))
    slope = ((z.square() - 1) / scale).detach()
    torch.testing.assert_close(of_scale, slope.sum_to_size(scale.shape))
