"""Batched ascents, on functions whose maxima are known."""

import torch

from pplc.runtime.start.climb import Ascent, ascend


def negative_rosenbrock(x):
    x = x.detach().requires_grad_()
    value = -((1 - x[:, 0]) ** 2 + 100 * (x[:, 1] - x[:, 0] ** 2) ** 2)
    return value.detach(), torch.autograd.grad(value.sum(), x)[0]


def climbed(function, points, steps=300):
    return ascend(function, Ascent(points, *function(points)), steps, 1e-8)


def test_all_reach_the_maximum_of_a_curved_valley():
    points = torch.tensor([[-1.2, 1.0], [0.0, 0.0], [3.0, -2.0]], dtype=torch.float64)
    ended = climbed(negative_rosenbrock, points)
    torch.testing.assert_close(ended.points, torch.ones_like(points), rtol=0, atol=1e-6)
    assert (ended.steepest <= 1e-8).all()


def test_steps_back_from_where_the_function_is_not_finite():
    def log_minus(x):  # maximum at 1, undefined below 0: gradients at 1e-3 point far beyond
        return (x.log() - x).sum(-1), 1 / x - 1

    points = torch.tensor([[1e-3], [50.0]], dtype=torch.float64)
    ended = climbed(log_minus, points)
    torch.testing.assert_close(ended.points, torch.ones_like(points), rtol=0, atol=1e-6)


def test_values_never_fall():
    torch.manual_seed(0)
    points = 3 * torch.randn(20, 2, dtype=torch.float64)
    start = negative_rosenbrock(points)[0]
    assert (climbed(negative_rosenbrock, points, steps=5).values >= start).all()
