"""Each constraint against torch's own transforms and the determinant of the full Jacobian."""

import pytest
import torch
from torch.distributions import transforms

from pplc.runtime import constraints as c

S, K = 5, 4
TRIANGLE = K * (K - 1) // 2


def strictly_lower(x):
    rows, columns = torch.tril_indices(K, K, -1)
    return x[..., rows, columns]


def lower(x):
    rows, columns = torch.tril_indices(K, K)
    return x[..., rows, columns]


def bounds():
    return torch.linspace(-2, 2, S, dtype=torch.float64)[:, None]


def above(lower):
    return lambda x: (x.diff() > 0) & (x > lower).all() & x.isfinite().all()


def below(upper):
    return lambda x: (x.diff() > 0) & (x < upper).all() & x.isfinite().all()


#: name -> constraint, size of u, coordinates of the value, whether it is strictly inside
CASES = {
    "real": (c.real, K, lambda x: x, lambda x: x.isfinite()),
    "positive": (c.positive, K, lambda x: x, lambda x: x.isfinite() & (x > 0)),
    "simplex": (
        c.simplex,
        K - 1,
        lambda x: x[..., :-1],
        lambda x: (x > 0) & ((x.sum(-1, keepdim=True) - 1).abs() < 1e-15 * K),
    ),
    "ordered": (c.ordered, K, lambda x: x, lambda x: x.isfinite().all() & (x.diff() > 0)),
    "positive_ordered": (
        c.positive_ordered,
        K,
        lambda x: x,
        lambda x: (x[..., 0] > 0).all() & x.isfinite().all() & (x.diff() > 0),
    ),
    "ordered_above": (c.ordered_above(-1.5), K, lambda x: x, above(-1.5)),
    "ordered_above a tensor": (c.ordered_above(bounds()), K, lambda x: x, above(bounds())),
    "ordered_below": (c.ordered_below(0.0), K, lambda x: x, below(0.0)),
    "ordered_below a tensor": (c.ordered_below(bounds()), K, lambda x: x, below(bounds())),
    "ordered_between": (
        c.ordered_between(0.0, 1.0),
        K,
        lambda x: x,
        lambda x: above(0.0)(x) & below(1.0)(x),
    ),
    "ordered_between tensors": (
        c.ordered_between(bounds(), bounds() + 2),
        K,
        lambda x: x,
        lambda x: above(bounds())(x) & below(bounds() + 2)(x),
    ),
    "centred by tensors": (
        c.centred(bounds(), bounds().exp(), bounds().sigmoid()),
        K,
        lambda x: x,
        None,
    ),
    "log_centred by tensors": (
        c.log_centred(bounds(), 2.0, bounds().sigmoid()),
        K,
        lambda x: x,
        lambda x: x.isfinite() & (x > 0),
    ),
    "unit": (c.unit, K, lambda x: x, lambda x: (x > 0) & (x < 1)),
    "interval": (c.interval(-1.0, 3.0), K, lambda x: x, lambda x: (x > -1) & (x < 3)),
    "interval of tensors": (
        c.interval(bounds(), bounds() + 2),
        K,
        lambda x: x,
        lambda x: (x > bounds()) & (x < bounds() + 2),
    ),
    "lower_bounded": (c.lower_bounded(-1.5), K, lambda x: x, lambda x: x.isfinite() & (x > -1.5)),
    "lower_bounded by a tensor": (
        c.lower_bounded(bounds()),
        K,
        lambda x: x,
        lambda x: x.isfinite() & (x > bounds()),
    ),
    "upper_bounded": (c.upper_bounded(0.0), K, lambda x: x, lambda x: x.isfinite() & (x < 0)),
    "cholesky_corr": (
        c.cholesky_corr,
        TRIANGLE,
        strictly_lower,
        lambda x: (x.diagonal(dim1=-2, dim2=-1) > 0).all() & ((x**2).sum(-1) - 1 < 1e-14),
    ),
    "corr": (c.corr, TRIANGLE, strictly_lower, lambda x: x.isfinite()),
    "cov": (c.cov, TRIANGLE + K, lower, None),
}
EVERY = pytest.mark.parametrize("name", CASES)


def unconstrained(size, seed=0):
    return torch.randn(S, size, dtype=torch.float64, generator=torch.manual_seed(seed))


@EVERY
def test_log_jacobian_is_the_determinant(name):
    constraint, size, coordinates, _ = CASES[name]
    u = unconstrained(size)
    _, log_jacobian = constraint(u)
    full = torch.func.jacrev(lambda u: coordinates(constraint(u)[0]))(u)  # [S, size, S, size]
    blocks = full.diagonal(dim1=0, dim2=2).movedim(-1, 0)
    assert log_jacobian.shape == (S,)
    torch.testing.assert_close(log_jacobian, torch.linalg.slogdet(blocks).logabsdet)


@EVERY
def test_inverse(name):
    constraint, size, _, _ = CASES[name]
    u = unconstrained(size)
    torch.testing.assert_close(constraint.inverse(constraint(u)[0]), u, rtol=1e-9, atol=1e-9)


@EVERY
@pytest.mark.parametrize("dtype", [torch.float64, torch.float32])
def test_extremes(name, dtype):
    constraint, size, _, inside = CASES[name]
    largest = 700 if dtype == torch.float64 else 85
    signs = torch.tensor([[1, 1], [-1, -1], [1, -1], [-1, 1], [0, 0]])
    u = (largest * signs.repeat(1, size)[:, :size]).to(dtype).requires_grad_()
    value, log_jacobian = constraint(u)
    if inside is not None and dtype == torch.float64:
        assert inside(value).all(), value
    assert value.dtype == dtype or "tensor" in name
    assert log_jacobian.isfinite().all()
    (gradient,) = torch.autograd.grad(log_jacobian.sum() + value.tanh().sum(), u)
    assert gradient.isfinite().all()


def test_leading_dimensions_are_summed():
    u = torch.randn(S, 3, K, dtype=torch.float64, generator=torch.manual_seed(0))
    for constraint in (c.simplex, c.ordered, c.positive):
        value, log_jacobian = constraint(u)
        rows = [constraint(u[:, i]) for i in range(3)]
        torch.testing.assert_close(value, torch.stack([row[0] for row in rows], 1))
        torch.testing.assert_close(log_jacobian, sum(row[1] for row in rows))
    scalars = u[:, 0, 0]
    torch.testing.assert_close(c.positive(scalars)[1], scalars)


@pytest.mark.parametrize(
    ("name", "transform"),
    [
        ("positive", transforms.ExpTransform()),
        ("simplex", transforms.StickBreakingTransform()),
        ("unit", transforms.SigmoidTransform()),
        ("cholesky_corr", transforms.CorrCholeskyTransform()),
    ],
)
def test_same_map_as_torch(name, transform):
    constraint, size, _, _ = CASES[name]
    u = unconstrained(size)
    torch.testing.assert_close(constraint(u)[0], transform(u))


def test_steps_of_ordered_survive_rounding():
    u = torch.tensor([[1e6, -50.0, -50.0]], dtype=torch.float64)
    assert (c.ordered(u)[0].diff() > 0).all()


def test_equal_steps_within_bounds_are_in_the_middle():
    value = c.ordered_between(-1.0, 3.0).value(torch.zeros(K, dtype=torch.float64))
    torch.testing.assert_close(value, torch.linspace(-1, 3, K + 2, dtype=torch.float64)[1:-1])


@pytest.mark.parametrize("name", [n for n in CASES if "ordered" in n and "tensor" not in n])
def test_a_start_with_equal_values_is_finite(name):
    constraint, size, _, _ = CASES[name]
    value = torch.full((S, size), 0.25 if "below" not in name else -0.25, dtype=torch.float64)
    assert constraint.inverse(value).isfinite().all()


def test_elements_that_begin_later():
    inner, u = c.ordered_between(0.0, 1.0), unconstrained(K)
    value, log_jacobian = c.later(inner, 2)(u)
    expected = inner(u[:, 2:])
    torch.testing.assert_close(value[:, 2:], expected[0])
    torch.testing.assert_close(log_jacobian, expected[1])
    assert value.shape == u.shape
    torch.testing.assert_close(c.later(inner, 2).inverse(value)[:, 2:], u[:, 2:])


def test_one_category():
    value, log_jacobian = c.simplex(torch.zeros(S, 0, dtype=torch.float64))
    assert value.tolist() == [[1.0]] * S
    assert log_jacobian.tolist() == [0.0] * S
