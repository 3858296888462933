"""The controller's statistics against closed forms."""

import math

import numpy as np
import pytest
import torch

from pplc.runtime.stochastic.schedule import (
    climbing,
    split_r_hat,
    standard_error,
    stationary,
)


def autoregressive(rho, n, columns=1, seed=0):
    rng = np.random.default_rng(seed)
    x = np.zeros((n, columns))
    for t in range(1, n):
        x[t] = rho * x[t - 1] + rng.normal(size=columns)
    return torch.from_numpy(x)


def test_split_r_hat_of_two_levels():
    # Within halves the values alternate between +-1 around 0 and around 3.
    half = 100
    wave = torch.tensor([1.0, -1.0], dtype=torch.float64).repeat(half // 2)
    x = torch.cat([wave, 3 + wave])[:, None]
    within, between = half / (half - 1), 4.5
    expected = math.sqrt((half - 1) / half + between / within)
    assert float(split_r_hat(x)) == pytest.approx(expected)


def test_split_r_hat_of_what_does_not_move_is_one():
    assert split_r_hat(torch.ones(50, 2)).tolist() == [1.0, 1.0]
    assert split_r_hat(torch.cat([torch.zeros(25, 1), torch.ones(25, 1)])).tolist() == [math.inf]


def test_a_drift_is_not_stationary_until_its_last_part_is():
    noise = autoregressive(0.5, 2000, 3)
    assert stationary(noise)
    drift = torch.linspace(0, 30, 2000, dtype=torch.float64)[:, None]
    assert not stationary(noise + drift)
    assert stationary(noise + torch.cat([drift[:1000], drift[-1].expand(1000, 1)]))


def test_the_error_of_a_mean_of_correlated_numbers():
    rho, n = 0.8, 20_000
    x = autoregressive(rho, n, 40)
    expected = 1 / (1 - rho) / math.sqrt(n)
    assert float(standard_error(x).square().mean().sqrt()) == pytest.approx(expected, rel=0.1)


def test_the_error_of_no_numbers_is_none():
    assert standard_error(torch.zeros(400, 0)).shape == (0,)


def test_climbing_tells_a_trend_from_noise():
    flat = [climbing(autoregressive(0.5, 2000, seed=s)[:, 0]) for s in range(40)]
    assert sum(flat) <= 6  # one in 40 by chance, on either side of 2 standard errors
    slope = torch.linspace(0, 2, 2000, dtype=torch.float64)
    assert climbing(autoregressive(0.5, 2000)[:, 0] + slope)
