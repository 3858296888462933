"""Curvature with the sparsity of a guide, against dense matrices."""

import pytest
import torch

from pplc.runtime.coordinates.arrow import Arrow, LocalPart
from pplc.runtime.coordinates.arrow_factor import Factor

G, SCHOOLS, CLASSES = 3, 4, 10
SCHOOL = torch.arange(CLASSES) % SCHOOLS
SIZE = G + 2 * SCHOOLS + CLASSES


def parts():
    """Globals, schools of two numbers, classes in schools; in the flat vector in reverse."""
    places = torch.arange(SIZE).flip(0)
    globals_, schools, classes = places.split([G, 2 * SCHOOLS, CLASSES])
    return Arrow(
        SIZE,
        globals_,
        (
            LocalPart("school", schools.reshape(SCHOOLS, 2), torch.arange(G), {}),
            LocalPart("class", classes[:, None], torch.tensor([0, 2]), {"school": SCHOOL}),
        ),
    )


@pytest.fixture
def arrow():
    return parts()


def sparse_precision(arrow, seed=0):
    """A random positive definite matrix in which elements are coupled to what they depend on."""
    generator = torch.Generator().manual_seed(seed)
    precision = torch.zeros(SIZE, SIZE, dtype=torch.float64)
    schools, classes = (part.positions for part in arrow.locals_)
    groups = [torch.cat([arrow.globals_, school]) for school in schools]
    groups += [
        torch.cat([arrow.globals_[[0, 2]], schools[SCHOOL[i]], classes[i]]) for i in range(CLASSES)
    ]
    for places in groups:
        factor = torch.randn(len(places), len(places), generator=generator, dtype=torch.float64)
        precision[places[:, None], places] += factor @ factor.T
    return precision


def factor_of(arrow, precision):
    return Factor.of(arrow, arrow.precision(arrow.probes @ precision))


def test_probes_find_every_entry(arrow):
    precision = sparse_precision(arrow)
    found = arrow.precision(arrow.probes @ precision)
    assert len(arrow.probes) == G + 2 + 1
    classes = arrow.part("class").positions[:, 0]
    schools = arrow.part("school").positions
    own = found.locals_[1].own[:, 0, 0]
    torch.testing.assert_close(own, precision.diagonal()[classes])
    torch.testing.assert_close(
        found.locals_[1].outer["school"][:, 0], precision[classes[:, None], schools[SCHOOL]]
    )


def test_the_factor_is_that_of_the_dense_inverse(arrow):
    precision = sparse_precision(arrow)
    factor = factor_of(arrow, precision)
    columns = factor.apply(torch.eye(SIZE).double()).T
    torch.testing.assert_close(columns @ columns.T, torch.linalg.inv(precision))
    torch.testing.assert_close(factor.transposed(torch.eye(SIZE).double()), columns)
    torch.testing.assert_close(factor.solve(columns.T), torch.eye(SIZE).double())


def test_batches_are_factorised_one_by_one(arrow):
    precisions = torch.stack([sparse_precision(arrow, seed) for seed in range(3)])
    together = Factor.of(arrow, arrow.precision(arrow.probes @ precisions))
    z = torch.linspace(-1, 1, SIZE).double()
    for i, precision in enumerate(precisions):
        alone = factor_of(arrow, precision).apply(z)
        torch.testing.assert_close(together[i].apply(z), alone)
        torch.testing.assert_close(together.apply(z.expand(3, SIZE))[i], alone)


def test_the_schur_complement_is_the_precision_of_the_globals(arrow):
    precision = sparse_precision(arrow)
    places = arrow.globals_
    marginal = torch.linalg.inv(torch.linalg.inv(precision)[places[:, None], places])
    torch.testing.assert_close(factor_of(arrow, precision).schur, marginal)


def test_averages_and_scales(arrow):
    precisions = torch.stack([sparse_precision(arrow, seed) for seed in range(4)])
    averaged = arrow.precision(arrow.probes @ precisions).averaged(2)
    expected = arrow.precision(arrow.probes @ precisions[:2].mean(0))
    torch.testing.assert_close(averaged.globals_[0], expected.globals_)
    torch.testing.assert_close(averaged.locals_[0].own[0], expected.locals_[0].own)
    factor = factor_of(arrow, precisions[0])
    z = torch.ones(SIZE).double()
    torch.testing.assert_close(factor.scaled(0.5).apply(z), 0.5 * factor.apply(z))
