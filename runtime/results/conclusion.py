"""From weighted draws of the guide to the posterior of a fit, the same for both engines."""

from __future__ import annotations

import torch

from pplc.runtime.correction.importance import resampled
from pplc.runtime.correction.weighing import WeightedSample
from pplc.runtime.module import Tensors
from pplc.runtime.posterior import ElboTerms, Posterior
from pplc.runtime.progress import Monitor
from pplc.runtime.randomness import subseed
from pplc.runtime.results.recovery import quantities, recovered
from pplc.runtime.target import Target
from pplc.runtime.verdict.verdict import LARGEST_K, Verdict


def concluded(
    target: Target,
    phi: Tensors,
    sample: WeightedSample,
    *,
    verdict: Verdict,
    converged: bool,
    interrupted: bool,
    modes: int,
    objective_draws: int,
    draws: int,
    seed: int,
    monitor: Monitor,
) -> Posterior:
    """The posterior from `sample`, drawn from the guide at `phi`; `draws` of them are kept.

    The draws that are kept are resampled by their weights; where these cannot be trusted all count
    alike. What was summed out is recovered for each of them.
    """
    weights = sample.weights
    if not sample.pareto_k < LARGEST_K:
        weights = torch.full_like(weights, 1 / len(weights))
    chosen = resampled(weights, draws, seed)
    latents = {name: values[chosen] for name, values in sample.latents.items()}
    params = target.params_at(phi)
    log_p = sample.log_p[chosen]
    recovery = recovered(target, latents, log_p, params, subseed(seed, "recover"))
    made = quantities(target, sample.latents, recovery.draws, params, subseed(seed, "whole"))
    return Posterior(
        draws=latents | recovery.draws,
        log_p=log_p,
        log_q=sample.log_q[chosen],
        sample=sample.latents | made,
        weights=weights,
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
        modes=modes,
        objective_draws=objective_draws,
        evaluations=monitor.info.evaluations,
        seconds=monitor.seconds,
        seed=seed,
        converged=converged,
        interrupted=interrupted,
        verdict=verdict,
    )
