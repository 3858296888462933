"""How far to trust a fit, in one line."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

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


@dataclass(frozen=True)
class Verdict:
    """The status, and a line that says why and, where it is bad, what to try next."""

    status: Status
    text: str


def judge(
    *,
    pareto_k: float,
    effective_size: float,
    size: int,
    interrupted: bool,
    converged: bool,
    missed: int,
    missed_share: float,
    mixed: int = 1,
    doubtful: bool = False,
    kept: tuple[str, ...] = (),
    r_hat: float | None = None,
) -> Verdict:
    """The verdict on a fit that gave `size` draws, worth `effective_size`.

    Draws of chains that agree have an `r_hat`.
    `missed` modes lie outside the guide, too much to leave out, and hold about `missed_share` of
    the posterior; `mixed` ones were put together, and are `doubtful` where there may well be more.
    Of discrete latents that are `kept` in the guide only a bound of the density is known.
    """
    numbers = f"Pareto k {pareto_k:.2f}, {effective_size:,.0f} effective draws of {size:,}"
    if interrupted:
        return _bad(
            f"stopped before it had converged ({numbers})", "to run it again and let it finish"
        )
    if missed:
        modes = "another mode" if missed == 1 else f"{missed} other modes"
        holds = "holds" if missed == 1 else "hold"
        return _bad(
            f"{modes} of the posterior {holds} {_percent(missed_share)} of it "
            "and would be missing from the draws",
            _TELL_APART,
        )
    if mixed > 1 and doubtful:
        return _bad(
            f"the posterior has at least {mixed} modes, some found once only: there may be more",
            _TELL_APART,
        )
    if r_hat is not None:
        return Verdict(
            "reliable",
            f"reliable: chains that started from the guide agree (R-hat {r_hat:.2f}), "
            f"{effective_size:,.0f} effective draws of {size:,}",
        )
    if not pareto_k < LARGEST_K:
        return _bad(
            f"the guide does not match the posterior (Pareto k {pareto_k:.2f}; "
            f"up to {LARGEST_K} can be corrected)",
            "priors that say more, or a parameterisation with weaker dependence between latents",
        )
    if not converged:
        return _bad(
            f"the fit did not settle ({numbers}); the posterior may have no finite total",
            "a proper prior for every latent, or priors that say more",
        )
    if kept:
        names = ", ".join(f"`{name}`" for name in kept)
        lost = f"what keeping {names} in the guide loses does not show here"
        return Verdict("usable with weights", f"usable with weights: {numbers}; {lost}")
    if mixed > 1:
        return Verdict("usable with weights", f"usable with weights: {numbers}; {mixed} modes")
    if effective_size >= max(_ENOUGH, _GOOD_GUIDE * size):
        return Verdict("reliable", f"reliable: {numbers}")
    return Verdict("usable with weights", f"usable with weights: {numbers}")


def _percent(share: float) -> str:
    """A share in words; a small one can matter where it is far away."""
    return f"about {share:.0%}" if share > 0.01 else "a small part"


def _bad(why: str, remedy: str) -> Verdict:
    return Verdict("not reliable", f"not reliable: {why}; try {remedy}")


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
        f"checked in part: {share} of {plate} (Pareto k below {LARGEST_K}); "
        "what is outside of it is optimised, and has no uncertainty",
    )


def judge_unchecked(*, converged: bool, iterations: int, pareto_k: float) -> Verdict:
    """The verdict on a guide that weights can say nothing good about."""
    if not converged:
        return _bad(f"stopped after {iterations:,} iterations, before it had settled", "more steps")
    return _bad(
        f"the guide has settled, but is not the posterior (Pareto k {pareto_k:.2f}; "
        f"up to {LARGEST_K} can be corrected)",
        "a richer guide; what it gives is the best of its kind",
    )


def judge_weighted(verdict: Verdict, *, iterations: int) -> Verdict:
    """The verdict on weights that are good although the guide had not settled yet."""
    why = f"stopped after {iterations:,} iterations, before the guide had settled"
    numbers = verdict.text.split(": ", 1)[1]
    return Verdict("usable with weights", f"usable with weights: {numbers}; {why}")
