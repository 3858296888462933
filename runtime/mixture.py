"""Several modes that one guide does not span: which they are, and their draws put together."""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from torch import Tensor

from pplc.runtime.coordinates import GuideCoordinates
from pplc.runtime.correction import WeightedSample
from pplc.runtime.module import Tensors
from pplc.runtime.starts import Start
from pplc.runtime.target import Target

_FAR = 4.0  # sds outside the bulk of a guide, where it has no draws to be weighted
_NEGLIGIBLE = 0.01  # a share of the posterior whose tail of weights does not count


def apart(target: Target, starts: list[Start], phi: Tensors) -> list[Start]:
    """Those at a mode where the guide at `phi` has no draws."""
    bulk = math.sqrt(target.layout.size) + _FAR
    centring = {site: phi[f"{site}.centring"].sigmoid() for site in target.centring}
    coordinates = GuideCoordinates.around(target, phi)
    return [
        start
        for start in starts
        if start.mode.reached
        and coordinates.distance(target.recentred(start.mode.u, centring)) > bulk
    ]


def share(starts: list[Start], elbo: float) -> float:
    """What share of the posterior they hold beside a guide with this ELBO.

    By the evidence of each, which its ELBO bounds from below.
    """
    evidence = torch.tensor([elbo, *(start.elbo for start in starts)], dtype=torch.float64)
    return float(evidence.softmax(0)[1:].sum())


def together(samples: list[WeightedSample]) -> WeightedSample:
    """One sample of guides that have no draws in common, each weighted with its evidence."""
    if len(samples) == 1:
        return samples[0]
    evidence = torch.tensor([s.log_evidence for s in samples], dtype=torch.float64)
    shares = evidence.softmax(0)

    def joined(part: Callable[[WeightedSample], Tensor]) -> Tensor:
        return torch.cat([part(sample) for sample in samples])

    def mean(part: Callable[[WeightedSample], dict[str, float]]) -> dict[str, float]:
        weighted = zip(shares.tolist(), map(part, samples), strict=True)
        terms = [{name: w * value for name, value in found.items()} for w, found in weighted]
        return {name: sum(found[name] for found in terms) for name in terms[0]}

    bounds = torch.tensor([s.elbo for s in samples], dtype=torch.float64)
    names = samples[0].latents
    return WeightedSample(
        latents={name: joined(lambda s, name=name: s.latents[name]) for name in names},  # type: ignore[misc]
        log_p=joined(lambda s: s.log_p),
        log_q=joined(lambda s: s.log_q),
        weights=torch.cat([w * s.weights for w, s in zip(shares, samples, strict=True)]),
        pareto_k=max(s.pareto_k for w, s in zip(shares, samples, strict=True) if w > _NEGLIGIBLE),
        log_evidence=float(evidence.logsumexp(0)),
        elbo=(float(bounds[:, 0].logsumexp(0)), float((shares @ bounds[:, 1].square()).sqrt())),
        log_p_terms=mean(lambda s: s.log_p_terms),
        log_q_terms=mean(lambda s: s.log_q_terms),
    )
