"""The stochastic engine against closed forms, the other engine and what is known of the data."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from interrupts import Interrupter

import pplc
from pplc.compiler.pipeline import compile_spec
from pplc.grammar.source import Source
from pplc.runtime.data import Data
from pplc.runtime.deterministic import fit as deterministic_fit
from pplc.runtime.manifest import Manifest
from pplc.runtime.module import load_module
from pplc.runtime.reading.load import load
from pplc.runtime.stochastic import fit as stochastic_fit
from pplc.runtime.stochastic import problem as problem_module
from pplc.runtime.stochastic.engine import init, step
from pplc.runtime.stochastic.problem import Problem
from pplc.runtime.stochastic.start import starting_guide
from pplc.runtime.target import Target

SPECS = Path(__file__).parents[2] / "specs"


@pytest.fixture(autouse=True)
def one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def compiled(text):
    result = compile_spec(Source("t.ppl", text))
    assert result.value is not None, result.diagnostics
    return load_module(result.value.source, "t.ppl")


def made(module, sizes, **arrays):
    tensors = {n: torch.as_tensor(np.asarray(x)) for n, x in arrays.items()}
    labels = {n: tuple(range(s)) for n, s in sizes.items()}
    return module.prepare(Data(tensors, sizes, labels))


NORMAL = """
index N
data y[N]: real
mu ~ Normal(0, 10)
for n in N { y[n] ~ Normal(mu, 2) }
fit { batch N = 50 }
"""


def normal_data(module):
    y = np.random.default_rng(0).normal(3, 2, size=400)
    precision = 1 / 100 + 400 / 4
    return made(module, {"N": 400}, y=y), y.sum() / 4 / precision, precision**-0.5


def test_minibatches_give_the_posterior_of_a_mean():
    module = compiled(NORMAL)
    data, mean, sd = normal_data(module)
    found = stochastic_fit.fit(module, data, seed=1)
    assert found.converged
    assert found.course.stopped == "settled"
    assert found.course.last_rate < found.course.first_rate
    assert found.verdict.status == "reliable"
    draws = found.sample["mu"]  # from the guide as it is, not weighted
    assert float(draws.mean()) == pytest.approx(mean, abs=0.05 * sd)
    assert float(draws.std()) == pytest.approx(sd, rel=0.05)


def test_single_precision_does_too():
    module = compiled(NORMAL)
    data, mean, sd = normal_data(module)
    found = stochastic_fit.fit(module, data, steps=1500, dtype=torch.float32)
    assert float(found.sample["mu"].mean()) == pytest.approx(mean, abs=0.1 * sd)


REGRESSION = """
index N
data x[N]: real
data y[N]: real
a ~ Normal(0, 10)
b ~ Normal(0, 10)
sigma ~ HalfNormal(5)
for n in N { y[n] ~ Normal(a + b * x[n], sigma) }
"""


def test_both_engines_give_the_same_answer():
    module = compiled(REGRESSION)
    rng = np.random.default_rng(3)
    x = rng.normal(4, 1, size=60)
    data = made(module, {"N": 60}, x=x, y=1000 + 20 * x + rng.normal(size=60))
    expected, found = deterministic_fit.fit(module, data), stochastic_fit.fit(module, data)
    for name in ("a", "b", "sigma"):
        w, v = expected.weights, expected.sample[name]
        mean = (w * v).sum()
        sd = (w * (v - mean) ** 2).sum().sqrt()
        assert float((found.sample[name].mean() - mean) / sd) == pytest.approx(0, abs=0.05), name
        assert float(found.sample[name].std() / sd) == pytest.approx(1, rel=0.05), name


GROUPS = """
index N, G
data y[N]: real
data g[N]: G
mu ~ Normal(0, 5)
tau ~ HalfNormal(2)
theta[j in G] ~ Normal(mu, tau)
y[n in N] ~ Normal(theta[g[n]], 1)
"""


def test_minibatches_of_groups_give_the_answer_of_the_deterministic_engine():
    """Within a fiftieth of an sd: both guides are the best of the same kind."""
    rng = np.random.default_rng(11)
    theta = rng.normal(1.5, 1, 96)
    y, g = rng.normal(np.repeat(theta, 3), 1), np.repeat(np.arange(96), 3)
    found = []
    for batch, engine in (("", deterministic_fit), ("fit { batch G = 16 }", stochastic_fit)):
        module = compiled(GROUPS + batch)
        found.append(engine.fit(module, made(module, {"N": 288, "G": 96}, y=y, g=g)))
    expected, stochastic = found
    assert stochastic.converged
    assert stochastic.verdict.status == "reliable"
    assert stochastic.elbo == pytest.approx(expected.elbo, abs=0.02)
    for name in ("mu", "tau", "theta"):
        mean, sd = moments(expected, name)
        own_mean, own_sd = moments(stochastic, name)
        assert float(((own_mean - mean) / sd).abs().max()) < 0.02, name
        assert float((own_sd / sd).log().abs().max()) < 0.02, name


def moments(posterior, name):
    """The mean and sd of each element of a latent in the guide: weights would hide what is off."""
    x = posterior.sample[name].reshape(len(posterior.weights), -1)
    return x.mean(0), x.std(0)


@pytest.mark.usefixtures("every_call")
@pytest.mark.parametrize(("calls", "iterations"), [(1, 0), (2, 0), (3, 1), (60, 58), (256, 252)])
def test_an_interrupt_keeps_the_iterations_so_far(calls, iterations):
    """The first call of a phase, and one for each hundred iterations, tell of its beginning."""
    module = compiled(NORMAL)
    data, mean, sd = normal_data(module)
    found = stochastic_fit.fit(module, data, draws=10, on_progress=Interrupter("fit", calls))
    assert found.interrupted and not found.converged
    assert found.verdict.status == "not reliable"
    assert (found.course.stopped, found.course.iterations) == ("interrupted", iterations)
    assert len(found.weights) == 4096
    assert float(found.sample["mu"].mean()) == pytest.approx(mean, abs=3 * sd)


@pytest.mark.usefixtures("every_call")
def test_an_interrupt_while_draws_are_weighed_keeps_the_guide():
    module = compiled(NORMAL)
    data, _, _ = normal_data(module)
    options = {"draws": 10, "steps": 60}
    whole = stochastic_fit.fit(module, data, **options)
    found = stochastic_fit.fit(module, data, on_progress=Interrupter("correct", 2), **options)
    assert found.interrupted
    assert found.verdict.status == "not reliable"
    assert (len(whole.weights), len(found.weights)) == (16384, 4096)
    assert found.course == whole.course
    assert all(torch.equal(found.phi[n], x) for n, x in whole.phi.items())


@pytest.mark.usefixtures("every_call")
def test_an_interrupt_while_the_rest_is_drawn_leaves_fewer_draws():
    module = compiled(NORMAL)
    data, _, _ = normal_data(module)
    options = {"draws": 1000, "steps": 60}
    whole = stochastic_fit.fit(module, data, **options)
    found = stochastic_fit.fit(module, data, on_progress=Interrupter("recover", 1), **options)
    assert found.interrupted and not whole.interrupted
    assert (len(whole.draws["mu"]), len(found.draws["mu"])) == (1000, 400)
    assert found.verdict == whole.verdict  # the guide and its weights are what they are


@pytest.mark.usefixtures("every_call")
def test_an_interrupt_before_there_is_a_guide_is_passed_on():
    module = compiled(NORMAL)
    data, _, _ = normal_data(module)
    with pytest.raises(KeyboardInterrupt):
        stochastic_fit.fit(module, data, on_progress=Interrupter("starts", 2))


@pytest.mark.usefixtures("every_call")
def test_a_second_interrupt_is_passed_on():
    module = compiled(NORMAL)
    data, _, _ = normal_data(module)
    both = Interrupter("fit", 5), Interrupter("correct", 1)
    with pytest.raises(KeyboardInterrupt):
        stochastic_fit.fit(module, data, on_progress=lambda info: [one(info) for one in both])


def test_an_interrupt_while_guides_of_elements_are_found_keeps_the_iterations(monkeypatch):
    module = compiled(
        NORMAL.replace("Normal(mu, 2)", "Normal(z[n], 1.5)").replace(
            "for n in N {", "z[n in N] ~ Normal(mu, 1.3)\nfor n in N {"
        )
    )
    data, _, _ = normal_data(module)
    calls = []

    def settled(*args, **more):
        calls.append(args)
        if len(calls) > 1:
            raise KeyboardInterrupt
        return whole(*args, **more)

    whole = problem_module.settled
    monkeypatch.setattr(problem_module, "settled", settled)
    found = stochastic_fit.fit(module, data, draws=10)
    assert len(calls) == 2
    assert found.course.stopped == "interrupted"
    assert found.course.iterations >= 300


def test_the_gradient_that_is_shown_is_that_of_the_objective():
    problem, mean, sd = guided_problem()
    m, s = number(mean + 0.1), number(1.7 * sd)
    free = problem.target.module.unconstrain_params({"m": m, "s": s}, problem.data)
    state = replace(init(problem, 0), leaves=problem.start | free, rate=0.0)
    shown = []
    for _ in range(4):  # its noise is less than a twentieth of it
        state, info = step(problem, state, 1000, shown.append)
    assert len(shown) == 400
    # minus the derivatives of KL(N(m, s) | N(mean, sd)) in m and in log s
    expected = max(0.1 / sd**2, 1.7**2 - 1)
    assert info.gradient_norm == pytest.approx(expected, rel=0.1)


@pytest.mark.usefixtures("every_call")
def test_the_gradient_that_is_shown_becomes_small():
    module = compiled(NORMAL)
    data, mean, sd = normal_data(module)
    shown = []
    start = {"mu": number(mean + 5 * sd)}
    stochastic_fit.fit(module, data, draws=10, start=start, on_progress=shown.append)
    slopes = [info.gradient_norm for info in shown if info.gradient_norm is not None]
    assert slopes[0] > 1  # a few sds
    assert slopes[-1] < 0.1


@pytest.mark.parametrize(
    ("text", "options", "stopped"),
    [
        (NORMAL, {"steps": 40}, "most iterations"),
        (NORMAL.replace("mu ~ Normal(0, 10)", "mu = 3"), {}, "nothing to iterate"),
    ],
)
def test_why_iterations_stopped(text, options, stopped):
    module = compiled(
        text.replace("Normal(mu, 2)", "Normal(mu + z[n], 2)").replace(
            "for n in N {", "z[n in N] ~ Normal(0, 1)\nfor n in N {"
        )
    )
    data, _, _ = normal_data(module)
    found = stochastic_fit.fit(module, data, draws=10, **options)
    assert found.course.stopped == stopped
    assert found.course.iterations == options.get("steps", 0)


def test_a_fit_is_a_function_of_its_seed():
    module = compiled(NORMAL)
    data, _, _ = normal_data(module)
    one, same, other = (
        stochastic_fit.fit(module, data, seed=seed, steps=100, draws=10) for seed in (0, 0, 1)
    )
    assert torch.equal(one.draws["mu"], same.draws["mu"])
    assert not torch.equal(one.draws["mu"], other.draws["mu"])


def loaded(name, **options):
    module = compiled((SPECS / f"{name}.ppl").read_text())
    manifest = Manifest.model_validate(module.METADATA)
    return module, module.prepare(load(manifest, [SPECS / f"{name}.json"], **options))


def test_the_objective_of_an_autoencoder_rises():
    module, data = loaded("vae", sizes={"Z": 4})
    rises = []

    def note(info):
        if info.phase == "fit" and info.objective is not None:
            rises.append(info.objective)

    found = stochastic_fit.fit(module, data, steps=150, draws=5, on_progress=note)
    x = data["x"]
    p = x.mean(0)
    independent = float((x * p.log() + (1 - x) * (1 - p).log()).sum())
    assert found.elbo > independent
    assert rises[-1] > rises[0]


def test_topics_of_chapters_beat_the_frequencies_of_words():
    """Twelve chapters, five topics: words are told apart by the document that they are in."""
    raw = json.loads((SPECS / "lda.json").read_text())
    some = [i for i, d in enumerate(raw["doc"]) if d <= 12]
    text = (SPECS / "lda.ppl").read_text()
    module = compiled(text.replace("K = 10", "K = 5").replace("batch D = 16", "batch D = 4"))
    word = np.array([raw["word"][i] - 1 for i in some])
    doc = np.array([raw["doc"][i] - 1 for i in some])
    sizes = {"D": 12, "V": raw["V"], "K": 5, "W": len(some)}
    data = made(module, sizes, word=word, doc=doc)
    found = stochastic_fit.fit(module, data, steps=300, draws=20)
    phi, theta = found.sample["phi"][0], found.sample["theta"].mean(0)
    fitted = (theta @ phi)[doc, word].log().mean()
    share = torch.bincount(torch.from_numpy(word), minlength=raw["V"]) / len(word)
    assert float(fitted - share[word].log().mean()) > 0.1
    assert set(found.probabilities) == {"topic"}


GUIDED = """
index N
data y[N]: real
param m: real = 3
param s: positive = 2
mu ~ Normal(0, 10)
for n in N { y[n] ~ Normal(mu, 2) }
guide { mu ~ Normal(m, s) }
"""


def number(x):
    return torch.tensor(float(x), dtype=torch.float64)


def guided_problem():
    module = compiled(GUIDED)
    data, mean, sd = normal_data(module)
    target = Target(module, data)
    start = starting_guide(target, None, 0)
    return Problem(target, start, target.data, None, particles=4), mean, sd


def test_the_gradient_has_no_noise_where_the_guide_is_the_posterior():
    problem, mean, sd = guided_problem()
    free = problem.target.module.unconstrain_params(
        {"m": number(mean), "s": number(sd)}, problem.data
    )
    leaves = {n: x.double().requires_grad_() for n, x in (problem.start | free).items()}
    locals_ = init(problem, 0).locals_
    for i in range(3):
        value, _ = problem.elbo(leaves, locals_, i, seed=0)
        gradients = torch.autograd.grad(value, [leaves["m"], leaves["s"]])
        assert [float(g) for g in gradients] == pytest.approx([0, 0], abs=1e-9)


def test_the_gradient_is_right_on_average():
    problem, mean, sd = guided_problem()
    m, s = number(mean + 0.1), number(1.7 * sd)
    free = problem.target.module.unconstrain_params({"m": m, "s": s}, problem.data)
    leaves = {n: x.double().requires_grad_() for n, x in (problem.start | free).items()}
    locals_ = init(problem, 0).locals_
    found = []
    for i in range(400):
        value, _ = problem.elbo(leaves, locals_, i, seed=0)
        found.append(torch.stack(torch.autograd.grad(value, [leaves["m"], leaves["s"]])))
    gradients = torch.stack(found)
    error = 1e-6 + gradients.std(0) / len(gradients) ** 0.5
    # minus the derivatives of KL(N(m, s) | N(mean, sd)) in m and in log s
    expected = torch.stack([number(-0.1 / sd**2), number(1 - 1.7**2)])
    assert float(((gradients.mean(0) - expected) / error).abs().max()) < 4


def test_the_record_says_how_many_draws_were_kept(tmp_path, monkeypatch):
    data = tmp_path / "y.json"
    data.write_text(json.dumps({"y": [1.5, 2.5, 0.5]}))
    latents = NORMAL.replace("mu ~ Normal(0, 10)", "mu[n in N] ~ Normal(0, 10)")
    text = latents.replace("Normal(mu, 2)", "Normal(mu[n], 2)")
    monkeypatch.setattr(stochastic_fit, "_KEPT", 120)
    fit = pplc.fit(text, data)
    assert fit.record().options.draws == len(fit.draws["mu"]) == 40
