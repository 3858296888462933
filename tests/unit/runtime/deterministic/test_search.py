"""The deterministic engine from end to end on small targets: bits, modes, interrupts, no fit."""

import dataclasses
import math

import pytest
import torch
from by_hand import DenseModule, data_of, faithful, gaussian
from interrupts import Interrupter

from pplc.runtime import progress
from pplc.runtime.constraints import positive, real
from pplc.runtime.correction.hamiltonian import Walk
from pplc.runtime.deterministic import samples, search
from pplc.runtime.deterministic.fit import fit
from pplc.runtime.distributions import HalfNormal, Normal
from pplc.runtime.problems import FitError
from pplc.runtime.start.guides import guides_at
from pplc.runtime.start.modes import find_modes
from pplc.runtime.target import Target

SCHOOLS = {"y": [28, 8, -3, 7, -1, 1, 18, 12], "sigma": [15, 10, 16, 11, 9, 11, 10, 18]}


def mixture(*components, width=1.0):
    """One latent whose density is a weighted sum of normals: (weight, location), ..."""
    weights, locations = torch.tensor(components, dtype=torch.float64).T

    def model(z, data):
        each = Normal(locations, width).log_prob(z["x"][:, None]) + weights.log()
        return {"x": each.logsumexp(-1)}

    return DenseModule({"x": (real, ())}, model), data_of()


def test_a_gaussian_is_fitted_exactly():
    covariance = torch.tensor([[4.0, 1.0], [1.0, 0.5]], dtype=torch.float64)
    mean = torch.tensor([3.0, -1.0], dtype=torch.float64)
    posterior = fit(*gaussian(mean, covariance))
    torch.testing.assert_close(posterior.phi["globals.loc"], mean)
    assert posterior.objective_draws == 64
    assert posterior.converged
    assert posterior.pareto_k == 0
    assert posterior.effective_size == pytest.approx(16384)
    evidence = math.log(2 * math.pi) + 0.5 * math.log(float(torch.linalg.det(covariance)))
    assert posterior.elbo == pytest.approx(evidence)
    assert posterior.verdict.status == "reliable"
    torch.testing.assert_close(posterior.draws["x"].mean(0), mean, rtol=0, atol=0.1)
    torch.testing.assert_close(posterior.draws["x"].T.cov(), covariance, rtol=0.1, atol=0)


def test_the_same_seed_gives_the_same_bits():
    torch.manual_seed(0)
    before = torch.get_rng_state()
    first, again, other = (fit(*faithful(), seed=seed, draws=500) for seed in (3, 3, 4))
    for name in ("draws", "sample", "probabilities", "phi"):
        a, b, c = (getattr(posterior, name) for posterior in (first, again, other))
        assert all(torch.equal(a[key], b[key]) for key in a)
        assert not any(torch.equal(a[key], c[key]) for key in a)
    assert first.elbo == again.elbo
    assert first.evaluations == again.evaluations
    assert torch.equal(torch.get_rng_state(), before)


def test_what_a_posterior_holds():
    posterior = fit(*faithful(), draws=300)
    shapes = {name: tuple(t.shape) for name, t in posterior.draws.items()}
    assert shapes == {"weights": (300, 2), "loc": (300, 2), "scale": (300, 2), "z": (300, 272)}
    assert posterior.draws["z"].dtype == torch.int8  # one for each row: 8 times less memory
    assert posterior.sample["loc"].shape == (16384, 2)
    assert float(posterior.weights.sum()) == pytest.approx(1)
    assert posterior.probabilities["z"].shape == (272, 2)
    torch.testing.assert_close(posterior.probabilities["z"].sum(-1), torch.ones(272).double())
    frequencies = (posterior.draws["z"] == 1).double().mean(0)
    assert (frequencies - posterior.probabilities["z"][:, 1]).abs().max() < 0.12
    terms = posterior.elbo_terms
    assert list(terms.log_p) == ["weights", "loc", "scale", "z, waiting"]
    assert sum(terms.log_p.values()) - sum(terms.log_q.values()) == pytest.approx(posterior.elbo)
    assert set(posterior.seconds) == {"starts", "fit", "correct", "recover"}
    module, data = faithful()
    some = {name: posterior.draws[name] for name in ("weights", "loc", "scale")}
    torch.testing.assert_close(posterior.log_p, sum(module.model(some, data, {}).values()))


def test_generated_quantities_are_among_the_draws():
    module, data = mixture((1.0, 0.0))
    module._generate = lambda latents, data: {"twice": 2 * latents["x"]}
    posterior = fit(module, data, draws=100)
    assert torch.equal(posterior.draws["twice"], 2 * posterior.draws["x"])


def test_more_draws_than_the_sample_usually_has():
    posterior = fit(*mixture((1.0, 0.0)), draws=20_000)
    assert posterior.draws["x"].shape == (20_000,)
    assert len(posterior.weights) == 32768


def test_two_modes_are_put_together_by_their_evidence():
    posterior = fit(*mixture((0.6, -20.0), (0.4, 20.0)))
    assert posterior.modes == 2
    assert posterior.verdict.status == "usable with weights"
    assert posterior.verdict.text.endswith("2 modes")
    assert float(posterior.draws["x"].mean()) == pytest.approx(-4, abs=0.1)
    assert posterior.elbo == pytest.approx(0, abs=0.01)  # each guide is exact: the log evidence


def test_two_modes_that_one_guide_covers_are_no_matter():
    posterior = fit(*mixture((0.5, -1.3), (0.5, 1.3)))
    assert posterior.verdict.status == "reliable"
    assert float(posterior.draws["x"].std()) == pytest.approx(math.sqrt(1 + 1.3**2), rel=0.03)


def test_a_heavier_tail_than_weights_can_mend_is_flagged():
    posterior = fit(*heavy_tailed())
    assert posterior.pareto_k >= 0.7
    assert posterior.verdict.status == "not reliable"
    assert posterior.weights.min() == posterior.weights.max()


@pytest.mark.parametrize("good", [True, False])
def test_hopeless_weights_are_seen_from_a_few_draws(good, monkeypatch):
    """Where weighing takes long: chains start without it, and all is weighed where they fail."""
    asked = []

    def weighed(target, phi, size, *args, **more):
        asked.append(size)
        return dataclasses.replace(whole(target, phi, size, *args, **more), pareto_k=2.0)

    whole = samples.weighted_sample
    monkeypatch.setattr(samples, "weighted_sample", weighed)
    monkeypatch.setattr(samples, "_LONG", 0)
    monkeypatch.setattr(Walk, "good", good)
    posterior = fit(*gaussian(torch.zeros(2).double(), torch.eye(2).double()), draws=100)
    assert asked == [1024] if good else [1024, 16384]
    assert posterior.verdict.status == ("reliable" if good else "not reliable")
    assert len(posterior.weights) == (32 * 192 if good else 16384)


def test_chains_that_are_interrupted_leave_the_guide(monkeypatch):
    def interrupted(*args):
        raise KeyboardInterrupt

    monkeypatch.setattr(samples, "_LONG", 0)
    monkeypatch.setattr(samples, "_HOPELESS", -1.0)
    monkeypatch.setattr(search, "LARGEST_K", -1.0)
    monkeypatch.setattr(search, "walked", interrupted)
    posterior = fit(*gaussian(torch.zeros(2).double(), torch.eye(2).double()), draws=100)
    assert posterior.interrupted
    assert len(posterior.weights) == 4096


def centred_schools():
    """Its log joint has no bound: the density is infinite where tau is zero."""

    def model(z, data):
        theta, mu, tau = z["theta"], z["mu"][:, None], z["tau"][:, None]
        return {
            "mu": Normal(0.0, 5.0).log_prob(z["mu"]),
            "tau": HalfNormal(5.0).log_prob(z["tau"]),
            "theta": Normal(mu, tau).log_prob(theta).sum(-1),
            "y": Normal(theta, data["sigma"]).log_prob(data["y"]).sum(-1),
        }

    latents = {"tau": (positive, ()), "mu": (real, ()), "theta": (real, (8,))}
    return DenseModule(latents, model), data_of(**SCHOOLS)


def test_a_log_joint_without_bound_ends_and_gives_finite_draws():
    posterior = fit(*centred_schools(), draws=500)
    assert all(draws.isfinite().all() for draws in posterior.draws.values())
    assert posterior.modes == 0
    assert float(posterior.draws["mu"].mean()) == pytest.approx(4.4, abs=1.0)
    assert 1.0 < float(posterior.draws["tau"].mean()) < 8.0


@pytest.mark.parametrize("seed", range(3))
def test_where_the_log_joint_has_no_bound_a_place_on_the_way_is_the_start(seed):
    target = Target(*centred_schools())
    places = find_modes(target, seed)
    highest = max(places, key=lambda place: place.height)
    assert highest.u[0] < -4  # tau has all but vanished
    best = guides_at(target, places, seed)[0]
    assert best.mode.u[0] > -2


def test_a_density_that_is_finite_nowhere_names_its_terms():
    def model(z, data):
        return {
            "x": Normal(0.0, 1.0).log_prob(z["x"]),
            "y": torch.full_like(z["x"], -math.inf),
        }

    with pytest.raises(FitError) as raised:
        fit(DenseModule({"x": (real, ())}, model), data_of())
    (problem,) = raised.value.problems
    assert problem.terms == ("y",)


def test_a_density_with_impossible_regions_is_fitted_beside_them():
    def model(z, data):  # a normal without its lower half
        return {"x": Normal(3.0, 1.0).log_prob(z["x"]).where(z["x"] > 0, -math.inf)}

    posterior = fit(DenseModule({"x": (real, ())}, model), data_of())
    assert float(posterior.draws["x"].mean()) == pytest.approx(3.0, abs=0.05)
    assert (posterior.draws["x"] > 0).all()


@pytest.mark.usefixtures("every_call")
@pytest.mark.parametrize(("phase", "calls"), [("fit", 1), ("fit", 2), ("fit", 9), ("correct", 1)])
def test_an_interrupted_fit_keeps_the_best_guide_so_far(phase, calls):
    posterior = fit(*faithful(), draws=100, on_progress=Interrupter(phase, calls))
    assert posterior.interrupted
    assert posterior.verdict.status == "not reliable"
    assert "stopped before it had converged" in posterior.verdict.text
    assert posterior.draws["z"].shape == (100, 272)
    assert len(posterior.weights) == 4096


@pytest.mark.usefixtures("every_call")
@pytest.mark.parametrize("phase", ["starts", "fit", "correct"])
def test_an_interrupted_search_for_more_modes_keeps_the_guide_at_the_first(phase):
    class AfterTheFirst:
        """Interrupts a phase that comes again, once there are corrected draws."""

        def __init__(self):
            self.phases = []

        def __call__(self, info):
            if self.phases[-1:] != [info.phase]:
                self.phases.append(info.phase)
                if info.phase == phase and "correct" in self.phases[:-1]:
                    raise KeyboardInterrupt

    two = mixture((0.6, -20.0), (0.4, 20.0))
    posterior = fit(*two, draws=100, on_progress=AfterTheFirst())
    assert posterior.interrupted
    assert posterior.verdict.status == "not reliable"
    assert len(posterior.draws["x"]) == 100
    assert (posterior.draws["x"] < 0).any()


@pytest.mark.usefixtures("every_call")
def test_an_interrupt_that_leaves_nothing_to_return_is_passed_on():
    with pytest.raises(KeyboardInterrupt):
        fit(*faithful(), draws=100, on_progress=Interrupter("starts", 1))


@pytest.mark.usefixtures("every_call")
def test_an_interrupt_while_the_rest_is_drawn_leaves_fewer_draws():
    posterior = fit(*faithful(), draws=500, on_progress=Interrupter("recover", 1))
    assert posterior.interrupted
    assert posterior.verdict.status == "reliable"
    assert posterior.draws["z"].shape == (400, 272)
    assert len(posterior.weights) == 16384


def heavy_tailed():
    """Eight dimensions of a Cauchy: weights cannot mend a guide, and chains set out."""

    def model(z, data):
        return {"x0": -4.5 * sum(z[x] ** 2 for x in names).log1p()}

    names = [f"x{i}" for i in range(8)]
    return DenseModule(dict.fromkeys(names, (real, ())), model), data_of()


@pytest.mark.usefixtures("every_call")
@pytest.mark.parametrize("calls", [1, 2, 300])
def test_an_interrupt_while_chains_walk_leaves_the_guide(calls):
    posterior = fit(*heavy_tailed(), draws=100, on_progress=Interrupter("walk", calls))
    assert posterior.interrupted
    assert posterior.verdict.status == "not reliable"
    assert len(posterior.draws["x0"]) == 100
    assert posterior.weights.min() == posterior.weights.max()


def test_progress_tells_where_the_fit_stands():
    told = []
    fit(*faithful(), draws=100, on_progress=told.append)
    assert told[0].phase == "starts"
    counts = [info.evaluations for info in told]
    assert counts == sorted(counts)


def test_no_draws_are_no_posterior():
    with pytest.raises(ValueError, match="draws must be at least 1, not 0"):
        fit(*faithful(), draws=0)


def test_every_phase_that_lasts_tells_how_far_it_is(monkeypatch):
    monkeypatch.setattr(progress, "_INTERVAL", 0.0)
    told = []
    fit(*faithful(), draws=10, on_progress=told.append)
    for phase in ("starts", "fit", "correct"):
        shares = [info.done for info in told if info.phase == phase and info.done is not None]
        assert max(shares) > 0.1, phase
    assert all(info.bounded == (info.phase == "starts") for info in told if info.done is not None)
