"""What draws with weights are worth: whether better ones are looked for, and which are better."""

import math

import pytest
import torch
from by_hand import DenseModule, data_of
from scipy import stats

from pplc.runtime.constraints import real
from pplc.runtime.correction.weighing import WeightedSample, _enough, weighted_sample
from pplc.runtime.target import Target


def made(share=1.0, k=0.0, draws=1000, **more):
    """A sample of which a share has all the weight."""
    weights = torch.zeros(draws, dtype=torch.float64)
    weights[: round(share * draws)] = 1 / round(share * draws)
    x, of_one = {"x": normals(draws)}, torch.zeros(draws, dtype=torch.float64)
    return WeightedSample(
        **{"latents": x, "log_p": of_one, "log_q": of_one, "log_ratio": of_one}
        | {"weights": weights, "pareto_k": k, "log_evidence": 0.0, "elbo": (0.0, 0.0)}
        | {"log_p_terms": {}, "log_q_terms": {}}
        | more
    )


def normals(draws, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(draws, generator=generator, dtype=torch.float64)


@pytest.mark.parametrize(
    ("k", "share", "uneven"),
    [
        (0.48, 0.62, False),
        (0.52, 0.62, True),
        (0.48, 0.58, True),
        (0.52, 0.94, True),
        (0.69, 0.99, False),  # a tail of next to nothing
        (0.71, 0.99, True),
        (-math.inf, 1.0, False),
        (math.inf, 1.0, True),
    ],
)
def test_weights_that_call_for_better_draws(k, share, uneven):
    assert made(share, k).is_uneven == uneven
    assert made(1.0, k, independent=share).is_uneven == uneven


def test_draws_that_are_worth_more_each():
    many, few = made(0.5, 0.3, draws=1000), made(0.7, 0.65, draws=100)
    assert few.better_than(many)
    assert not many.better_than(few)
    assert not few.better_than(few)


@pytest.mark.parametrize("k", [0.1, 0.75])
def test_where_weights_cannot_be_trusted_the_shorter_tail_is_better(k):
    worse, better = made(0.9, 0.8), made(0.5, k)
    assert better.better_than(worse)
    assert not worse.better_than(better)


def quantiles(law, draws=16384):
    """Draws of a distribution as even as can be."""
    return torch.from_numpy(law.ppf((torch.arange(draws).double() + 0.5) / draws))


def test_the_worst_latent_tells_how_precise_means_and_sds_are():
    """Of 400 draws of a normal the mean is known to 0.05 sds, the sd to 0.035."""
    normal, two = quantiles(stats.norm, 400), torch.tensor([1.0, -1.0]).double().repeat(200)
    latents = {"two": two, "normal": normal[:, None].expand(-1, 3), "fixed": 0 * two}
    sample = made(draws=400, latents=latents)
    assert sample.errors()["two"] == pytest.approx((0.05, 0.0))
    assert sample.errors()["normal"] == pytest.approx((0.05, 0.035), abs=1e-3)
    assert sample.errors()["fixed"] == (0.0, 0.0)
    assert sample.error() == pytest.approx(0.05)
    wide = made(draws=400, latents={"t": quantiles(stats.t(4.5), 400), "two": two})
    assert wide.error() == wide.errors()["t"][1] > 0.05  # of the sd: tails are long


@pytest.mark.parametrize(("degrees", "least", "most"), [(0.8, 1.0, 1.5), (3.0, 0.1, 0.5)])
def test_the_tail_of_what_is_hardest_to_average(degrees, least, most):
    """That of a mean of t draws has the shape 1 / degrees."""
    t = quantiles(stats.t(degrees))
    fixed = torch.ones_like(t)
    for latents in ({"x": torch.stack([fixed, t], 1)}, {"y": fixed, "x": t}, {"x": t, "y": fixed}):
        assert least < made(draws=len(t), latents=latents).tail_of_means() < most
    assert made(draws=len(t), latents={"fixed": fixed}).tail_of_means() == -math.inf


def test_draws_of_next_to_no_weight_are_not_hard_to_average():
    """A thousand far away, of which all together have a millionth of the weight."""
    t, far = quantiles(stats.t(0.8)), quantiles(stats.norm)
    far[8000:9000] += 1000
    weights = torch.ones_like(t)
    weights[8000:9000] = 1e-9 * len(t)
    weights = weights / weights.sum()
    sample = made(draws=len(t), latents={"t": t, "far": far}, weights=weights)
    assert sample.tail_of_means() > 1


@pytest.mark.parametrize(
    ("independent", "most", "size"), [(1.0, 10**6, 12800), (1.0, 5000, 3200), (0.25, 10**6, 51200)]
)
def test_so_many_draws_tell_means_to_a_hundredth_of_an_sd(independent, most, size):
    """400 tell a mean to 0.05, and 17 times as many to 0.012; they are doubled."""
    two = torch.tensor([1.0, -1.0]).double().repeat(200)
    sample = made(draws=400, latents={"x": two}, independent=independent)
    assert _enough(sample, 400, most) == size
    precise = made(draws=400, latents={"x": 0 * two})
    assert _enough(precise, 400, most) == 400


def at_zero(log_density):
    """A target of one number, and the parameters of a standard normal."""
    target = Target(
        DenseModule({"x": (real, ())}, lambda z, data: {"x": log_density(z["x"])}), data_of()
    )
    return target, {name: torch.zeros(s).double() for name, s in target.guide_shapes.items()}


def same(one, other):
    """Whether two samples are of the same draws."""
    return torch.equal(one.latents["x"], other.latents["x"])


def test_draws_of_the_guide_are_kept_where_no_weights_can_be_trusted():
    """Those of a Cauchy distribution have no mean, however they are drawn."""
    target, phi = at_zero(lambda x: -x.square().log1p())
    guide = weighted_sample(target, phi, 4096, 1, quick=True)
    found = weighted_sample(target, phi, 4096, 1)
    assert same(found, guide) and guide.wider is None
    assert found.pareto_k >= max(0.7, guide.pareto_k)
    assert found.wider is not None and not same(found.wider, guide)
    assert found.wider.pareto_k < 0.7 < found.wider.tail_of_means() <= found.pareto_k


def test_better_draws_tell_of_the_guide_what_it_gives():
    target, phi = at_zero(lambda x: x - (2 * x).exp())
    guide = weighted_sample(target, phi, 4096, 0, quick=True)
    found = weighted_sample(target, phi, 4096, 0)
    assert not same(found, guide) and found.wider is None
    assert found.pareto_k < 0.7
    assert found.elbo == guide.elbo
    assert found.log_p_terms == guide.log_p_terms
    assert found.log_q_terms == guide.log_q_terms
    assert found.log_evidence == pytest.approx(math.log(math.sqrt(math.pi) / 2), abs=0.02)


def test_the_elbo_is_told_with_its_error_and_its_terms():
    """Of a normal with the sd 0.8 by standard normals x: E x^2 = 1, sd(x^2) = sqrt(2)."""
    target, phi = at_zero(lambda x: -x.square() / 2 / 0.64)
    found = weighted_sample(target, phi, 16384, 0, quick=True)
    entropy, gap = 0.5 + 0.5 * math.log(2 * math.pi), 0.5 / 0.64
    assert found.elbo[1] == pytest.approx((gap - 0.5) * math.sqrt(2 / 16384), rel=0.05)
    assert found.elbo[0] == pytest.approx(entropy - gap, abs=4 * found.elbo[1])
    assert found.log_p_terms == {"x": pytest.approx(-gap, abs=0.05)}
    assert found.log_q_terms == {"x": pytest.approx(-entropy, abs=0.05)}
