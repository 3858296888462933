"""Seeds: distinct by purpose, and torch's generator left as it was."""

import torch

from pplc.runtime.randomness import seeded, subseed


def test_purposes_have_seeds_of_their_own():
    seeds = [subseed(seed, *p) for seed in range(3) for p in [("a",), ("b",), ("a", 1), ("a", 11)]]
    assert len(set(seeds)) == len(seeds)
    assert subseed(0, "a") == subseed(0, "a")
    assert all(0 <= seed < 2**63 for seed in seeds)


def test_seeded_fixes_draws_and_restores_the_generator():
    torch.manual_seed(7)
    expected = torch.randn(3)
    torch.manual_seed(7)
    with seeded(1):
        inside = torch.randn(3)
    assert torch.equal(torch.randn(3), expected)
    with seeded(1):
        assert torch.equal(torch.randn(3), inside)
