"""Long NUTS runs on the densities of specs without published references.

    pip install nutpie            # beside pplc; needed here alone
    python benchmarks/nuts.py [NAME ...]

Samples the log density that pplc compiles (which other tests hold against scipy and brute force)
with nutpie's No-U-Turn sampler, and writes means, standard deviations and effective sample sizes to
tests/fits/data/nuts.json. The sampler knows nothing of the guide. Rounds of four chains, each round
with a start and a warm-up of its own, are added until every latent has `ENOUGH` effective draws, for
its mean and for its sd.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path

import arviz
import numpy as np
import nutpie
import torch
from nutpie.compiled_pyfunc import from_pyfunc
from torch.fx.experimental.proxy_tensor import make_fx

from pplc import session
from pplc.compiler.pipeline import compile_spec
from pplc.grammar.source import Source
from pplc.options import Options
from pplc.runtime.objective import Target

ROOT = Path(__file__).parents[1]
SPECS = ROOT / "specs" / "posteriordb"
REFERENCE = ROOT / "tests" / "fits" / "data" / "nuts.json"
NAMES = ("radon_mn", "radon_slopes", "seeds_data", "rats_data", "dogs", "wells_data")
CHAINS, TUNE, DRAWS = 4, 1000, 5000  # of a round
ENOUGH, ROUNDS = 10_000, 20

Draws = dict[str, np.ndarray]
References = dict[str, tuple[float, float, int]]


def target_of(path: Path) -> Target:
    """The compiled density of a spec and its data."""
    source = Source(str(path), path.read_text())
    compiled = compile_spec(source).value
    assert compiled is not None
    prepared = session.prepare(source, compiled, path, Options())
    return Target(prepared.module, prepared.data)


def density(target: Target) -> Callable[..., tuple[float, np.ndarray]]:
    """Log density and gradient at a flat unconstrained point, as nutpie calls it.

    Compiled to machine code: as it stands, most of its time is torch's overhead.
    """

    def both(u: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        u = u.detach().requires_grad_()
        log_p = target.log_joint(u)
        (gradient,) = torch.autograd.grad(log_p.sum(), u)
        return log_p.detach(), gradient

    point = torch.zeros(1, target.layout.size, dtype=torch.float64)
    compiled = torch.compile(make_fx(both)(point), fullgraph=True)
    for at in torch.randn(3, 1, target.layout.size, dtype=torch.float64):
        for own, other in zip(compiled(at), both(at), strict=True):
            torch.testing.assert_close(own, other)

    def value(u: np.ndarray, **_: object) -> tuple[float, np.ndarray]:
        log_p, gradient = compiled(torch.from_numpy(u)[None])
        return float(log_p), gradient[0].numpy()

    return value


def sampled(target: Target, enough: int = ENOUGH) -> References:
    """Mean, sd and effective sample size of each latent by name, as `mu` or `theta[0,2]`."""
    size = target.layout.size
    function = density(target)
    model = from_pyfunc(
        size,
        lambda: function,
        lambda *_: lambda u, **__: {"u": u},
        [np.dtype("float64")],
        [(size,)],
        ["u"],
    )
    draws: Draws = {}
    for seed in range(ROUNDS):
        begun = time.perf_counter()
        settings = {"chains": CHAINS, "cores": 1, "tune": TUNE, "draws": DRAWS, "seed": seed + 1}
        trace = nutpie.sample(model, progress_bar=False, **settings)
        found = latents(target, torch.tensor(trace.posterior["u"].values))
        draws = {n: np.concatenate([draws[n], x]) if n in draws else x for n, x in found.items()}
        known = {name: described(x) for name, x in draws.items()}
        least = min(ess for *_, ess in known.values())
        lost = int(trace.sample_stats["diverging"].sum())
        seconds = time.perf_counter() - begun
        print(f"  {seed + 1}: {least} effective, {lost} diverged, {seconds:.0f} s", flush=True)
        if least >= enough:
            break
    return known


def latents(target: Target, u: torch.Tensor) -> Draws:
    """Draws [chains, draws] of each element of each latent, in its own units."""
    with torch.no_grad():
        values, _ = target.constrain(u.flatten(0, 1), target.centring)
    found = {}
    for site, x in values.items():
        chains = x.expand(u.shape[0] * u.shape[1], *x.shape[1:]).numpy()
        chains = chains.reshape(*u.shape[:2], *x.shape[1:])
        for index in np.ndindex(*chains.shape[2:]):
            name = f"{site}[{','.join(map(str, index))}]" if index else site
            found[name] = chains[(slice(None), slice(None), *index)]
    return found


def described(x: np.ndarray) -> tuple[float, float, int]:
    """Mean, sd, and the effective draws of whichever has fewer."""
    if np.ptp(x) == 0:  # the ones and zeros of a triangular matrix
        return float(x.mean()), 0.0, x.size
    ess = min(float(arviz.ess(x, method=method)) for method in ("mean", "sd"))
    return float(x.mean()), float(x.std()), round(ess)


def main() -> None:
    """Sample what is named, or all, and write the references."""
    torch.set_num_threads(1)
    for name in sys.argv[1:] or NAMES:
        print(name, flush=True)
        found = sampled(target_of(SPECS / f"{name}.ppl"))
        known = json.loads(REFERENCE.read_text()) if REFERENCE.exists() else {}
        REFERENCE.write_text(json.dumps(known | {name: found}, indent=1) + "\n")


if __name__ == "__main__":
    main()
