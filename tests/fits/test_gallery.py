"""The beginner's questions: specs/gallery fitted, against quadrature and closed forms."""

import csv
import json
from pathlib import Path

import numpy as np
import pytest
from scipy import optimize, special, stats

import pplc
from pplc.compiler.report import guide_text
from pplc.runtime.stochastic.problem import Problem
from pplc.terms import terms_text

GALLERY = Path(__file__).parents[2] / "specs" / "gallery"


def column(name, of):
    with (GALLERY / f"{name}.csv").open() as file:
        return np.array([float(row[of]) for row in csv.DictReader(file)])


def summary(fit):
    return {(row.site, row.index): row for row in fit.rows}


def normal_posterior(y):
    """Moments of mu and sigma of specs/gallery/normal.ppl, and its log evidence, on a grid."""
    n = len(y)
    spread = 3 / np.sqrt(n + 9)
    centre = (y.sum() / 9 + 42) / (n / 9 + 1)
    mu = centre + np.linspace(-12, 12, 801) * spread
    log_sigma = (np.log(3) if n == 1 else np.log(max(y.std(), 0.5))) + np.linspace(
        -10, 10, 801
    ) / np.sqrt(2 * n + 1)
    m, s = np.meshgrid(mu, log_sigma, indexing="ij")
    square = ((y - y.mean()) ** 2).sum() + n * (y.mean() - m) ** 2
    log_p = (
        stats.norm(42, 1).logpdf(m)
        + stats.norm(np.log(3), 1).logpdf(s)
        - 0.5 * n * np.log(2 * np.pi) - n * s - 0.5 * square / np.exp(2 * s)
    )  # fmt: skip
    log_cell = np.log((mu[1] - mu[0]) * (log_sigma[1] - log_sigma[0]))
    evidence = special.logsumexp(log_p) + log_cell
    w = np.exp(log_p + log_cell - evidence)
    sigma = np.exp(s)
    moments = [(w * v).sum() for v in (m, sigma)]
    sds = [np.sqrt((w * (v - c) ** 2).sum()) for v, c in zip((m, sigma), moments, strict=True)]
    return dict(zip(("mu", "sigma"), zip(moments, sds, strict=True), strict=True)), evidence


@pytest.mark.parametrize("rows", [1, 10, 100, 1000, 10_000])
def test_the_posterior_shrinks_as_rows_are_added(rows):
    # C3, C4 and C5: in the units of the site, sigma itself and not its logarithm.
    y = column("normal", "y")[:rows]
    fit = pplc.fit(GALLERY / "normal.ppl", rows=rows)
    expected, evidence = normal_posterior(y)
    found = summary(fit)
    for site, (mean, sd) in expected.items():
        assert found[site, ()].mean == pytest.approx(mean, abs=0.05 * sd)
        assert found[site, ()].sd == pytest.approx(sd, rel=0.05)
    if rows == 10_000:
        assert found["mu", ()].sd == pytest.approx(3 / np.sqrt(rows), rel=0.05)
    elbo = fit.record().elbo
    # B1: the two expectations separately, a bound on the evidence from below, close to it.
    bound = sum(elbo.log_p.values()) - sum(elbo.log_q.values())
    assert bound == pytest.approx(elbo.value, rel=1e-9)
    assert evidence - 0.1 < bound < evidence + 4 * elbo.mcse


def test_nothing_is_optimised_in_a_model_without_params():
    optimised = pplc.fit(GALLERY / "normal.ppl", rows=10).record().optimised
    assert optimised.theta == {}
    assert set(optimised.phi) == {"globals.loc", "globals.log_scale", "globals.lower"}


def test_a_learned_rate_is_that_of_the_evidence():
    # B2. With the intensities integrated out each count is geometric with p = rate / (1 + rate).
    fit = pplc.fit(GALLERY / "rate_param.ppl")
    events = column("rate_param", "events")
    assert float(fit.posterior.params["rate"]) == pytest.approx(1 / events.mean(), rel=0.01)
    assert fit.record().optimised.theta == {"rate": ()}


def test_a_rate_held_at_a_point_is_the_mode():
    # B3. The density of the counts times that of Gamma(1, 0.2), which is nearly flat.
    events = column("rate_hyperprior", "events")
    n, total = len(events), events.sum()
    mode = optimize.brentq(lambda r: n / r - (n + total) / (1 + r) - 0.2, 0.01, 10)
    row = summary(pplc.fit(GALLERY / "rate_hyperprior.ppl"))["rate", ()]
    assert row.mean == pytest.approx(mode, rel=0.01)
    assert row.sd == 0
    assert mode == pytest.approx(1 / events.mean(), rel=0.01)


def line_posterior():
    """Moments of a, b and sigma: conjugate given sigma, which is summed over a grid."""
    x, y = column("line", "x"), column("line", "y")
    design = np.stack([np.ones_like(x), x], 1)
    prior = np.diag([1 / 100, 1])
    grid = np.exp(np.linspace(np.log(0.2), np.log(1.2), 401))
    log_w, means, covs = [], [], []
    for sigma in grid:
        marginal = stats.multivariate_normal(
            np.zeros(len(y)), sigma**2 * np.eye(len(y)) + design @ np.linalg.inv(prior) @ design.T
        )
        cov = np.linalg.inv(prior + design.T @ design / sigma**2)
        covs.append(cov)
        means.append(cov @ design.T @ y / sigma**2)
        log_w.append(marginal.logpdf(y) + stats.halfnorm.logpdf(sigma) + np.log(sigma))
    w = special.softmax(log_w)
    mean = w @ np.array(means)
    second = np.einsum(
        "s,sij->ij", w, np.array([c + np.outer(m, m) for c, m in zip(covs, means, strict=True)])
    )
    cov = second - np.outer(mean, mean)
    sd_sigma = np.sqrt(w @ (grid - w @ grid) ** 2)
    return (*mean, w @ grid), (*np.sqrt(np.diag(cov)), sd_sigma)


GUIDES = {
    "derived": "",
    "mvn": "guide { (a, b, log(sigma)) ~ mvn }\n",
    "lowrank": "guide { (a, b, log(sigma)) ~ lowrank(2) }\n",
}


@pytest.mark.parametrize("guide", GUIDES)
def test_correlated_latents(guide):
    # C7. Intercept and slope have a correlation of -0.999.
    text = (GALLERY / "line.ppl").read_text() + GUIDES[guide]
    fit = pplc.fit(text, GALLERY / "line.csv")
    found = summary(fit)
    for site, mean, sd in zip(("a", "b", "sigma"), *line_posterior(), strict=True):
        assert found[site, ()].mean == pytest.approx(mean, abs=0.05 * sd)
        assert found[site, ()].sd == pytest.approx(sd, rel=0.05)
    assert np.corrcoef(fit.draws["a"], fit.draws["b"])[0, 1] < -0.99
    assert fit.posterior.verdict.status != "not reliable"


def test_independent_latents_are_told_not_to_do():
    text = (GALLERY / "line.ppl").read_text() + "guide { * ~ normal }\n"
    fit = pplc.fit(text, GALLERY / "line.csv")
    _, (_, sd, _) = line_posterior()
    off = summary(fit)["b", ()].sd < 0.7 * sd
    assert not off or fit.posterior.verdict.status == "not reliable"


def test_the_printed_guide_can_be_pasted():
    # C10. The derived guide, written out and put into the spec, is the same guide.
    text = (GALLERY / "line.ppl").read_text()
    derived = pplc.compile(text).plan
    pasted = pplc.fit(text + guide_text(derived), GALLERY / "line.csv")
    alone = pplc.fit(text, GALLERY / "line.csv")
    np.testing.assert_array_equal(pasted.draws["a"], alone.draws["a"])


SHARES = """
index K = 6
data count[K]: nat
shares ~ Dirichlet(fill(0.2, K))
for k in K { factor count[k] * log(shares[k]) }
"""


def test_shares_stay_in_their_support(tmp_path):
    # A7. A share far below the rounding of 1 is a number above 0, and all sum to 1.
    file = tmp_path / "counts.json"
    file.write_text('{"count": [100000, 0, 0, 3, 0, 1]}')
    fit = pplc.fit(SHARES, file)
    shares = fit.draws["shares"]
    assert (shares > 0).all() and (shares <= 1).all()
    np.testing.assert_allclose(shares.sum(-1), 1, rtol=0, atol=1e-12)


GROUPS = """
index N, S, P
data y[N]: real
data x[N, P]: real
data group[N]: S
b[p in P] ~ Normal(0, 1)
sigma ~ HalfNormal(1)
tau ~ HalfNormal(1)
u[s in S] ~ Normal(0, tau)
for n in N { y[n] ~ Normal(dot(x[n], b) + u[group[n]], sigma) }
"""


def groups(tmp_path):
    rng = np.random.default_rng(5)
    group, x = rng.choice(["mid", "east", "west"], 60), rng.normal(size=(60, 2))
    y = x @ [1, -1] + (group == "west") + rng.normal(scale=0.5, size=60)
    file = tmp_path / "groups.json"
    file.write_text(json.dumps({"y": y.tolist(), "x": x.tolist(), "group": group.tolist()}))
    return file


@pytest.mark.parametrize("particles", [2, 16])
def test_particles_are_one_batch(particles, tmp_path, monkeypatch):
    # C8. However many there are, the model is evaluated once in an iteration.
    batches = []
    original = Problem.elbo

    def elbo(self, *where):
        noise = self._noise(self.target.module.noise_shapes(self.data), 0)
        batches.append({len(x) for x in noise.values()})
        return original(self, *where)

    monkeypatch.setattr(Problem, "elbo", elbo)
    fit = pplc.fit(
        GROUPS, groups(tmp_path), engine="stochastic", particles=particles, steps=50, draws=10
    )
    assert batches == [{particles}] * 50
    assert fit.posterior.objective_draws == particles


def test_everything_is_by_name_shape_and_label(tmp_path):
    # C9. b, sigma and tau are drawn together in the guide; nobody has to know.
    fit = pplc.fit(GROUPS, groups(tmp_path), draws=100)
    posterior = fit.to_arviz()["posterior"]
    found = {name: values.dims[2:] for name, values in posterior.data_vars.items()}
    assert found == {"b": ("P",), "sigma": (), "tau": (), "u": ("S",)}
    assert posterior["S"].values.tolist() == ["east", "mid", "west"]
    assert [row.labels for row in fit.rows if row.site == "u"] == [("east",), ("mid",), ("west",)]
    text = terms_text(fit)
    assert "loc[4], log_scale[4], lower[4, 4] of b, sigma, tau" in text
    assert "of u" in text.splitlines()[1]
