"""Modes that differ by the order of an index set, and modes that do not."""

import pytest
import torch

from pplc.runtime.verdict.exchange import exchanged

DIMS = {"w": ("K",), "mu": ("K",), "b": ("K", "P"), "m": ("K", "K"), "tau": ()}


def mode(mu, w, tau=1.0, b=((1.0, 2.0), (3.0, 4.0), (5.0, 6.0))):
    values = {"mu": mu, "w": w, "tau": tau, "b": b}
    return {name: torch.tensor(x, dtype=torch.float64) for name, x in values.items()}


FIRST = mode([-5.0, 0.0, 5.0], [0.2, 0.3, 0.5])
SDS = {name: torch.full_like(x, 0.1) for name, x in FIRST.items()}


def order(*positions):
    """The first mode with K in another order."""
    at = torch.tensor(positions)
    return {name: x[at] if "K" in DIMS[name] else x for name, x in FIRST.items()}


def test_another_order():
    assert exchanged(FIRST, order(2, 0, 1), SDS, DIMS) == "K"
    assert exchanged(FIRST, order(0, 2, 1), SDS, DIMS) == "K"


def test_a_mode_that_is_found_a_little_off():
    second = order(2, 0, 1)
    second["mu"] = second["mu"] + 0.01
    assert exchanged(FIRST, second, SDS, DIMS) == "K"


def test_the_same_mode_is_not_another_order():
    assert exchanged(FIRST, FIRST, SDS, DIMS) is None


def test_all_that_is_over_the_index_set_has_to_move():
    second = {**order(2, 0, 1), "w": FIRST["w"]}
    assert exchanged(FIRST, second, SDS, DIMS) is None


def test_the_rest_has_to_stay():
    second = {**order(2, 0, 1), "tau": torch.tensor(2.0, dtype=torch.float64)}
    assert exchanged(FIRST, second, SDS, DIMS) is None


def test_an_index_set_that_counts_twice_is_not_looked_at():
    square = {"m": torch.arange(9.0, dtype=torch.float64).reshape(3, 3)}
    both = {**FIRST, **square}
    sds = {name: torch.full_like(x, 0.1) for name, x in both.items()}
    assert exchanged(both, {**order(2, 0, 1), **square}, sds, DIMS) is None


def test_rows_of_a_square_alone_are_no_order():
    """To put K into another order is to move the columns as well."""
    square = torch.arange(9.0, dtype=torch.float64).reshape(3, 3)
    sds = {**SDS, "m": torch.full_like(square, 0.1)}
    second = {**order(2, 0, 1), "m": square[torch.tensor([2, 0, 1])]}
    assert exchanged({**FIRST, "m": square}, second, sds, DIMS) is None


@pytest.mark.parametrize(("known", "found"), [([7.0, 7.0, 7.0], "K"), ([7.0, 8.0, 9.0], None)])
def test_what_is_known_has_no_sd(known, found):
    """It stays where it is, so that only rows that have the same can have been exchanged."""
    b = FIRST["b"].clone()
    b[:, 0] = torch.tensor(known)
    first = {**FIRST, "b": b}
    second = {**order(2, 0, 1), "b": torch.stack([b[:, 0], b[torch.tensor([2, 0, 1]), 1]], 1)}
    still = torch.tensor([[0.0, 0.1]], dtype=torch.float64).expand(3, 2)
    sds = {**SDS, "b": still, "tau": torch.zeros((), dtype=torch.float64)}
    assert exchanged(first, second, sds, DIMS) == found
    # beside another that is off
    pair = {"pair": torch.zeros(2, dtype=torch.float64)}, {"pair": torch.tensor([0.0, 1.0])}
    sds["pair"], dims = torch.tensor([0.0, 0.1], dtype=torch.float64), {**DIMS, "pair": ("P",)}
    assert exchanged(first | pair[0], second | pair[0], sds, dims) == found
    assert exchanged(first | pair[0], second | pair[1], sds, dims) is None


def test_two_modes_a_third_of_an_sd_off_are_not_the_same():
    second = order(2, 0, 1)
    second["mu"] = second["mu"] + 0.03
    assert exchanged(FIRST, second, SDS, DIMS) is None


def test_what_is_beside_the_index_set_and_differs_once_is_enough():
    more = {"one": torch.zeros((), dtype=torch.float64), "dims": torch.ones(2).double()}
    first = {**FIRST, **more}
    second = {**order(2, 0, 1), **more, "one": torch.ones((), dtype=torch.float64)}
    sds = {name: torch.full_like(x, 0.1) for name, x in first.items()}
    dims = {**DIMS, "one": (), "dims": ("P",)}
    assert exchanged(first, {**second, "one": first["one"]}, sds, dims) == "K"
    assert exchanged(first, second, sds, dims) is None


def test_the_order_is_told_in_sds():
    """Next to a number of 1e3 and sd 1e3 those that tell the order are small."""
    noisy = torch.tensor([[1000.0], [2000.0], [1500.0]], dtype=torch.float64)
    first = {**FIRST, "b": noisy}
    second = {
        name: x[torch.tensor([2, 0, 1])] if "K" in DIMS[name] else x for name, x in first.items()
    }
    second["b"] = noisy
    sds = {**SDS, "b": torch.full_like(noisy, 1e5)}
    assert exchanged(first, second, sds, DIMS) == "K"
