"""How far to trust a fit: a status, the reason in one line, and which latents are concerned."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from pydantic import BaseModel, ConfigDict

#: The largest shape of the tail of the weights at which averages can be trusted: Vehtari,
#: Simpson, Gelman, Yao and Gabry 2024, "Pareto smoothed importance sampling", section 3.
LARGEST_K = 0.7

_ENOUGH = 400  # effective draws: the error of a mean is a twentieth of its sd
_GOOD_GUIDE = 0.5  # draws from the guide are worth this share of as many from the posterior
_MOST_ELEMENTS = 0.9  # share of elements whose guides have to match

_TELL_APART = (
    "to tell the modes apart in the model: `ordered` where labels can be exchanged, "
    "or priors that say more"
)

Status = Literal["reliable", "usable with weights", "checked in part", "not reliable"]

#: What tells how far draws are off.
Evidence = Literal["weights", "chains", "modes"]


class Departure(BaseModel):
    """How far the draws of a site are off, at the element where they are most.

    `mean` is by how many of the sds of the draws their mean lies above that of the posterior, `sd`
    by which factor their sd is larger; `r_hat` tells how far chains disagree (1: they agree).
    What the evidence does not tell is null. `concerned` of its `elements` are off.

    Where modes are the evidence, `mean` is by how many sds the draws lie above another mode.
    """

    model_config = ConfigDict(frozen=True)

    site: str
    index: tuple[int, ...]
    labels: tuple[str | int, ...]
    mean: float | None = None
    sd: float | None = None
    r_hat: float | None = None
    concerned: int = 1
    elements: int = 1

    @property
    def size(self) -> float:
        """How bad it is, on a scale on which departures are compared."""
        log_sd = 0.0 if self.sd is None else abs(math.log(self.sd))
        return max(abs(self.mean or 0.0), log_sd, (self.r_hat or 1.0) - 1)


@dataclass(frozen=True)
class Verdict:
    """The status, why it is that, and what to try next where it is bad.

    `about` says where to look for more: in the model and its guide, or at its modes.
    `departures` are the latents that are known to be off, worst first, as `evidence` tells; where
    there is evidence and no departure, it tells of no single latent. Modes that differ by the
    order of an index set alone are `exchanged`: that is its name.
    """

    status: Status
    reason: str
    remedy: str = ""
    about: Literal["run", "model", "modes"] = "run"
    evidence: Evidence | None = None
    departures: tuple[Departure, ...] = ()
    exchanged: str | None = None

    @property
    def text(self) -> str:
        """All of it in one line, but for the latents."""
        return self.worded(self.remedy)

    def worded(self, remedy: str) -> str:
        """The line with a remedy that fits the model at hand."""
        line = f"{self.status}: {self.reason}"
        return f"{line}; try {remedy}" if remedy else line


@dataclass(frozen=True)
class Worth:
    """What draws are worth: the shape of the tail of their weights, and how many they equal.

    Latents are `vague` whose sds even so many draws do not tell: with the Monte Carlo error of
    the logarithm of the sd.
    """

    pareto_k: float
    effective_size: float
    size: int
    vague: Mapping[str, float] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"Pareto k {self.pareto_k:.2f}, {self.in_draws}"

    @property
    def even(self) -> bool:
        """Whether they are worth nearly as much without their weights."""
        return self.effective_size >= max(_ENOUGH, _GOOD_GUIDE * self.size)

    @property
    def vagueness(self) -> str:
        """What is not known, behind what is."""
        if not self.vague:
            return ""
        names = ", ".join(f"`{name}`" for name in self.vague)
        which = f"the sd of {names} is" if len(self.vague) == 1 else f"the sds of {names} are"
        tails = "its tail is" if len(self.vague) == 1 else "their tails are"
        return f"; {which} known to about {max(self.vague.values()):.0%} only: {tails} long"

    @property
    def in_draws(self) -> str:
        """How many draws they equal."""
        return f"{self.effective_size:,.0f} effective draws of {self.size:,}"


@dataclass(frozen=True)
class Modes:
    """The modes of the posterior that were found.

    `missed` ones lie outside the guide, too much to leave out, and hold about `share` of the
    posterior; `mixed` ones were put together, and are `doubtful` where there may well be more. Some
    differ from the first by the order of the index set `exchanged` alone; where all do, they are
    `alike`.
    """

    missed: int = 0
    share: float = 0.0
    mixed: int = 1
    doubtful: bool = False
    exchanged: str | None = None
    alike: bool = False

    @property
    def likeness(self) -> str:
        """Which modes differ by an order alone, behind what else there is to say of them."""
        if self.exchanged is None:
            return ""
        which = "they differ" if self.alike else "some differ"
        return f"; {which} by the order of {self.exchanged} alone"


ONE_MODE = Modes()


def judge(
    worth: Worth,
    modes: Modes = ONE_MODE,
    *,
    interrupted: bool = False,
    converged: bool = True,
    r_hat: float | None = None,
    heavy: str | None = None,
    kept: tuple[str, ...] = (),
) -> Verdict:
    """The verdict on draws from a guide, by whatever speaks against them most.

    Draws of chains that agree have an `r_hat`; a latent with a `heavy` tail has no sd. Of discrete
    latents that are `kept` in the guide only a bound of the density is known.
    """
    if interrupted:
        why = f"stopped before it had converged ({worth})"
        return _bad(why, "to run it again and let it finish")
    return (
        _of_modes(modes)
        or (_of_weights(worth, converged) if r_hat is None else None)
        or (_of_tails(heavy) if heavy is not None else None)
        or (_of_chains(worth, r_hat, modes) if r_hat is not None else None)
        or _of_good_draws(worth, modes, kept, converged)
    )


def _of_modes(modes: Modes) -> Verdict | None:
    """The verdict on modes that are missing, or may be."""
    if modes.missed:
        others = "another mode" if modes.missed == 1 else f"{modes.missed} other modes"
        holds = "holds" if modes.missed == 1 else "hold"
        why = (
            f"{others} of the posterior {holds} {_percent(modes.share)} of it "
            "and would be missing from the draws"
        )
    elif modes.mixed > 1 and modes.doubtful:
        why = (
            f"the posterior has at least {modes.mixed} modes, some found once only: "
            "there may be more"
        )
    else:
        return None
    return _bad(why + modes.likeness, _TELL_APART, about="modes", exchanged=modes.exchanged)


def _of_chains(worth: Worth, r_hat: float, modes: Modes) -> Verdict:
    """The verdict on draws of chains that agree, at one of several orders maybe."""
    agree = f"chains that started from the guide agree (R-hat {r_hat:.2f})"
    status: Status = "usable with weights" if worth.vague else "reliable"
    order = modes.exchanged
    one = "" if order is None else f"; they tell of one order of {order}, any other is as probable"
    return Verdict(status, f"{agree}, {worth.in_draws}{worth.vagueness}{one}")


def _of_weights(worth: Worth, converged: bool) -> Verdict | None:
    """The verdict on weights that cannot be trusted."""
    if not worth.pareto_k < LARGEST_K:
        return _bad(
            f"the guide does not match the posterior (Pareto k {worth.pareto_k:.2f}; "
            f"up to {LARGEST_K} can be corrected)",
            "priors that say more, or a parameterisation with weaker dependence between latents",
            about="model",
        )
    if not converged and not worth.even:
        return _bad(
            f"the fit did not settle ({worth}); the posterior may have no finite total",
            "a proper prior for every latent, or priors that say more",
            about="model",
        )
    return None


def _of_tails(heavy: str) -> Verdict:
    """The verdict on good draws of what has no sd."""
    why = f"the tails of `{heavy}` are so heavy that draws do not tell its sd"
    return _bad(why, f"priors with lighter tails for `{heavy}`")


def _of_good_draws(worth: Worth, modes: Modes, kept: tuple[str, ...], converged: bool) -> Verdict:
    """The verdict where nothing speaks against the draws: whether they need their weights."""
    why = f"{worth}{worth.vagueness}"
    if not converged:
        why += "; the fit did not settle, as where a density has an edge, yet its draws match"
    if kept:
        names = ", ".join(f"`{name}`" for name in kept)
        lost = f"what keeping {names} in the guide loses does not show here"
        return Verdict("usable with weights", f"{why}; {lost}")
    if modes.mixed > 1:
        return Verdict("usable with weights", f"{why}; {modes.mixed} modes{modes.likeness}")
    good = worth.even and converged and not worth.vague
    return Verdict("reliable" if good else "usable with weights", why)


def _percent(share: float) -> str:
    """A share in words; a small one can matter where it is far away."""
    return f"about {share:.0%}" if share > 0.01 else "a small part"


def _bad(
    why: str,
    remedy: str,
    about: Literal["run", "model", "modes"] = "run",
    exchanged: str | None = None,
) -> Verdict:
    return Verdict("not reliable", why, remedy, about, exchanged=exchanged)


def judge_elements(*, plate: str, good: int, count: int) -> Verdict:
    """The verdict on a guide of which `good` of `count` elements match, given all else."""
    share = f"given the rest, the guide matches the posterior of {good} of {count} elements"
    if good < _MOST_ELEMENTS * count:
        return _bad(
            f"{share} of {plate} (Pareto k below {LARGEST_K})",
            "a larger network, or a guide with parameters of its own for each element",
        )
    return Verdict(
        "checked in part",
        f"{share} of {plate} (Pareto k below {LARGEST_K}); "
        "what is outside of it is optimised, and has no uncertainty",
    )


def judge_unchecked(
    *, converged: bool, iterations: int, pareto_k: float, bounded: bool = True
) -> Verdict:
    """The verdict on a guide that weights can say nothing good about.

    Without `bounded` more iterations were allowed, and would have been of no use.
    """
    if not converged:
        remedy = "more steps" if bounded else "larger minibatches, or more draws in each iteration"
        return _bad(f"stopped after {iterations:,} iterations, before it had settled", remedy)
    return _bad(
        f"the guide has settled, but is not the posterior (Pareto k {pareto_k:.2f}; "
        f"up to {LARGEST_K} can be corrected)",
        "a richer guide; what it gives is the best of its kind",
        about="model",
    )


def judge_weighted(verdict: Verdict, *, iterations: int) -> Verdict:
    """The verdict on weights that are good although the guide had not settled yet."""
    why = f"stopped after {iterations:,} iterations, before the guide had settled"
    return Verdict("usable with weights", f"{verdict.reason}; {why}")
