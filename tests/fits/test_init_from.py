"""A fit that starts from an earlier run, and holds some latents fixed there."""

import json
from pathlib import Path

import numpy as np
import pytest
import scipy.stats

import pplc

GALLERY = Path(__file__).parents[2] / "specs/gallery"
GLOBALS = ("weights", "scale", "loc")


@pytest.fixture(scope="module")
def first():
    return pplc.fit(GALLERY / "mixture_of_points.ppl", draws=50)


@pytest.fixture(scope="module")
def run(first, tmp_path_factory):
    return first.save(tmp_path_factory.mktemp("runs") / "first")


@pytest.fixture(scope="module")
def second(run):
    spec = GALLERY / "mixture_full_guide.ppl"
    return pplc.fit(spec, draws=50, init_from=run, freeze=GLOBALS)


def test_frozen_latents_stay_where_the_first_run_left_them(first, second):
    for name in GLOBALS:
        np.testing.assert_allclose(second.draws[name], first.draws[name], rtol=1e-10)
    assert second.record().options.freeze == GLOBALS


def test_the_table_of_the_guide_is_the_posterior_given_them(first, second):
    """Bayes' rule, row by row; the ELBO has next to no gap left, so it is that of the sum."""
    weights, scale, loc = (first.draws[name][0] for name in GLOBALS)
    x = np.loadtxt(GALLERY / "mixture_of_points.csv", skiprows=1)
    joint = weights * scipy.stats.norm.pdf(x[:, None], loc, scale)
    expected = joint / joint.sum(-1, keepdims=True)
    found = second.posterior.probabilities["z"].numpy()
    np.testing.assert_allclose(found, expected, atol=3e-3)
    np.testing.assert_allclose(found, first.posterior.probabilities["z"].numpy(), atol=3e-3)
    assert second.posterior.elbo == pytest.approx(first.posterior.elbo, abs=0.01)


def test_the_table_of_text_says_which_are_held(second):
    lines = str(second).splitlines()
    assert all(line.endswith("held fixed") for line in lines if line.startswith(GLOBALS))
    assert any(line.endswith("optimised") for line in lines if line.startswith("q["))


TWO_MODES = "data y: real\nmu ~ Normal({}, {})\ny ~ Normal(mu * mu, 0.1)\nguide {{ mu ~ point }}\n"


@pytest.mark.parametrize("engine", ["deterministic", "stochastic"])
@pytest.mark.parametrize("side", [-2, 2])
def test_the_search_starts_at_the_run(side, engine, tmp_path):
    data = tmp_path / "data.json"
    data.write_text(json.dumps({"y": 4.0}))
    earlier = pplc.fit(TWO_MODES.format(side, 0.1), data, draws=10).save(tmp_path / "earlier")
    spec = TWO_MODES.format(0, 1)
    fit = pplc.fit(spec, data, draws=10, init_from=earlier, engine=engine)
    assert fit.draws["mu"][0] == pytest.approx(side, abs=0.05)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"freeze": ["loc"]}, "`--freeze` needs `--init-from RUN`"),
        ({"freeze": ["lok"], "init_from": "RUN"}, "`lok` is no continuous latent of the spec"),
        ({"freeze": ["z"], "init_from": "RUN"}, "`z` is no continuous latent of the spec"),
        ({"init_from": "nowhere"}, "it holds no run: there is no posterior.nc"),
        (
            {"freeze": ["loc"], "init_from": "RUN", "sizes": {"K": 3}},
            "its `weights` has the shape [2], and that of this spec [3]",
        ),
    ],
)
def test_a_run_that_cannot_be_used(options, message, run):
    if options.get("init_from") == "RUN":
        options = options | {"init_from": run}
    with pytest.raises(pplc.SpecError) as raised:
        pplc.fit(GALLERY / "mixture_of_points.ppl", **options)
    (diagnostic,) = raised.value.diagnostics
    assert diagnostic.code == "R893"
    assert message in diagnostic.message


def test_a_frozen_latent_must_be_in_the_run(run, tmp_path):
    text = (GALLERY / "mixture_of_points.ppl").read_text().replace("scale", "width")
    with pytest.raises(pplc.SpecError, match="it has no draws of `width`"):
        pplc.fit(text, GALLERY / "mixture_of_points.csv", init_from=run, freeze=["width"])


def test_a_frozen_site_leaves_the_params_of_its_guide_line_alone(tmp_path):
    spec = tmp_path / "line.ppl"
    spec.write_text(
        "index N\ndata y[N]: real\nmu ~ Normal(0, 5)\nsigma ~ HalfNormal(2)\n"
        "y[n in N] ~ Normal(mu, sigma)\n"
        "guide {\n  param a: real = 0\n  param b: positive = 1\n  mu ~ Normal(a, b)\n}\n"
    )
    (tmp_path / "line.csv").write_text("y\n1\n2\n0.5\n1.4\n2.2\n")
    first = pplc.fit(str(spec), draws=20)
    run = first.save(tmp_path / "run")
    second = pplc.fit(str(spec), draws=20, init_from=run, freeze=("mu",))
    assert np.ptp(second.draws["mu"]) == 0
    assert float(second.posterior.params["a"]) == 0 and float(second.posterior.params["b"]) == 1
