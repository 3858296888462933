"""Noise that is skewed: its density by finite differences, and posteriors that it makes exact."""

import numpy as np
import scipy.stats
import torch

import pplc
from pplc.runtime.correction.skewing import Skewing
from pplc.runtime.flatten import Layout


def test_log_ratio_is_that_of_normal_and_moved_density():
    rng = np.random.default_rng(0)
    layout = Layout({"a": (2,), "b": (3, 1)})
    numbers = torch.from_numpy(0.3 * rng.normal(size=(4, layout.size)))
    skewing = Skewing(layout, numbers)
    e, step = rng.normal(size=(7, layout.size)), 1e-6

    def moved(at):
        found, log_ratio = skewing(layout.unflatten(torch.from_numpy(at)))
        return layout.flatten(found).numpy(), log_ratio.numpy()

    z, log_ratio = moved(e)
    slope = (moved(e + step)[0] - moved(e - step)[0]) / (2 * step)
    normal = scipy.stats.norm
    log_density = normal.logpdf(e) - np.log(slope)
    np.testing.assert_allclose(log_ratio, (normal.logpdf(z) - log_density).sum(-1), rtol=1e-7)


def test_zero_changes_nothing():
    layout = Layout({"a": (3,)})
    noise = {"a": torch.randn(5, 3, dtype=torch.float64)}
    moved, log_ratio = Skewing(layout, torch.zeros(4, 3, dtype=torch.float64))(noise)
    torch.testing.assert_close(moved["a"], noise["a"])
    torch.testing.assert_close(log_ratio, torch.zeros(5, dtype=torch.float64))


def test_many_gammas(tmp_path):
    """A normal on the logarithmic scale has a longer upper tail than a gamma, in each of 40."""
    y = np.random.default_rng(1).poisson(0.7, 40)
    path = tmp_path / "y.csv"
    path.write_text("\n".join(["y", *map(str, y)]))
    spec = "index G\ndata y[G]: nat\nfor g in G {\n  m[g] ~ Gamma(1, 1)\n  y[g] ~ Poisson(m[g])\n}"
    fitted = pplc.fit(spec, path)
    assert fitted.posterior.verdict.status == "reliable"
    exact = scipy.stats.gamma(1 + y, scale=0.5)
    found = [(row["mean"], row["sd"]) for row in fitted.summary()]
    means, sds = np.array(found).T
    np.testing.assert_allclose((means - exact.mean()) / exact.std(), 0, atol=0.04)
    np.testing.assert_allclose(np.log(sds / exact.std()), 0, atol=0.04)
