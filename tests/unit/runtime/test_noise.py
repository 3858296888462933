"""Draws that are matched to their moments exactly, and quasi-random ones that are normal."""

import pytest
import scipy.stats
import torch

from pplc.runtime.noise import fewest_draws, fresh_noise, matched, matched_noise, normals


@pytest.mark.parametrize(("count", "size"), [(64, 1), (64, 5), (128, 60), (256, 127)])
def test_matched_draws_have_mean_zero_and_identity_covariance(count, size):
    z = matched(count, size, seed=3)
    assert z.shape == (count, size)
    assert z.dtype == torch.float64
    torch.testing.assert_close(z.mean(0), torch.zeros(size).double(), rtol=0, atol=1e-15)
    covariance = z.T @ z / count
    torch.testing.assert_close(covariance, torch.eye(size).double(), rtol=0, atol=1e-12)


def test_matched_draws_come_in_antithetic_pairs():
    z = matched(64, 3, seed=0)
    assert torch.equal(z[:32], -z[32:])


def test_matching_hardly_changes_many_draws():
    z = matched(4096, 2, seed=0)[:, 0]
    assert scipy.stats.kstest(z.numpy(), "norm").statistic < 0.005


def test_too_few_draws_for_the_dimension():
    with pytest.raises(ValueError, match="64 draws cannot be matched in 33 dimensions"):
        matched(64, 33, seed=0)


def test_normals_are_normal_and_fixed_by_their_seed():
    z = normals(4096, 3, seed=1)
    for column in z.T:
        assert scipy.stats.kstest(column.numpy(), "norm").statistic < 0.005
    assert z.isfinite().all()
    assert torch.equal(z, normals(4096, 3, seed=1))
    assert not torch.equal(z, normals(4096, 3, seed=2))


def test_the_first_draws_do_not_depend_on_how_many_follow():
    shapes = {"a": (2,), "b": (3,)}
    few, many = fresh_noise(shapes, 128, seed=5), fresh_noise(shapes, 512, seed=5)
    assert all(torch.equal(few[name], many[name][:128]) for name in shapes)


def test_noise_of_blocks_is_shaped_and_unrelated():
    noise = matched_noise({"a": (5,), "b": (5,), "c": (2, 3)}, 64, seed=0)
    assert noise["c"].shape == (64, 2, 3)
    assert not torch.equal(noise["a"], noise["b"])


@pytest.mark.parametrize(("size", "count"), [(1, 64), (30, 64), (31, 128), (100, 256)])
def test_fewest_draws_exceed_twice_the_dimension(size, count):
    assert fewest_draws({"globals": (size,), "other": (1,)}) == count
