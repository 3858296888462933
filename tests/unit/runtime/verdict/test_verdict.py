"""One line on how far to trust a fit, for each way a fit can end."""

import math
from dataclasses import replace

import pytest

from pplc.runtime.verdict.verdict import (
    Departure,
    Modes,
    Worth,
    judge,
    judge_elements,
    judge_unchecked,
    judge_weighted,
)

GOOD = Worth(pareto_k=0.4, effective_size=12345.6, size=16384)
UNEVEN = Worth(pareto_k=0.63, effective_size=4000.0, size=16384)
BAD = replace(GOOD, pareto_k=0.82)
VAGUE = replace(GOOD, vague={"x": 0.29})


@pytest.mark.parametrize(
    ("verdict", "text"),
    [
        (judge(GOOD), "reliable: Pareto k 0.40, 12,346 effective draws of 16,384"),
        (judge(UNEVEN), "usable with weights: Pareto k 0.63, 4,000 effective draws of 16,384"),
        (
            judge(BAD),
            "not reliable: the guide does not match the posterior (Pareto k 0.82; up to 0.7 can "
            "be corrected); try priors that say more, or a parameterisation with weaker "
            "dependence between latents",
        ),
        (
            judge(GOOD, r_hat=1.024),
            "reliable: chains that started from the guide agree (R-hat 1.02), 12,346 effective "
            "draws of 16,384",
        ),
        (
            judge(GOOD, Modes(exchanged="K"), r_hat=1.024),
            "reliable: chains that started from the guide agree (R-hat 1.02), 12,346 effective "
            "draws of 16,384; they tell of one order of K, any other is as probable",
        ),
        (
            judge(GOOD, Modes(missed=1, share=0.31)),
            "not reliable: another mode of the posterior holds about 31% of it and would be "
            "missing from the draws; try to tell the modes apart in the model: `ordered` where "
            "labels can be exchanged, or priors that say more",
        ),
        (
            judge(GOOD, Modes(missed=2, share=0.5, exchanged="K", alike=True)),
            "not reliable: 2 other modes of the posterior hold about 50% of it and would be "
            "missing from the draws; they differ by the order of K alone; try to tell the modes "
            "apart in the model: `ordered` where labels can be exchanged, or priors that say more",
        ),
        (
            judge(VAGUE),
            "usable with weights: Pareto k 0.40, 12,346 effective draws of 16,384; the sd of `x` "
            "is known to about 29% only: its tail is long",
        ),
        (
            judge(replace(GOOD, vague={"x": 0.2, "y": 0.31}), r_hat=1.024),
            "usable with weights: chains that started from the guide agree (R-hat 1.02), 12,346 "
            "effective draws of 16,384; the sds of `x`, `y` are known to about 31% only: their "
            "tails are long",
        ),
        (
            judge(GOOD, interrupted=True),
            "not reliable: stopped before it had converged (Pareto k 0.40, 12,346 effective draws "
            "of 16,384); try to run it again and let it finish",
        ),
        (
            judge(UNEVEN, converged=False),
            "not reliable: the fit did not settle (Pareto k 0.63, 4,000 effective draws of "
            "16,384); the posterior may have no finite total; try a proper prior for every "
            "latent, or priors that say more",
        ),
        (
            judge(GOOD, converged=False),
            "usable with weights: Pareto k 0.40, 12,346 effective draws of 16,384; the fit did not "
            "settle, as where a density has an edge, yet its draws match",
        ),
        (
            judge(GOOD, Modes(mixed=2)),
            "usable with weights: Pareto k 0.40, 12,346 effective draws of 16,384; 2 modes",
        ),
        (
            judge(GOOD, Modes(mixed=2, exchanged="K", alike=True)),
            "usable with weights: Pareto k 0.40, 12,346 effective draws of 16,384; 2 modes; they "
            "differ by the order of K alone",
        ),
        (
            judge(GOOD, Modes(mixed=4, doubtful=True, exchanged="K")),
            "not reliable: the posterior has at least 4 modes, some found once only: there may be "
            "more; some differ by the order of K alone; try to tell the modes apart in the "
            "model: `ordered` where labels can be exchanged, or priors that say more",
        ),
        (
            judge(GOOD, kept=("z", "w")),
            "usable with weights: Pareto k 0.40, 12,346 effective draws of 16,384; what keeping "
            "`z`, `w` in the guide loses does not show here",
        ),
        (
            judge_elements(plate="D", good=59, count=61),
            "checked in part: given the rest, the guide matches the posterior of 59 of 61 "
            "elements of D (Pareto k below 0.7); what is outside of it is optimised, and has no "
            "uncertainty",
        ),
        (
            judge_elements(plate="D", good=30, count=61),
            "not reliable: given the rest, the guide matches the posterior of 30 of 61 elements "
            "of D (Pareto k below 0.7); try a larger network, or a guide with parameters of its "
            "own for each element",
        ),
        (
            judge_unchecked(converged=False, iterations=30_000, pareto_k=2.0),
            "not reliable: stopped after 30,000 iterations, before it had settled; try more steps",
        ),
        (
            judge_unchecked(converged=True, iterations=5_000, pareto_k=2.0),
            "not reliable: the guide has settled, but is not the posterior (Pareto k 2.00; up to "
            "0.7 can be corrected); try a richer guide; what it gives is the best of its kind",
        ),
        (
            judge_weighted(judge(GOOD), iterations=30_000),
            "usable with weights: Pareto k 0.40, 12,346 effective draws of 16,384; stopped after "
            "30,000 iterations, before the guide had settled",
        ),
    ],
)
def test_wording(verdict, text):
    assert verdict.text == text


@pytest.mark.parametrize(
    ("effective", "size", "status"),
    [
        (401.0, 700, "reliable"),
        (399.0, 700, "usable with weights"),
        (8200.0, 16384, "reliable"),
        (8180.0, 16384, "usable with weights"),
    ],
)
def test_draws_that_are_worth_enough_without_weights(effective, size, status):
    """400 at least, and half of those that there are."""
    assert judge(Worth(0.4, effective, size)).status == status


@pytest.mark.parametrize(
    ("found", "size"),
    [
        ({}, 0.0),
        ({"mean": -0.7}, 0.7),
        ({"mean": 0.3, "sd": 0.5}, math.log(2)),
        ({"sd": 2.0, "r_hat": 1.2}, math.log(2)),
        ({"mean": 0.1, "r_hat": 1.4}, 0.4),
    ],
)
def test_departures_are_as_bad_as_what_is_worst_about_them(found, size):
    assert Departure(site="x", index=(), labels=(), **found).size == pytest.approx(size)


def test_a_remedy_that_fits_the_model_stands_in_for_the_general_one():
    assert (
        judge(BAD)
        .worded("the guide without `a ~ normal` (line 7)")
        .endswith("can be corrected); try the guide without `a ~ normal` (line 7)")
    )
    assert judge(GOOD).worded("") == judge(GOOD).text


def test_good_weights_of_what_has_no_sd():
    assert judge(GOOD, heavy="scale").text == (
        "not reliable: the tails of `scale` are so heavy that draws do not tell its sd; "
        "try priors with lighter tails for `scale`"
    )


def test_chains_do_not_tell_the_sd_of_what_has_none():
    assert judge(BAD, r_hat=1.01).status == "reliable"
    assert judge(BAD, r_hat=1.01, heavy="scale").status == "not reliable"


def test_a_mode_of_little_weight_that_matters():
    assert (
        "another mode of the posterior holds a small part"
        in judge(GOOD, Modes(missed=1, share=0.004)).text
    )


@pytest.mark.parametrize("k", [float("inf"), float("nan"), 0.7])
def test_a_shape_that_cannot_be_corrected(k):
    assert judge(replace(GOOD, pareto_k=k)).status == "not reliable"


@pytest.mark.parametrize(
    ("verdict", "about"),
    [
        (judge(BAD), "model"),
        (judge(UNEVEN, converged=False), "model"),
        (judge(GOOD, converged=False), "run"),
        (judge(BAD, Modes(missed=1, share=0.3)), "modes"),
        (judge(BAD, interrupted=True), "run"),
        (judge(GOOD), "run"),
    ],
)
def test_where_to_look_for_more(verdict, about):
    assert verdict.about == about
