"""What draws do not tell of heavy tails."""

import numpy as np
import pytest
import torch
from scipy import stats

from pplc.runtime.verdict.tails import beyond, passed_by, without_sd

SIZE = 16384


def student(degrees, size, seed):
    """Independent draws of a t distribution, [size, 1], beside those of a normal one."""
    generator = torch.Generator().manual_seed(seed)
    normal = torch.randn(size, 1, generator=generator, dtype=torch.float64)
    degrees = torch.full((size, 1), degrees, dtype=torch.float64)
    squares = 2 * torch._standard_gamma(degrees / 2, generator=generator) / degrees
    return {"normal": normal, "t": normal / squares.sqrt()}


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize(("degrees", "heavy"), [(1.5, "t"), (4.0, None), (30.0, None)])
def test_a_t_distribution_has_a_variance_beyond_two_degrees(degrees, heavy, seed):
    draws = student(degrees, SIZE, seed)
    assert without_sd(draws, torch.full((SIZE,), 1 / SIZE, dtype=torch.float64)) == heavy


def test_of_several_elements_the_worst_tells():
    draws = student(1.2, SIZE, 0)
    several = {"x": torch.cat([draws["normal"], draws["t"], 2 * draws["normal"]], 1)}
    equal = torch.full((SIZE,), 1 / SIZE, dtype=torch.float64)
    assert without_sd(several, equal) == "x"
    assert without_sd({"y": draws["normal"], **several}, equal) == "x"
    assert without_sd({**several, "y": student(30.0, SIZE, 1)["t"]}, equal) == "x"


@pytest.mark.parametrize("seed", range(3))
def test_the_variance_counts_not_the_third_moment(seed):
    """With 2.6 degrees the shape of the tail of squares is 0.77, that of cubes 1.15."""
    draws = student(2.6, 4 * SIZE, seed)
    equal = torch.full((4 * SIZE,), 0.25 / SIZE, dtype=torch.float64)
    assert without_sd(draws, equal) is None


def test_weights_count():
    """The logarithm of a Pareto variable, drawn from a t distribution with 3 degrees."""
    positive = stats.t(3).ppf((np.arange(SIZE) + 0.5) / SIZE / 2 + 0.5)
    for shape, heavy in ((1.5, "x"), (3.5, None)):
        weights = np.exp(-shape * positive) / stats.t(3).pdf(positive)
        draws = {"x": torch.from_numpy(np.exp(positive))[:, None]}
        assert without_sd(draws, torch.from_numpy(weights / weights.sum())) == heavy


@pytest.mark.parametrize("largest", [1e30, 1e200, np.inf])
def test_a_tail_so_heavy_that_one_draw_is_all_of_the_mean(largest):
    """All others are as far from the mean, which tells nothing of their tail."""
    draws = student(0.8, SIZE, 0)
    draws["t"][0] = largest
    assert without_sd(draws, torch.full((SIZE,), 1 / SIZE, dtype=torch.float64)) == "t"


def test_what_does_not_vary_hides_nothing():
    still = torch.full((SIZE, 1), 3.0, dtype=torch.float64)
    draws = {"x": torch.cat([still, student(1.2, SIZE, 0)["t"], still], 1)}
    equal = torch.full((SIZE,), 1 / SIZE, dtype=torch.float64)
    assert without_sd(draws, equal) == "x"
    assert beyond(draws, equal, {"x": draws["x"][:1000]}) > 1


def test_draws_of_next_to_no_weight_are_not_the_worst():
    """A thousand far away, of which all together have a millionth of the weight."""
    draws = student(1.5, SIZE, 0)
    far = draws["normal"].clone()
    far[:1000] += 1000
    weights = torch.ones(SIZE, dtype=torch.float64)
    weights[:1000] = 1e-9 * SIZE
    several = {"x": torch.cat([far, draws["t"]], 1)}
    assert without_sd(several, weights / weights.sum()) == "x"


def test_what_does_not_vary_has_an_sd():
    fixed = {"x": torch.full((SIZE,), 3.0, dtype=torch.float64)}
    assert without_sd(fixed, torch.full((SIZE,), 1 / SIZE, dtype=torch.float64)) is None


def test_what_lies_beyond_the_chains():
    """A normal cut off at two sds lacks 2 (2 phi(2) + 1 - Phi(2)) of what is 0.774 then."""
    x = torch.linspace(-8, 8, 20001, dtype=torch.float64)
    weights = (-x.square() / 2).softmax(0)
    cut = torch.distributions.Normal(0.0, 1.0).icdf(
        torch.linspace(0.02275, 0.97725, 9999, dtype=torch.float64)
    )
    draws = {"one": torch.zeros(len(x), 2, dtype=torch.float64), "x": x[:, None]}
    chains = {"one": torch.zeros(len(cut), 2, dtype=torch.float64), "x": cut[:, None]}
    assert beyond(draws, weights, chains) == pytest.approx(0.2615 / 0.7737, rel=0.01)
    assert beyond(draws, weights, draws) == 0.0
    # far from zero, in other units, and beside others, of which the worst counts
    moved = {"x": torch.cat([x[:, None], 100 + 3 * x[:, None], 0.1 * x[:, None]], 1)}
    halves = {"x": torch.stack([cut, 100 + 3 * cut, 0.2 * cut], 1)}
    assert beyond(moved, weights, halves) == pytest.approx(0.2615 / 0.7737, rel=0.01)


def test_what_chains_pass_by():
    """Of a normal and one with a hundredth of its sd, chains are in the first alone."""
    rng = np.random.default_rng(0)
    x, narrow, wide = rng.standard_normal(SIZE), stats.norm(2.0, 0.01), stats.norm()
    log_ratio = np.log(0.7 + 0.3 * narrow.pdf(x) / wide.pdf(x))
    above = torch.from_numpy(log_ratio)
    chains = torch.full((6144,), float(np.log(0.7)), dtype=torch.float64) + 1e-9
    assert passed_by(above, above, chains) == pytest.approx(0.3, abs=0.05)
    both = torch.cat([chains, above.max()[None]])
    assert passed_by(above, above, both) == 0.0
    weights = above.clone()
    weights[:3] = torch.tensor([torch.nan, -torch.inf, torch.inf])
    assert passed_by(above, weights, chains) == pytest.approx(0.3, abs=0.05)
