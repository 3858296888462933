"""From weighted draws of the guide to the posterior of a fit, the same for both engines."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import NamedTuple

import torch
from torch import Tensor

from pplc.runtime.correction.importance import resampled
from pplc.runtime.correction.weighing import WeightedSample
from pplc.runtime.module import Tensors
from pplc.runtime.posterior import ElboTerms, Posterior
from pplc.runtime.progress import Monitor
from pplc.runtime.randomness import subseed
from pplc.runtime.results.recovery import Recovered, quantities, recovered
from pplc.runtime.stochastic.course import Course
from pplc.runtime.target import Target
from pplc.runtime.verdict.verdict import LARGEST_K, Verdict

_FEW = 400  # draws that are kept after an interrupt: means are within a twentieth of an sd


@dataclass(frozen=True)
class Ending:
    """How the search for a guide ended: what a result says of it besides its draws.

    Climbs ended in so many `modes`; the guide was fitted to `objective_draws` of it at a time.
    """

    verdict: Verdict
    converged: bool
    interrupted: bool
    objective_draws: int
    modes: int = 1
    course: Course | None = None


def concluded(
    target: Target,
    phi: Tensors,
    sample: WeightedSample,
    ending: Ending,
    *,
    draws: int,
    seed: int,
    monitor: Monitor,
) -> Posterior:
    """The posterior from `sample`, drawn from the guide at `phi`; `draws` of them are kept.

    The draws that are kept are resampled by their weights; where these cannot be trusted all count
    alike. What was summed out is recovered for each of them: for a few where an interrupt from the
    keyboard comes meanwhile.
    """
    params = target.params_at(phi)
    try:
        kept = _kept(target, sample, params, draws, seed, monitor)
    except KeyboardInterrupt:
        ending = replace(ending, interrupted=True)
        kept = _kept(target, sample, params, min(draws, _FEW), seed, monitor)
    recovery = kept.recovery
    return Posterior(
        draws=kept.latents | recovery.draws,
        log_p=sample.log_p[kept.chosen],
        log_q=sample.log_q[kept.chosen],
        sample=sample.latents | kept.quantities,
        weights=kept.weights,
        probabilities=recovery.probabilities,
        probability_draws=recovery.probability_draws,
        most_probable=recovery.most_probable,
        best=recovery.best,
        phi={name: x for name, x in phi.items() if name not in target.free_params},
        params=params,
        pareto_k=sample.pareto_k,
        effective_size=sample.effective_size,
        elbo=sample.elbo[0],
        elbo_se=sample.elbo[1],
        elbo_terms=ElboTerms(sample.log_p_terms, sample.log_q_terms),
        modes=ending.modes,
        objective_draws=ending.objective_draws,
        evaluations=monitor.info.evaluations,
        seconds=monitor.seconds,
        seed=seed,
        converged=ending.converged,
        interrupted=ending.interrupted,
        verdict=ending.verdict,
        course=ending.course,
    )


class _Kept(NamedTuple):
    """Draws that were chosen of a sample, and what belongs to them."""

    weights: Tensor
    chosen: Tensor
    latents: Tensors
    recovery: Recovered
    quantities: Tensors


def _kept(
    target: Target, sample: WeightedSample, params: Tensors, draws: int, seed: int, monitor: Monitor
) -> _Kept:
    weights = sample.weights
    if not sample.pareto_k < LARGEST_K:
        weights = torch.full_like(weights, 1 / len(weights))
    chosen = resampled(weights, draws, seed)
    latents = {name: values[chosen] for name, values in sample.latents.items()}
    log_p = sample.log_p[chosen]
    with monitor.phase("recover"), target.threads(draws):
        recovery = recovered(target, latents, log_p, params, subseed(seed, "recover"))
        made = quantities(target, sample.latents, recovery.draws, params, subseed(seed, "whole"))
    return _Kept(weights, chosen, latents, recovery, made)
