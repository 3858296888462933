"""Draws from the guide made draws from the posterior: weights, and better draws where needed."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from pplc.runtime.hamiltonian import Walk
from pplc.runtime.importance import columns, pareto_smoothed
from pplc.runtime.module import Tensors
from pplc.runtime.noise import fresh_noise
from pplc.runtime.objective import Target, total
from pplc.runtime.proposals import Proposal, redrawn
from pplc.runtime.randomness import subseed
from pplc.runtime.skewing import Skewing, skewed
from pplc.runtime.verdict import LARGEST_K

_UNEVEN = 0.5  # Pareto k above which better draws are looked for
_EVEN = 0.98  # unless so large a share of them is effective: the tail of next to nothing is nothing
_PRECISE = 0.012  # of a mean in sds, and of the logarithm of an sd: more draws beyond
_ADAPTED = 40  # numbers of noise that are adapted at most
_SPLIT = 12  # and that several components are fitted to
_COMPONENTS = 6
_ADAPTATIONS = 5
_ADAPTING = 4096  # draws for each
_DEFENCE = 0.2  # the share of wide draws, without which weights in the far tails are unbounded


@dataclass(frozen=True)
class WeightedSample:
    """Draws and their normalised weights, [S] each.

    `log_q` is the density in the guide. `elbo` is the mean of log p - log q over draws from the
    guide and its Monte Carlo standard error, and the terms are means over the same draws;
    `log_evidence` is the logarithm of the mean of p / q. Draws of chains depend on each other:
    `independent` is the share of them that are worth as much.
    """

    latents: Tensors
    log_p: Tensor
    log_q: Tensor
    weights: Tensor
    pareto_k: float
    log_evidence: float
    elbo: tuple[float, float]
    log_p_terms: dict[str, float]
    log_q_terms: dict[str, float]
    independent: float = 1.0

    @property
    def effective_size(self) -> float:
        """How many equally weighted, independent draws these are worth (Kish)."""
        return float(self.independent / (self.weights**2).sum())

    @property
    def is_even(self) -> bool:
        """Whether the weights are next to equal, as those of much data are."""
        return self.pareto_k < LARGEST_K and self.effective_size > _EVEN * len(self.weights)

    def better_than(self, other: WeightedSample) -> bool:
        """Whether it is worth more; by the tail of its weights where that cannot be told."""
        if max(self.pareto_k, other.pareto_k) < LARGEST_K:
            return self.effective_size > other.effective_size
        return self.pareto_k < other.pareto_k

    def error(self) -> float:
        """The largest Monte Carlo error of a mean, in sds, and of the logarithm of an sd."""
        squares = self.weights.square()
        found = [torch.zeros(1, dtype=torch.float64)]
        for ratio in self._squared_deviations():
            found += [(squares @ ratio).sqrt(), (squares @ (ratio - 1).square()).sqrt() / 2]
        return float(torch.cat(found).nan_to_num().max())

    def tail_of_means(self) -> float:
        """The shape k of the tail of what is averaged in the mean that is hardest to estimate.

        Draws with tails as heavy as the posterior's have even weights, but where its tails are
        too heavy there is no mean to be found.
        """
        columns = torch.cat(list(self._squared_deviations()), -1)
        worst = (self.weights.square() @ columns).nan_to_num().argmax()
        _, k = pareto_smoothed(self.weights.log() + columns[:, worst].log() / 2)
        return k

    def _squared_deviations(self) -> Iterator[Tensor]:
        """Those of the elements of each latent from their means, in units of the variance."""
        for values in self.latents.values():
            for x in columns(values):
                squares = (x - self.weights @ x).square()
                yield squares / (self.weights @ squares)


def weighted_sample(
    target: Target, phi: Tensors, size: int, seed: int, *, quick: bool = False
) -> WeightedSample:
    """At least `size` fresh draws, weighted.

    Where the weights of draws from the guide at `phi` are uneven, the noise of the globals is
    adapted; where that does not do, all noise is skewed and stretched before. Where means and sds
    are not precise enough, more are drawn: twice or four times as many. Not so if it has to be
    `quick`.
    """
    sample, _ = _drawn(target, phi, size, seed)
    guide = sample
    if quick:
        return sample
    skewing: Skewing | None = None
    sample, proposal = _improved(target, phi, sample, seed, None)
    if not sample.pareto_k < LARGEST_K:
        changed = skewed(target, phi, subseed(seed, "skew"))
        other, _ = _drawn(target, phi, size, seed, changed)
        other, fitted = _improved(target, phi, other, seed, changed)
        if other.pareto_k < LARGEST_K:
            sample, skewing, proposal = other, changed, fitted
    error = sample.error()
    size *= 2 if error < 2**0.5 * _PRECISE else 4
    if sample.pareto_k < LARGEST_K and error > _PRECISE and size <= target.most_draws:
        sample, _ = _drawn(target, phi, size, seed, skewing, proposal)
    if skewing is None and proposal is None:
        return sample
    k = max(sample.pareto_k, sample.tail_of_means())
    if not k < LARGEST_K:  # without weights the guide's own draws are the better ones
        return replace(guide, pareto_k=max(guide.pareto_k, k))
    return replace(
        sample, elbo=guide.elbo, log_p_terms=guide.log_p_terms, log_q_terms=guide.log_q_terms
    )


def _improved(
    target: Target, phi: Tensors, sample: WeightedSample, seed: int, skewing: Skewing | None
) -> tuple[WeightedSample, Proposal | None]:
    """The sample, or as many draws with noise that is adapted, where these are worth more."""
    if sample.pareto_k > _UNEVEN and not sample.is_even:
        fitted = _adapted(target, phi, seed, skewing)
        if fitted is None:
            return sample, None
        better, _ = _drawn(target, phi, len(sample.weights), seed, skewing, fitted)
        if better.pareto_k < LARGEST_K and better.better_than(sample):
            return better, fitted
    return sample, None


def walked_sample(
    target: Target, phi: Tensors, walk: Walk, guide: WeightedSample
) -> WeightedSample:
    """The points of chains as draws, all of one weight; what is said of the guide stays."""
    points = walk.points.flatten(0, 1)
    latents, log_p, log_q = _evaluated(target, phi, target.noise_layout.unflatten(points))
    return replace(
        guide,
        latents=latents,
        log_p=total(log_p),
        log_q=total(log_q),
        weights=torch.full((len(points),), 1 / len(points), dtype=torch.float64),
        independent=min(walk.effective_size / len(points), 1.0),
    )


def _adapted(target: Target, phi: Tensors, seed: int, skewing: Skewing | None) -> Proposal | None:
    """A distribution of the noise that follows the posterior; None where there is too much."""
    layout = target.global_noise
    if not 0 < layout.size <= _ADAPTED:
        return None
    proposal = wide = Proposal.wide(layout.size)
    fitted: Proposal | None = None
    for adaptation in range(_ADAPTATIONS):
        own = subseed(seed, "adapt", adaptation)
        sample, noise = _drawn(target, phi, _ADAPTING, own, skewing, proposal)
        points = layout.flatten(noise)
        if fitted is None:
            components = _COMPONENTS if layout.size <= _SPLIT else 1
            fitted = Proposal.start(points, sample.weights, components, own)
        fitted = fitted.fitted(points, sample.weights)
        proposal = fitted.beside(wide, _DEFENCE)
    return proposal


def _drawn(
    target: Target,
    phi: Tensors,
    size: int,
    seed: int,
    skewing: Skewing | None = None,
    proposal: Proposal | None = None,
) -> tuple[WeightedSample, Tensors]:
    """Weighted draws, and the noise that they come from, before it is skewed."""
    noise = fresh_noise(target.noise_blocks, size, subseed(seed, "sample"))
    correction = torch.zeros(size, dtype=torch.float64)
    if proposal is not None:
        noise, correction = redrawn(proposal, target.global_noise, noise, seed)
    moved = noise
    if skewing is not None:
        moved, log_ratio_of_skewing = skewing(noise)
        correction = correction + log_ratio_of_skewing
    latents, log_p, log_q = _evaluated(target, phi, moved)
    gap = total(log_p) - total(log_q)
    log_ratio = gap + correction
    weights, k = pareto_smoothed(log_ratio)
    sample = WeightedSample(
        latents=latents,
        log_p=total(log_p),
        log_q=total(log_q),
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
    return latents, log_p, log_q


def _put(whole: Tensors, part: Tensors, chunk: slice, size: int) -> None:
    """Copy a part where it belongs: parts that are kept, to be joined, would be memory anew."""
    for name, values in part.items():
        if name not in whole:
            whole[name] = values.new_empty(size, *values.shape[1:])
        whole[name][chunk] = values
