"""What is kept of a fit beside its draws: the contents of `fit.json`."""

from __future__ import annotations

import platform
from collections.abc import Mapping
from importlib.metadata import version
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict

from pplc.runtime.stochastic.course import Course
from pplc.runtime.verdict.verdict import Departure, Evidence

if TYPE_CHECKING:
    from pplc.runtime.data import Data
    from pplc.runtime.manifest import Manifest
    from pplc.runtime.posterior import Posterior

_PACKAGES = ("pplc", "torch", "numpy", "scipy")


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class EngineOptions(_Part):
    """Those of the stochastic engine; `batch` is the index set that was taken in parts."""

    batch: dict[str, int]
    particles: int
    steps: int | None
    dtype: str


class RunOptions(_Part):
    """What the user asked for. `sizes` are those of `--set`, `init_from` is a run folder."""

    data: tuple[str, ...]
    sizes: dict[str, int]
    rows: int | None
    draws: int
    init_from: str | None = None
    freeze: tuple[str, ...] = ()
    device: str = "cpu"
    engine: EngineOptions | None = None


class Digests(_Part):
    """SHA-256 of the spec and of each data file."""

    spec: str
    data: dict[str, str]


class Elbo(_Part):
    """The evidence lower bound, its Monte Carlo error, and its terms.

    `log_p` has E_q[log p] of each term of the model, `log_q` E_q[log q] of each site of the guide:
    the sum of the first less that of the second is `value`.
    """

    value: float | None
    mcse: float | None
    log_p: Mapping[str, float | None]
    log_q: Mapping[str, float | None]


class Optimised(_Part):
    """What the fit moved, by name with its shape: params of the model, parameters of the guide."""

    theta: dict[str, tuple[int, ...]]
    phi: dict[str, tuple[int, ...]]


class VerdictRecord(_Part):
    """How far to trust the posterior.

    `departures` are the latents that are known to be off, worst first, as far as `evidence` tells;
    null where nothing was looked at, as in a good fit.
    """

    status: str
    text: str
    evidence: Evidence | None = None
    departures: tuple[Departure, ...] = ()


class FitRecord(_Part):
    """The contents of `fit.json`. Numbers that are not finite are null.

    `course` is that of the iterations of the stochastic engine, null for the other one.
    """

    format: int = 1
    options: RunOptions
    seed: int
    versions: dict[str, str]
    sha256: Digests
    sizes: dict[str, int]
    plan: str
    elbo: Elbo
    optimised: Optimised
    pareto_k: float | None
    effective_size: float | None
    verdict: VerdictRecord
    converged: bool
    interrupted: bool
    evaluations: int
    course: Course | None = None
    seconds: dict[str, float]


def fit_record(
    manifest: Manifest,
    data: Data,
    posterior: Posterior,
    options: RunOptions,
    plan: str,
    verdict: str,
) -> FitRecord:
    """The record of a fit.

    `plan` is the text on what is summed out and on the guide, `verdict` the line on how far to
    trust it.
    """
    terms = posterior.elbo_terms
    return FitRecord(
        options=options,
        seed=posterior.seed,
        versions={"python": platform.python_version(), **{p: version(p) for p in _PACKAGES}},
        sha256=Digests(spec=manifest.spec.sha256, data=dict(data.sha256)),
        sizes=dict(data.sizes),
        plan=plan,
        elbo=Elbo(
            value=posterior.elbo, mcse=posterior.elbo_se, log_p=terms.log_p, log_q=terms.log_q
        ),
        optimised=_optimised(manifest, posterior),
        pareto_k=posterior.pareto_k,
        effective_size=posterior.effective_size,
        verdict=VerdictRecord(
            status=posterior.verdict.status,
            text=verdict,
            evidence=posterior.verdict.evidence,
            departures=posterior.verdict.departures,
        ),
        converged=posterior.converged,
        interrupted=posterior.interrupted,
        evaluations=posterior.evaluations,
        course=posterior.course,
        seconds=posterior.seconds,
    )


def _optimised(manifest: Manifest, posterior: Posterior) -> Optimised:
    shapes = {name: tuple(value.shape) for name, value in posterior.params.items()}
    own = {param.name for param in manifest.params if param.guide}
    nets = tuple(f"{net.name}." for net in manifest.nets if net.guide)
    own |= {name for name in shapes if name.startswith(nets)}
    phi = {name: tuple(value.shape) for name, value in posterior.phi.items()}
    return Optimised(
        theta={name: shape for name, shape in shapes.items() if name not in own},
        phi={name: shape for name, shape in shapes.items() if name in own} | phi,
    )
