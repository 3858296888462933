"""The Python API, on the spec and the data of Old Faithful."""

import json
import os
from pathlib import Path

import numpy as np
import pytest

import pplc
from pplc import session

SPECS = Path(__file__).parents[3] / "specs"
SPEC = SPECS / "faithful.ppl"
TEXT = SPEC.read_text()
WRONG = "mu ~ Normal(0, 1)\ny ~ Normal(mux, 1)\n"


@pytest.fixture(scope="module")
def fit():
    """One fit for all tests: the posterior itself is judged in tests/fits."""
    return pplc.fit(SPEC, seed=3, draws=500)


def test_fewer_draws_are_kept_where_each_is_large(fit, monkeypatch):
    monkeypatch.setattr(session, "MOST_NUMBERS", 450 * (272 + 6))
    fewer = pplc.fit(SPEC, seed=3)
    assert fewer.draws["z"].shape == (450, 272)
    assert "450 draws are kept, as each is large (--draws N for more)" in str(fewer)
    assert "draws are kept" not in str(fit)
    assert fewer.rows[0] == fit.rows[0]  # means and sds come from more draws than are kept


def test_a_path_and_a_text_are_told_apart(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("a.ppl").write_text(TEXT)
    from_file = pplc.compile(Path("a.ppl"))
    assert pplc.compile("a.ppl").source == from_file.source
    assert pplc.compile(TEXT).metadata["spec"]["sha256"] == from_file.metadata["spec"]["sha256"]
    assert pplc.check("mu ~ Normal(0, 1)").ok
    assert pplc.check(TEXT + "# as in a.ppl").ok
    with pytest.raises(FileNotFoundError):
        pplc.check("b.ppl")


def test_check_returns_what_it_found():
    report = pplc.check(TEXT)
    assert report.ok
    assert "summed out" in str(report)
    report = pplc.check(WRONG)
    assert not report.ok
    assert [d.code for d in report.diagnostics] == ["E201"]
    assert "1 error" in repr(report)
    assert "--> <text>:2:12" in str(report)


def test_a_mistake_is_raised_with_the_text_of_the_command_line():
    with pytest.raises(pplc.SpecError) as caught:
        pplc.compile(WRONG)
    assert "error[E201]: unknown name `mux`" in str(caught.value)
    assert str(caught.value).endswith("\n1 error\n")


def test_data_that_does_not_fit_is_raised_at_its_declaration(tmp_path):
    data = tmp_path / "other.csv"
    data.write_text("time\n3\n")
    with pytest.raises(pplc.SpecError) as caught:
        pplc.fit(SPEC, data)
    (found,) = caught.value.diagnostics
    assert found.code == "R820"
    assert caught.value.source.slice(found.span) == "waiting"


def test_text_without_data(tmp_path):
    with pytest.raises(pplc.SpecError, match="R801"):
        pplc.fit(TEXT)


def test_sizes_and_rows_reach_the_data():
    with pytest.raises(pplc.SpecError, match="R863"):
        pplc.fit(SPEC, sizes={"J": 3})
    with pytest.raises(pplc.SpecError, match="R864"):
        pplc.fit(SPEC, rows=273)


def test_draws_have_names_and_shapes(fit):
    assert fit.draws["loc"].shape == (500, 2)
    assert fit.draws["z"].shape == (500, 272)
    assert isinstance(fit.draws["loc"], np.ndarray)


def test_summary_is_a_list_of_rows(fit):
    rows = {(row["site"], row["index"]): row for row in fit.summary()}
    low = rows["loc", (0,)]
    assert low["q05"] < low["q50"] < low["q95"]
    assert abs(low["mean"] - fit.draws["loc"][:, 0].mean()) < 5 * low["sd"] / np.sqrt(500)
    assert abs(rows["z", (0, 0)]["mean"] + rows["z", (0, 1)]["mean"] - 1) < 1e-9


def test_arviz(fit):
    tree = fit.to_arviz()
    assert tree["posterior"]["loc"].dims == ("chain", "draw", "K")
    assert {"log_p", "log_q"} <= set(tree["sample_stats"])


def test_what_a_fit_prints(fit):
    assert repr(fit).startswith("<pplc.Fit of ")
    assert fit.verdict in repr(fit)
    assert fit.verdict in str(fit)
    assert "loc[0]" in str(fit)
    assert "z[N]: summed out" in str(fit)


def test_save_writes_a_run_folder_once(fit, tmp_path):
    folder = fit.save(tmp_path / "run")
    files = {"fit.json", "module.py", "posterior.nc", "spec.ppl", "summary.json"}
    assert set(os.listdir(folder)) == files  # noqa: PTH208
    assert (folder / "spec.ppl").read_text() == TEXT
    assert (folder / "module.py").read_text() == pplc.compile(SPEC).source
    record = json.loads((folder / "fit.json").read_text())
    assert record["seed"] == 3
    assert {"data", "starts", "fit", "correct", "recover"} <= set(record["seconds"])
    with pytest.raises(pplc.SpecError, match="R880"):
        fit.save(tmp_path / "run")


def test_what_pplc_offers():
    assert set(dir(pplc)) == set(pplc.__all__)
    for name in pplc.__all__:
        assert getattr(pplc, name) is not None
    with pytest.raises(AttributeError, match="has no attribute 'fitt'"):
        _ = pplc.fitt
