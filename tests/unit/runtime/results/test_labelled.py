"""The ArviZ layout, and its file as ArviZ reads it."""

import numpy as np
import posteriors
import pytest

from pplc.runtime.results import summaries as results
from pplc.runtime.results.labelled import groups, save, to_arviz
from pplc.runtime.results.summaries import families, rows_of, summary_rows

MANIFEST, DATA, POSTERIOR = posteriors.manifest(), posteriors.data(), posteriors.posterior()
GROUPS = groups(MANIFEST, DATA, POSTERIOR)


@pytest.fixture(scope="module")
def tree():
    return to_arviz(GROUPS)


def test_groups(tree):
    assert list(tree.children) == [
        "posterior", "sample_stats", "observed_data", "marginals", "most_probable",
    ]  # fmt: skip
    assert set(tree["posterior"].data_vars) == {
        "mu", "theta", "move", "z", "alive", "y_rep", "icc",
    }  # fmt: skip
    assert set(tree["sample_stats"].data_vars) == {"log_p", "log_q"}
    assert set(tree["observed_data"].data_vars) == {"y"}
    assert set(tree["marginals"].data_vars) == {"z", "alive"}
    assert set(tree["most_probable"].data_vars) == {"z", "alive"}


def test_values_are_those_of_the_draws(tree):
    for name, draws in POSTERIOR.draws.items():
        np.testing.assert_array_equal(tree["posterior"][name].values[0], draws.numpy())
    np.testing.assert_array_equal(tree["sample_stats"]["log_q"].values[0], POSTERIOR.log_q.numpy())
    np.testing.assert_array_equal(tree["observed_data"]["y"].values, DATA["y"].numpy())
    alive = POSTERIOR.probabilities["alive"].numpy()
    np.testing.assert_array_equal(tree["marginals"]["alive"].values, alive[:, 1])


def test_most_probable_values_are_in_a_group_of_their_own(tree):
    assert tree["most_probable"]["z"].dims == ("chain", "draw", "N")
    expected = POSTERIOR.most_probable["z"].numpy()
    np.testing.assert_array_equal(tree["most_probable"]["z"].values[0], expected)
    few = POSTERIOR.most_probable | {"z": POSTERIOR.most_probable["z"][:20]}
    again = to_arviz(groups(MANIFEST, DATA, posteriors.posterior(most_probable=few)))
    assert again["most_probable"].sizes["draw"] == 20


def test_dimensions_are_index_sets_with_their_labels(tree):
    assert tree["posterior"]["theta"].dims == ("chain", "draw", "K")
    assert tree["posterior"]["move"].dims == ("chain", "draw", "K", "K_1")
    assert tree["marginals"]["z"].dims == ("N", "K")
    assert tree["posterior"].coords["K"].values.tolist() == ["a", "b", "c"]
    assert tree["posterior"].coords["K_1"].values.tolist() == ["a", "b", "c"]
    assert tree["observed_data"].coords["N"].values.tolist() == [5, 7, 11, 13]
    assert tree["marginals"]["z"].sel(N=7, K="c") == POSTERIOR.probabilities["z"][1, 2].item()


def test_whole_numbers_are_kept_small(tree):
    assert tree["posterior"]["z"].dtype == np.int8
    assert tree["posterior"]["mu"].dtype == np.float64
    wide = POSTERIOR.draws | {"z": POSTERIOR.draws["z"] - 300}
    again = to_arviz(groups(MANIFEST, DATA, posteriors.posterior(draws=wide)))
    assert again["posterior"]["z"].dtype == np.int16
    np.testing.assert_array_equal(again["posterior"]["z"].values[0], wide["z"].numpy())


def test_nothing_depends_on_the_time(tree):
    attributes = tree["posterior"].attrs
    assert set(attributes) == {"inference_library", "inference_library_version"}
    assert attributes["inference_library"] == "pplc"


def test_the_file_holds_the_tree(tree, tmp_path):
    import xarray

    save(GROUPS, tmp_path / "posterior.nc")
    with xarray.open_datatree(tmp_path / "posterior.nc", engine="h5netcdf") as read:
        xarray.testing.assert_identical(read.load(), tree)
    save(GROUPS, tmp_path / "again.nc")
    assert (tmp_path / "again.nc").read_bytes() == (tmp_path / "posterior.nc").read_bytes()


def test_arviz_summary_of_the_file_agrees_with_the_rows(tmp_path):
    import xarray
    from arviz_stats import summary

    save(GROUPS, tmp_path / "posterior.nc")
    names = {"mu": "mu", "theta": "theta[{}]", "icc": "icc"}
    with xarray.open_datatree(tmp_path / "posterior.nc", engine="h5netcdf") as read:
        table = summary(read, var_names=list(names), round_to="none")
    for row in summary_rows(MANIFEST, DATA, POSTERIOR):
        if row.site in names:
            theirs = table.loc[names[row.site].format(*row.labels)]
            error = 4 * row.sd / np.sqrt(posteriors.DRAWS)
            assert row.mean == pytest.approx(float(theirs["mean"]), abs=error)
            assert row.sd == pytest.approx(float(theirs["sd"]), rel=4 / np.sqrt(posteriors.DRAWS))


def test_large_families_are_summarised_in_the_file_alone(monkeypatch):
    rows = summary_rows(MANIFEST, DATA, POSTERIOR)
    monkeypatch.setattr(results, "MOST_ROWS", 5)
    found = families(MANIFEST, DATA, POSTERIOR)
    assert rows_of(found) == [row for row in rows if row.site not in ("z", "move")]
    summary = to_arviz(groups(MANIFEST, DATA, POSTERIOR, found))["summary"]
    assert set(summary.data_vars) == {"z", "move"}
    assert summary["z"].dims == ("statistic", "N", "K")
    assert summary["move"].dims == ("statistic", "K", "K_1")
    for row in rows:
        if row.site in ("z", "move"):
            of = summary[row.site][(slice(None), *row.index)]
            for name in ("mean", "sd", "q05", "q50", "q95", "mcse_mean", "ess"):
                assert float(of.sel(statistic=name)) == getattr(row, name)
