"""Standard normal draws from scrambled Sobol points, matched to the moments they stand for."""

from __future__ import annotations

import math
from collections.abc import Mapping

import torch
from torch import Tensor
from torch.quasirandom import SobolEngine

from pplc.runtime.module import Tensors
from pplc.runtime.randomness import subseed

_FEWEST = 64
_SMALLEST = 2.0**-32  # Sobol points are multiples of 2^-30: keeps the first of them off 0 and 1


def normals(count: int, size: int, seed: int) -> Tensor:
    """`count` scrambled-Sobol standard normals, [count, size], float64."""
    if size == 0:
        return torch.zeros(count, 0, dtype=torch.float64)
    engine = SobolEngine(size, scramble=True, seed=seed)  # type: ignore[no-untyped-call]
    points = engine.draw(count, dtype=torch.float64).clamp(_SMALLEST, 1 - _SMALLEST)
    z: Tensor = torch.special.ndtri(points)
    return z


def matched(count: int, size: int, seed: int) -> Tensor:
    """`count` normals [count, size] with mean exactly zero and covariance exactly the identity.

    Antithetic pairs give the mean (and every odd moment); the halves are orthonormalised by the
    smallest change, Z (Z'Z / n)^(-1/2). An expectation of a quadratic is then exact, so that
    fitting a Gaussian to a Gaussian has no sampling error.
    """
    half = count // 2
    if count % 2 or half < size:
        raise ValueError(f"{count} draws cannot be matched in {size} dimensions")
    z = normals(half, size, seed)
    eigenvalues, vectors = torch.linalg.eigh(z.T @ z / half)
    z = z @ (vectors * eigenvalues.rsqrt()) @ vectors.T
    return torch.cat([z, -z])


def fewest_draws(shapes: Mapping[str, tuple[int, ...]]) -> int:
    """How many matched draws to start a fit with; `shapes` are of each block's noise.

    A sample objective is unbounded where a dense block has more dimensions than draws (Giordano,
    Ingram and Broderick 2024, section 4); half of the draws mirror the other half.
    """
    size = max(math.prod(shape) for shape in shapes.values())
    return max(_FEWEST, int(2 ** math.ceil(math.log2(2 * (size + 2)))))


def matched_noise(shapes: Mapping[str, tuple[int, ...]], draws: int, seed: int) -> Tensors:
    """Matched normals [draws, *shape] for each block of a guide.

    Blocks are matched to each other too, as far as there are draws enough.
    """
    sizes = [math.prod(shape) for shape in shapes.values()]
    if 2 * sum(sizes) <= draws:
        parts = list(
            matched(draws, sum(sizes), subseed(seed, "all blocks", draws)).split_with_sizes(
                sizes, -1
            )
        )
    else:
        parts = [
            matched(draws, n, subseed(seed, b, draws)) for b, n in zip(shapes, sizes, strict=True)
        ]
    return {
        block: part.reshape(draws, *shape)
        for (block, shape), part in zip(shapes.items(), parts, strict=True)
    }


def fresh_noise(shapes: Mapping[str, tuple[int, ...]], draws: int, seed: int) -> Tensors:
    """Unmatched normals [draws, *shape] for each block of a guide.

    All are columns of one Sobol sequence: two that are scrambled apart would depend on each other.
    """
    sizes = [math.prod(shape) for shape in shapes.values()]
    parts = normals(draws, sum(sizes), subseed(seed, "all blocks")).split_with_sizes(sizes, -1)
    return {
        block: part.reshape(draws, *shape)
        for (block, shape), part in zip(shapes.items(), parts, strict=True)
    }
