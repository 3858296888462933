"""A whole fit by the deterministic engine: the search, and what can be said of its result."""

from __future__ import annotations

from collections.abc import Callable

from pplc.runtime.correction.mixture import share, together
from pplc.runtime.correction.weighing import WeightedSample
from pplc.runtime.data import Data
from pplc.runtime.deterministic.samples import SMALLEST_SAMPLE
from pplc.runtime.deterministic.search import Found, Search
from pplc.runtime.discrete_only import DiscreteOnly, without
from pplc.runtime.manifest import Manifest
from pplc.runtime.module import Module, Tensors
from pplc.runtime.posterior import Posterior
from pplc.runtime.problems import FitError, NothingToInfer
from pplc.runtime.progress import Info, Monitor
from pplc.runtime.results.conclusion import Ending, concluded
from pplc.runtime.start.relabelling import interchangeable
from pplc.runtime.target import Target
from pplc.runtime.verdict.concerned import kept, off_chains, off_modes, off_weights, reordered
from pplc.runtime.verdict.tails import without_sd
from pplc.runtime.verdict.verdict import LARGEST_K, Modes, Verdict, judge


def fit(
    module: Module,
    data: Data,
    *,
    seed: int = 0,
    draws: int = 4000,
    start: Tensors | None = None,
    on_progress: Callable[[Info], None] | None = None,
) -> Posterior:
    """The posterior of a generated module given data that has gone through its `prepare`.

    The same seed gives the same draws, bit for bit, on one machine. `on_progress` is called at
    most ten times a second. An interrupt from the keyboard ends the fit of the guide early: the
    best guide so far is used, and the result says so; before there is a guide it is passed on.

    `start` holds latents, in their own units, from which the search for modes starts.

    Raises FitError if the log density is finite nowhere, or no latent is continuous.
    """
    if draws < 1:
        raise ValueError(f"draws must be at least 1, not {draws}")
    if not module.unconstrained_shapes(data):
        if not _discrete_or_params(module):
            raise FitError([NothingToInfer()])
        exact: Module = DiscreteOnly(module)
        return without(fit(exact, data, seed=seed, draws=draws, on_progress=on_progress))
    monitor = Monitor(on_progress)
    target = Target(module, data, monitor.count, monitor.share, seed=seed, start=start or {})
    found = Search(target, seed, draws, monitor).found()
    if found.interrupted:
        draws = min(draws, SMALLEST_SAMPLE)
    modes = [fitted.start.mode for fitted in found.guides]
    sample = together(target, modes, [fitted.sample for fitted in found.guides])
    ending = Ending(
        verdict=_verdict(target, found, sample),
        converged=found.converged,
        interrupted=found.interrupted,
        objective_draws=found.guides[0].state.draws,
        modes=found.modes,
    )
    if found.agreeing is not None:
        sample = found.agreeing.sample
    phi = found.guides[0].state.phi
    return concluded(target, phi, sample, ending, draws=draws, seed=seed, monitor=monitor)


def _discrete_or_params(module: Module) -> bool:
    """Whether a model without continuous latents leaves anything open."""
    manifest = Manifest.model_validate(module.METADATA)
    return bool(manifest.params) or any(site.role == "summed out" for site in manifest.sites)


def _verdict(target: Target, found: Found, sample: WeightedSample) -> Verdict:
    """How far to trust the draws, `sample` those of the guides, and which latents are off."""
    drawn = sample if found.agreeing is None else found.agreeing.sample
    starts = [*(fitted.start for fitted in found.guides), *found.missed]
    first = found.guides[0].sample.latents
    trusted = found.agreeing is not None or drawn.pareto_k < LARGEST_K
    exchanged, alike = reordered(target, starts, first)
    if found.agreeing is not None:  # chains stay in one order, whether or not climbs found others
        exchanged = interchangeable(target, starts[0].mode.u)
    verdict = judge(
        drawn.worth,
        Modes(
            missed=len(found.missed),
            share=share(found.missed, sample.elbo[0]),
            mixed=len(found.guides),
            doubtful=any(fitted.start.mode.climbs == 1 for fitted in found.guides),
            exchanged=exchanged,
            alike=alike,
        ),
        interrupted=found.interrupted,
        converged=found.converged,
        r_hat=None if found.agreeing is None else found.agreeing.walk.r_hat,
        heavy=without_sd(drawn.latents, drawn.weights) if trusted else None,
        kept=kept(target),
    )
    if verdict.about == "modes":
        return off_modes(target, verdict, first, starts)
    if verdict.about == "run" or sample.pareto_k < LARGEST_K:
        return verdict
    if found.chains is None:
        return off_weights(target, verdict, sample.latents, sample.weights)
    return off_chains(target, verdict, sample.latents, found.chains.latents)
