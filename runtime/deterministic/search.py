"""From a guide at the highest mode to all that a posterior needs: more modes, or chains."""

from __future__ import annotations

import math
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace

from pplc.runtime.correction.hamiltonian import Walk, walkable, walked
from pplc.runtime.correction.mixture import apart, has_left, lacking, share, unseen
from pplc.runtime.correction.weighing import WeightedSample, walked_sample
from pplc.runtime.deterministic.engine import ITERATIONS, State, init, step
from pplc.runtime.deterministic.samples import SMALLEST_SAMPLE, corrected, hasty, tried
from pplc.runtime.module import Tensors
from pplc.runtime.noise import fewest_draws
from pplc.runtime.progress import Monitor
from pplc.runtime.randomness import subseed
from pplc.runtime.start.guides import Start, guides_at
from pplc.runtime.start.modes import distinct, find_modes, recombined_modes, relabelled_modes
from pplc.runtime.target import Target
from pplc.runtime.verdict.tails import beyond, passed_by
from pplc.runtime.verdict.verdict import LARGEST_K

_BEYOND = 0.5  # of a variance: what is missing from chains at most; a fifth of an sd
_PASSED_BY = 0.1  # of the posterior at most; of n draws from it 1 / n would be right
_TELLING = 400  # effective draws, from which on weights tell what is missing from chains
_SEARCHES = 3  # for more modes, where there are several
_GAUSSIAN = ("dense", "diagonal", "lowrank", "local")  # families of guide blocks
_MOST_GUIDES = 6  # each at a mode of its own
_BELOW = 30.0  # the ELBO of another: e^-30 of the posterior
_NOTHING = 1e-6  # a share of the posterior that is not worth a guide


@dataclass(frozen=True)
class Fitted:
    """A guide at one mode, and its corrected draws."""

    start: Start
    state: State
    sample: WeightedSample

    @property
    def trusted(self) -> bool:
        """Whether the weights of the draws can be."""
        return self.sample.pareto_k < LARGEST_K

    def found_among(self, starts: list[Start]) -> Fitted:
        """The same, its mode found by as many climbs as those of some starts tell."""
        mode = self.start.mode
        climbs = max((s.mode.climbs for s in starts if s.mode.is_at(mode.u)), default=mode.climbs)
        return replace(self, start=replace(self.start, mode=replace(mode, climbs=climbs)))

    @property
    def interrupted(self) -> Fitted:
        """The same, as what is left of a search that the user ended early."""
        return replace(self, state=replace(self.state, interrupted=True))


@dataclass(frozen=True)
class Chains:
    """Chains that started from a guide, and their points as draws of the latents.

    `beyond` is by how much weighted draws say that a variance is larger, `passed_by` the share of
    the posterior at those that are like no point of the chains (see `tails`).
    """

    walk: Walk
    sample: WeightedSample
    beyond: float
    passed_by: float

    @property
    def good(self) -> bool:
        """Whether they agree, and nothing that is known of the posterior is missing from them."""
        return self.walk.good and self.beyond <= _BEYOND and self.passed_by <= _PASSED_BY

    @property
    def latents(self) -> Tensors:
        """The draws chain by chain, [iterations, chains, ...]."""
        shape = self.walk.points.shape[:2]
        return {site: x.reshape(*shape, *x.shape[1:]) for site, x in self.sample.latents.items()}


@dataclass(frozen=True)
class Found:
    """Guides at modes, best first, `missed` modes that no guide spans, and chains if any walked.

    Climbs ended in so many `modes`.
    """

    guides: list[Fitted]
    missed: list[Start]
    modes: int
    chains: Chains | None = None

    @property
    def agreeing(self) -> Chains | None:
        """Chains whose draws are the posterior's."""
        return self.chains if self.chains is not None and self.chains.good else None

    @property
    def interrupted(self) -> bool:
        """Whether the user ended the search early."""
        return any(fitted.state.interrupted for fitted in self.guides)

    @property
    def converged(self) -> bool:
        """Whether every guide did."""
        return all(fitted.state.converged for fitted in self.guides)


@dataclass(frozen=True)
class Search:
    """The search for a posterior of which `draws` are kept."""

    target: Target
    seed: int
    draws: int
    monitor: Monitor

    def found(self) -> Found:
        """Where it ends.

        An interrupt ends it with the best guide so far; before there is one it is passed on.
        """
        best, starts = self._best()
        if not best.state.interrupted:
            try:
                return self._beyond(best, starts)
            except KeyboardInterrupt:
                best = best.interrupted
        return Found([self._weighed(best)], [], _count(starts))

    def _beyond(self, best: Fitted, starts: list[Start]) -> Found:
        """What more there is than the guide at one mode: other modes, or chains that go further."""
        search = self._relabelled if best.trusted else self._searched
        starts = search(starts)
        guides = [best]
        far = self._apart(best, starts)
        missed = lacking(self.target, far, best.sample)
        near = [] if missed else self._near(best, starts, far)
        missed = missed or near
        if missed and not self.target.manifest.params:
            starts = self._searched(starts + near)
            near = [start for start in starts if any(start.mode.is_at(n.mode.u) for n in near)]
            guides = [best.found_among(starts)]
            missed = self._mixed(guides, near + self._apart(best, starts))
            missed = lacking(self.target, missed, best.sample)
        alone = not missed and len(guides) == 1  # chains do not move from one mode to another
        chains = self._walked(best) if alone else None
        if chains is None or not chains.good:
            guides = [self._weighed(fitted) for fitted in guides]
        return Found(guides, missed, _count(starts), chains)

    def _best(self) -> tuple[Fitted, list[Start]]:
        """The guide at the best start, or at the second best where that is better; and all."""
        target = self.target
        with self.monitor.phase("starts"), self._climbing():
            starts = guides_at(target, find_modes(target, self.seed, self.monitor.bound), self.seed)
        first = self._fitted(starts[0], self.seed)
        if first.trusted or len(starts) == 1 or first.state.interrupted:
            return first, starts
        second = self._fitted(starts[1], subseed(self.seed, "second"))
        if second.sample.elbo[0] > first.sample.elbo[0]:
            return second, [starts[1], starts[0], *starts[2:]]
        return (first.interrupted if second.state.interrupted else first), starts

    def _searched(self, starts: list[Start]) -> list[Start]:
        """Starts at these modes and at those of more climbs, until each was found repeatedly."""
        modes = [start.mode for start in starts]
        with self.monitor.phase("starts"), self._climbing():
            for search in range(_SEARCHES):
                seed = subseed(self.seed, "search", len(modes), search)
                more = find_modes(self.target, seed, self.monitor.bound)
                modes = distinct(modes + [mode for mode in more if mode.reached])
                if all(mode.climbs > 1 for mode in modes):
                    break
            return guides_at(self.target, modes, self.seed)

    def _apart(self, best: Fitted, starts: list[Start]) -> list[Start]:
        """Those at other modes than that of a guide, where it has no draws and may lack them.

        A start's ELBO is low by some of what each latent adds: far lower ones hold nothing.
        """
        mode, least = best.start.mode, best.start.elbo - _BELOW - self.target.layout.size
        others = [s for s in starts if not mode.is_at(s.mode.u) and not s.elbo < least]
        return apart(self.target, others, best.state.phi)

    def _relabelled(self, starts: list[Start]) -> list[Start]:
        """Starts at these modes, and at the first with labels exchanged where that is one, too.

        Which of these a climb ends in is chance: they count as found as often as the first.
        """
        modes = [start.mode for start in starts]
        with self.monitor.phase("starts"), self._climbing():
            more = relabelled_modes(self.target, modes[0])
            more = [replace(mode, climbs=modes[0].climbs) for mode in more]
            return guides_at(self.target, distinct(modes + more), self.seed) if more else starts

    def _near(self, best: Fitted, starts: list[Start], far: list[Start]) -> list[Start]:
        """Starts that a guide's draws could get to but do not, if the posterior is there.

        At other modes that are not `far`, and where single elements are as at any other mode. Not
        where some of the guide is no Gaussian: the curvature at modes does not tell its ELBO there.
        """
        if any(block.family not in _GAUSSIAN for block in self.target.guide):
            return []
        mode = best.start.mode
        others = [start for start in starts if start.mode.reached and not mode.is_at(start.mode.u)]
        with self.monitor.phase("starts"), self._climbing():
            modes = recombined_modes(self.target, mode, [start.mode for start in others])
            near = [start for start in others if all(start is not f for f in far)]
            near += guides_at(self.target, modes, self.seed)
        near = unseen(self.target, near, best.start, best.sample)
        return lacking(self.target, near, best.sample, best.start.elbo)

    def _mixed(self, guides: list[Fitted], missed: list[Start]) -> list[Start]:
        """Add a guide at each mode without draws so far; returns those there are too many of."""
        while missed and len(guides) < _MOST_GUIDES and not guides[-1].state.interrupted:
            start, *missed = missed
            guides.append(self._fitted_there(start, guides))
            missed = apart(self.target, missed, guides[-1].state.phi)
        return missed

    def _fitted_there(self, start: Start, guides: list[Fitted]) -> Fitted:
        """A guide at another mode than those of some guides.

        If it leaves for one of these, which some of its draws get to, it is left unfitted.
        """
        seed = subseed(self.seed, "mode", len(guides))
        fitted = self._fitted(start, seed)
        starts = [guide.start for guide in guides]
        if (
            fitted.state.interrupted
            or share([start], starts[0].elbo) < _NOTHING
            or not has_left(self.target, start, fitted.state.phi, starts)
        ):
            return fitted
        state = replace(fitted.state, phi=start.phi)
        return Fitted(start, state, tried(self.target, start.phi, seed, self.draws, self.monitor))

    def _fitted(self, start: Start, seed: int) -> Fitted:
        """A guide fitted from one start, and its corrected draws."""
        target, monitor = self.target, self.monitor
        state = init(target, start, subseed(seed, "draws"))
        try:
            with monitor.phase("fit"):
                while not state.finished:
                    with target.threads(ITERATIONS * state.draws):
                        state, _ = step(target, state, monitor.show)
            if not state.interrupted:
                return Fitted(start, state, tried(target, state.phi, seed, self.draws, monitor))
        except KeyboardInterrupt:
            state = replace(state, interrupted=True)
        return Fitted(start, state, hasty(target, state.phi, seed, monitor))

    def _walked(self, fitted: Fitted) -> Chains | None:
        """Chains from a guide whose weights cannot be trusted; None where there is no need."""
        state, sample = fitted.state, fitted.sample
        if fitted.trusted or not state.converged or not walkable(self.target):
            return None
        with self.monitor.phase("walk"):
            walk = walked(self.target, state.phi, subseed(self.seed, "walk"), self.monitor.share)
            drawn = walked_sample(self.target, state.phi, walk, sample)
        other = sample.wider or sample
        told = other.effective_size >= _TELLING
        missing = beyond(other.latents, other.weights, drawn.latents) if told else 0.0
        return Chains(walk, drawn, missing, max(_passed_by(s, drawn) for s in (sample, other)))

    def _weighed(self, fitted: Fitted) -> Fitted:
        """A guide with as many draws as a result needs, where so far it has a few."""
        if len(fitted.sample.weights) >= SMALLEST_SAMPLE:
            return fitted
        state = fitted.state
        if state.interrupted:
            sample = hasty(self.target, state.phi, state.seed, self.monitor)
        else:
            sample = corrected(self.target, state.phi, state.seed, self.draws, self.monitor)
        return replace(fitted, sample=sample)

    def _climbing(self) -> AbstractContextManager[None]:
        return self.target.threads(ITERATIONS * fewest_draws(self.target.noise_blocks))


def _passed_by(sample: WeightedSample, chains: WeightedSample) -> float:
    """The share of the posterior at draws that are like no point of chains."""
    ratios = (x.log_p - x.log_q for x in (sample, chains))
    above, of_chains = (ratio.nan_to_num(-math.inf) for ratio in ratios)
    return passed_by(above, sample.log_ratio, of_chains)


def _count(starts: list[Start]) -> int:
    """How many of the starts are modes."""
    return sum(start.mode.reached for start in starts)
