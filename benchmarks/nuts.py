"""Long NUTS runs on the densities of specs without published references.

    pip install nutpie            # beside pplc; needed here alone
    python benchmarks/nuts.py [NAME ...]

Samples the log density that pplc compiles (which other tests hold against scipy and brute force)
with nutpie's No-U-Turn sampler, and writes means, standard deviations and effective sample sizes to
tests/fits/data/nuts.json. The sampler knows nothing of the guide.
"""

from __future__ import annotations

import json
import sys
from functools import partial
from pathlib import Path

import arviz
import numpy as np
import nutpie
import torch
from nutpie.compiled_pyfunc import from_pyfunc

from pplc import session
from pplc.compiler.pipeline import compile_spec
from pplc.grammar.source import Source
from pplc.options import Options
from pplc.runtime.objective import Target

ROOT = Path(__file__).parents[1]
SPECS = ROOT / "specs" / "posteriordb"
REFERENCE = ROOT / "tests" / "fits" / "data" / "nuts.json"
NAMES = ("radon_mn", "radon_slopes", "seeds_data", "rats_data", "dogs", "wells_data")
CHAINS, TUNE, DRAWS, SEED = 4, 400, 750, 1


def target_of(name: str) -> Target:
    """The compiled density of a spec and its data."""
    path = SPECS / f"{name}.ppl"
    source = Source(str(path), path.read_text())
    compiled = compile_spec(source).value
    assert compiled is not None
    prepared = session.prepare(source, compiled, path, Options())
    return Target(prepared.module, prepared.data)


def density(target: Target) -> partial:
    """Log density and gradient at a flat unconstrained point, as nutpie calls it."""

    def value(u: np.ndarray, **_: object) -> tuple[float, np.ndarray]:
        at = torch.tensor(u[None], requires_grad=True)
        log_p = target.log_joint(at).sum()
        (gradient,) = torch.autograd.grad(log_p, at)
        return float(log_p), gradient[0].numpy()

    return partial(value)


def sampled(target: Target) -> dict[str, tuple[float, float, float]]:
    """Mean, sd and effective sample size of each latent by name, as `mu` or `theta[0,2]`."""
    size = target.layout.size
    model = from_pyfunc(
        size,
        lambda: density(target),
        lambda *_: lambda u, **__: {"u": u},
        [np.dtype("float64")],
        [(size,)],
        ["u"],
    )
    trace = nutpie.sample(
        model, chains=CHAINS, cores=1, tune=TUNE, draws=DRAWS, seed=SEED, progress_bar=False
    )
    u = torch.tensor(trace.posterior["u"].values.reshape(-1, size))
    with torch.no_grad():
        latents, _ = target.constrain(u, target.centring)
    found = {}
    for site, values in latents.items():
        chains = values.numpy().reshape(CHAINS, DRAWS, *values.shape[1:])
        for index in np.ndindex(*chains.shape[2:]):
            draws = chains[(slice(None), slice(None), *index)]
            name = f"{site}[{','.join(map(str, index))}]" if index else site
            ess = min(float(arviz.ess(draws, method=m)) for m in ("bulk", "sd"))
            found[name] = (float(draws.mean()), float(draws.std()), round(ess))
    return found


def main() -> None:
    """Sample what is named, or all, and write the references."""
    torch.set_num_threads(1)
    known = json.loads(REFERENCE.read_text()) if REFERENCE.exists() else {}
    for name in sys.argv[1:] or NAMES:
        known[name] = sampled(target_of(name))
        print(name, "least effective sample size", min(ess for *_, ess in known[name].values()))
        text = json.dumps(known, indent=1)
        REFERENCE.write_text(text + "\n")


if __name__ == "__main__":
    main()
