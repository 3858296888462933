"""A posterior as labelled arrays in the layout of ArviZ, and as a NetCDF file.

xarray is imported when it is needed: that takes more than half a second.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from pplc.runtime.data import Data
from pplc.runtime.manifest import Manifest
from pplc.runtime.posterior import Posterior
from pplc.runtime.results import marginals

if TYPE_CHECKING:
    import xarray

#: Dimensions and values of one variable.
Variable = tuple[tuple[str, ...], NDArray[Any]]

_DRAWS = ("chain", "draw")
_WHOLE = (np.int8, np.int16, np.int32, np.int64)


def to_arviz(manifest: Manifest, data: Data, posterior: Posterior) -> xarray.DataTree:
    """A posterior as an `xarray.DataTree`, which is what ArviZ works on.

    Groups: `posterior` (draws, with dimensions `chain`, `draw` and the index sets), `sample_stats`
    (`log_p` and `log_q`, the log densities of the latents under model and guide),
    `observed_data`, and `marginals` where sites are summed out: their posterior probabilities.
    Coordinates are the labels of the index sets. A second dimension over one index set K is `K_1`.
    """
    import xarray

    groups: dict[str, dict[str, Variable]] = {
        "posterior": _posterior(manifest, posterior),
        "sample_stats": {
            name: (_DRAWS, values.numpy()[None])
            for name, values in (("log_p", posterior.log_p), ("log_q", posterior.log_q))
        },
        "observed_data": {
            site.name: (_distinct(site.dims), data[site.name].cpu().numpy())
            for site in manifest.sites
            if site.role == "observed"
        },
        "marginals": _marginals(manifest, posterior),
    }
    attributes = {"inference_library": "pplc", "inference_library_version": version("pplc")}
    return xarray.DataTree.from_dict(
        {
            name: xarray.Dataset(variables, _coordinates(variables, data), attributes)
            for name, variables in groups.items()
            if variables
        }
    )


def save(tree: xarray.DataTree, path: Path) -> None:
    """Write a tree of `to_arviz` as a NetCDF file; raises OSError where that fails."""
    whole = {
        f"/{name}": {
            variable: {"zlib": True, "complevel": 1}
            for variable, values in group.data_vars.items()
            if values.dtype.kind == "i"
        }
        for name, group in tree.children.items()
    }
    tree.to_netcdf(path, engine="h5netcdf", encoding=whole)


def _posterior(manifest: Manifest, posterior: Posterior) -> dict[str, Variable]:
    dims = {site.name: site.dims for site in manifest.sites if site.role != "observed"}
    dims |= {quantity.name: quantity.dims for quantity in manifest.quantities}
    return {
        name: ((*_DRAWS, *_distinct(over)), _narrow(posterior.draws[name])[None])
        for name, over in dims.items()
    }


def _marginals(manifest: Manifest, posterior: Posterior) -> dict[str, Variable]:
    variables: dict[str, Variable] = {}
    for site in manifest.sites:
        if site.name in posterior.probabilities:
            means, _ = marginals(site, posterior)
            values = (site.values or f"{site.name}_value",) if means.dim() > len(site.dims) else ()
            variables[site.name] = (_distinct((*site.dims, *values)), means.numpy())
    return variables


def _narrow(draws: Tensor) -> NDArray[Any]:
    """Whole numbers in the smallest type that holds them; others as they are."""
    values: NDArray[Any] = draws.numpy()
    if values.dtype.kind != "i" or not values.size:
        return values
    largest = max(abs(int(values.min())), abs(int(values.max())))
    return values.astype(next(t for t in _WHOLE if largest <= np.iinfo(t).max))


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
