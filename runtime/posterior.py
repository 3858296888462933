"""What a fit returns."""

from __future__ import annotations

from dataclasses import dataclass, field

from torch import Tensor

from pplc.runtime.module import Tensors
from pplc.runtime.stochastic.course import Course
from pplc.runtime.verdict.verdict import Verdict


@dataclass(frozen=True)
class ElboTerms:
    """The ELBO taken apart: E_q[log p] of each term of the model, E_q[log q] of each site."""

    log_p: dict[str, float]
    log_q: dict[str, float]


@dataclass(frozen=True)
class Posterior:
    """Draws, what to trust of them, and what they cost.

    `draws` are equally weighted: latents, summed-out sites and generated quantities, each `[draws,
    ...]` in the model's own units, with the log densities of the latents under the model and the
    guide, `[draws]`. `sample` holds those of the larger weighted sample that the draws come from,
    `[S, ...]` (no quantities where there are too many, or where sites are summed out), and
    `weights` its normalised weights `[S]`: summaries are best computed from these. `probabilities`
    of a summed-out site are means over the draws, `[..., K]`; `probability_draws` are those given
    each of the first draws, `[n, ..., K]`, with n all of them unless that would take too much
    memory. `most_probable` are the jointly most probable values of the summed-out sites given each
    of the first draws, `[n, ...]`, and `best` those given the draw with the highest density,
    `[...]`. `params` are the values of what is optimised and has no distribution, in its own
    units. `course` is that of the iterations of the stochastic engine.
    """

    draws: Tensors
    log_p: Tensor
    log_q: Tensor
    sample: Tensors
    weights: Tensor
    probabilities: Tensors
    probability_draws: Tensors
    phi: Tensors
    pareto_k: float
    effective_size: float
    elbo: float
    elbo_se: float
    elbo_terms: ElboTerms
    modes: int
    objective_draws: int
    evaluations: int
    seconds: dict[str, float]
    seed: int
    converged: bool
    interrupted: bool
    verdict: Verdict
    params: Tensors = field(default_factory=dict)
    most_probable: Tensors = field(default_factory=dict)
    best: Tensors = field(default_factory=dict)
    course: Course | None = None
