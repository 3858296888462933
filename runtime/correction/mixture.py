"""Several modes that one guide does not span: which they are, and their draws put together."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

import torch
from torch import Tensor

from pplc.runtime.coordinates.guide import GuideCoordinates
from pplc.runtime.correction.importance import columns, pareto_smoothed
from pplc.runtime.correction.weighing import WeightedSample
from pplc.runtime.module import Tensors
from pplc.runtime.start.guides import Start
from pplc.runtime.start.modes import Mode
from pplc.runtime.target import Target

_FAR = 4.0  # sds outside the bulk of a guide, where it has no draws to be weighted
_OFF = 2.0  # sds: a mode that is nearer is what the guide is fitted to
_DRAWS = 16384  # of a guide
_HIT = 20.0  # of these, at least, where weights tell of a mode
_LACKING = 0.05  # of the mass, or of the logarithm of an sd: too much to leave out
_NEGLIGIBLE = 0.01  # a share of the posterior whose tail of weights does not count


def apart(target: Target, starts: list[Start], phi: Tensors) -> list[Start]:
    """Those at a mode where the guide at `phi` has no draws.

    They are outside of its bulk, or off its centre and so narrow that draws pass them by. Of the
    elements of plates, whose Gaussians depend on the rest, only the former is asked.
    """
    bulk = math.sqrt(target.layout.size) + _FAR
    reached = [start for start in starts if start.mode.reached]

    def is_apart(start: Start, away: float) -> bool:
        if away <= _OFF or away > bulk or target.arrow.locals_:
            return away > bulk
        share = _log_volume(start.phi) - _log_volume(phi) - away**2 / 2
        return math.log(_DRAWS) + share < math.log(_HIT)

    distances = _distances(target, reached, phi)
    return [s for s, away in zip(reached, distances, strict=True) if is_apart(s, away)]


def has_left(target: Target, start: Start, phi: Tensors, others: list[Start]) -> bool:
    """Whether the guide at `phi`, which was fitted from a start, is now nearer to another."""
    own, *rest = _distances(target, [start, *others], phi)
    return min(rest) < own


def _distances(target: Target, starts: list[Start], phi: Tensors) -> list[float]:
    """How far modes are from the centre of the guide at `phi`, in its sds."""
    centring = {site: phi[f"{site}.centring"].sigmoid() for site in target.centring}
    coordinates = GuideCoordinates.around(target, phi)
    return [coordinates.distance(target.recentred(s.mode.u, centring)) for s in starts]


def _log_volume(phi: Tensors) -> float:
    """The logarithm of the volume that Gaussians take up, up to a constant."""
    return sum(float(x.sum()) for name, x in phi.items() if name.endswith(".log_scale"))


def share(starts: list[Start], elbo: float) -> float:
    """What share of the posterior they hold beside a guide with this ELBO."""
    return float(_shares(starts, elbo).sum())


def _shares(starts: list[Start], elbo: float) -> Tensor:
    """That of each: by their evidence, which their ELBOs bound from below."""
    evidence = torch.tensor([elbo, *(start.elbo for start in starts)], dtype=torch.float64)
    return evidence.softmax(0)[1:]


def unseen(target: Target, starts: list[Start], best: Start, sample: WeightedSample) -> list[Start]:
    """Those at modes next to that of a guide that its draws do not get to: few are beyond half way.

    A mode holds some share of the posterior beside the best; at least half as much has to be there.
    """
    if not starts:
        return []
    ends = torch.stack([start.mode.u for start in starts])
    there = _beyond_half_way(target, best.mode, ends, sample).tolist()
    shares = [share([start], best.elbo) for start in starts]
    return [s for s, seen, held in zip(starts, there, shares, strict=True) if seen < held / 2]


def _beyond_half_way(target: Target, mode: Mode, ends: Tensor, sample: WeightedSample) -> Tensor:
    """The share of weighted draws that are nearer to each end [m, U] than to a mode, [m].

    As the curvature at the mode measures it.
    """
    along = mode.factor.solve(ends - mode.u)
    half_way = along.square().sum(-1) / 2
    found = torch.zeros(len(ends), dtype=torch.float64)
    with torch.no_grad():
        for chunk in target.chunks(len(sample.weights)):
            latents = {name: x[chunk] for name, x in sample.latents.items()}
            z = mode.factor.solve(target.unconstrain(latents, target.centring) - mode.u)
            found += sample.weights[chunk] @ (z @ along.mT > half_way).to(torch.float64)
    return found


def lacking(
    target: Target, starts: list[Start], sample: WeightedSample, elbo: float | None = None
) -> list[Start]:
    """The starts, or none where draws from all of the posterior differ little from `sample`.

    Their ELBOs are compared with that of the sample, or with `elbo`. A mode that holds a share s of
    the posterior, d sds away, adds s d^2 to a variance: a small one that is far away counts as much
    as a large one that is near.
    """
    if not starts:
        return []
    with torch.no_grad():
        modes, _ = target.constrain(torch.stack([s.mode.u for s in starts]), target.centring)
    squares = torch.stack([_squares(x, sample, name) for name, x in modes.items()]).amax(0)
    lack = _shares(starts, sample.elbo[0] if elbo is None else elbo) * (squares / 2).clamp(min=1)
    return starts if float(lack.sum()) > _LACKING else []


def _squares(modes: Tensor, sample: WeightedSample, name: str) -> Tensor:
    """Squared distances [m] of modes [m, ...] from the mean of a latent, in its variances.

    Those of the element for which they are largest; elements that do not vary do not count.
    """
    found = modes.new_zeros(len(modes))
    rest = modes.reshape(len(modes), -1)
    for x in columns(sample.latents[name]):
        here, rest = rest.split_with_sizes([x.shape[1], rest.shape[1] - x.shape[1]], -1)
        mean = sample.weights @ x
        variance = sample.weights @ (x - mean).square()
        squares = (here - mean).square() / variance
        found = torch.maximum(found, squares.nan_to_num(0.0, 0.0).amax(-1))
    return found


def together(target: Target, modes: list[Mode], samples: list[WeightedSample]) -> WeightedSample:
    """One sample of guides at several modes.

    A draw counts for the guide at whose mode it is: better noise can spread from one mode to
    another, which would count twice. Each guide is weighted with the evidence around its mode.
    """
    if len(samples) == 1:
        return samples[0]
    own = [_around(s, _nearest(target, modes, s) == i) for i, s in enumerate(samples)]
    evidence = torch.tensor([s.log_evidence for s in own], dtype=torch.float64)
    shares = evidence.softmax(0)

    def joined(part: Callable[[WeightedSample], Tensor]) -> Tensor:
        return torch.cat([part(sample) for sample in samples])

    def mean(part: Callable[[WeightedSample], dict[str, float]]) -> dict[str, float]:
        weighted = zip(shares.tolist(), map(part, samples), strict=True)
        terms = [{name: w * value for name, value in found.items()} for w, found in weighted]
        return {name: sum(found[name] for found in terms) for name in terms[0]}

    bounds, errors = torch.tensor([s.elbo for s in samples], dtype=torch.float64).T
    names = samples[0].latents
    sample = WeightedSample(
        latents={name: joined(lambda s, name=name: s.latents[name]) for name in names},  # type: ignore[misc]
        log_p=joined(lambda s: s.log_p),
        log_q=joined(lambda s: s.log_q),
        log_ratio=joined(lambda s: s.log_ratio),
        weights=torch.cat([share * s.weights for share, s in zip(shares, own, strict=True)]),
        pareto_k=max(s.pareto_k for w, s in zip(shares, own, strict=True) if w > _NEGLIGIBLE),
        log_evidence=float(evidence.logsumexp(0)),
        elbo=(float(bounds.logsumexp(0)), float((bounds.softmax(0) * errors).norm())),
        log_p_terms=mean(lambda s: s.log_p_terms),
        log_q_terms=mean(lambda s: s.log_q_terms),
    )
    return replace(sample, pareto_k=max(sample.pareto_k, sample.tail_of_means()))


def _around(sample: WeightedSample, here: Tensor) -> WeightedSample:
    """The sample with the weights of draws that are not `here` [S] zero."""
    weights = torch.zeros_like(sample.weights)
    if not here.any():
        return replace(sample, weights=weights, log_evidence=-math.inf, pareto_k=-math.inf)
    weights[here], k = pareto_smoothed(sample.log_ratio[here])
    total = sample.log_ratio[here].nan_to_num(-math.inf).logsumexp(0)
    evidence = float(total) - math.log(len(weights))
    return replace(sample, weights=weights, log_evidence=evidence, pareto_k=k)


def _nearest(target: Target, modes: list[Mode], sample: WeightedSample) -> Tensor:
    """Which of the modes each draw is at, [S]: by the Gaussian densities around them."""
    found = []
    with torch.no_grad():
        for chunk in target.chunks(len(sample.weights)):
            latents = {name: x[chunk] for name, x in sample.latents.items()}
            u = target.unconstrain(latents, target.centring)
            heights = [_height(mode, u) for mode in modes]
            found.append(torch.stack(heights).nan_to_num(-math.inf).argmax(0))
    return torch.cat(found)


def _height(mode: Mode, u: Tensor) -> Tensor:
    """The log density [S] at `u` [S, U] of the Gaussian around a mode, up to a constant."""
    roots = [mode.factor.scale_tril, *(local.scale_tril for local in mode.factor.locals_)]
    volume = sum(float(root.diagonal(dim1=-2, dim2=-1).log().sum()) for root in roots)
    return -mode.factor.solve(u - mode.u).square().sum(-1) / 2 - volume
