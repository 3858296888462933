"""Functions of the language for which torch has no name, or not the right one.

Most functions are torch's own: `exp log log1p expm1 sqrt tanh sin cos floor sigmoid logit
lgamma erf softmax cumsum` under the same name, and

| language                  | torch                                                     |
|---------------------------|-----------------------------------------------------------|
| `phi(x)`                  | `torch.special.ndtr(x)`                                   |
| `min(a, b)`, `max(a, b)`  | `torch.minimum(a, b)`, `torch.maximum(a, b)`              |
| `if c then a else b`      | `torch.where(c, a, b)`                                    |
| `max(k in K: e)`, `min`   | `e.amax(dim)`, `e.amin(dim)`                              |
| `logsumexp(k in K: e)`    | `pplc.runtime.contraction.log_sum(e, dim)`                |
| `outer(x, y)`             | `x[..., :, None] * y[..., None, :]`                       |
| `solve(a, b)`             | `torch.linalg.solve(a, b)`; `b[..., None]` for a vector b |
| `diag(x)`                 | `x.diag_embed()`                                          |

The rest is here: `abs` (`absolute`), `cholesky`, `softplus`, `sd`, `exp_quad`, `late`, `sort_rows`;
for reductions over the elements that belong to one of several segments
(`sum(w in W where doc[w] == d: e)`) the `segment_` functions, and for `counts` `histogram`.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.nn.functional import logsigmoid

from pplc.runtime.contraction import finite
from pplc.runtime.tensors import broadcast


def softplus(x: Tensor) -> Tensor:
    """log(1 + exp(x)), elementwise; torch's own is rounded to x beyond 20."""
    return -logsigmoid(-x)


def absolute(x: Tensor) -> Tensor:
    """|x|, elementwise.

    At second derivatives of torch's own, torch imports its compiler, for two seconds.
    """
    return x * x.detach().sign()


def take(values: Tensor, positions: Tensor) -> Tensor:
    """`values[..., positions]`, [..., *shape of the positions], which are int64 and from 0 on.

    Several times as fast as torch's indexing, its gradient too.
    """
    batch = values.shape[:-1]
    found = values.gather(-1, positions.flatten().expand(*batch, -1))
    return found.reshape(*batch, *positions.shape)


def definite_cholesky(matrix: Tensor) -> tuple[Tensor, Tensor | None]:
    """Lower factors of matrices [..., n, n], which have one [...]; others: the identity's."""
    factor, failed = torch.linalg.cholesky_ex(matrix)
    if not bool(failed.any()):
        return factor, None
    definite = failed == 0
    eye = torch.eye(matrix.shape[-1], dtype=matrix.dtype, device=matrix.device)
    return torch.linalg.cholesky(torch.where(definite[..., None, None], matrix, eye)), definite


def cholesky(matrix: Tensor) -> Tensor:
    """The lower Cholesky factor [..., K, K]; NaN, with zero gradient, where there is none."""
    factor, definite = definite_cholesky(matrix)
    if definite is None:
        return factor
    return factor.masked_fill(~definite[..., None, None], torch.nan)


def sd(x: Tensor, dim: int) -> Tensor:
    """Sd over `dim`, which the result lacks, by n - 1; its gradient is 0 where all are equal.

    NaN of less than two elements.
    """
    if x.shape[dim] < 2:
        return x.sum(dim) * torch.nan
    variance = x.var(dim)
    equal = variance == 0
    return variance.masked_fill(equal, 1.0).sqrt().masked_fill(equal, 0.0)


def late(x: Tensor, first: int, dim: int) -> Tensor:
    """A family that starts at position `first` of `dim`, in full length: longer by `first`.

    The elements before do not exist: NaN, or 0 in a tensor of whole numbers.
    """
    shape = list(x.shape)
    shape[dim] = first
    return torch.cat([x.new_full(shape, torch.nan if x.is_floating_point() else 0), x], dim)


def sort_rows(x: Tensor, there: Tensor | None = None) -> Tensor:
    """Rows `[..., K]` in increasing order.

    Of these the first elements alone may be `there` (bool, broadcasts to x): the others, which do
    not exist, get the value of the last one that does.
    """
    if there is None:
        return x.sort(-1).values
    rows = torch.where(there, x, torch.inf).sort(-1).values
    return torch.minimum(rows, torch.where(there, x, -torch.inf).amax(-1, keepdim=True))


def masked_sd(x: Tensor, where: Tensor, dim: int) -> Tensor:
    """`sd` over `dim` of the elements for which `where` (bool, broadcasts to x) is true.

    As there, `dim` is gone, NaN is that of less than two, and the gradient 0 where all are equal.
    """
    x, where = broadcast(x, where)
    n = where.sum(dim, keepdim=True)
    mean = x.masked_fill(~where, 0.0).sum(dim, keepdim=True) / n
    squares = (x - mean).square().masked_fill(~where, 0.0).sum(dim, keepdim=True)
    return _root_of_variance(squares, n).squeeze(dim)


def exp_quad(x: Tensor, y: Tensor, length: float | Tensor, amplitude: float | Tensor) -> Tensor:
    """Covariances `amplitude^2 exp(-(x - y)^2 / (2 length^2))`, [..., N, M], of points on a line.

    x is [..., N], y [..., M]; length and amplitude are numbers or [...]. Rasmussen and Williams
    (2006), "Gaussian Processes for Machine Learning", equation 2.31 without noise.
    """
    distance = (x[..., :, None] - y[..., None, :]) / _over_matrix(length)
    return _over_matrix(amplitude) ** 2 * (-0.5 * distance.square()).exp()


def segment_sum(values: Tensor, segments: Tensor, count: int, dim: int) -> Tensor:
    """Sums over `dim` by segment: `dim` becomes `count` long; 0 where a segment is empty.

    `segments`, int64 [size of `dim`], holds the segment of each element, 0 to count - 1.
    """
    return _filled(values, count, dim, 0.0).index_add(dim, segments, values)


def segment_prod(values: Tensor, segments: Tensor, count: int, dim: int) -> Tensor:
    """Products by segment, as `segment_sum`; 1 where a segment is empty."""
    start = _filled(values, count, dim, 1.0)
    return start.scatter_reduce(dim, _as_index(segments, values, dim), values, "prod")


def segment_sd(values: Tensor, segments: Tensor, count: int, dim: int) -> Tensor:
    """`sd` by segment, as `segment_sum`; NaN where a segment has less than two elements."""
    mean = segment_mean(values, segments, count, dim).index_select(dim, segments)
    squares = segment_sum((values - mean).square(), segments, count, dim)
    sizes = torch.bincount(segments, minlength=count)
    return _root_of_variance(squares.movedim(dim, -1), sizes).movedim(-1, dim)


def segment_mean(values: Tensor, segments: Tensor, count: int, dim: int) -> Tensor:
    """Means by segment, as `segment_sum`; NaN where a segment is empty."""
    sizes = torch.bincount(segments, minlength=count).to(values.dtype)
    sums = segment_sum(values, segments, count, dim)
    return (sums.movedim(dim, -1) / sizes).movedim(-1, dim)


def segment_max(values: Tensor, segments: Tensor, count: int, dim: int) -> Tensor:
    """Maxima by segment, as `segment_sum`; -inf where a segment is empty."""
    start = _filled(values, count, dim, -torch.inf)
    return start.scatter_reduce(dim, _as_index(segments, values, dim), values, "amax")


def segment_min(values: Tensor, segments: Tensor, count: int, dim: int) -> Tensor:
    """Minima by segment, as `segment_sum`; inf where a segment is empty."""
    return -segment_max(-values, segments, count, dim)


def segment_log_sum(values: Tensor, segments: Tensor, count: int, dim: int) -> Tensor:
    """log(sum(exp)) by segment, as `segment_sum`; -inf and no gradient where none is possible."""
    peak = finite(segment_max(values.detach(), segments, count, dim))
    total = segment_sum((values - peak.index_select(dim, segments)).exp(), segments, count, dim)
    empty = total == 0
    return (total.masked_fill(empty, 1.0).log() + peak).masked_fill(empty, -torch.inf)


def histogram(values: Tensor, segments: Tensor, bins: int, count: int) -> Tensor:
    """How often each value occurs in each segment, int64 [count, bins].

    `values` and `segments` are int64 [N]: 0 to bins - 1, and 0 to count - 1.
    """
    return torch.bincount(segments * bins + values, minlength=count * bins).reshape(count, bins)


def occurrences(shape: tuple[int, ...], *places: Tensor) -> Tensor:
    """How often each element of an array of that shape is at `places`, int64 [*shape].

    `places` has positions along each dimension of the array; they broadcast against each other.
    """
    at = torch.zeros((), dtype=torch.int64)
    for size, place in zip(shape, places, strict=True):
        at = at * size + place
    count = math.prod(shape)
    return torch.bincount(at.flatten(), minlength=count).reshape(shape)


def _root_of_variance(squares: Tensor, n: Tensor) -> Tensor:
    """sqrt(squares / (n - 1)) with gradient 0 at 0; NaN for n < 2."""
    equal = squares == 0
    root = (squares.masked_fill(equal, 1.0) / (n - 1)).sqrt().masked_fill(equal, 0.0)
    return root.masked_fill(n < 2, torch.nan)


def _over_matrix(x: float | Tensor) -> float | Tensor:
    return x[..., None, None] if isinstance(x, Tensor) else x


def _filled(like: Tensor, count: int, dim: int, number: float) -> Tensor:
    shape = list(like.shape)
    shape[dim] = count
    return like.new_full(shape, number)


def _as_index(segments: Tensor, values: Tensor, dim: int) -> Tensor:
    """The segment of each element of `values`, in its shape."""
    shape = [1] * values.ndim
    shape[dim] = -1
    return segments.reshape(shape).expand_as(values)
