"""Minibatches: the data of some elements of a plate, and the rows of tables that are theirs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import torch
from torch import Tensor

from pplc.runtime.data import Data
from pplc.runtime.manifest import BatchEntry, Manifest
from pplc.runtime.module import Tensors
from pplc.runtime.randomness import subseed
from pplc.runtime.target import Target


@dataclass(frozen=True)
class Batch:
    """The data of a minibatch, and which elements [n] of each plate are in it."""

    data: Data
    elements: Mapping[str, Tensor]


@dataclass(frozen=True)
class Batches:
    """The minibatches of a target: its elements are divided among them once and for all."""

    target: Target
    entry: BatchEntry

    @property
    def count(self) -> int:
        """How many elements there are in all."""
        return self.target.data.sizes[self.entry.plate]

    @property
    def number(self) -> int:
        """How many minibatches there are; each element is in one of them."""
        return -(-self.count // self.entry.size)

    @cached_property
    def scales(self) -> dict[str, float]:
        """By what the terms of the model and the sites of the guide are multiplied."""
        return scales(self.target.manifest, self.entry, self.number)

    def at(self, step: int, seed: int) -> int:
        """Which minibatch a step takes. In an epoch none comes twice."""
        epoch, place = divmod(step, self.number)
        return int(_order(self.number, subseed(seed, "epoch", epoch))[place])

    def draw(self, step: int, seed: int) -> Batch:
        """The minibatch of a step."""
        return self.take(self._members[self.at(step, seed)])

    @cached_property
    def _members(self) -> tuple[Tensor, ...]:
        """The elements of each minibatch, drawn at random; as many in each, or one less."""
        order = _order(self.count, subseed(self.target.seed, "minibatches"))
        return order.to(self.target.data.device).tensor_split(self.number)

    def take(self, chosen: Tensor) -> Batch:
        """The data of the elements at positions [n] of the plate, with those nested in them."""
        elements = {self.entry.plate: chosen}
        arrays: dict[str, Tensor] = {}
        for nested in self.entry.nested:
            first, count, order = self._nested[nested.plate]
            outer = elements[nested.outer]
            number = count[outer]
            owner = torch.arange(len(outer), device=outer.device).repeat_interleave(number)
            within = torch.arange(len(owner), device=outer.device)
            within = within - (number.cumsum(0) - number)[owner]
            elements[nested.plate] = order[first[outer][owner] + within]
            arrays[nested.index] = owner
        data = self.target.data
        for name, axes in self._axes.items():
            if name not in arrays:
                arrays[name] = _selected(data[name], axes, elements)
        sizes = {plate: len(positions) for plate, positions in elements.items()}
        present = {
            name: _selected(mask, self._axes.get(name, ()), elements)
            for name, mask in data.present.items()
        }
        taken = replace(
            data,
            arrays={**data.arrays, **arrays},
            sizes={**data.sizes, **sizes},
            present=present,
        )
        return Batch(taken, elements)

    def latents(self, values: Tensors, batch: Batch) -> Tensors:
        """Of the values [...] of some sites, without particles, those of a minibatch's elements."""
        dims = {site.name: site.dims for site in self.target.manifest.sites}
        return {
            name: _selected(value, self._along(dims[name]), batch.elements)
            for name, value in values.items()
        }

    @cached_property
    def _plates(self) -> set[str]:
        return {self.entry.plate, *(n.plate for n in self.entry.nested)}

    @cached_property
    def _axes(self) -> dict[str, tuple[tuple[int, str], ...]]:
        """The axes of each array that have an element for each of a plate's."""
        dims = {d.name: d.dims for d in self.target.manifest.data} | self.entry.arrays
        return {n: a for n, over in dims.items() if (a := self._along(over))}

    def _along(self, dims: tuple[str, ...]) -> tuple[tuple[int, str], ...]:
        return tuple((i, name) for i, name in enumerate(dims) if name in self._plates)

    @cached_property
    def _nested(self) -> dict[str, tuple[Tensor, Tensor, Tensor]]:
        """For each nested plate: where the elements of each outer one begin in an order of it."""
        found = {}
        for nested in self.entry.nested:
            index = self.target.data[nested.index]
            count = torch.bincount(index, minlength=self.target.data.sizes[nested.outer])
            found[nested.plate] = count.cumsum(0) - count, count, index.argsort(stable=True)
        return found

    # --- tables ---

    @cached_property
    def tables(self) -> dict[str, tuple[tuple[int, ...], int, str]]:
        """The parameters with a row for each element: their shape, the axis, the plate."""
        target, manifest = self.target, self.target.manifest
        dims = {site.name: site.dims for site in manifest.sites}
        found: dict[str, tuple[tuple[int, ...], int, str]] = {}
        for param in manifest.params:
            for axis, plate in self._along(param.dims):
                found[param.name] = tuple(target.free_params[param.name].shape), axis, plate
        for block in manifest.guide:
            first = block.sites[0]
            parts = [name for name in target.guide_shapes if name.startswith(f"{block.name}.")]
            if block.family == "local":
                over = tuple(dims[first][axis] for axis in block.plates[0])
                for axis, plate in self._along(over):
                    found |= {name: (target.guide_shapes[name], axis, plate) for name in parts}
            elif block.family in ("diagonal", "point"):
                for axis, plate in self._along(dims[first]):
                    found |= dict.fromkeys(parts, (target.layout.shapes[first], axis, plate))
        for site in target.centring:
            for axis, plate in self._along(dims[site]):
                found[f"{site}.centring"] = target.layout.shapes[site], axis, plate
        return found

    def rows(self, phi: Tensors, batch: Batch) -> Tensors:
        """The parameters with only those rows that belong to elements of a minibatch."""
        found = dict(phi)
        for name, (shape, axis, plate) in self.tables.items():
            rows = batch.elements[plate].to(phi[name].device)
            part = phi[name].reshape(shape).index_select(axis, rows)
            found[name] = part.flatten() if phi[name].dim() == 1 else part
        return found

    def put(self, phi: Tensors, rows: Tensors, batch: Batch) -> Tensors:
        """The inverse of `rows`: the tables of `phi` with the rows of a minibatch replaced."""
        found = dict(phi)
        for name, (shape, axis, plate) in self.tables.items():
            own = (*shape[:axis], len(batch.elements[plate]), *shape[axis + 1 :])
            table = phi[name].reshape(shape)
            table = table.index_copy(axis, batch.elements[plate], rows[name].reshape(own))
            found[name] = table.reshape(phi[name].shape)
        return found


def _order(count: int, seed: int) -> Tensor:
    return torch.randperm(count, generator=torch.Generator().manual_seed(seed))


def _selected(
    array: Tensor, axes: tuple[tuple[int, str], ...], elements: Mapping[str, Tensor]
) -> Tensor:
    for axis, plate in axes:
        array = array.index_select(axis, elements[plate])
    return array


def scales(manifest: Manifest, entry: BatchEntry, factor: float) -> dict[str, float]:
    """The factor for each term and each site that is over the elements of a minibatch."""
    inside = set(entry.inside)
    found = {name: factor for name, covers in manifest.terms.items() if inside >= set(covers)}
    return found | {site.name: factor for site in manifest.sites if site.name in inside}
