"""Summaries against numpy, on a posterior of random numbers."""

import json
import math
from dataclasses import replace

import numpy as np
import posteriors
import pytest
import torch

from pplc.runtime.results import summaries as results
from pplc.runtime.results.summaries import Row, summary_rows

MANIFEST, DATA, POSTERIOR = posteriors.manifest(), posteriors.data(), posteriors.posterior()


@pytest.fixture(scope="module")
def rows():
    return summary_rows(MANIFEST, DATA, POSTERIOR)


def test_rows_are_in_the_order_of_the_model(rows):
    counts = {}
    for row in rows:
        counts[row.site] = counts.get(row.site, 0) + 1
    assert counts == {"mu": 1, "theta": 3, "move": 9, "z": 12, "alive": 4, "y_rep": 4, "icc": 1}
    assert list(counts) == ["mu", "theta", "move", "z", "alive", "y_rep", "icc"]


def test_indices_and_labels(rows):
    places = {(r.site, r.index): r.labels for r in rows}
    assert places["mu", ()] == ()
    assert places["theta", (2,)] == ("c",)
    assert places["move", (2, 0)] == ("c", "a")
    assert places["z", (1, 2)] == (7, "c")
    assert places["alive", (3,)] == (13,)


def test_latents_are_summarised_from_the_weighted_sample(rows):
    x, w = POSTERIOR.sample["mu"].numpy(), POSTERIOR.weights.numpy()
    (row,) = [r for r in rows if r.site == "mu"]
    mean = np.average(x, weights=w)
    assert row.mean == pytest.approx(mean)
    assert row.sd == pytest.approx(np.average((x - mean) ** 2, weights=w) ** 0.5)
    order = np.argsort(x)
    below = [float(w[x <= q].sum()) for q in (row.q05, row.q50, row.q95)]
    assert below == pytest.approx([0.05, 0.5, 0.95], abs=2 * w[order].max())
    assert row.mcse_mean == pytest.approx(np.sqrt((w**2 * (x - mean) ** 2).sum()))
    assert row.ess == pytest.approx((row.sd / row.mcse_mean) ** 2)


def test_summed_out_sites_are_summarised_by_their_probabilities(rows):
    z = POSTERIOR.probability_draws["z"].numpy()
    for row in (r for r in rows if r.site == "z"):
        values = z[(slice(None), *row.index)]
        assert row.mean == pytest.approx(values.mean())
        assert row.sd == pytest.approx(values.std())
        assert [row.q05, row.q50, row.q95] == pytest.approx(np.quantile(values, [0.05, 0.5, 0.95]))
        assert row.mcse_mean == pytest.approx(row.sd / row.ess**0.5)
    assert sum(r.mean for r in rows if r.site == "z" and r.index[0] == 2) == pytest.approx(1)


def test_a_truth_value_has_one_probability(rows):
    alive = POSTERIOR.probability_draws["alive"].numpy()[:, :, 1]
    means = [r.mean for r in rows if r.site == "alive"]
    assert means == pytest.approx(alive.mean(0))


def test_rows_tell_the_most_probable_configuration(rows):
    z, alive = POSTERIOR.best["z"], POSTERIOR.best["alive"]
    of_z = {r.index: r.most_probable for r in rows if r.site == "z"}
    assert of_z == {
        (n, k): bool(z[n] == k) for n in range(posteriors.N) for k in range(posteriors.K)
    }
    assert [r.most_probable for r in rows if r.site == "alive"] == (alive == 1).tolist()
    assert {r.most_probable for r in rows if r.site in ("mu", "icc")} == {None}


def test_values_that_do_not_start_at_0_have_their_own_labels():
    sites = [
        s.model_copy(update={"values": None, "first": -1}) if s.name == "z" else s
        for s in MANIFEST.sites
    ]
    moved = POSTERIOR.best | {"z": POSTERIOR.best["z"] - 1}
    rows = summary_rows(
        MANIFEST.model_copy(update={"sites": tuple(sites)}), DATA, replace(POSTERIOR, best=moved)
    )
    of_z = [r for r in rows if r.site == "z"]
    assert [r.labels[-1] for r in of_z[:3]] == [-1, 0, 1]
    chosen = [r.index[-1] for r in of_z if r.most_probable]
    assert chosen == POSTERIOR.best["z"].tolist()


def test_means_of_probabilities_are_over_all_draws():
    few = {name: p[:50] for name, p in POSTERIOR.probability_draws.items()}
    rows = summary_rows(MANIFEST, DATA, replace(POSTERIOR, probability_draws=few))
    means = [r.mean for r in rows if r.site == "z"]
    assert means == pytest.approx(POSTERIOR.probabilities["z"].flatten().tolist())


def test_repeated_draws_count_once():
    rows = summary_rows(MANIFEST, DATA, replace(POSTERIOR, effective_size=25.0))
    (icc,) = [r for r in rows if r.site == "icc"]
    assert icc.ess == 25
    assert icc.mcse_mean == pytest.approx(icc.sd / 5)
    (icc,) = [r for r in summary_rows(MANIFEST, DATA, POSTERIOR) if r.site == "icc"]
    assert icc.ess == posteriors.DRAWS


def test_json_has_no_nan():
    bad = POSTERIOR.draws | {"icc": torch.full((posteriors.DRAWS,), math.inf)}
    with np.errstate(invalid="ignore"):
        rows = summary_rows(MANIFEST, DATA, replace(POSTERIOR, draws=bad))
    record = json.loads(rows[-1].model_dump_json(), parse_constant=pytest.fail)
    assert (record["site"], record["mean"], record["sd"]) == ("icc", None, None)
    assert list(record) == list(Row.model_fields)


def test_many_numbers_are_summarised_in_parts(rows, monkeypatch):
    described = []

    def describe(draws):
        described.append(draws.shape)
        return whole(draws)

    whole = results._describe
    monkeypatch.setattr(results, "_describe", describe)
    monkeypatch.setattr(results, "_AT_ONCE", 2 * posteriors.DRAWS)
    assert summary_rows(MANIFEST, DATA, POSTERIOR) == rows
    assert described == [(500, 2)] * 6 + [(500, 2)] * 4 + [(500, 1)]
