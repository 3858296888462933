"""Draws from the guide made draws from the posterior: weights, and better draws where needed."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from pplc.runtime.correction.field import adaptable, conditional_modes
from pplc.runtime.correction.hamiltonian import Walk
from pplc.runtime.correction.importance import (
    columns,
    pareto_smoothed,
    squared_deviations,
    tail_of_moment,
)
from pplc.runtime.correction.proposals import Proposal, redrawn
from pplc.runtime.correction.skewing import skewed
from pplc.runtime.module import Tensors
from pplc.runtime.noise import fresh_noise
from pplc.runtime.randomness import subseed
from pplc.runtime.target import Target, total
from pplc.runtime.verdict.verdict import LARGEST_K, Worth

_UNEVEN = 0.5  # Pareto k above which better draws are looked for
_FEW = 0.6  # or below which share of effective draws
_EVEN = 0.95  # unless so large a share of them is effective: the tail of next to nothing is nothing
_PRECISE = 0.012  # of a mean in sds, and of the logarithm of an sd: more draws beyond
_VAGUE = 0.1  # of the logarithm of an sd: too little is known of it to say nothing
_MOST_TIMES = 4  # as many draws as were asked for, at most
_ADAPTED = 40  # numbers of noise that are adapted at most
_SPLIT = 12  # and that several components are fitted to
_COMPONENTS = 6
_ADAPTATIONS = 5
_ADAPTING = 4096  # draws for each
_DEFENCE = 0.2  # the share of wide draws, without which weights in the far tails are unbounded

#: Moves standard normal noise; also gives log N - log r of what it becomes, [n].
Move = Callable[[Tensors], tuple[Tensors, Tensor]]


@dataclass(frozen=True)
class WeightedSample:
    """Draws and their normalised weights, [S] each, smoothed from `log_ratio`.

    `log_q` is the density in the guide. `elbo` is the mean of log p - log q over draws from the
    guide and its Monte Carlo standard error, and the terms are means over the same draws;
    `log_evidence` is the logarithm of the mean of p / q. Draws of chains depend on each other:
    `independent` is the share of them that are worth as much. `wider` are draws with better noise
    whose weights cannot be trusted either.
    """

    latents: Tensors
    log_p: Tensor
    log_q: Tensor
    log_ratio: Tensor
    weights: Tensor
    pareto_k: float
    log_evidence: float
    elbo: tuple[float, float]
    log_p_terms: dict[str, float]
    log_q_terms: dict[str, float]
    independent: float = 1.0
    wider: WeightedSample | None = None

    @property
    def effective_size(self) -> float:
        """How many equally weighted, independent draws these are worth (Kish)."""
        return float(self.independent / (self.weights**2).sum())

    @property
    def is_uneven(self) -> bool:
        """Whether some weights are far larger than others; those of much data are next to equal."""
        even = self.pareto_k < LARGEST_K and self._share > _EVEN
        return not even and (self.pareto_k > _UNEVEN or self._share < _FEW)

    @property
    def _share(self) -> float:
        """How much of an independent draw each is worth."""
        return self.effective_size / len(self.weights)

    def better_than(self, other: WeightedSample) -> bool:
        """Whether each draw is worth more; by the tail of weights where that cannot be told."""
        if max(self.pareto_k, other.pareto_k) < LARGEST_K:
            return self._share > other._share
        return self.pareto_k < other.pareto_k

    @property
    def worth(self) -> Worth:
        """What a verdict says of the draws."""
        vague = {name: error for name, (_, error) in self.errors().items() if error > _VAGUE}
        return Worth(self.pareto_k, self.effective_size, len(self.weights), vague)

    def error(self) -> float:
        """The largest Monte Carlo error of a mean, in sds, and of the logarithm of an sd."""
        return max(map(max, self.errors().values()), default=0.0)

    def errors(self) -> dict[str, tuple[float, float]]:
        """That of a mean, and that of the logarithm of an sd, of each latent."""
        squares = self.weights.square() / self.independent
        found = {}
        for name, values in self.latents.items():
            mean = log_sd = 0.0
            for ratio in squared_deviations(values, self.weights):
                mean = max(mean, _largest((squares @ ratio).sqrt()))
                log_sd = max(log_sd, _largest((squares @ (ratio - 1).square()).sqrt() / 2))
            found[name] = mean, log_sd
        return found

    def tail_of_means(self) -> float:
        """The shape k of the tail of what is averaged in the mean that is hardest to estimate.

        Draws with tails as heavy as the posterior's have even weights, but where its tails are
        too heavy there is no mean to be found.
        """
        largest, draws = 0.0, None
        for values in self.latents.values():
            deviations = squared_deviations(values, self.weights)
            for x, squares in zip(columns(values), deviations, strict=True):
                errors = (self.weights.square() @ squares).nan_to_num()
                if float(errors.max()) > largest:
                    largest, draws = float(errors.max()), x[:, errors.argmax()]
        return -math.inf if draws is None else tail_of_moment(draws, self.weights, 1)


@dataclass(frozen=True)
class _Corrected:
    """A sample, and how its noise was made from standard normals."""

    sample: WeightedSample
    move: Move | None
    proposal: Proposal | None

    @property
    def trusted(self) -> bool:
        """Whether its weights can be."""
        return self.sample.pareto_k < LARGEST_K


def weighted_sample(
    target: Target,
    phi: Tensors,
    size: int,
    seed: int,
    *,
    quick: bool = False,
    guide: WeightedSample | None = None,
) -> WeightedSample:
    """At least `size` fresh draws [S, ...], weighted. Those from the `guide` may be there already.

    Where the weights of draws from the guide at `phi` are uneven, the noise of the globals is
    adapted, and that of the elements of plates moved to their modes given the globals; where that
    does not do, all noise is skewed and stretched before. Where means and sds are not precise
    enough, more are drawn, up to four times as many. Not so if it has to be `quick`.
    """
    if guide is None:
        guide, _ = _drawn(target, phi, size, seed)
    if quick:
        return guide
    most = min(_MOST_TIMES * size, target.most_draws)
    best = _improved(target, phi, guide, seed, None)
    for modes in conditional_modes(target, phi, size + _ADAPTATIONS * _ADAPTING):
        if not best.sample.is_uneven:
            break
        fitted, pilot = _adapted(target, phi, seed, modes)
        enough = size if pilot is None else _enough(pilot, size, most)  # not twice: it takes long
        moved, _ = _drawn(target, phi, enough, seed, modes, fitted)
        if moved.better_than(best.sample):
            best = _Corrected(moved, modes, fitted)
    if not best.trusted:
        skewing = skewed(target, phi, subseed(seed, "skew"))
        moved, _ = _drawn(target, phi, size, seed, skewing)
        other = _improved(target, phi, moved, seed, skewing)
        best = other if other.trusted else best
    sample, move, proposal = best.sample, best.move, best.proposal
    enough = _enough(sample, len(sample.weights), most)
    if sample.pareto_k < LARGEST_K and enough > len(sample.weights):
        sample, _ = _drawn(target, phi, enough, seed, move, proposal)
    if move is None and proposal is None:
        return sample
    k = max(sample.pareto_k, sample.tail_of_means())
    if not k < LARGEST_K:  # without weights the guide's own draws are the better ones
        return replace(guide, pareto_k=max(guide.pareto_k, k), wider=sample)
    return replace(
        sample, elbo=guide.elbo, log_p_terms=guide.log_p_terms, log_q_terms=guide.log_q_terms
    )


def moved_sample(target: Target, phi: Tensors, size: int, seed: int, move: Move) -> WeightedSample:
    """Fresh draws [S, ...] from noise that is moved, weighted."""
    return _drawn(target, phi, size, seed, move)[0]


def _improved(
    target: Target, phi: Tensors, sample: WeightedSample, seed: int, move: Move | None
) -> _Corrected:
    """The sample, or as many draws with noise that is adapted, where these are worth more."""
    fitted, _ = _adapted(target, phi, seed, move) if sample.is_uneven else (None, None)
    if fitted is not None:
        better, _ = _drawn(target, phi, len(sample.weights), seed, move, fitted)
        if better.pareto_k < LARGEST_K and better.better_than(sample):
            return _Corrected(better, move, fitted)
    return _Corrected(sample, move, None)


def _enough(sample: WeightedSample, size: int, most: int) -> int:
    """How many draws like those of a sample are precise enough: `size`, or some times as many."""
    wanted = len(sample.weights) * (sample.error() / _PRECISE) ** 2
    while size < wanted and 2 * size <= most:
        size *= 2
    return size


def walked_sample(
    target: Target, phi: Tensors, walk: Walk, guide: WeightedSample
) -> WeightedSample:
    """The points [n, C, D] of chains as draws [n C, ...] of one weight; the rest stays."""
    points = walk.points.flatten(0, 1)
    latents, log_p, log_q = _evaluated(target, phi, target.noise_layout.unflatten(points))
    return replace(
        guide,
        latents=latents,
        log_p=total(log_p),
        log_q=total(log_q),
        log_ratio=torch.zeros(len(points), dtype=torch.float64),
        weights=torch.full((len(points),), 1 / len(points), dtype=torch.float64),
        independent=min(walk.effective_size / len(points), 1.0),
        wider=None,
    )


def _adapted(
    target: Target, phi: Tensors, seed: int, move: Move | None
) -> tuple[Proposal | None, WeightedSample | None]:
    """A distribution of the noise that follows the posterior, and the draws it was fitted to last.

    None where there is too much noise.
    """
    part = adaptable(target, move)
    if not 0 < part.size <= _ADAPTED:
        return None, None
    proposal = wide = Proposal.wide(part.size)
    fitted: Proposal | None = None
    for adaptation in range(_ADAPTATIONS):
        own = subseed(seed, "adapt", adaptation)
        sample, noise = _drawn(target, phi, _ADAPTING, own, move, proposal)
        points = part.of(noise)
        if fitted is None:
            components = _COMPONENTS if part.size <= _SPLIT else 1
            fitted = Proposal.start(points, sample.weights, components, own)
        fitted = fitted.fitted(points, sample.weights)
        proposal = fitted.beside(wide, _DEFENCE)
        if not sample.is_uneven:
            break
    return proposal, sample


def _drawn(
    target: Target,
    phi: Tensors,
    size: int,
    seed: int,
    move: Move | None = None,
    proposal: Proposal | None = None,
) -> tuple[WeightedSample, Tensors]:
    """Weighted draws, and the noise that they come from, before it is moved."""
    noise = fresh_noise(target.noise_blocks, size, subseed(seed, "sample"))
    correction = torch.zeros(size, dtype=torch.float64)
    if proposal is not None:
        noise, correction = redrawn(proposal, adaptable(target, move), noise, seed)
    moved = noise
    if move is not None:
        moved, log_ratio_of_move = move(noise)
        correction = correction + log_ratio_of_move
    latents, log_p, log_q = _evaluated(target, phi, moved)
    gap = total(log_p) - total(log_q)
    log_ratio = gap + correction
    weights, k = pareto_smoothed(log_ratio)
    sample = WeightedSample(
        latents=_possible(latents, log_ratio.isfinite()),
        log_p=total(log_p),
        log_q=total(log_q),
        log_ratio=log_ratio,
        weights=weights,
        pareto_k=k,
        log_evidence=float(log_ratio[log_ratio.isfinite()].logsumexp(0)) - math.log(size),
        elbo=(float(gap.mean()), float(gap.std() / size**0.5)),
        log_p_terms={name: float(t.mean()) for name, t in log_p.items()},
        log_q_terms={name: float(t.mean()) for name, t in log_q.items()},
    )
    return sample, noise


def _evaluated(target: Target, phi: Tensors, noise: Tensors) -> tuple[Tensors, Tensors, Tensors]:
    """Latents from noise, log p of each term and log q of each site."""
    size = len(next(iter(noise.values())))
    latents: Tensors = {}
    log_p: Tensors = {}
    log_q: Tensors = {}
    with torch.no_grad():
        for chunk in target.chunks(size):
            found = target.elbo_terms(phi, {name: e[chunk] for name, e in noise.items()})
            for whole, part in zip((latents, log_p, log_q), found, strict=True):
                _put(whole, part, chunk, size)
            target.on_share(min(chunk.stop / size, 1.0))
    return latents, log_p, log_q


def _possible(latents: Tensors, finite: Tensor) -> Tensors:
    """Draws of which those of weight zero are finite, as all that is averaged has to be.

    Where the density is not finite noise may have been moved to nowhere, and zero times that is no
    number. Another draw takes their place.
    """
    if finite.all() or not finite.any():
        return latents
    stand_in = int(finite.int().argmax())
    for values in latents.values():
        values[~finite] = values[stand_in].clone()
    return latents


def _largest(errors: Tensor) -> float:
    """The largest of some errors; those of what does not vary are NaN, and no errors."""
    return float(errors.nan_to_num().max()) if len(errors) else 0.0


def _put(whole: Tensors, part: Tensors, chunk: slice, size: int) -> None:
    """Copy a part where it belongs: parts that are kept, to be joined, would be memory anew."""
    for name, values in part.items():
        if name not in whole:
            whole[name] = values.new_empty(size, *values.shape[1:])
        whole[name][chunk] = values
