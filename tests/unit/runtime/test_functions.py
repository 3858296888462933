"""Functions that generated code calls, against plain loops and numpy."""

import subprocess
import sys

import numpy as np
import pytest
import torch
from scipy import special

from pplc.runtime import functions as f

SEGMENTS = torch.tensor([2, 0, 2, 2, 0, 4])  # 1 and 3 are empty
COUNT = 5


def randn(*shape):
    return torch.randn(*shape, dtype=torch.float64, generator=torch.manual_seed(0))


REDUCTIONS = {
    "sum": (f.segment_sum, np.sum, 0.0),
    "mean": (f.segment_mean, np.mean, np.nan),
    "max": (f.segment_max, np.max, -np.inf),
    "min": (f.segment_min, np.min, np.inf),
    "log_sum": (f.segment_log_sum, special.logsumexp, -np.inf),
}


@pytest.mark.parametrize(("ours", "theirs", "empty"), REDUCTIONS.values(), ids=REDUCTIONS)
@pytest.mark.parametrize("dim", [0, 1, -1])
def test_segments(ours, theirs, empty, dim):
    values = randn(3, 4, 6).movedim(-1, dim)
    result = ours(values, SEGMENTS, COUNT, dim).movedim(dim, -1).numpy()
    assert result.shape == (3, 4, COUNT)
    along = values.movedim(dim, -1).numpy()
    for k in range(COUNT):
        members = along[..., SEGMENTS.numpy() == k]
        expected = theirs(members, axis=-1) if members.size else empty
        np.testing.assert_allclose(result[..., k], np.broadcast_to(expected, (3, 4)), rtol=1e-13)


@pytest.mark.parametrize("ours", [f.segment_sum, f.segment_max, f.segment_min, f.segment_log_sum])
def test_gradients_of_segments(ours):
    def finite_parts(values):
        return ours(values, SEGMENTS, COUNT, -1)[..., [0, 2, 4]]

    assert torch.autograd.gradcheck(finite_parts, randn(2, 6).requires_grad_())


def test_empty_and_impossible_segments_have_no_gradient():
    values = torch.tensor([0.0, -torch.inf], dtype=torch.float64, requires_grad=True)
    result = f.segment_log_sum(values, torch.tensor([0, 2]), 3, 0)
    assert result.tolist() == [0, -torch.inf, -torch.inf]
    (gradient,) = torch.autograd.grad(result.sum(), values)
    assert gradient.tolist() == [1, 0]


def test_histogram():
    values, segments = torch.tensor([0, 3, 3, 1]), torch.tensor([1, 1, 1, 0])
    assert f.histogram(values, segments, 4, 3).tolist() == [[0, 1, 0, 0], [1, 0, 0, 2], [0] * 4]


def test_sd_divides_by_one_less():
    x = randn(3, 5)
    np.testing.assert_allclose(f.sd(x, 1), np.std(x.numpy(), axis=1, ddof=1))
    assert torch.autograd.gradcheck(lambda x: f.sd(x, 0), x.requires_grad_())


def test_sd_of_equal_numbers():
    x = torch.ones(4, dtype=torch.float64, requires_grad=True)
    result = f.sd(x, 0)
    assert result == 0
    assert torch.autograd.grad(result, x)[0].tolist() == [0] * 4


def test_exp_quad():
    x, y = randn(4), randn(3) + 0.1
    length, amplitude = torch.tensor([0.5, 2.0]).double(), torch.tensor([1.0, 3.0]).double()
    result = f.exp_quad(x, y, length, amplitude)
    for s in range(2):
        for i in range(4):
            for j in range(3):
                square = ((x[i] - y[j]) / length[s]) ** 2
                expected = amplitude[s] ** 2 * torch.exp(-0.5 * square)
                assert result[s, i, j].item() == pytest.approx(expected.item())
    torch.testing.assert_close(f.exp_quad(x, y, 2.0, 3.0), result[1])


def test_softplus_is_exact_beyond_twenty():
    x = torch.tensor([-800.0, -1.0, 25.0, 800.0], dtype=torch.float64)
    np.testing.assert_allclose(f.softplus(x), np.logaddexp(0, x.numpy()), rtol=1e-15)
    assert f.softplus(x)[2] > 25


@pytest.mark.parametrize("shape", [(), (4,), (2, 4)])
@pytest.mark.parametrize("at", [(6,), (3, 2)])
def test_take_is_indexing_of_the_last_dimension(shape, at):
    rng = np.random.default_rng(0)
    values = torch.from_numpy(rng.normal(size=(*shape, 5))).requires_grad_()
    positions = torch.from_numpy(rng.integers(5, size=at))
    weights = torch.from_numpy(rng.normal(size=(*shape, *at)))
    assert torch.equal(f.take(values, positions), values[..., positions])
    found, expected = (
        torch.autograd.grad((weights * x).sum(), values)[0]
        for x in (f.take(values, positions), values[..., positions])
    )
    torch.testing.assert_close(found, expected)


def test_absolute_and_its_derivatives():
    x = torch.tensor([-2.0, 0.0, 3.0], dtype=torch.float64, requires_grad=True)
    assert f.absolute(x).tolist() == [2, 0, 3]
    (slope,) = torch.autograd.grad(f.absolute(x).square().sum(), x, create_graph=True)
    assert slope.tolist() == [-4, 0, 6]
    assert torch.autograd.grad(slope.sum(), x)[0][[0, 2]].tolist() == [2, 2]


def test_second_derivatives_do_not_import_the_compiler_of_torch():
    """Where torch looks for the type of a zero derivative it imports it, for two seconds."""
    script = """
import sys, torch
from pplc.runtime.distributions import Laplace, MultivariateNormal
x = torch.ones(2, dtype=torch.float64, requires_grad=True)
law = MultivariateNormal(torch.zeros(2, dtype=torch.float64), x.square().diag_embed() + 1)
for density in (law.log_prob(x), Laplace(0.0, 1.0).log_prob(x * x).sum()):
    (slope,) = torch.autograd.grad(density, x, create_graph=True)
    torch.autograd.grad(slope.sum(), x)
assert "torch._dynamo" not in sys.modules
"""
    subprocess.run([sys.executable, "-c", script], check=True)


def test_a_matrix_without_a_cholesky_factor_is_no_error():
    good = torch.tensor([[4.0, 2.0], [2.0, 3.0]], dtype=torch.float64)
    matrices = torch.stack([good, -good]).requires_grad_()
    factors = f.cholesky(matrices)
    np.testing.assert_allclose(factors[0].detach(), np.linalg.cholesky(good))
    assert factors[1].isnan().all()
    (slope,) = torch.autograd.grad(factors[0].sum(), matrices)
    assert slope.isfinite().all()
