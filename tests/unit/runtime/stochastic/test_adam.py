"""Adam against torch's, and what it leaves alone."""

import torch

from pplc.runtime.stochastic.adam import moved, no_moments


def test_it_moves_as_torch_does():
    torch.manual_seed(0)
    target = torch.randn(5, dtype=torch.float64)
    x = torch.zeros(5, dtype=torch.float64)
    free = x.clone().requires_grad_()
    optimiser = torch.optim.Adam([free], lr=0.03, maximize=True)
    leaves, moments = {"x": x}, {"x": no_moments(x)}
    for _ in range(50):
        gradient = (target - leaves["x"]) ** 3
        leaves, moments = moved(leaves, moments, {"x": gradient}, 0.1, {"x": 0.3})
        free.grad = (target - free.detach()) ** 3
        optimiser.step()
    assert torch.allclose(leaves["x"], free.detach(), atol=1e-12)


def test_an_element_without_a_gradient_stays_and_forgets_nothing():
    x = torch.zeros(3, dtype=torch.float64)
    leaves, moments = {"x": x, "y": x}, {"x": no_moments(x), "y": no_moments(x)}
    up = torch.tensor([1.0, 1.0, torch.nan], dtype=torch.float64)
    leaves, moments = moved(leaves, moments, {"x": up, "y": None}, 0.1, {"x": 1.0, "y": 1.0})
    assert leaves["x"].tolist()[2] == 0.0 and leaves["x"][0] > 0
    before = leaves["x"][1], moments["x"].mean[1], moments["x"].square[1]
    for _ in range(5):
        some = torch.tensor([1.0, 0.0, 1.0], dtype=torch.float64)
        leaves, moments = moved(leaves, moments, {"x": some}, 0.1, {"x": 1.0})
    assert (leaves["x"][1], moments["x"].mean[1], moments["x"].square[1]) == before
    assert leaves["x"][0] > before[0]
    assert torch.equal(leaves["y"], x)
