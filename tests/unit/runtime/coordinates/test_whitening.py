"""The coordinates of a dense block: where they start, what they mean, how they are scaled."""

import numpy as np
import pytest
import scipy.optimize
import torch
from by_hand import gaussian

from pplc.runtime.coordinates.arrow import Precision
from pplc.runtime.coordinates.arrow_factor import Factor, inverse_factor
from pplc.runtime.coordinates.gaussians import DenseCoordinates
from pplc.runtime.coordinates.guide import GuideCoordinates
from pplc.runtime.manifest import BlockEntry
from pplc.runtime.minimise import minimise
from pplc.runtime.noise import matched_noise
from pplc.runtime.objective import SampleObjective
from pplc.runtime.target import Target

D = 6
BLOCK = BlockEntry(name="b", family="dense", sites=("x",))


def random_covariance(seed=0):
    a = torch.randn(D, D, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    unit = a @ a.T + 0.1 * torch.eye(D)
    scale = torch.tensor([1e-3, 1, 5, 1e4, 0.1, 2], dtype=torch.float64)
    return scale[:, None] * unit * scale


MEAN = torch.tensor([1.0, -2.0, 3.0, 1e4, 0.0, 5.0], dtype=torch.float64)


def covariance_of(phi):
    lower = phi["b.lower"].tril(-1) + torch.eye(D)
    scale_tril = phi["b.log_scale"].exp()[:, None] * lower
    return scale_tril @ scale_tril.T


def close(a, b):
    torch.testing.assert_close(a, b, rtol=1e-8, atol=0)


def test_inverse_factor_inverts_whatever_the_units():
    covariance = random_covariance()
    factor = inverse_factor(torch.linalg.inv(covariance))
    assert torch.equal(factor, factor.tril())
    assert (factor.diagonal() > 0).all()
    close(factor @ factor.T, covariance)


@pytest.mark.parametrize(
    "precision",
    [
        torch.diag(torch.tensor([1.0, -2.0])),
        torch.tensor([[1.0, 3.0], [3.0, 1.0]]),
        torch.zeros(2, 2),
        torch.full((2, 2), torch.nan),
        torch.tensor([[1e-300, 1e300], [1e300, -1e-300]]),
    ],
)
def test_inverse_factor_of_what_has_no_inverse_is_finite(precision):
    factor = inverse_factor(precision.double())
    assert factor.isfinite().all()
    assert (factor.diagonal() > 0).all()


def test_inverse_factor_turns_the_sign_of_negative_curvature():
    factor = inverse_factor(torch.diag(torch.tensor([4.0, -9.0], dtype=torch.float64)))
    torch.testing.assert_close(factor.diagonal(), torch.tensor([1 / 2, 1 / 3]).double())


def test_a_block_starts_as_the_gaussian_at_the_mode():
    covariance = random_covariance()
    coordinates = DenseCoordinates.at_mode(BLOCK, MEAN, torch.linalg.inv(covariance))
    phi = coordinates.phi(torch.zeros(coordinates.size).double())
    close(phi["b.loc"], MEAN)
    close(covariance_of(phi), covariance)


def moved():
    coordinates = DenseCoordinates.at_mode(BLOCK, MEAN, torch.linalg.inv(random_covariance()))
    generator = torch.Generator().manual_seed(1)
    xi = torch.randn(coordinates.size, generator=generator, dtype=torch.float64)
    return coordinates, xi


def test_coordinates_around_parameters_are_zero_there():
    coordinates, xi = moved()
    phi = coordinates.phi(xi)
    again = DenseCoordinates.around(BLOCK, phi).phi(torch.zeros_like(xi))
    for name, tensor in phi.items():
        close(again[name], tensor)


def test_errors_are_the_change_of_means_and_sds():
    coordinates, xi = moved()
    before, after = coordinates.phi(0 * xi), coordinates.phi(1e-6 * xi)
    sd = covariance_of(before).diagonal().sqrt()
    mean_moved = (after["b.loc"] - before["b.loc"]) / sd
    log_sd_moved = (covariance_of(after).diagonal().sqrt() / sd).log()
    by_definition = torch.cat([mean_moved, log_sd_moved]) / 1e-6
    torch.testing.assert_close(coordinates.errors(xi), by_definition, rtol=1e-3, atol=1e-4)


def test_distance_is_that_of_mahalanobis():
    covariance = random_covariance()
    coordinates = DenseCoordinates.at_mode(BLOCK, MEAN, torch.linalg.inv(covariance))
    u = MEAN + covariance.diagonal().sqrt()
    expected = ((u - MEAN) @ torch.linalg.solve(covariance, u - MEAN)).sqrt()
    torch.testing.assert_close(coordinates.distance(u), expected)


def gaussian_objective(mode, precision, draws=64):
    target = Target(*gaussian(MEAN, random_covariance()))
    factor = Factor.of(target.arrow, Precision(precision, ()))
    coordinates = GuideCoordinates.at_mode(target, mode, factor)
    return SampleObjective(target, coordinates, matched_noise(target.noise_blocks, draws, 0))


def test_a_fit_to_a_gaussian_has_no_sampling_error():
    sd = random_covariance().diagonal().sqrt()
    function = gaussian_objective(MEAN + 2 * sd, torch.diag(1 / sd**2), draws=16)
    for _ in range(2):  # once from far off, then in the coordinates of what was found
        found = minimise(
            function, np.zeros(function.coordinates.size), tolerance=1e-11, iterations=300
        )
        phi = function.coordinates.phi(torch.from_numpy(found.x))
        coordinates = GuideCoordinates.around(function.target, phi)
        function = SampleObjective(function.target, coordinates, function.noise)
    covariance = covariance_of({name.replace("globals", "b"): t for name, t in phi.items()})
    error = (covariance - random_covariance()) / (sd[:, None] * sd)
    assert ((phi["globals.loc"] - MEAN) / sd).abs().max() < 1e-8
    assert error.abs().max() < 1e-8


def test_the_hessian_at_a_gaussian_optimum_is_the_identity():
    function = gaussian_objective(MEAN, torch.linalg.inv(random_covariance()))
    hessian = scipy.optimize.approx_fprime(
        np.zeros(function.coordinates.size), lambda x: function(x)[1], 1e-6
    )
    np.testing.assert_allclose(hessian, np.eye(function.coordinates.size), atol=1e-4)
