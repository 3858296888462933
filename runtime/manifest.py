"""What a generated module says about itself (its `METADATA`), checked on the way in."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict

#: Characters `start <= i < end` of the spec the module was compiled from.
Place = tuple[int, int]


class _Entry(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class SpecEntry(_Entry):
    """Where the module came from."""

    name: str
    sha256: str


class Length(_Entry):
    """A size that the spec itself fixes, by a list of so many values; `source` says which."""

    size: int
    source: str
    place: Place


class IndexSetEntry(_Entry):
    """An index set (plate). `size` is the default; `label_start` is that of `from 1`.

    A `ragged` one has a length of its own for each element of the index set of that name.
    """

    name: str
    size: int | None = None
    label_start: int | None = None
    ragged: str | None = None
    length: Length | None = None
    place: Place


class Bounds(_Entry):
    """A set of numbers: an interval, open or closed at each end, of integers or reals."""

    lower: float | None = None
    upper: float | None = None
    lower_open: bool = False
    upper_open: bool = False
    integer: bool = False


class DataEntry(_Entry):
    """A declared array. Values that range over an index set name it in `index_set`.

    Missing cells of an array with `firsts` are inferred from these positions on: before, nothing
    says what they may be.

    `law` and `law_bounds` are given where the array is observed under a law whose support does
    not depend on latents: a value outside it has probability zero.
    """

    name: str
    dims: tuple[str, ...]
    type: str
    bounds: Bounds
    index_set: str | None = None
    structure: (
        Literal["simplex", "ordered", "positive_ordered", "cholesky_corr", "corr", "cov"] | None
    ) = None
    missing: bool = False
    firsts: tuple[int, ...] = ()
    law: str | None = None
    law_bounds: Bounds | None = None
    place: Place


class ParamEntry(_Entry):
    """A quantity that is optimised, not inferred.

    `guide` tells a parameter of the guide (phi) from one of the model (theta).
    """

    name: str
    dims: tuple[str, ...]
    support: str
    guide: bool = False
    place: Place


class NetEntry(_Entry):
    """A neural network; its weights are params whose names begin with its own and a dot.

    `guide` tells one that the guide alone uses from one of the model.
    """

    name: str
    guide: bool = False
    place: Place


Role = Literal["observed", "guided", "derived", "summed out", "generated"]


class SiteEntry(_Entry):
    """A random variable. Its draws have shape `[S, *dims]` (index sets of plates, then event).

    `values` names the index set that the values of the site range over, where they do; `first` is
    the smallest value of a site with finitely many other ones. `firsts`
    are the first positions of its loops where one starts later than at 0. Of a site whose
    `missing` cells are inferred, all others are those of the data of its name.
    """

    name: str
    role: Role
    law: str
    dims: tuple[str, ...]
    support: str
    values: str | None = None
    integer: bool = False
    first: int = 0
    firsts: tuple[int, ...] = ()
    missing: bool = False
    place: Place


class QuantityEntry(_Entry):
    """A definition that depends on latents and is reported in the results."""

    name: str
    dims: tuple[str, ...]
    firsts: tuple[int, ...] = ()
    place: Place


class BlockEntry(_Entry):
    """A block of the guide: the sites that are drawn together, in order.

    A `local` one has a Gaussian for each element of its plates: `plates` holds their axes in each
    site. Its elements depend on the global sites `parents`, and on those of `outer` blocks that
    the module's `nesting` gives. A `frozen` point is not optimised: it stays where the fit starts.
    """

    name: str
    family: Literal["dense", "local", "diagonal", "lowrank", "point", "law", "discrete"]
    sites: tuple[str, ...]
    rank: int = 0
    frozen: bool = False
    plates: tuple[tuple[int, ...], ...] = ()
    parents: tuple[str, ...] = ()
    outer: tuple[str, ...] = ()


class FitEntry(_Entry):
    """What the spec says about its runs; flags win."""

    seed: int | None = None
    draws: int | None = None
    particles: int | None = None
    steps: int | None = None


class NestedEntry(_Entry):
    """A plate each element of which belongs to one of `outer`: the one that data `index` gives."""

    plate: str
    outer: str
    index: str


class BatchEntry(_Entry):
    """What a minibatch of `size` elements of `plate` takes along.

    `nested` plates come with their elements, outer ones first. `inside` are the sites and factors
    over elements, whose log densities are scaled up; `arrays` the definitions from data alone that
    have an axis of elements, with their index sets.
    """

    plate: str
    size: int
    nested: tuple[NestedEntry, ...]
    inside: tuple[str, ...]
    arrays: dict[str, tuple[str, ...]]


class Manifest(_Entry):
    """All that the runtime knows of a model besides the functions of its module."""

    format: Literal[1]
    pplc: str
    spec: SpecEntry
    index_sets: tuple[IndexSetEntry, ...]
    data: tuple[DataEntry, ...]
    params: tuple[ParamEntry, ...] = ()
    nets: tuple[NetEntry, ...] = ()
    sites: tuple[SiteEntry, ...]
    quantities: tuple[QuantityEntry, ...] = ()
    #: Term of the log density -> the sites it covers (several where a site is summed out).
    terms: dict[str, tuple[str, ...]]
    guide: tuple[BlockEntry, ...]
    fit: FitEntry = FitEntry()
    batch: BatchEntry | None = None
