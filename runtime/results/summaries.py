"""What a posterior says of each quantity: summaries, and the rows of `summary.json`."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import torch
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict
from torch import Tensor

from pplc.runtime.correction.importance import Summary, weighted
from pplc.runtime.data import Data
from pplc.runtime.elements import inferred
from pplc.runtime.manifest import Manifest, ParamEntry, QuantityEntry, SiteEntry
from pplc.runtime.posterior import Posterior
from pplc.runtime.reading.labels import Labels
from pplc.runtime.threads import threads_for

#: Rows of a family in `summary.json`. Of one with more elements all is in `posterior.nc`.
MOST_ROWS = 50_000

#: The numbers of a row, as `Family.table` has them.
STATISTICS = ("mean", "sd", "q05", "q50", "q95", "mcse_mean", "ess")

#: Numbers that are summarised at a time, so that memory stays bounded.
_AT_ONCE = 4_000_000
_PASSES = 8  # over the numbers of the sample
_LEVELS = (0.05, 0.5, 0.95)

Axes: TypeAlias = Sequence[Labels]


class Row(BaseModel):
    """A summary of one number: an element of a site or of a quantity.

    `index` are positions from 0 over the index sets of the site, `labels` the labels of these
    positions. `mcse_mean` is the Monte Carlo error of the mean and `ess` the effective number of
    draws behind it.

    The number of a summed-out site whose values range over an index set K is a probability: the
    row with index `[n, k]` is about P(z[n] = k), and that of a summed-out truth value about the
    probability that it is true. They are Rao-Blackwellised: `mean` is the posterior probability,
    the mean over the draws of the latents of the probability given a draw; `sd` and the quantiles
    say how far the latter varies from draw to draw.

    There `most_probable` says whether this is the value in the jointly most probable configuration
    of all summed-out sites, given the draw of the latents that has the highest density.

    A row that is `optimised` is about a `param`, or a site whose guide is a point: it has a value,
    `mean`, and no distribution, so that its sd is 0 and its quantiles are the value too.
    """

    model_config = ConfigDict(frozen=True)

    site: str
    index: tuple[int, ...]
    labels: tuple[str | int, ...]
    mean: float
    sd: float
    q05: float
    q50: float
    q95: float
    mcse_mean: float
    ess: float
    optimised: bool = False
    most_probable: bool | None = None


@dataclass(frozen=True)
class Family:
    """All numbers of a site, a quantity or a param, summarised.

    `dims` are the names of the dimensions of the summary, `axes` the labels along them. Elements
    that are not `there`, a mask over the first dimensions, do not exist or are data. `chosen`
    tells which values are in the most probable configuration, where the numbers are probabilities.
    """

    name: str
    dims: tuple[str, ...]
    axes: Axes
    summary: Summary
    there: NDArray[np.bool_] | None = None
    chosen: Tensor | None = None
    optimised: bool = False

    @property
    def listed(self) -> bool:
        """Whether it has rows in `summary.json`: it is only in `posterior.nc` if it is large."""
        return self.summary.mean.numel() <= MOST_ROWS

    @property
    def table(self) -> NDArray[np.float64]:
        """The statistics of each number, [7, ...]."""
        of = self.summary
        parts = [of.mean, of.sd, *of.quantiles, of.mcse_mean, of.ess]
        found: NDArray[np.float64] = torch.stack(parts).numpy()
        return found


def families(manifest: Manifest, data: Data, posterior: Posterior) -> list[Family]:
    """Params, all unobserved sites, then the quantities, in the model's order."""
    with threads_for(_PASSES * sum(x.nbytes for x in posterior.sample.values())):
        return [
            *(_param(param, data, posterior) for param in manifest.params),
            *(
                _site(manifest, site, data, posterior)
                for site in manifest.sites
                if site.role != "observed"
            ),
            *(_quantity(manifest, entry, data, posterior) for entry in manifest.quantities),
        ]


def rows_of(found: Iterable[Family]) -> list[Row]:
    """A row for each element of the families that are listed."""
    return [row for family in found if family.listed for row in _rows(family)]


def summary_rows(manifest: Manifest, data: Data, posterior: Posterior) -> list[Row]:
    """The rows of `summary.json`."""
    return rows_of(families(manifest, data, posterior))


def _param(param: ParamEntry, data: Data, posterior: Posterior) -> Family:
    axes = [data.labels[name] for name in param.dims]
    fixed = _fixed(posterior.params[param.name])
    return Family(param.name, param.dims, axes, fixed, optimised=True)


def _quantity(
    manifest: Manifest, entry: QuantityEntry | SiteEntry, data: Data, posterior: Posterior
) -> Family:
    """What has draws of its own: in the whole sample, or else those that are kept."""
    if entry.name in posterior.sample:
        summary = weighted(posterior.sample[entry.name], posterior.weights)
    else:
        summary = _of_draws(posterior.draws[entry.name], posterior)
    axes = [data.labels[name] for name in entry.dims]
    return Family(entry.name, entry.dims, axes, summary, inferred(manifest, data, entry))


def _site(manifest: Manifest, site: SiteEntry, data: Data, posterior: Posterior) -> Family:
    points = {s for block in manifest.guide if block.family == "point" for s in block.sites}
    there = inferred(manifest, data, site)
    axes = [data.labels[name] for name in site.dims]
    if site.name in points:
        fixed = _fixed(posterior.sample[site.name][0])
        return Family(site.name, site.dims, axes, fixed, there, optimised=True)
    if site.name not in posterior.probabilities:
        return _quantity(manifest, site, data, posterior)
    means, draws = marginals(site, posterior)
    dims = site.dims
    if means.dim() > len(dims):
        numbers = tuple(range(site.first, site.first + means.shape[-1]))
        axes.append(data.labels[site.values] if site.values else numbers)
        dims = (*dims, site.values or f"{site.name}_value")
    summary = _of_draws(draws, posterior, means)
    return Family(site.name, dims, axes, summary, there, _chosen(site, posterior, means))


def _chosen(site: SiteEntry, posterior: Posterior, means: Tensor) -> Tensor | None:
    """Whether each value is the one in the most probable configuration, in the shape of `means`."""
    if site.name not in posterior.best:
        return None
    best = posterior.best[site.name]
    if means.shape == best.shape:  # of a truth value
        return best != 0
    return best[..., None] - site.first == torch.arange(means.shape[-1])


def marginals(site: SiteEntry, posterior: Posterior) -> tuple[Tensor, Tensor]:
    """Probabilities of a summed-out site: their means `[...]`, and given draws `[n, ...]`.

    The last axis is over the values, except for a truth value: that has the probability of true.
    """
    means = posterior.probabilities[site.name]
    draws = posterior.probability_draws[site.name]
    if site.law == "Bernoulli" and means.dim() > len(site.dims):
        return means[..., 1], draws[..., 1]
    return means, draws


def _of_draws(draws: Tensor, posterior: Posterior, means: Tensor | None = None) -> Summary:
    """Summarise equally weighted draws `[n, ...]`, some of which may be repeats.

    `means` are better means where there are any, over all the draws. The number of effective
    draws is at most that of the weighted sample from which the draws were taken.
    """
    count = len(posterior.log_p)
    effective = min(float(count), posterior.effective_size)
    flat = draws.reshape(len(draws), -1)
    width = max(_AT_ONCE // len(draws), 1)
    parts = [_describe(flat[:, i : i + width]) for i in range(0, flat.shape[1], width)]
    shape = draws.shape[1:]
    mean, sd, *quantiles = torch.cat(parts, -1).reshape(2 + len(_LEVELS), *shape)
    return Summary(
        mean=mean if means is None else means.to(torch.float64),
        sd=sd,
        quantiles=torch.stack(quantiles),
        mcse_mean=sd / math.sqrt(effective),
        ess=torch.full(shape, effective, dtype=torch.float64),
    )


def _describe(draws: Tensor) -> Tensor:
    """Mean, sd and quantiles `[5, m]` of draws `[n, m]`."""
    rows = draws.T.to(torch.float64, memory_format=torch.contiguous_format, copy=True).numpy()
    moments = rows.mean(-1), rows.std(-1)
    rows.sort()
    at = np.multiply(_LEVELS, len(draws) - 1)
    below = at.astype(int)
    above = np.minimum(below + 1, len(draws) - 1)
    quantiles = rows[:, below] * (1 - (at - below)) + rows[:, above] * (at - below)
    return torch.from_numpy(np.vstack([*moments, quantiles.T]))


def _fixed(value: Tensor) -> Summary:
    """A value without a distribution."""
    zero = torch.zeros_like(value)
    quantiles = value.expand(len(_LEVELS), *value.shape)
    return Summary(mean=value, sd=zero, quantiles=quantiles, mcse_mean=zero, ess=zero)


def _rows(family: Family) -> Iterator[Row]:
    """A row for each element, or for those that are there."""
    table, there, chosen = family.table, family.there, family.chosen
    columns = table.reshape(len(table), -1).T
    for index, row in zip(np.ndindex(table.shape[1:]), columns, strict=True):
        if there is not None and not there[index[: there.ndim]]:
            continue
        mean, sd, q05, q50, q95, mcse, ess = row.tolist()
        yield Row(
            site=family.name,
            index=index,
            labels=tuple(labels[i] for labels, i in zip(family.axes, index, strict=True)),
            mean=mean,
            sd=sd,
            q05=q05,
            q50=q50,
            q95=q95,
            mcse_mean=mcse,
            ess=ess,
            optimised=family.optimised,
            most_probable=None if chosen is None else bool(chosen[index]),
        )
