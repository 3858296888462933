"""A posterior as labelled arrays in the layout of ArviZ, and as a NetCDF file.

xarray and pandas take most of a second to import, and so `pplc fit` does without them: the file is
written with h5netcdf, on which xarray's own writer stands.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from pplc.runtime.data import Data
from pplc.runtime.elements import existing, without_others
from pplc.runtime.manifest import Manifest, QuantityEntry, SiteEntry
from pplc.runtime.posterior import Posterior
from pplc.runtime.results.summaries import STATISTICS, Family, marginals
from pplc.runtime.tensors import narrow

if TYPE_CHECKING:
    import h5netcdf
    import xarray

#: Dimensions and values of one variable.
Variable = tuple[tuple[str, ...], NDArray[Any]]

_DRAWS = ("chain", "draw")
_STATISTIC = "statistic"
_PACKED = {"compression": "gzip", "compression_opts": 1}


@dataclass(frozen=True)
class Group:
    """Variables by name, and the labels of their dimensions."""

    variables: dict[str, Variable]
    coordinates: dict[str, NDArray[Any]]


def groups(
    manifest: Manifest, data: Data, posterior: Posterior, found: Sequence[Family] = ()
) -> dict[str, Group]:
    """The groups of a posterior in the layout of ArviZ.

    `posterior` (draws, with dimensions `chain`, `draw` and the index sets), `sample_stats`
    (`log_p` and `log_q`, the log densities of the latents under model and guide),
    `observed_data`, and where sites are summed out `marginals`, their posterior probabilities, and
    `most_probable`, their jointly most probable values given each draw of the latents (given the
    first draws, where there are too many numbers). Families that are too large for `summary.json`
    have the numbers of its rows in `summary`, along a dimension `statistic`.
    Coordinates are the labels of the index sets. A second dimension over one index set K is `K_1`.
    """
    variables: dict[str, dict[str, Variable]] = {
        "posterior": _posterior(manifest, data, posterior),
        "sample_stats": {
            name: (_DRAWS, values.numpy()[None])
            for name, values in (("log_p", posterior.log_p), ("log_q", posterior.log_q))
        },
        "observed_data": _observed(manifest, data),
        "marginals": _marginals(manifest, data, posterior),
        "most_probable": _most_probable(manifest, data, posterior),
    }
    large = [family for family in found if not family.listed]
    summaries = {f.name: _summary(f) for f in large}
    labels = {_STATISTIC: np.array(STATISTICS)}
    labelled = {name: Group(of, _coordinates(of, data)) for name, of in variables.items() if of}
    if summaries:
        labelled["summary"] = Group(summaries, _coordinates(summaries, data) | labels)
    return labelled


def to_arviz(of: Mapping[str, Group]) -> xarray.DataTree:
    """The groups as an `xarray.DataTree`, which is what ArviZ works on."""
    import xarray

    return xarray.DataTree.from_dict(
        {
            name: xarray.Dataset(group.variables, group.coordinates, _attributes())
            for name, group in of.items()
        }
    )


def save(of: Mapping[str, Group], path: Path) -> None:
    """Write the groups as a NetCDF file; raises OSError where that fails.

    Whole numbers are compressed: they are few distinct values.
    """
    import h5netcdf

    with h5netcdf.File(path, "w") as file:
        for name, group in of.items():
            written = file.create_group(name)
            written.attrs.update(_attributes())
            written.dimensions = {dim: len(labels) for dim, labels in group.coordinates.items()}
            for dim, labels in group.coordinates.items():
                _write(written, dim, (dim,), labels)
            for variable, (dims, values) in group.variables.items():
                packed = {"compression": "gzip", "compression_opts": 1}
                _write(
                    written, variable, dims, values, **packed if values.dtype.kind == "i" else {}
                )


def _write(
    group: h5netcdf.Group, name: str, dims: tuple[str, ...], values: NDArray[Any], **options: Any
) -> None:
    import h5py

    if values.dtype.kind == "U":
        text = h5py.string_dtype()
        group.create_variable(name, dims, dtype=text, data=values.astype(object), **options)
    else:
        group.create_variable(name, dims, dtype=values.dtype, data=values, **options)


def _attributes() -> dict[str, str]:
    return {"inference_library": "pplc", "inference_library_version": version("pplc")}


def _observed(manifest: Manifest, data: Data) -> dict[str, Variable]:
    found = {}
    for site in manifest.sites:
        if site.role == "observed" or site.missing:
            mask = existing(manifest, data, site.dims)
            values = without_others(data[site.name].cpu().numpy(), mask, 0)
            found[site.name] = (_distinct(site.dims), values)
    return found


def _posterior(manifest: Manifest, data: Data, posterior: Posterior) -> dict[str, Variable]:
    sites = (s for s in manifest.sites if s.role != "observed")
    entries: list[SiteEntry | QuantityEntry] = [*sites, *manifest.quantities]
    return {
        entry.name: _draws(manifest, data, entry, posterior.draws[entry.name]) for entry in entries
    }


def _draws(
    manifest: Manifest, data: Data, entry: SiteEntry | QuantityEntry, draws: Tensor
) -> Variable:
    """Draws [n, ...] of one chain, NaN where a family has no element."""
    mask = existing(manifest, data, entry.dims, entry.firsts)
    values = without_others(narrow(draws).numpy(), mask, 1)
    return (*_DRAWS, *_distinct(entry.dims)), values[None]


def _marginals(manifest: Manifest, data: Data, posterior: Posterior) -> dict[str, Variable]:
    variables: dict[str, Variable] = {}
    for site in manifest.sites:
        if site.name in posterior.probabilities:
            means, _ = marginals(site, posterior)
            values = (site.values or f"{site.name}_value",) if means.dim() > len(site.dims) else ()
            mask = existing(manifest, data, site.dims, site.firsts)
            found = without_others(means.numpy(), mask, 0)
            variables[site.name] = (_distinct((*site.dims, *values)), found)
    return variables


def _most_probable(manifest: Manifest, data: Data, posterior: Posterior) -> dict[str, Variable]:
    found = [s for s in manifest.sites if s.name in posterior.most_probable]
    count = min((len(posterior.most_probable[site.name]) for site in found), default=0)
    return {
        site.name: _draws(manifest, data, site, posterior.most_probable[site.name][:count])
        for site in found
    }


def _summary(family: Family) -> Variable:
    """The statistics of each number, NaN where a family has no element."""
    values = without_others(family.table, family.there, 1)
    return _distinct((_STATISTIC, *family.dims)), values


def _distinct(dims: Sequence[str]) -> tuple[str, ...]:
    """Names of dimensions; the second one over K is called K_1."""
    return tuple(
        name if name not in dims[:i] else f"{name}_{dims[:i].count(name)}"
        for i, name in enumerate(dims)
    )


def _coordinates(variables: Mapping[str, Variable], data: Data) -> dict[str, Any]:
    sizes = {
        dim: size
        for dims, values in variables.values()
        for dim, size in zip(dims, values.shape, strict=True)
    }
    return {dim: _coordinate(dim, size, data) for dim, size in sizes.items()}


def _coordinate(dim: str, size: int, data: Data) -> NDArray[Any]:
    name = dim if dim in data.labels else dim.rpartition("_")[0]
    return np.array(data.labels[name]) if name in data.labels else np.arange(size)
