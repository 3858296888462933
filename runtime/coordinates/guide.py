"""The coordinates of a whole guide: its blocks one after the other, then centring and params."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from pplc.runtime.coordinates.arrow_factor import Factor
from pplc.runtime.coordinates.blocks import Coordinates, Spread
from pplc.runtime.coordinates.gaussians import (
    DenseCoordinates,
    DiagonalCoordinates,
    LowRankCoordinates,
)
from pplc.runtime.coordinates.local import LocalCoordinates
from pplc.runtime.coordinates.points import LawCoordinates, ParamCoordinates, PointCoordinates
from pplc.runtime.coordinates.recentring import Recentring
from pplc.runtime.manifest import BlockEntry
from pplc.runtime.module import Tensors
from pplc.runtime.target import Target

#: The coordinates of each family of global guide block.
_FAMILIES: Mapping[str, type[Coordinates]] = {
    "dense": DenseCoordinates,
    "diagonal": DiagonalCoordinates,
    "lowrank": LowRankCoordinates,
    "point": PointCoordinates,
    "law": LawCoordinates,
    "discrete": LawCoordinates,
}

#: Those with a mean: what elements of local blocks can depend on.
_Gaussian = DenseCoordinates | DiagonalCoordinates | LowRankCoordinates


@dataclass(frozen=True)
class GuideCoordinates:
    """An affine change of all parameters of a guide: a flat `xi`, zero where it was made.

    The parameters of a block are named `block.part`, params by their own names, the weights of
    networks `net.layer.part`.
    """

    target: Target
    blocks: Mapping[str, Coordinates | LocalCoordinates]
    recentring: Recentring
    params: ParamCoordinates

    @classmethod
    def at_mode(cls, target: Target, mode: Tensor, factor: Factor) -> GuideCoordinates:
        """The _Gaussian that a mode [U] and the curvature there suggest."""
        names = [part.name for part in target.arrow.locals_]
        locals_ = dict(zip(names, factor.locals_, strict=True))

        def global_(entry: BlockEntry) -> Coordinates:
            places = target.places(entry)
            at = torch.searchsorted(target.arrow.globals_, places)
            precision = factor.schur[at[:, None], at]
            return _FAMILIES[entry.family].at_mode(entry, mode[places], precision)

        def local(entry: BlockEntry, given: Tensors) -> LocalCoordinates:
            return LocalCoordinates.at_mode(
                entry,
                target.noise_shapes[entry.name][:-1],
                f"{entry.name}.lower" in target.guide_shapes,
                mode[target.places(entry)],
                locals_[entry.name],
                given,
            )

        return cls(
            target,
            _made(target, global_, local),
            Recentring.start(target, mode),
            ParamCoordinates(target.free_params),
        )

    @classmethod
    def of_globals(cls, target: Target, phi: Tensors) -> GuideCoordinates:
        """Coordinates that are zero at `phi`, of what is not local: that and centring are held."""
        blocks = {
            entry.name: _FAMILIES[entry.family].around(entry, phi)
            for entry in target.guide
            if entry.family != "local"
        }
        recentring = Recentring.held(target, locations(target, phi))
        return cls(target, blocks, recentring, ParamCoordinates(target.free_params))

    @classmethod
    def around(cls, target: Target, phi: Tensors) -> GuideCoordinates:
        """Coordinates that are zero at `phi`."""

        def global_(entry: BlockEntry) -> Coordinates:
            return _FAMILIES[entry.family].around(entry, phi)

        def local(entry: BlockEntry, given: Tensors) -> LocalCoordinates:
            return LocalCoordinates.around(entry, phi, given)

        blocks = _made(target, global_, local)
        params = {name: phi[name] for name in target.free_params}
        recentring = Recentring.around(target, locations(target, phi), phi)
        return cls(target, blocks, recentring, ParamCoordinates(params))

    @property
    def size(self) -> int:
        """Length of `xi`."""
        return sum(self._sizes())

    def _sizes(self) -> list[int]:
        last = [self.recentring.size, self.params.size]
        return [*(block.size for block in self.blocks.values()), *last]

    def _split(self, xi: Tensor) -> tuple[dict[str, Tensor], Tensor, Tensor]:
        *parts, centring, params = xi.split_with_sizes(self._sizes())
        return dict(zip(self.blocks, parts, strict=True)), centring, params

    def phi(self, xi: Tensor) -> Tensors:
        """The guide's parameters and the params at `xi` [size], by name."""
        parts, centring, params = self._split(xi)
        found: Tensors = {}
        moves: Tensors = {}
        for entry in self.target.guide:
            name = entry.name
            if name not in self.blocks:
                continue
            block = self.blocks[name]
            if isinstance(block, LocalCoordinates):
                found |= block.phi(parts[name], self.target.given(entry, moves))
            else:
                found |= block.phi(parts[name])
            if isinstance(block, _Gaussian | LocalCoordinates):
                moves[name] = found[f"{name}.loc"].reshape(block.loc.shape) - block.loc
        return self.recentring.apply(found, centring) | self.params.phi(params)

    def errors(self, xi: Tensor) -> Tensor:
        """What a move to `xi` [size] changes: means in sds, and logarithms of sds, as one [n].

        To first order in `xi`, and with the centring left as it is.
        """
        parts, _, _ = self._split(xi)
        spreads: dict[str, Spread] = {}
        found = [torch.zeros(1, dtype=xi.dtype)]  # there may be no others
        for entry in self.target.guide:
            block, part = self.blocks[entry.name], parts[entry.name]
            if isinstance(block, LocalCoordinates):
                given = spread_of_given(self.target, entry, spreads)
                spreads[entry.name] = block.spread(part, given)
                found.append(spreads[entry.name].errors())
            else:
                found.append(block.errors(part))
                if isinstance(block, _Gaussian) and entry.name in self.target.parents:
                    spreads[entry.name] = block.spread(part)
        return torch.cat(found)

    def distance(self, u: Tensor) -> float:
        """Mahalanobis distance of latents `u` [U] from the guide at zero, blocks apart."""
        off: Tensors = {}
        squares = []
        for entry in self.target.guide:
            block = self.blocks[entry.name]
            own = u[self.target.places(entry)]
            if isinstance(block, LocalCoordinates):
                squares.append(block.distance(own, self.target.given(entry, off)) ** 2)
            else:
                squares.append(block.distance(own) ** 2)
            if isinstance(block, _Gaussian | LocalCoordinates):
                off[entry.name] = own - block.loc
        return float(torch.stack(squares).sum().sqrt())


def locations(target: Target, phi: Tensors) -> Tensor:
    """Where the guide at `phi` has its centre, [U]; zero where a block has no location."""
    found = torch.zeros(target.layout.size, dtype=torch.float64)
    for entry in target.guide:
        if f"{entry.name}.loc" in phi:
            places = target.places(entry)
            found[places] = phi[f"{entry.name}.loc"].reshape(places.shape)
    return found


def _made(
    target: Target,
    global_: Callable[[BlockEntry], Coordinates],
    local: Callable[[BlockEntry, Tensors], LocalCoordinates],
) -> dict[str, Coordinates | LocalCoordinates]:
    """All blocks, each made with the spread of those before it."""
    blocks: dict[str, Coordinates | LocalCoordinates] = {}
    spreads: dict[str, Spread] = {}
    for entry in target.guide:
        if entry.family == "local":
            given = spread_of_given(target, entry, spreads)
            inner = local(entry, given.rows)
            blocks[entry.name] = inner
            spreads[entry.name] = inner.spread(torch.zeros(inner.size, dtype=torch.float64), given)
            continue
        block = global_(entry)
        blocks[entry.name] = block
        if isinstance(block, _Gaussian) and entry.name in target.parents:
            spreads[entry.name] = block.spread(torch.zeros(block.size, dtype=torch.float64))
    return blocks


def spread_of_given(target: Target, entry: BlockEntry, spreads: Mapping[str, Spread]) -> Spread:
    """The spread of what the elements of a local block depend on, [E or 1, A, ...]."""
    if not entry.parents and not entry.outer:
        return Spread(torch.zeros(1, 0, dtype=torch.float64), {}, {})
    widths = {b: rows.shape[-1] for s in spreads.values() for b, rows in s.rows.items()}

    def joined(part: Callable[[Spread], Tensors]) -> Tensors:
        found = {}
        for noise, width in widths.items():
            values = {
                b: part(s).get(noise, s.shift.new_zeros(*s.shift.shape, width))
                for b, s in spreads.items()
            }
            found[noise] = target.given(entry, values)
        return found

    return Spread(
        shift=target.given(entry, {b: s.shift for b, s in spreads.items()}),
        rows=joined(lambda s: s.rows),
        moved=joined(lambda s: s.moved),
    )
