"""Elements of a plate integrated out, so that draws are weighed by what they say of all else.

The weight of a draw of all latents has a factor for each element, and with thousands of elements
each of which its guide describes almost, the product says nothing any more. What is left of the
posterior with the elements integrated out has few dimensions, and can be weighed. Given the
globals elements are independent, so that the integral is one of few dimensions for each of them:
by the trapezoidal rule around its mode, as far apart as its curvature tells (adaptive quadrature:
Pinheiro and Bates 1995, "Approximations to the log-likelihood function in the nonlinear
mixed-effects model"). A generated module has the log density of all elements together alone, but
its slope by an element is that element's own: values are slopes integrated along the grid.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property, partial

import numpy as np
import torch
from torch import Tensor

from pplc.runtime.correction.conditional import ConditionalModes, root_of
from pplc.runtime.correction.proposals import log_normal
from pplc.runtime.correction.weighing import WeightedSample, moved_sample
from pplc.runtime.module import Tensors
from pplc.runtime.noise import fresh_noise, matched, normals
from pplc.runtime.randomness import subseed
from pplc.runtime.target import Target, total

#: Steps of a grid, in sds, and how many to either side: the finer where the first does not do. Of a
#: normal the rule is wrong by 5e-9 with the first.
_GRIDS = ((1.0, 5), (0.4, 14), (0.2, 28))
_LOCAL = 6  # slopes that the integral between two neighbours is taken from
_WIDEST = 2  # numbers of an element
_MOST_GLOBALS = 40  # numbers of noise of all else
_EVALUATIONS = 8  # as much work as the search for the modes takes
_MOST_BYTES = 2**35  # that all draws take through the processor: one or two minutes
_FEWEST = 256  # draws of any use
_PLACED = 3  # times a grid is: around the mode of an element, then as wide as that turned out to be
_WRONG = 0.002  # in sds, of the mean of an element, or relatively of its spread; it adds up
_KNOWN = 0.99  # share of draws whose weights are
_TRIED = 2  # draws at which elements are looked at for dependence
_SAME = 1e-6  # relatively
_SHIFTS = 4
_SHIFTING = 16  # pairs of draws for each
_LONGEST = 3.0  # shift at once, in sds of the guide
_NEAR = 0.2  # that weights make up for


@dataclass(frozen=True)
class Grid:
    """Points [K, d] around zero, K = M^d: on each axis `reach` steps to either side."""

    width: int
    step: float = _GRIDS[0][0]
    reach: int = _GRIDS[0][1]

    @cached_property
    def line(self) -> Tensor:
        """The points [M] along each axis."""
        return self.step * torch.arange(-self.reach, self.reach + 1, dtype=torch.float64)

    @cached_property
    def points(self) -> Tensor:
        """All points, [K, d]."""
        return torch.cartesian_prod(*[self.line] * self.width).reshape(-1, self.width)

    @cached_property
    def integral(self) -> Tensor:
        """From slopes at the points of a line to values there, zero in the middle, [M, M].

        Between two neighbours it is that of the polynomial through the slopes around them.
        """
        size = len(self.line)
        steps = np.zeros((size, size))
        for right in range(1, size):
            first = min(max(right - _LOCAL // 2, 0), size - _LOCAL)
            at = np.arange(_LOCAL) + first - right + 1
            powers = np.vander(at, increasing=True).T
            moments = 1 / np.arange(1, _LOCAL + 1)
            steps[right, first : first + _LOCAL] = np.linalg.solve(powers, moments)
        sums = np.cumsum(steps, 0)
        return self.step * torch.from_numpy(sums - sums[self.reach])

    def values(self, slopes: Tensor) -> Tensor:
        """Those [n, K, E] of functions with such slopes [n, K, E, d], zero in the middle.

        They go along one axis after the other, those to come being zero.
        """
        size, elements = len(self.line), slopes.shape[2]
        slopes = slopes.reshape(-1, *[size] * self.width, elements, self.width)
        value = slopes.new_zeros([1] * (self.width + 2))
        for axis in range(self.width):
            along = slopes[..., axis]
            for later in range(axis + 1, self.width):
                along = along.narrow(1 + later, self.reach, 1)
            moved = torch.tensordot(self.integral, along, dims=([1], [1 + axis]))
            value = value + moved.movedim(0, 1 + axis)
        return value.flatten(1, self.width)


def integrated_sample(target: Target, phi: Tensors, size: int, seed: int) -> WeightedSample | None:
    """Up to `size` draws [S, ...] with the weights of their globals, elements integrated out.

    The globals come from the guide's distribution, moved to where the posterior is. None where the
    elements of the guide are not independent given the globals, or there is too much to compute.
    """
    block, globals_ = _block(target), target.global_noise.size
    if block is None or not 0 < globals_ <= _MOST_GLOBALS:
        return None
    for step, reach in _GRIDS:
        elements = Elements(target, phi, block, Grid(target.noise_shapes[block][-1], step, reach))
        draws = min(size, max(_FEWEST, _MOST_BYTES // 2 // elements.bytes))
        if draws * elements.bytes > _MOST_BYTES or not elements.are_independent(seed):
            return None
        shift = _shift(elements, subseed(seed, "shift"))
        if shift is not None:
            move = partial(elements.drawn, shift=shift)
            sample = moved_sample(target, phi, draws, seed, move)
            if float(sample.log_ratio.isfinite().double().mean()) >= _KNOWN:
                return sample
    return None


def _block(target: Target) -> str | None:
    """The local block whose elements can be integrated out: the only one, of few numbers each."""
    blocks = [entry for entry in target.guide if entry.family == "local"]
    if len(blocks) != 1 or blocks[0].outer:
        return None
    name = blocks[0].name
    return name if target.noise_shapes[name][-1] <= _WIDEST else None


def _shift(elements: Elements, seed: int) -> Tensor | None:
    """How far the globals' noise [D] has to be moved to where the posterior is; None for nowhere.

    The logarithm of the ratio of two normal densities of one covariance is linear, with the shift
    as its slope: that is the mean of z times the logarithm over standard normals z (Stein).
    """
    layout = elements.target.global_noise
    half = max(_SHIFTING, 2 * layout.size)
    still = {elements.block: elements.noise_of_none(2 * half)}
    shift = torch.zeros(layout.size, dtype=torch.float64)
    for attempt in range(_SHIFTS):
        z = normals(half, layout.size, subseed(seed, attempt))
        z = matched(z[:, None])[:, 0]
        _, log_weights = elements.weighed(layout.unflatten(z) | still, shift)
        move = (z * log_weights[:, None]).mean(0)
        if not move.isfinite().all():
            return None
        shift = shift + move.clamp(-_LONGEST, _LONGEST)
        if float(move.abs().max()) <= _NEAR:
            break
    return shift


class Elements:
    """The elements of a local block, given the globals of draws."""

    def __init__(self, target: Target, phi: Tensors, block: str, grid: Grid) -> None:
        self.target = target
        self.phi = phi
        self.block = block
        self._grid = grid
        self._modes = ConditionalModes(target, phi)

    def noise_of_none(self, draws: int) -> Tensor:
        """Zeros in the place of their noise, [draws, ..., d]."""
        return torch.zeros(draws, *self.target.noise_shapes[self.block], dtype=torch.float64)

    @property
    def bytes(self) -> int:
        """What a draw takes through the processor."""
        return self.target.particle_bytes * (len(self._grid.points) + _EVALUATIONS)

    def are_independent(self, seed: int) -> bool:
        """Whether no second derivative by two elements is other than zero, at some draws.

        A product of the second derivatives with signs at random is then that with ones, but for
        the signs.
        """
        noise = fresh_noise(self.target.noise_blocks, _TRIED, subseed(seed, "independent"))
        leaf = noise[self.block].clone().requires_grad_()
        value = self._log_density(noise | {self.block: leaf}).sum()
        (slope,) = torch.autograd.grad(value, leaf, create_graph=True)
        generator = torch.Generator().manual_seed(0)
        signs = torch.randint(0, 2, leaf.shape[:-1], generator=generator)[..., None] * 2.0 - 1
        (plain,) = torch.autograd.grad(slope.sum(), leaf, retain_graph=True)
        (signed,) = torch.autograd.grad((slope * signs).sum(), leaf)
        return torch.allclose(signed * signs, plain, _SAME, _SAME * float(plain.abs().max()))

    def drawn(self, noise: Tensors, shift: Tensor) -> tuple[Tensors, Tensor]:
        """Standard normals moved, and log weights less log p - log q of what they become, [n].

        Given the globals of a draw, moved by `shift` [D], each element is drawn from the normal
        distribution with the mean and the covariance that it has in the posterior.
        """
        moved, log_weights = self.weighed(noise, shift)
        with torch.no_grad():
            gaps = [
                total(log_p) - total(log_q)
                for c in self.target.chunks(len(log_weights))
                for _, log_p, log_q in [self._terms({n: e[c] for n, e in moved.items()})]
            ]
        return moved, log_weights - torch.cat(gaps)

    def weighed(self, noise: Tensors, shift: Tensor) -> tuple[Tensors, Tensor]:
        """Standard normals moved, and the logarithms of their weights, [n]."""
        layout = self.target.global_noise
        flat = layout.flatten(noise)
        moved = noise | layout.unflatten(flat + shift)
        parts = []
        for chunk in self.target.chunks(len(flat)):
            parts.append(self._integrated({n: e[chunk] for n, e in moved.items()}))
            self.target.on_share(min(chunk.stop / len(flat), 1.0))
        log_weights = torch.cat([w for _, w in parts])
        log_weights = log_weights + log_normal(flat + shift) - log_normal(flat)
        return moved | {self.block: torch.cat([e for e, _ in parts])}, log_weights

    def _terms(self, noise: Tensors) -> tuple[Tensors, Tensors, Tensors]:
        return self.target.elbo_terms(self.phi, noise)

    def _log_density(self, noise: Tensors) -> Tensor:
        """That of noise with which latents have the posterior, [n], but for that of the globals."""
        _, log_p, log_q = self._terms(noise)
        return total(log_p) - total(log_q) + log_normal(noise[self.block].flatten(1))

    def _integrated(self, noise: Tensors) -> tuple[Tensor, Tensor]:
        """The noise [n, ..., d] of the elements for some draws, and their log weights [n]."""
        at, roots = self._modes.modes(noise, self._modes.steps)
        shape, width = at[self.block].shape, self._grid.width
        centre = at[self.block].reshape(shape[0], -1, width)  # [n, E, d]
        scale = _inverse(roots[self.block]).mT.reshape(*centre.shape, width)
        for _ in range(_PLACED):
            here = at | {self.block: centre.reshape(shape)}
            log_weight, mean, root, wrong = self._on_grid(here, centre, scale)
            moved, wider = centre + _times(scale, mean), scale @ root
            if not wrong.any():
                break
            centre = torch.where(wrong[..., None], moved, centre)
            scale = torch.where(wrong[..., None, None], wider, scale)
        drawn = moved + _times(wider, noise[self.block].reshape(centre.shape))
        return drawn.reshape(shape), log_weight.masked_fill(wrong.any(-1), -math.inf)

    def _on_grid(
        self, at: Tensors, centre: Tensor, scale: Tensor
    ) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Log weights [n] by grids around centres [n, E, d], with steps in units of a scale.

        And of each element, in these units, the mean [n, E, d], the Cholesky factor of the
        covariance, and whether its grid is wrong [n, E]: too narrow, or too coarse. On one that is
        not, the mean of slopes is zero, and that of slopes times points minus one (Stein).
        """
        points, slopes = self._grid.points, self._slopes(at, centre, scale)
        log_density = self._grid.values(slopes)  # [n, K, E]
        log_mass = log_density.logsumexp(1)
        shares = (log_density - log_mass[:, None]).exp().movedim(1, 2)  # [n, E, K]
        slopes = slopes.movedim(1, 2)
        off_mean = (shares[..., None] * slopes).sum(-2)
        off_scale = (shares[..., None] * slopes * points).sum(-2) + 1
        off = torch.cat([off_mean, off_scale], -1).abs().amax(-1)
        mean = shares @ points
        away = points - mean[..., None, :]  # [n, E, K, d]
        root = root_of((shares[..., None] * away).mT @ away)
        with torch.no_grad():
            cells = scale.det().abs().log() + self._grid.width * math.log(self._grid.step)
            log_weight = self._log_density(at) + (log_mass + cells).sum(-1)
        return log_weight, mean, root, ~(off <= _WRONG)

    def _slopes(self, at: Tensors, centre: Tensor, scale: Tensor) -> Tensor:
        """The slopes [n, K, E, d] of the log density along the grids of elements."""
        shape = at[self.block].shape
        found = []
        for point in self._grid.points:
            self.target.on_gradient()
            here = (centre + _times(scale, point)).requires_grad_()
            value = self._log_density(at | {self.block: here.reshape(shape)})
            (slope,) = torch.autograd.grad(value.sum(), here)
            found.append(_times(scale.mT, slope))
        return torch.stack(found, 1)


def _inverse(root: Tensor) -> Tensor:
    """That of lower triangular matrices [..., d, d]."""
    if root.shape[-1] == 1:  # as torch inverts it, it takes thirty times as long
        return root.reciprocal()
    inverse: Tensor = torch.linalg.inv(root)
    return inverse


def _times(matrices: Tensor, vectors: Tensor) -> Tensor:
    """Products of matrices [..., d, d] and vectors [..., d]; they are too small for matmul."""
    return (matrices * vectors[..., None, :]).sum(-1)
