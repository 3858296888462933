"""Which latents draws are off in, on made-up draws whose errors are known."""

import math

import numpy as np
import pytest
import torch
from scipy import stats

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


def beside_others(own, weights, mean, sd):
    """Draws with the mean 0, as their weights say, in units of 5, and many more of no weight."""
    others = normals(4 * SIZE, seed=1)
    others = mean + sd * (others - others.mean()) / others.std()
    x = 5 * torch.cat([own - weights @ own, others])
    return told_by_weights({"x": x}, torch.cat([weights, torch.zeros_like(others)]))["x"]


def bootstrapped(x, weights, statistic):
    """The standard error of a statistic of weighted draws."""
    rng = np.random.default_rng(0)
    found = []
    for _ in range(2000):
        chosen = rng.integers(0, len(x), len(x))
        w = weights.numpy()[chosen]
        found.append(statistic(x.numpy()[chosen], w / w.sum()))
    return float(np.std(found))


def mean_of(x, weights):
    return weights @ x


def log_sd_of(x, weights):
    return math.log(weights @ (x - weights @ x) ** 2) / 2


@pytest.mark.parametrize("wide", [3.0, 0.2])
def test_the_error_of_a_mean(wide):
    """That of the draws that have weight, or of as many with the sd of all: whichever is larger."""
    own, weights = wide * normals(800), (0.5 * normals(800, seed=2)).softmax(0)
    bar = 4 * max(bootstrapped(own, weights, mean_of), float(weights.square().sum().sqrt()))
    assert beside_others(own, weights, 0.93 * bar, 1.0).mean.isnan()
    assert not beside_others(own, weights, 1.07 * bar, 1.0).mean.isnan()


@pytest.mark.parametrize("law", [stats.laplace, stats.norm, stats.uniform])
def test_the_error_of_an_sd(law):
    """That of the draws that have weight, or of as many normal ones: whichever is larger."""
    own = torch.from_numpy(law.rvs(size=800, random_state=0))
    weights = (0.5 * normals(800, seed=2)).softmax(0)
    sd = math.exp(log_sd_of(own.numpy(), weights.numpy()))
    normal = float(weights.square().sum() / 2) ** 0.5
    bar = 4 * max(bootstrapped(own, weights, log_sd_of), normal)
    assert beside_others(own / sd, weights, 0.0, math.exp(0.93 * bar)).log_sd.isnan()
    assert not beside_others(own / sd, weights, 0.0, math.exp(1.07 * bar)).log_sd.isnan()


@pytest.mark.parametrize(("moved", "told"), [(0.21, False), (0.3, True)])
def test_draws_without_their_weights_have_an_error_too(moved, told):
    """Half of 500 as good as even draws tell a mean to 1 / sqrt(250)."""
    x = (normals(500) - normals(500).mean()) / normals(500).std()
    found = told_by_weights({"x": x}, (moved * x).softmax(0))["x"]
    assert bool(found.mean.isfinite()) == told


@pytest.mark.parametrize(("moved", "told"), [(0.08, False), (0.12, True)])
def test_what_is_exact_and_small_is_no_reason(moved, told):
    x = normals(10 * SIZE)
    found = told_by_weights({"x": x}, (moved * x).softmax(0))["x"]
    assert bool(found.mean.isfinite()) == told


@pytest.mark.parametrize(("effective", "told"), [(18, False), (22, True)])
def test_as_few_draws_tell_something(effective, told):
    weights = torch.cat([torch.full((effective,), 1 / effective), torch.zeros(SIZE)]).double()
    assert bool(told_by_weights({"x": normals(SIZE + effective)}, weights)) == told


def exact_chains(means, variances, length=1000):
    """Chains with such means and variances."""
    walk = normals(length, len(means), seed=2)
    walk = (walk - walk.mean(0)) / walk.std(0, correction=0)
    return walk * torch.tensor(variances).double().sqrt() + torch.tensor(means).double()


@pytest.mark.parametrize("draws", [100, SIZE])
@pytest.mark.parametrize(("errors", "told"), [(3.8, False), (4.2, True)])
def test_the_error_of_a_mean_of_chains(draws, errors, told):
    """The means of 16 chains are 0.3 sds apart; that of 100 draws is known to a tenth."""
    x = (normals(draws) - normals(draws).mean()) / normals(draws).std(correction=0)
    chains = exact_chains([0.15, -0.15] * 8, [1.0] * 16)
    error = max(0.15 * math.sqrt(1 / 15), draws**-0.5)
    found = told_by_chains({"x": 5 * (x + errors * error)}, {"x": 5 * chains})["x"]
    assert bool(found.mean.isfinite()) == told


@pytest.mark.parametrize("draws", [100, SIZE])
@pytest.mark.parametrize(("errors", "told"), [(3.8, False), (4.2, True)])
def test_the_error_of_an_sd_of_chains(draws, errors, told):
    """Of 16 variances half are 3 and half 1: that of all is known to a quarter of 1.03."""
    x = (normals(draws) - normals(draws).mean()) / normals(draws).std(correction=0)
    chains = exact_chains([0.0] * 16, [3.0, 1.0] * 8)
    error = max(math.sqrt(1 / 15) / 2 / 2, draws**-0.5)  # half of the relative error of a variance
    sd = math.sqrt(2) * math.exp(errors * error)
    found = told_by_chains({"x": 5 * sd * x}, {"x": 5 * chains})["x"]
    assert bool(found.log_sd.isfinite()) == told


def test_an_element_that_is_off_is_worse_than_chains_that_disagree_a_little():
    draws = {"x": normals(SIZE, 2)}
    walk = exact_chains([0.35, -0.35] * 8, [1.0] * 16), exact_chains([0.6] * 16, [1.0] * 16)
    found = told_by_chains(draws, {"x": torch.stack(walk, -1)})["x"]
    assert 1.05 < float(found.r_hat[0]) < 1.1
    worst = found.worst("x", Place(((0, 1),)))
    assert worst is not None
    assert worst.index == (1,)
    assert worst.mean == pytest.approx(-0.6, abs=0.05)


def test_of_two_modes_that_further_away_counts():
    modes = {"x": torch.tensor([-5.0, 9.0], dtype=torch.float64)}
    (only,) = departures(told_by_modes({"x": normals(SIZE)}, modes), {"x": Place()})
    assert only.mean == pytest.approx(-9, rel=0.02)


def test_small_draws_of_chains_that_disagree():
    chains = exact_chains([0.5, -0.5] * 8, [1.0] * 16)
    found = told_by_chains({"x": 0.1 * normals(SIZE)}, {"x": 0.1 * chains})["x"]
    assert float(found.r_hat) == pytest.approx(math.sqrt(1 + 0.25 * 32 / 31), rel=0.05)
