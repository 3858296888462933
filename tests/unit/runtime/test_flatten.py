"""Named tensors as one vector, and back."""

import torch

from pplc.runtime.flatten import Layout

LAYOUT = Layout({"scalar": (), "vector": (3,), "matrix": (2, 2), "none": (0,)})


def test_round_trip_with_and_without_a_batch():
    for batch in [(), (4,), (4, 2)]:
        vector = torch.randn(*batch, 8)
        tensors = LAYOUT.unflatten(vector)
        assert tensors["scalar"].shape == batch
        assert tensors["matrix"].shape == (*batch, 2, 2)
        assert torch.equal(LAYOUT.flatten(tensors), vector)


def test_size_counts_every_element():
    assert LAYOUT.size == 8


def test_positions_follow_the_order_asked_for():
    assert LAYOUT.positions(("matrix", "scalar")).tolist() == [4, 5, 6, 7, 0]
