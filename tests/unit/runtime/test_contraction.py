"""Sums and draws over the values of discrete sites."""

import pytest
import torch

from pplc.runtime.contraction import choose, draw, largest, log_sum, normalised

inf = torch.inf


def randn(*shape):
    return torch.randn(*shape, dtype=torch.float64, generator=torch.manual_seed(0))


@pytest.mark.parametrize("size", [1, 2, 8, 9, 100])
@pytest.mark.parametrize("dim", [0, 1, -1])
def test_log_sum(size, dim):
    x = 50 * randn(3, 4, 5).index_select(dim, torch.arange(size) % (3, 4, 5)[dim])
    torch.testing.assert_close(log_sum(x, dim), torch.logsumexp(x, dim))


def test_derivatives_of_log_sum():
    x = randn(3, 4).requires_grad_()
    assert torch.autograd.gradcheck(lambda x: log_sum(x, -1), x)
    assert torch.autograd.gradgradcheck(lambda x: log_sum(x, 0), x)


def test_log_sum_of_impossible_terms():
    x = torch.tensor([[-inf, -inf], [0.0, -inf], [1.0, 2.0]], requires_grad=True)
    result = log_sum(x, -1)
    assert result[0] == -inf
    assert result[1] == 0
    (gradient,) = torch.autograd.grad(result.sum(), x)
    assert gradient[:2].tolist() == [[0, 0], [1, 0]]
    assert gradient[2].sum().item() == pytest.approx(1)


def test_log_sum_under_vmap():
    x = randn(3, 4)
    gradients = torch.func.vmap(torch.func.grad(lambda row: log_sum(row, 0)))(x)
    torch.testing.assert_close(gradients, x.softmax(-1))


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_draws_have_their_probabilities(dtype):
    torch.manual_seed(0)
    n, logits = 40_000, torch.tensor([-inf, 3.0, 2.0, -700.0, 4.0]).to(dtype)
    draws = draw(logits.expand(n // 10, 10, 5))
    assert draws.shape == (n // 10, 10)
    assert draws.dtype == torch.int64
    counts = torch.bincount(draws.flatten(), minlength=5) / n
    chance = logits.softmax(-1)
    assert counts[0] == counts[3] == 0
    assert ((counts - chance).abs() < 5 * (chance * (1 - chance) / n).sqrt() + 1e-9).all()


@pytest.mark.parametrize("size", [1, 2, 8, 9, 100])
def test_probabilities_of_logits(size):
    logits = 300 * randn(4, 5, size)
    torch.testing.assert_close(normalised(logits), logits.softmax(-1), rtol=1e-14, atol=1e-300)
    assert normalised(torch.full((2, size), -inf)).tolist() == [[0.0] * size] * 2


def test_choices_have_the_probabilities_that_are_given():
    torch.manual_seed(0)
    n, weights = 40_000, torch.tensor([0.0, 3.0, 2.0, 0.0, 5.0])
    counts = torch.bincount(choose(weights.expand(n, 5)), minlength=5) / n
    chance = weights / weights.sum()
    assert counts[0] == counts[3] == 0
    assert ((counts - chance).abs() < 5 * (chance * (1 - chance) / n).sqrt() + 1e-9).all()


def test_draws_over_many_categories():
    torch.manual_seed(0)
    logits = torch.full((3, 100_000), -1e5)
    logits[:, 77_777] = 1e5
    assert draw(logits).tolist() == [77_777] * 3


def test_draws_repeat_with_the_seed():
    logits = randn(50, 3)
    torch.manual_seed(5)
    first = draw(logits)
    torch.manual_seed(5)
    assert draw(logits).equal(first)


@pytest.mark.parametrize("size", [1, 2, 8, 9])
@pytest.mark.parametrize("swapped", [False, True])
def test_the_largest_is_the_first_of_several(size, swapped):
    x = randn(40, 30, size).round(decimals=0)
    x = x.mT.contiguous().mT if swapped else x
    assert torch.equal(largest(x), torch.from_numpy(x.numpy().argmax(-1)))
