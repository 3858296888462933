"""One line on how far to trust a fit, for each way a fit can end."""

import pytest

from pplc.runtime.verdict import judge

GOOD = {
    "pareto_k": 0.4,
    "effective_size": 12345.6,
    "size": 16384,
    "interrupted": False,
    "converged": True,
    "missed": 0,
    "missed_share": 0.0,
}


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({}, "reliable: Pareto k 0.40, 12,346 effective draws of 16,384"),
        (
            {"effective_size": 4000.0, "pareto_k": 0.63},
            "usable with weights: Pareto k 0.63, 4,000 effective draws of 16,384",
        ),
        (
            {"pareto_k": 0.82},
            "not reliable: the guide does not match the posterior (Pareto k 0.82; up to 0.7 can "
            "be corrected); try priors that say more, or a parameterisation with weaker "
            "dependence between latents",
        ),
        (
            {"missed": 1, "missed_share": 0.31},
            "not reliable: another mode of the posterior holds about 31% of it and would be "
            "missing from the draws; try to tell the modes apart in the model: `ordered` where "
            "labels can be exchanged, or priors that say more",
        ),
        (
            {"missed": 2, "missed_share": 0.5},
            "not reliable: 2 other modes of the posterior hold about 50% of it and would be "
            "missing from the draws; try to tell the modes apart in the model: `ordered` where "
            "labels can be exchanged, or priors that say more",
        ),
        (
            {"interrupted": True},
            "not reliable: stopped before it had converged (Pareto k 0.40, 12,346 effective draws "
            "of 16,384); try to run it again and let it finish",
        ),
        (
            {"converged": False},
            "not reliable: the fit did not settle (Pareto k 0.40, 12,346 effective draws of "
            "16,384); the posterior may have no finite total; try a proper prior for every "
            "latent, or priors that say more",
        ),
        (
            {"mixed": 2},
            "usable with weights: Pareto k 0.40, 12,346 effective draws of 16,384; 2 modes",
        ),
        (
            {"mixed": 4, "doubtful": True},
            "not reliable: the posterior has at least 4 modes, some found once only: there may be "
            "more; try to tell the modes apart in the model: `ordered` where labels can be "
            "exchanged, or priors that say more",
        ),
        (
            {"kept": ("z", "w")},
            "usable with weights: Pareto k 0.40, 12,346 effective draws of 16,384; what keeping "
            "`z`, `w` in the guide loses does not show here",
        ),
    ],
)
def test_wording(change, text):
    verdict = judge(**(GOOD | change))
    assert verdict.text == text
    assert verdict.text.startswith(f"{verdict.status}:")


def test_a_mode_of_little_weight_is_no_matter():
    assert judge(**(GOOD | {"missed": 3, "missed_share": 0.01})).status == "reliable"


@pytest.mark.parametrize("k", [float("inf"), float("nan"), 0.7])
def test_a_shape_that_cannot_be_corrected(k):
    assert judge(**(GOOD | {"pareto_k": k})).status == "not reliable"
