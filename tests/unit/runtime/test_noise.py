"""Draws that are matched to their moments exactly, and quasi-random ones that are normal."""

import numpy as np
import pytest
import scipy.stats
import torch

from pplc.runtime.noise import (
    NoiseBlock,
    fewest_draws,
    fresh_noise,
    matched,
    matched_noise,
    normals,
)


def dense(name, size):
    return NoiseBlock(name, (size,), 1, size, {})


def matched_vectors(draws, size, seed):
    return matched_noise((dense("a", size),), draws, seed)["a"]


def assert_identity(covariance):
    size = covariance.shape[-1]
    identity = torch.eye(size).double().expand(covariance.shape)
    torch.testing.assert_close(covariance, identity, rtol=0, atol=1e-11)


@pytest.mark.parametrize(("draws", "size"), [(64, 1), (64, 5), (128, 60), (256, 127)])
def test_matched_draws_have_mean_zero_and_identity_covariance(draws, size):
    z = matched_vectors(draws, size, seed=3)
    assert z.shape == (draws, size)
    assert z.dtype == torch.float64
    torch.testing.assert_close(z.mean(0), torch.zeros(size).double(), rtol=0, atol=1e-15)
    assert_identity(z.T @ z / draws)


def test_each_element_is_matched_with_all_that_is_drawn_before_it():
    outer, inner = torch.arange(30) % 4, torch.arange(50) % 30
    blocks = (
        dense("globals", 3),
        NoiseBlock("school", (4, 2), 4, 2, {"globals": None}),
        NoiseBlock("class", (30, 1), 30, 1, {"globals": None, "school": outer}),
        NoiseBlock("pupil", (5, 10, 2), 50, 2,
                   {"globals": None, "school": outer[inner], "class": inner}),
    )  # fmt: skip
    noise = matched_noise(blocks, 64, seed=1)
    assert noise["pupil"].shape == (64, 5, 10, 2)
    everything = torch.cat(
        [
            noise["globals"][:, None].expand(64, 50, 3),
            noise["school"][:, outer[inner]],
            noise["class"][:, inner],
            noise["pupil"].flatten(1, 2),
        ],
        -1,
    )  # [64, 50, 8]
    assert_identity(torch.einsum("sei,sej->eij", everything, everything) / 64)
    torch.testing.assert_close(everything.mean(0), torch.zeros(50, 8).double())
    assert fewest_draws(blocks) == 64


def test_elements_are_unrelated():
    blocks = (NoiseBlock("plate", (1000, 1), 1000, 1, {}),)
    z = matched_noise(blocks, 64, seed=0)["plate"][..., 0]
    correlation = (z.T @ z / 64)[~torch.eye(1000, dtype=torch.bool)]
    # The mirrored half says nothing new, so that the correlations are those of 32 draws.
    assert correlation.std() == pytest.approx(32**-0.5, rel=0.05)


def test_matched_draws_come_in_antithetic_pairs():
    z = matched_vectors(64, 3, seed=0)
    assert torch.equal(z[:32], -z[32:])


def test_matching_hardly_changes_many_draws():
    z = matched_vectors(4096, 2, seed=0)[:, 0]
    assert scipy.stats.kstest(z.numpy(), "norm").statistic < 0.005


def test_too_few_draws_for_the_dimension():
    with pytest.raises(ValueError, match="64 draws cannot be matched in 33 dimensions"):
        matched(torch.zeros(32, 1, 33))


@pytest.mark.parametrize("size", [3, 2000])
def test_normals_are_normal_and_fixed_by_their_seed(size):
    z = normals(4096, size, seed=1)
    for column in z.T[:5]:
        assert scipy.stats.kstest(column.numpy(), "norm").statistic < 0.005
    assert z.isfinite().all()
    assert torch.equal(z, normals(4096, size, seed=1))
    assert not torch.equal(z, normals(4096, size, seed=2))


def test_the_first_draws_do_not_depend_on_how_many_follow():
    blocks = dense("a", 2), dense("b", 3)
    few, many = fresh_noise(blocks, 128, seed=5), fresh_noise(blocks, 512, seed=5)
    assert all(torch.equal(few[name], many[name][:128]) for name in few)


def test_noise_of_two_blocks_is_independent():
    noise = fresh_noise((dense("a", 1), dense("b", 1)), 4096, seed=0)
    a, b = (scipy.stats.norm.cdf(z.numpy()[:, 0]) for z in noise.values())
    table = np.histogram2d(a, b, bins=16)[0]  # 16 in each cell, on average
    assert 8 <= table.min() <= table.max() <= 24


@pytest.mark.parametrize(("size", "count"), [(1, 64), (30, 64), (31, 128), (100, 256)])
def test_fewest_draws_exceed_twice_the_dimension(size, count):
    assert fewest_draws((dense("globals", size), dense("other", 1))) == count
