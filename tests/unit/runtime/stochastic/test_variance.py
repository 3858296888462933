"""Gradients that remember the last ones: exact for leaves that stay, and right on average."""

import torch

from pplc.runtime.stochastic.variance import Memory, remembers


def test_where_leaves_stay_each_minibatch_gives_the_whole_gradient():
    own = torch.randn(5, 3, generator=torch.Generator().manual_seed(0))
    memory = Memory({"x": torch.zeros(3)}, 5)
    first = [memory.steadied(i, {"x": g})["x"] for i, g in enumerate(own)]
    assert torch.equal(torch.stack(first), own)  # until all have been seen
    for i in (3, 0, 4):
        assert torch.allclose(memory.steadied(i, {"x": own[i]})["x"], own.mean(0))


def test_the_mean_over_minibatches_stays_what_it_is():
    generator = torch.Generator().manual_seed(1)
    before, now = torch.randn(2, 4, 3, generator=generator)
    memory = Memory({"x": torch.zeros(3)}, 4)
    for i, g in enumerate(before):
        memory.steadied(i, {"x": g})
    each = torch.stack([memory.copy().steadied(i, {"x": g})["x"] for i, g in enumerate(now)])
    assert torch.allclose(each.mean(0), now.mean(0))


def test_a_copy_keeps_what_it_knew():
    memory = Memory({"x": torch.zeros(1)}, 1)
    memory.steadied(0, {"x": torch.ones(1)})
    kept = memory.copy()
    memory.steadied(0, {"x": torch.full((1,), 9.0)})
    assert float(kept.steadied(0, {"x": torch.full((1,), 2.0)})["x"]) == 2.0
    assert float(memory.steadied(0, {"x": torch.full((1,), 9.0)})["x"]) == 9.0


def test_what_is_not_finite_is_not_remembered():
    memory = Memory({"x": torch.zeros(1)}, 1)
    memory.steadied(0, {"x": torch.ones(1)})
    memory.steadied(0, {"x": torch.full((1,), torch.nan)})
    assert float(memory.steadied(0, {"x": torch.ones(1)})["x"]) == 1.0


def test_there_is_room_for_so_many_only():
    leaves = {"x": torch.zeros(2**10)}
    assert remembers(leaves, 2**14) and not remembers(leaves, 2**15)
