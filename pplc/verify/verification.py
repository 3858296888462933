"""The compiled density, its gradient and what it recovers, against the sum over all values."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from pplc.compiler.codegen.complete import write_complete
from pplc.compiler.pipeline import Compiled
from pplc.grammar.source import Source
from pplc.runtime.data import Data
from pplc.runtime.manifest import Manifest
from pplc.runtime.module import Module, Tensors, load_module
from pplc.runtime.randomness import seeded
from pplc.verify.enumeration import Enumeration, existing
from pplc.verify.invented import invented
from pplc.verify.small import MOST, Sizes, discrete_latents, joint_values, small_sizes

_POINTS = 3
_PARTICLES = 2
_TRIED = 20
#: Relative to the number that is compared, or to one where that is smaller.
TOLERANCE = 1e-9


@dataclass(frozen=True)
class Verification:
    """What was compared, at how many points, and the largest relative difference of each.

    `differences` has the log density, the gradient in each other latent, the probabilities and
    the most probable values of each summed-out site. `reason` says why nothing was compared.
    """

    sizes: Sizes
    values: int
    points: int
    differences: dict[tuple[str, str], float]
    reason: str = ""

    @property
    def wrong(self) -> list[tuple[str, str]]:
        """What differs, as pairs of a site and a quantity."""
        return [what for what, d in self.differences.items() if not d <= TOLERANCE]


def verify(compiled: Compiled, source: Source) -> Verification:
    """Compare a compiled spec with enumeration, at small sizes and on made-up data."""
    graph, plan = compiled.plan.graph, compiled.plan.elimination
    sizes = small_sizes(graph)
    if plan.kept:
        return _nothing(sizes, f"the guide keeps {' and '.join(plan.kept)}: nothing is summed out")
    if not discrete_latents(graph):
        return _nothing(sizes, "nothing is summed out")
    count = joint_values(graph, sizes)
    if count > MOST:
        return _nothing(sizes, f"even at the smallest sizes there are {count:,} joint values")
    pair = _Pair(
        load_module(compiled.source, source.name),
        load_module(write_complete(graph), f"{source.name}, without elimination"),
        Enumeration.of(graph, sizes),
    )
    points = 0
    differences: dict[tuple[str, str], float] = {}
    for seed in range(_TRIED):
        with seeded(seed):
            found = pair.compared(sizes)
        for what, difference in found.items():
            differences[what] = max(difference, differences.get(what, 0.0))
        points += bool(found)
        if points == _POINTS:
            break
    reason = "" if points else "all the made-up data have probability zero"
    return Verification(sizes, count, points, differences, reason)


def _nothing(sizes: Sizes, reason: str) -> Verification:
    return Verification(sizes, 0, 0, {}, reason)


@dataclass(frozen=True)
class _Pair:
    """The module to be verified, and the one in which nothing is summed out."""

    module: Module
    complete: Module
    enumeration: Enumeration

    def compared(self, sizes: Sizes) -> dict[tuple[str, str], float]:
        """The differences at one point; none where its density is zero."""
        manifest = Manifest.model_validate(self.module.METADATA)
        data, latents, params = self._point(manifest, sizes)
        latents = {name: value.requires_grad_() for name, value in latents.items()}
        log_joint = self.enumeration.log_joint(self.complete, latents, data, params)
        expected = log_joint.logsumexp(0)
        if not expected.isfinite() or self._beyond(data):
            return {}
        batch = {name: value[None] for name, value in latents.items()}
        # Several particles at the same point, which must not be taken for elements of a plate.
        several = {
            name: value.expand(_PARTICLES, *value.shape[1:]) for name, value in batch.items()
        }
        terms = self.module.model(several, data, params).values()
        density = torch.stack([term.expand(_PARTICLES) for term in terms]).sum(0)
        found = {("", "log density"): _difference(density, expected.expand(_PARTICLES))}
        ours, theirs = (_gradients(d, latents) for d in (density.mean(), expected))
        for name in latents:
            found[name, "gradient"] = _difference(ours[name], theirs[name])
        fixed = {name: value.detach() for name, value in batch.items()}
        return found | self._recovered(fixed, data, params, log_joint.detach())

    def _beyond(self, data: Data) -> bool:
        """Whether data let a discrete latent have values that are not gone through."""
        counts = self.enumeration.counts.items()
        return any(data.sizes.get(f"{name}_values", 0) > count for name, count in counts)

    def _point(self, manifest: Manifest, sizes: Sizes) -> tuple[Data, Tensors, Tensors]:
        """Data drawn from the model where that is possible, with the latents they came from."""
        raw = invented(manifest, sizes)
        data = self.module.prepare(raw)
        params = self.module.initial_params(data) if manifest.params else {}
        drawn = {n: v[0] for n, v in self.complete.prior(1, data, params).items()}
        known = {n: v.to(data[n].dtype) for n, v in drawn.items() if n in data.arrays}
        latents = {
            n: v for n, v in drawn.items() if n not in known and n not in self.enumeration.sites
        }
        return self.module.prepare(raw.with_arrays(known)), latents, params

    def _recovered(
        self, latents: Tensors, data: Data, params: Tensors, log_joint: Tensor
    ) -> dict[tuple[str, str], float]:
        found = {}
        one = latents or {"": torch.zeros(1, dtype=torch.float64)}
        _, probabilities = self.module.recover(one, data, params)
        chosen = self.module.most_probable(one, data, params)
        best = log_joint[self.enumeration.index_of({n: v[0] for n, v in chosen.items()})]
        for name in self.enumeration.sites:
            expected = self.enumeration.marginals(log_joint, name)
            site = self.enumeration.sites[name]
            there = existing(site, self.enumeration.there[name], 0)
            both = (existing(site, p, 0)[there] for p in (probabilities[name][0], expected))
            found[name, "probabilities"] = _difference(*_padded(*both))
            found[name, "most probable"] = _difference(best, log_joint.max())
        return found


def _padded(*tables: Tensor) -> list[Tensor]:
    """Tables of probabilities [..., values], with as many values in each: those lacking have 0.

    How many there are may depend on data; enumeration goes through all that are possible.
    """
    most = max(table.shape[-1] for table in tables)
    return [torch.nn.functional.pad(table, (0, most - table.shape[-1])) for table in tables]


def _gradients(density: Tensor, latents: Tensors) -> Tensors:
    if not latents:
        return {}
    found = torch.autograd.grad(
        density, list(latents.values()), allow_unused=True, materialize_grads=True
    )
    return dict(zip(latents, found, strict=True))


def _difference(a: Tensor, b: Tensor) -> float:
    """The largest difference of two tensors, relative to the second where that exceeds one."""
    if a.shape != b.shape:
        return math.inf
    a, b = a.detach(), b.detach()
    gap = ((a - b).abs() / b.abs().clamp(min=1)).nan_to_num(nan=math.inf)
    return float(gap.max()) if gap.numel() else 0.0
