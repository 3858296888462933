"""Derivatives of the log joint and of the sample objective, against finite differences."""

import numpy as np
import pytest
import scipy.optimize
import torch
from by_hand import faithful

from pplc.runtime.coordinates.arrow_factor import Factor
from pplc.runtime.coordinates.guide import GuideCoordinates
from pplc.runtime.noise import matched_noise
from pplc.runtime.objective import SampleObjective
from pplc.runtime.target import Target

POINT = torch.tensor([-0.5, 54.0, 3.2, 1.8, 1.7], dtype=torch.float64)


@pytest.fixture
def target():
    return Target(*faithful())


def test_gradient_and_hessian_of_the_log_joint(target):
    other = POINT + 0.1
    _, gradient = target.gradient(torch.stack([POINT, other]))
    hessian = -target.precision(torch.stack([POINT, other])).globals_
    for i, point in enumerate([POINT, other]):
        by_differences = scipy.optimize.approx_fprime(
            point.numpy(), lambda x: float(target.log_joint(torch.from_numpy(x)[None])), 1e-6
        )
        np.testing.assert_allclose(gradient[i], by_differences, rtol=1e-3, atol=1e-3)
        rows = scipy.optimize.approx_fprime(
            point.numpy(), lambda x: target.gradient(torch.from_numpy(x)[None])[1][0].numpy(), 1e-6
        )
        np.testing.assert_allclose(hessian[i], rows, rtol=1e-3, atol=1e-2)


def sample_objective(target):
    factor = Factor.of(target.arrow, target.precision(POINT[None]))[0]
    coordinates = GuideCoordinates.at_mode(target, POINT, factor)
    return SampleObjective(target, coordinates, matched_noise(target.noise_blocks, 64, 0))


def test_gradient_of_the_sample_objective(target):
    function = sample_objective(target)
    x = 0.05 * np.random.default_rng(0).standard_normal(function.coordinates.size)
    _, gradient = function(x)
    by_differences = scipy.optimize.approx_fprime(x, lambda x: function(x)[0], 1e-6)
    np.testing.assert_allclose(gradient, by_differences, rtol=1e-3, atol=1e-3)


def test_terms_and_entropy_add_up_to_the_objective(target):
    function = sample_objective(target)
    x = np.zeros(function.coordinates.size)
    value, _ = function(x)
    phi = function.coordinates.phi(torch.from_numpy(x))
    _, _, log_q = target.elbo_terms(phi, function.noise)
    entropy = -sum(float(t.mean()) for t in log_q.values())
    assert value == pytest.approx(-(sum(function.terms.values()) + entropy), rel=1e-12)
    assert value == pytest.approx(-target.elbo(phi, function.noise), rel=1e-12)


def test_chunks_do_not_change_the_numbers(target, monkeypatch):
    function = sample_objective(target)
    x = np.zeros(function.coordinates.size)
    value, gradient = function(x)
    precision = target.precision(POINT[None]).globals_
    monkeypatch.setattr("pplc.runtime.target._CHUNK_BYTES", 7 * target.particle_bytes)
    assert len(list(target.chunks(64))) == 10
    chunked_value, chunked_gradient = function(x)
    assert chunked_value == pytest.approx(value, rel=1e-12)
    np.testing.assert_allclose(chunked_gradient, gradient, rtol=1e-8, atol=1e-10)
    torch.testing.assert_close(target.precision(POINT[None]).globals_, precision)


def test_memory_of_a_particle_grows_with_the_data(target):
    rows = 272 * 2 * 8
    assert rows <= target.particle_bytes <= 50 * rows


def test_each_gradient_is_counted():
    count = []
    target = Target(*faithful(), on_gradient=lambda: count.append(1))
    target.gradient(POINT[None])
    target.precision(POINT[None])
    sample_objective(target)(np.zeros(20))
    assert len(count) == 4  # the objective's coordinates take a Hessian
