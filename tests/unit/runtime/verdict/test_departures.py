"""Which latents draws are off in, on made-up draws whose errors are known."""

import math

import numpy as np
import pytest
import torch

from pplc.runtime.verdict.departures import (
    Place,
    departures,
    told_by_chains,
    told_by_modes,
    told_by_weights,
)

SIZE = 16384


def normals(*shape, mean=0.0, sd=1.0, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return mean + sd * torch.randn(shape, generator=generator, dtype=torch.float64)


def weights_for(x, mean, sd):
    """Those that make standard normals draws from a normal."""
    log_ratio = -0.5 * ((x - mean) / sd) ** 2 + 0.5 * x**2
    return log_ratio.softmax(0)


@pytest.mark.parametrize(("mean", "sd"), [(0.5, 1.0), (-0.4, 0.8), (0.0, 0.6)])
def test_weights_tell_of_means_and_sds(mean, sd):
    x = normals(SIZE)
    found = told_by_weights({"x": x, "y": normals(SIZE, seed=1)}, weights_for(x, mean, sd))
    (only,) = departures(found, {"x": Place(), "y": Place()})
    assert (only.site, only.index, only.labels) == ("x", (), ())
    if mean:
        assert only.mean == pytest.approx(-mean, abs=0.05)
    else:
        assert only.mean is None
    if sd < 1:
        assert only.sd == pytest.approx(1 / sd, rel=0.05)
    else:
        assert only.sd is None
    assert only.r_hat is None


def test_the_worst_element_is_named_by_its_labels():
    x = normals(SIZE, 2, 3)
    log_ratio = 0.2 * x[:, 0, 1] + 0.6 * x[:, 1, 2]  # moves these means by as much
    place = Place(((7, 9), ("a", "b", "c")))
    found = told_by_weights({"x": x}, log_ratio.softmax(0))
    (only,) = departures(found, {"x": place})
    assert (only.index, only.labels) == ((1, 2), (9, "c"))
    assert only.mean == pytest.approx(-0.6, abs=0.05)
    assert (only.concerned, only.elements) == (2, 6)
    # where that element is not there, it is not told of
    there = np.array([[True, True, False], [True, True, False]])
    (only,) = departures(found, {"x": Place(place.axes, there)})
    assert (only.index, only.concerned, only.elements) == ((0, 1), 1, 4)


def test_the_worst_site_comes_first():
    x, y = normals(SIZE), normals(SIZE, seed=1)
    found = told_by_weights({"x": x, "y": y}, (0.2 * x - 0.5 * y).softmax(0))
    first, second = departures(found, {"x": Place(), "y": Place()})
    assert (first.site, second.site) == ("y", "x")
    assert first.mean == pytest.approx(0.5, abs=0.05)
    assert second.mean == pytest.approx(-0.2, abs=0.05)


@pytest.mark.parametrize("seed", range(5))
def test_uneven_weights_that_are_about_nothing_tell_nothing(seed):
    """400 numbers, and weights of a heavy tail that have nothing to do with them."""
    x = {"x": normals(2000, 400, seed=seed)}
    weights = (2 * normals(2000, seed=100 + seed)).softmax(0)
    assert 20 < 1 / weights.square().sum() < 200
    assert departures(told_by_weights(x, weights), {"x": Place((tuple(range(400)),))}) == ()


def test_weights_of_a_few_draws_tell_nothing():
    x = normals(SIZE)
    weights = (20 * x).softmax(0)
    assert 1 / weights.square().sum() < 20
    assert told_by_weights({"x": x}, weights) == {}


def test_what_does_not_vary_is_not_off():
    x = normals(SIZE)
    fixed = torch.full((SIZE,), 3.0, dtype=torch.float64)
    found = told_by_weights({"x": fixed}, weights_for(x, 0.5, 1.0))
    assert departures(found, {"x": Place()}) == ()
    chains = told_by_chains({"x": fixed}, {"x": fixed.reshape(-1, 32)})
    assert departures(chains, {"x": Place()}) == ()


def test_chains_tell_of_means_and_sds():
    draws = {"x": normals(SIZE, 2)}
    chains = torch.stack([normals(192, 32, mean=1.0, sd=2.0, seed=1), normals(192, 32, seed=2)], -1)
    (only,) = departures(told_by_chains(draws, {"x": chains}), {"x": Place(((0, 1),))})
    assert only.index == (0,)
    assert only.mean == pytest.approx(-1, abs=0.1)
    assert only.sd == pytest.approx(0.5, rel=0.05)
    assert only.r_hat is None
    assert (only.concerned, only.elements) == (1, 2)


def test_chains_that_disagree_tell_of_that_alone():
    """Half of the chains are above, half below: their mean says nothing about that of the draws."""
    draws = {"x": normals(SIZE, sd=3.0, seed=3)}
    away = torch.tensor([3.0, -3.0], dtype=torch.float64).repeat(16)
    chains = {"x": normals(192, 32, seed=4) + away}
    (only,) = departures(told_by_chains(draws, chains), {"x": Place()})
    assert only.mean is None
    # within: 1, between: 9 + 1 / 96 of 64 halves
    assert only.r_hat == pytest.approx(math.sqrt(1 + 9 * 64 / 63), rel=0.05)


def test_modes_are_apart_by_sds_of_the_draws():
    draws = {"x": normals(SIZE, 2, sd=0.5)}
    modes = torch.tensor([[0.0, 1.0], [-3.0, 0.02]], dtype=torch.float64)
    (only,) = departures(told_by_modes(draws, {"x": modes}), {"x": Place(((0, 1),))})
    assert only.index == (0,)
    assert only.mean == pytest.approx(6, rel=0.02)
    assert only.concerned == 1  # the other is 2 sds away, within reach of the draws


def test_other_units_change_nothing():
    """Sites in units of 3, from 50 on, are off by as many sds as those around 0 with sd 1."""
    x, y = normals(SIZE), normals(192, 32, mean=1.0, sd=2.0, seed=1)
    weights = weights_for(x, 0.5, 0.8)
    modes = torch.tensor([9.0, -7.0], dtype=torch.float64)

    def told(unit, start):
        draws = {"x": start + unit * x}
        found = (
            told_by_weights(draws, weights),
            told_by_chains(draws, {"x": start + unit * y}),
            told_by_modes(draws, {"x": start + unit * modes}),
        )
        return [d for f in found for d in departures(f, {"x": Place()})]

    assert len(told(1.0, 0.0)) == 3
    for one, other in zip(told(1.0, 0.0), told(3.0, 50.0), strict=True):
        assert one.mean == pytest.approx(other.mean)
        assert one.sd == other.sd or one.sd == pytest.approx(other.sd)


@pytest.mark.parametrize(("away", "told"), [(0.3, False), (0.6, True)])
def test_a_difference_counts_from_four_errors_on(away, told):
    """100 of many draws have all the weight: the error of their mean is a tenth of an sd."""
    own = normals(100)
    own = (own - own.mean()) / own.std() + away
    x = torch.cat([own, normals(SIZE, seed=1)])
    weights = torch.cat([torch.full((100,), 0.01), torch.zeros(SIZE)]).double()
    found = departures(told_by_weights({"x": x}, weights), {"x": Place()})
    assert [d.mean is not None for d in found] == ([True] if told else [])


@pytest.mark.parametrize(("wide", "told"), [(1.3, False), (2.0, True)])
def test_an_sd_counts_from_four_errors_on(wide, told):
    """The error of the logarithm of that of 100 draws is 0.07, about."""
    own = normals(100)
    own = wide * (own - own.mean()) / own.std()
    x = torch.cat([own, normals(SIZE, seed=1)])
    weights = torch.cat([torch.full((100,), 0.01), torch.zeros(SIZE)]).double()
    found = departures(told_by_weights({"x": x}, weights), {"x": Place()})
    assert [d.sd is not None for d in found] == ([True] if told else [])


@pytest.mark.parametrize(("apart", "told"), [(0.5, False), (0.05, True)])
def test_chains_tell_as_exactly_as_their_means_agree(apart, told):
    """16 chains whose means are `apart` tell theirs to a quarter of that: 1 / 2, or 1 / 20 sd."""
    means = apart * torch.tensor([1.0, -1.0], dtype=torch.float64).repeat(8)
    walk = normals(4000, 16, seed=2)
    walk = (walk - walk.mean(0)) / walk.std(0) + means + 0.4
    found = departures(told_by_chains({"x": normals(SIZE)}, {"x": walk}), {"x": Place()})
    assert [d.mean is not None for d in found if d.mean or not d.r_hat] == ([True] if told else [])
