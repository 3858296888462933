"""How far to trust what a stochastic fit found."""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import Tensor

from pplc.runtime.correction.importance import pareto_smoothed
from pplc.runtime.correction.weighing import WeightedSample
from pplc.runtime.module import Tensors
from pplc.runtime.noise import fresh_noise
from pplc.runtime.randomness import subseed
from pplc.runtime.stochastic.batches import Batches
from pplc.runtime.stochastic.course import Course
from pplc.runtime.target import Target, total
from pplc.runtime.verdict.concerned import kept, off_weights
from pplc.runtime.verdict.verdict import (
    LARGEST_K,
    Verdict,
    judge,
    judge_elements,
    judge_unchecked,
    judge_weighted,
)

_ELEMENTS = 100  # of which the guide is checked one by one
_ELEMENT_DRAWS = 1000


def verdict_on(
    target: Target,
    phi: Tensors,
    course: Course,
    sample: WeightedSample,
    seed: int,
    *,
    interrupted: bool,
) -> Verdict:
    """How far to trust the draws of a guide, and which latents are off.

    Where weights can say nothing of all latents together, elements of the plate of minibatches are
    checked one by one, if the rest is fixed.
    """
    if interrupted or sample.pareto_k < LARGEST_K:
        verdict = judge(sample.worth, interrupted=interrupted, kept=kept(target))
        if course.settled or interrupted:
            return verdict
        return judge_weighted(verdict, iterations=course.iterations)
    shapes = _element_shapes(target, phi, seed) if course.settled else None
    if shapes is None:
        verdict = judge_unchecked(
            converged=course.settled,
            iterations=course.iterations,
            pareto_k=sample.pareto_k,
            bounded=course.stopped == "most iterations",
        )
        return off_weights(target, verdict, sample.latents, sample.weights)
    good = int((shapes < LARGEST_K).sum())
    plate = target.manifest.batch.plate if target.manifest.batch else ""
    return judge_elements(plate=plate, good=good, count=len(shapes))


def _element_shapes(target: Target, phi: Tensors, seed: int) -> Tensor | None:
    """Pareto k of single elements given the rest; None where the rest is not fixed.

    With points alone outside of the plate the posterior falls apart into elements, and the guide
    of each can be checked by itself.
    """
    entry = target.manifest.batch
    if entry is None:
        return None
    free = [b for b in target.guide if b.family != "point" and not set(b.sites) <= {*entry.inside}]
    if free:
        return None
    batches = Batches(target, entry)
    generator = torch.Generator().manual_seed(subseed(seed, "elements"))
    chosen = torch.randperm(batches.count, generator=generator)[:_ELEMENTS]
    shapes = []
    with torch.no_grad():
        for element in chosen:
            batch = batches.take(element[None])
            own, rows = replace(target, data=batch.data), batches.rows(phi, batch)
            noise = fresh_noise(own.noise_blocks, _ELEMENT_DRAWS, subseed(seed, int(element)))
            ratios = []
            for chunk in own.chunks(_ELEMENT_DRAWS):
                _, log_p, log_q = own.elbo_terms(rows, {n: e[chunk] for n, e in noise.items()})
                inside = {n: t for n, t in log_p.items() if n in batches.scales}
                ratios.append(total(inside) - total(log_q))
            _, k = pareto_smoothed(torch.cat(ratios))
            shapes.append(k)
    return torch.tensor(shapes)
