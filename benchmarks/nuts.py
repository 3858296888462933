"""Long NUTS runs on posteriors without published references.

    pip install numpyro           # beside pplc; needed here alone
    python benchmarks/nuts.py [NAME ...] [--draws N]

Writes the mean, the standard deviation and the effective sample size of every latent to
tests/fits/data/nuts.json, those of the models of `further.py` to further.json beside it. The models
are written out once more, in NumPyro, on the data of the specs: neither the density nor the sampler
knows anything of pplc. Groups are not centred where that mixes better. Four chains of 20,000 draws
after 1,000 steps of warm-up; the effective sample size is Geyer's, the smaller of those of x and of
(x - mean)^2. NumPyro 0.22.0 with JAX 0.10.2 found no divergences, R-hat up to 1.0002 and at least
14,307 effective draws of each latent. Those of `further.py` have 2,500 to 12,000 draws a chain:
R-hat is up to 1.0013 there, and the effective draws are at least 2,618 for lotka_volterra, 4,037
for all others; 12 trajectories of measurement_error diverged, none elsewhere. Those of arma11,
dogs_hierarchical, glmm_poisson, one_compartment and sir had an acceptance of 0.9 and a dense mass
matrix.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import further
import jax
import jax.numpy as jnp
import numpy as np
import numpyro
from numpyro import distributions as dist
from numpyro.diagnostics import effective_sample_size, split_gelman_rubin
from numpyro.infer import MCMC, NUTS

ROOT = Path(__file__).parents[1]
SPECS = ROOT / "specs" / "posteriordb"
FURTHER = ROOT / "benchmarks" / "further"
REFERENCES = ROOT / "tests" / "fits" / "data"
CHAINS, WARM_UP = 4, 1000
DRAWS = 20_000  # of each chain, if not told otherwise
TARGET = 0.95  # acceptance: small steps for scales near zero

Data = dict[str, Any]
sample, plate, same = numpyro.sample, numpyro.plate, numpyro.deterministic


def effects(name: str, size: int, loc: Any, scale: Any) -> Any:
    """Effects of `size` groups, not centred."""
    with plate(f"{name}_", size):
        return same(name, loc + scale * sample(f"{name}_raw", dist.Normal(0, 1)))


def radon_mn(d: Data) -> None:
    """Partial pooling of the intercepts of counties."""
    mu = sample("mu", dist.Normal(0, 10))
    tau = sample("tau", dist.HalfNormal(1))
    beta = sample("beta", dist.Normal(0, 10))
    sigma = sample("sigma", dist.HalfNormal(1))
    alpha = effects("alpha", d["J"], mu, tau)
    loc = alpha[d["county_idx"] - 1] + beta * d["floor_measure"]
    sample("y", dist.Normal(loc, sigma), obs=d["log_radon"])


def radon_slopes(d: Data) -> None:
    """Partial pooling of the intercepts and slopes of counties."""
    mu_alpha = sample("mu_alpha", dist.Normal(0, 10))
    mu_beta = sample("mu_beta", dist.Normal(0, 10))
    tau_a = sample("tau_a", dist.HalfNormal(1))
    tau_b = sample("tau_b", dist.HalfNormal(1))
    sigma = sample("sigma", dist.HalfNormal(1))
    alpha = effects("alpha", d["J"], mu_alpha, tau_a)
    beta = effects("beta", d["J"], mu_beta, tau_b)
    county = d["county_idx"] - 1
    loc = alpha[county] + beta[county] * d["floor_measure"]
    sample("y", dist.Normal(loc, sigma), obs=d["log_radon"])


def seeds_data(d: Data) -> None:
    """A binomial regression with a random effect of the plate."""
    alpha0, alpha1, alpha2, alpha12 = (
        sample(name, dist.Normal(0, 10)) for name in ("alpha0", "alpha1", "alpha2", "alpha12")
    )
    tau = sample("tau", dist.HalfNormal(1))
    b = effects("b", d["I"], 0, tau)
    x1, x2 = d["x1"], d["x2"]
    logits = alpha0 + alpha1 * x1 + alpha2 * x2 + alpha12 * x1 * x2 + b
    sample("y", dist.BinomialLogits(logits, d["N"]), obs=d["n"])


def rats_data(d: Data) -> None:
    """Growth of rats: a line for each, well determined by its five weights."""
    mu_alpha = sample("mu_alpha", dist.Normal(0, 100))
    mu_beta = sample("mu_beta", dist.Normal(0, 100))
    sigma_y = sample("sigma_y", dist.HalfNormal(100))
    sigma_alpha = sample("sigma_alpha", dist.HalfNormal(100))
    sigma_beta = sample("sigma_beta", dist.HalfNormal(100))
    with plate("rats", d["N"]):
        alpha = sample("alpha", dist.Normal(mu_alpha, sigma_alpha))
        beta = sample("beta", dist.Normal(mu_beta, sigma_beta))
    rat = d["rat"] - 1
    loc = alpha[rat] + beta[rat] * (d["x"] - d["xbar"])
    sample("y", dist.Normal(loc, sigma_y), obs=d["y"])


def dogs(d: Data) -> None:
    """Dogs that learn to avoid a shock."""
    start = sample("start", dist.Normal(0, 10))
    avoid = sample("avoid", dist.Normal(0, 10))
    shocked = sample("shocked", dist.Normal(0, 10))
    y = d["y"]
    shocks = jnp.cumsum(y, 1) - y
    avoidances = jnp.cumsum(1 - y, 1) - (1 - y)
    logits = start + avoid * avoidances + shocked * shocks
    sample("y", dist.BernoulliLogits(logits), obs=y)


def wells_data(d: Data) -> None:
    """A logistic regression of 3,020 households."""
    alpha = sample("alpha", dist.Normal(0, 5))
    near = sample("near", dist.Normal(0, 5))
    dangerous = sample("dangerous", dist.Normal(0, 5))
    logits = alpha + near * d["dist"] / 100 + dangerous * jnp.log(d["arsenic"])
    sample("y", dist.BernoulliLogits(logits), obs=d["switched"])


MODELS: dict[str, Callable[[Data], None]] = {
    model.__name__: model
    for model in (radon_mn, radon_slopes, seeds_data, rats_data, dogs, wells_data)
}


def sampled(name: str, draws: int) -> dict[str, tuple[float, float, int]]:
    """Mean, sd and effective sample size of each latent by name, as `mu` or `theta[2]`."""
    folder = FURTHER if name in further.MODELS else SPECS
    data = json.loads((folder / f"{name}.json").read_text())
    data = {key: jnp.asarray(x) if isinstance(x, list) else x for key, x in data.items()}
    kernel = NUTS((MODELS | further.MODELS)[name], target_accept_prob=TARGET)
    chains = MCMC(kernel, num_warmup=WARM_UP, num_samples=draws, num_chains=CHAINS,
                  chain_method="sequential", progress_bar=False)  # fmt: skip
    chains.run(jax.random.PRNGKey(1), data)
    found, worst = {}, 1.0
    for site, values in chains.get_samples(group_by_chain=True).items():
        if site.endswith("_raw"):
            continue
        for index in np.ndindex(*values.shape[2:]):
            x = np.asarray(values[(slice(None), slice(None), *index)], dtype=np.float64)
            squares = (x - x.mean()) ** 2
            ess = min(effective_sample_size(x), effective_sample_size(squares))
            worst = max(worst, float(split_gelman_rubin(x)))
            key = f"{site}[{','.join(map(str, index))}]" if index else site
            found[key] = (float(x.mean()), float(x.std()), round(float(ess)))
    diverged = int(chains.get_extra_fields()["diverging"].sum())
    print(f"  at least {min(n for *_, n in found.values()):,} effective draws, "
          f"R-hat up to {worst:.4f}, {diverged} diverged", flush=True)  # fmt: skip
    return found


def main() -> None:
    """Sample what is named, or all, and write the references."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*")
    parser.add_argument("--draws", type=int, default=DRAWS)
    options = parser.parse_args()
    jax.config.update("jax_enable_x64", True)
    for name in options.names or MODELS | further.MODELS:
        begun = time.perf_counter()
        print(name, flush=True)
        found = sampled(name, options.draws)
        print(f"  {time.perf_counter() - begun:.0f} s", flush=True)
        path = REFERENCES / ("further.json" if name in further.MODELS else "nuts.json")
        known = json.loads(path.read_text()) if path.exists() else {}
        path.write_text(json.dumps(known | {name: found}, indent=1) + "\n")


if __name__ == "__main__":
    main()
