"""Standard normal draws from scrambled Sobol points, matched to the moments they stand for."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.quasirandom import SobolEngine

from pplc.runtime.coordinates.arrow import Arrow
from pplc.runtime.manifest import BlockEntry
from pplc.runtime.module import Tensors
from pplc.runtime.randomness import subseed

_FEWEST = 64
_SMALLEST = 2.0**-32  # Sobol points are multiples of 2^-30: keeps the first of them off 0 and 1
_TOGETHER = 16  # independent elements of a block that are matched to each other too
_MOST_SOBOL = 1024  # dimensions; the pairs of later ones are ever worse
_AT_ONCE = 2**18  # numbers: what is made on the way stays in the processor's cache


@dataclass(frozen=True)
class NoiseBlock:
    """The noise of a block of the guide: `elements` vectors of `width` numbers.

    `before` names the blocks whose noise reaches it too, with the element of each element: None
    where that is the same one for all.
    """

    name: str
    shape: tuple[int, ...]
    elements: int
    width: int
    before: Mapping[str, Tensor | None]


def noise_blocks(
    guide: tuple[BlockEntry, ...], shapes: Mapping[str, tuple[int, ...]], arrow: Arrow
) -> tuple[NoiseBlock, ...]:
    """The noise of each block, in the order in which they are drawn."""
    found: dict[str, NoiseBlock] = {}
    for entry in guide:
        shape = shapes[entry.name]
        before: dict[str, Tensor | None] = {}
        size = math.prod(shape)
        if entry.family != "local":
            together = entry.family in ("dense", "lowrank") or size <= _TOGETHER
            if together:
                before = {b.name: None for b in found.values() if b.elements == 1}
            elements, width = (1, size) if together else (size, 1)
        else:
            elements, width = math.prod(shape[:-1]), shape[-1]
            for block in guide:
                if set(block.sites) & set(entry.parents):
                    before[block.name] = None
            for outer, index in arrow.part(entry.name).outer.items():
                for name, above in found[outer].before.items():
                    before[name] = None if above is None else above[index]
                before[outer] = index
        found[entry.name] = NoiseBlock(entry.name, shape, elements, width, before)
    return tuple(found.values())


def normals(count: int, size: int, seed: int) -> Tensor:
    """`count` standard normals [count, size], float64: scrambled Sobol points, or Latin hypercubes.

    Either way each column is stratified: one draw in each of `count` equally probable intervals.
    Sobol points are better in few dimensions; in more than there are points their columns are
    correlated.
    """
    if size == 0:
        return torch.zeros(count, 0, dtype=torch.float64)
    z = torch.empty(count, size, dtype=torch.float64)
    if size <= min(_MOST_SOBOL, count):
        engine = SobolEngine(size, scramble=True, seed=seed)  # type: ignore[no-untyped-call]
        for rows in torch.split(z, max(1, _AT_ONCE // size)):
            rows.copy_(_normal(engine.draw(len(rows), dtype=torch.float64)))
    else:
        generator = torch.Generator().manual_seed(seed)
        for columns in torch.split(z, max(1, _AT_ONCE // count), -1):
            uniform = torch.rand(2, *columns.shape, generator=generator, dtype=torch.float64)
            columns.copy_(_normal((uniform[0].argsort(0) + uniform[1]) / count))
    return z


def _normal(points: Tensor) -> Tensor:
    """Standard normals from numbers between 0 and 1."""
    z: Tensor = torch.special.ndtri(points.clamp(_SMALLEST, 1 - _SMALLEST))
    return z


def matched(z: Tensor, *before: Tensor) -> Tensor:
    """Antithetic normals [2 n, E, d] from `z` [n, E, d], with moments that are exact.

    For each of the E elements the mean is zero, the covariance the identity, and that with the
    draws `before` [2 n, E or 1, k] (matched themselves, and orthogonal to each other) is zero.
    Antithetic pairs give the mean (and every odd moment); the halves are orthonormalised by the
    smallest change, Z (Z'Z / n)^(-1/2). An expectation of a quadratic is then exact, so that
    fitting a Gaussian to a Gaussian has no sampling error.
    """
    half = len(z)
    taken = sum(x.shape[-1] for x in before)
    if half < z.shape[-1] + taken:
        raise ValueError(f"{2 * half} draws cannot be matched in {z.shape[-1] + taken} dimensions")
    z = z.movedim(0, -2)  # [E, n, d]
    if not z.numel():
        return torch.cat([z, z])
    for others in before:
        q = others[:half].movedim(0, -2)  # [E or 1, n, k]
        z = z - q @ (q.mT @ z) / half
    eigenvalues, vectors = torch.linalg.eigh(z.mT @ z / half)
    z = z @ (vectors * eigenvalues.rsqrt().unsqueeze(-2)) @ vectors.mT
    z = z.movedim(-2, 0)
    return torch.cat([z, -z])


def fewest_draws(blocks: tuple[NoiseBlock, ...]) -> int:
    """How many matched draws to start a fit with.

    A sample objective is unbounded where an element depends on more numbers than there are draws
    (Giordano, Ingram and Broderick 2024, section 4); half of the draws mirror the other half.
    """
    width = {b.name: b.width for b in blocks}
    size = max(b.width + sum(width[name] for name in b.before) for b in blocks)
    return max(_FEWEST, int(2 ** math.ceil(math.log2(2 * (size + 2)))))


def matched_noise(blocks: tuple[NoiseBlock, ...], draws: int, seed: int) -> Tensors:
    """Matched normals [draws, *shape] for each block of a guide."""
    made: Tensors = {}
    for block, z in zip(blocks, _joint(blocks, draws // 2, subseed(seed, draws)), strict=True):
        before = [
            made[name] if index is None else made[name][:, index]
            for name, index in block.before.items()
        ]
        made[block.name] = matched(z.reshape(draws // 2, block.elements, block.width), *before)
    return {b.name: made[b.name].reshape(draws, *b.shape) for b in blocks}


def fresh_noise(blocks: tuple[NoiseBlock, ...], draws: int, seed: int) -> Tensors:
    """Unmatched normals [draws, *shape] for each block of a guide."""
    parts = zip(blocks, _joint(blocks, draws, seed), strict=True)
    return {block.name: z.reshape(draws, *block.shape) for block, z in parts}


def _joint(blocks: tuple[NoiseBlock, ...], draws: int, seed: int) -> list[Tensor]:
    """Normals [draws, n] for each block, all of them from one sequence.

    Two sequences with different scrambles are no substitute: what they have in common ties their
    columns to each other.
    """
    sizes = [math.prod(block.shape) for block in blocks]
    return list(normals(draws, sum(sizes), seed).split_with_sizes(sizes, -1))
