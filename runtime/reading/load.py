"""Files to checked tensors: everything a module reads besides its latents."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from pplc.runtime.data import Data, Device
from pplc.runtime.manifest import DataEntry, IndexSetEntry, Manifest
from pplc.runtime.problems import (
    DataError,
    DuplicateColumn,
    DuplicateData,
    MissingData,
    Problem,
    SizeUnknown,
    TooFewRows,
)
from pplc.runtime.reading.cells import Cells, read_cells
from pplc.runtime.reading.checks import Checked, check_missing, check_numbers
from pplc.runtime.reading.labels import Labels, Ranging, label
from pplc.runtime.reading.ragged import (
    Flat,
    claims_from_rows,
    ended,
    flat,
    length_of,
    lengths,
    outer_entry,
    padded,
    ragged_set,
    read_outer,
)
from pplc.runtime.reading.sizes import (
    Claim,
    claims_from_options,
    claims_from_scalars,
    claims_from_shape,
    claims_from_spec,
    disagreement,
    settle,
)
from pplc.runtime.reading.tables import Column, Table, closest, read_tables


def load(
    manifest: Manifest,
    paths: Iterable[Path],
    sizes: Mapping[str, int] | None = None,
    rows: int | None = None,
    dtype: torch.dtype = torch.float64,
    device: Device = "cpu",
) -> Data:
    """Read and check the data of a model.

    `sizes` are those of `--set`. With `rows`, only the first elements are kept of each index set
    that an observed array has as its first. Sizes come from arrays, from scalars of an index
    set's name, from `sizes` and, where none of these speaks, from the default in the spec.
    Raises `DataError` with all problems; problems of files come before those of their contents.
    """
    wanted = {*(d.name for d in manifest.data), *(s.name for s in manifest.index_sets)}
    loading = _Loading(manifest, read_tables(paths, wanted), sizes or {}, rows)
    arrays = loading.run()
    if loading.problems:
        raise DataError(list(dict.fromkeys(loading.problems)))
    present = {
        entry.name: torch.as_tensor(arrays[entry.name].present, device=device)
        for entry in manifest.data
        if entry.missing
    }
    tensors = {name: torch.as_tensor(checked.values) for name, checked in arrays.items()}
    for name, of in loading.lengths.items():
        tensors[length_of(name)] = torch.as_tensor(of)
    return Data(
        arrays=tensors,
        sizes={name: len(labels) for name, labels in loading.labels.items()},
        labels=loading.labels,
        present=present,
        sha256={table.file: table.sha256 for table in loading.tables},
    ).to(dtype, device)


class _Loading:
    """The steps of `load`; each adds to `problems` and works on what has none so far."""

    def __init__(
        self,
        manifest: Manifest,
        tables: tuple[Table, ...],
        sizes: Mapping[str, int],
        rows: int | None,
    ) -> None:
        self.manifest = manifest
        self.tables = tables
        self.sizes = sizes
        self.rows = rows
        self.problems: list[Problem] = []
        self.labels: dict[str, Labels] = {}
        #: Arrays over ragged index sets, and the lengths of these.
        self.flats: dict[str, Flat] = {}
        self.lengths: dict[str, NDArray[np.int64]] = {}

    def run(self) -> dict[str, Checked]:
        """The checked arrays by name; incomplete where there are problems."""
        columns = self._find_columns()
        cells = self._read(columns)
        claims = self._claims(columns, cells)
        checked = self._label(columns, cells, claims)
        for entry in self.manifest.data:
            if entry.index_set is None and entry.name in cells:
                checked[entry.name] = check_numbers(entry, columns[entry.name], cells[entry.name])
                self.problems += checked[entry.name].problems
        if not self.problems:
            self._put_in_place(checked)
        return {e.name: checked[e.name] for e in self.manifest.data if e.name in checked}

    def _put_in_place(self, checked: dict[str, Checked]) -> None:
        """Pad what was read as flat cells to rows of one length."""
        for entry in self.manifest.data:
            if entry.name not in self.flats:
                continue
            array = self.flats[entry.name]
            assert array.outer is not None
            rows = self.lengths[array.index_set.name]
            whole = padded(checked[entry.name], array.outer, rows)
            checked[entry.name] = ended(whole, rows)
            nowhere = replace(array.column, rows=None, places=None)
            self.problems += check_missing(entry, nowhere, ~whole.present)

    def _find_columns(self) -> dict[str, Column]:
        """The column of each declared name and of each index set that has one."""
        declared = [entry.name for entry in self.manifest.data]
        wanted = [*declared, *(s.name for s in self.manifest.index_sets)]
        names = [name for table in self.tables for name in table.names]
        found: dict[str, Column] = {}
        for table in self.tables:
            for column in table.columns:
                first = found.setdefault(column.name, column)
                if first is column:
                    continue
                twice = DuplicateColumn(name=column.name, file=table.file)
                apart = DuplicateData(name=column.name, first=first.file, second=table.file)
                self.problems.append(twice if first.file == table.file else apart)
        self.problems += [
            MissingData(
                name=name,
                files=tuple(table.file for table in self.tables),
                columns=tuple(names),
                suggestion=closest(name, set(names) - set(wanted)),
            )
            for name in declared
            if name not in found
        ]
        return {name: found[name] for name in wanted if name in found}

    def _read(self, columns: dict[str, Column]) -> dict[str, Cells]:
        cells: dict[str, Cells] = {}
        for entry in self.manifest.data:
            if entry.name not in columns:
                continue
            column, dims = columns[entry.name], len(entry.dims)
            ragged = ragged_set(self.manifest, entry)
            try:
                if ragged is not None:
                    count = self.rows if ragged.ragged in self._limited() else None
                    self.flats[entry.name] = flat(column, ragged, columns, count)
                    column, dims = self.flats[entry.name].column, dims - 1
                    columns[entry.name] = column
                read = read_cells(column, dims, labels=entry.index_set is not None)
            except DataError as error:
                self.problems += error.problems
            else:
                cells[entry.name] = read if ragged is not None else self._cut(entry, read)
        return cells

    def _cut(self, entry: DataEntry, cells: Cells) -> Cells:
        """Keep the first rows, where they are asked for."""
        for axis, name in enumerate(entry.dims):
            if name not in self._limited():
                continue
            found = cells.values.shape[axis]
            if self.rows is not None and found < self.rows:
                self.problems.append(TooFewRows(name=name, asked=self.rows, found=found))
            cells = cells.head(self.rows, axis)
        return cells

    def _limited(self) -> set[str]:
        """The index sets whose first elements alone are kept."""
        if self.rows is None:
            return set()
        observed = [s for s in self.manifest.sites if s.role == "observed" or s.missing]
        return {site.dims[0] for site in observed if site.dims}

    def _claims(
        self, columns: Mapping[str, Column], cells: Mapping[str, Cells]
    ) -> dict[str, Claim]:
        by_shape = [
            claims_from_rows(self.flats[e.name], e.dims, cells[e.name].values.shape)
            if e.name in self.flats
            else claims_from_shape(columns[e.name], e.dims, cells[e.name].values.shape)
            for e in self.manifest.data
            if e.name in cells
        ]
        scalars, scalar_problems = claims_from_scalars(self.manifest, columns)
        options, option_problems = claims_from_options(self.manifest, self.sizes)
        limited = self._limited()
        claims = [
            *claims_from_spec(self.manifest),
            *(claim for claims, _ in by_shape for claim in claims),
            *(claim for claim in scalars if claim.index_set not in limited),
            *options,
        ]
        settled, disagreements = settle(claims)
        for problems in (*(p for _, p in by_shape), scalar_problems, option_problems):
            self.problems += problems
        self.problems += disagreements
        return settled

    def _label(
        self,
        columns: Mapping[str, Column],
        cells: Mapping[str, Cells],
        claims: Mapping[str, Claim],
    ) -> dict[str, Checked]:
        """Fix the labels of every index set; positions of the data that ranges over one."""
        checked: dict[str, Checked] = {}
        blamed = {p.subject for p in self.problems}
        for index_set in sorted(self.manifest.index_sets, key=lambda s: s.ragged is not None):
            if index_set.ragged is not None:
                self._measure(index_set, columns, claims.get(index_set.name))
                continue
            ranging = [
                Ranging(entry, columns[entry.name], cells[entry.name])
                for entry in self.manifest.data
                if entry.index_set == index_set.name and entry.name in cells
            ]
            long = [f for f in self._over(index_set.name) if f.outer is None]
            if long:
                column = columns[index_set.name]
                ranging.append(Ranging(outer_entry(index_set.name), column, read_outer(column)))
            labelled = label(index_set, claims.get(index_set.name), ranging)
            self.problems += labelled.problems
            checked |= labelled.checked
            if index_set.name in labelled.checked:
                positions = checked.pop(index_set.name).values
                self.flats |= {f.column.name: replace(f, outer=positions) for f in long}
            if labelled.labels is not None:
                self.labels[index_set.name] = labelled.labels
            elif not labelled.problems and not blamed & self._speaking_of(index_set.name):
                self.problems.append(SizeUnknown(name=index_set.name))
        return checked

    def _over(self, outer: str) -> list[Flat]:
        """The arrays over index sets that are ragged over another one."""
        return [f for f in self.flats.values() if f.index_set.ragged == outer]

    def _measure(
        self, index_set: IndexSetEntry, columns: Mapping[str, Column], claim: Claim | None
    ) -> None:
        """Fix the lengths of a ragged index set, and its labels: positions up to the longest."""
        assert index_set.ragged is not None
        arrays = [f for f in self.flats.values() if f.index_set.name == index_set.name]
        if index_set.ragged not in self.labels or any(f.outer is None for f in arrays):
            return
        found, problems = lengths(
            arrays, columns.get(index_set.name), len(self.labels[index_set.ragged])
        )
        self.problems += problems
        if found is None and not self.problems:
            self.problems.append(SizeUnknown(name=index_set.name))
        elif found is not None and not problems:
            longest = Claim(index_set.name, int(found.max()), "its longest row")
            if claim is not None and claim.size != longest.size:
                self.problems.append(disagreement(claim, longest))
            self.lengths[index_set.name] = found
            start = index_set.label_start or 0
            self.labels[index_set.name] = tuple(range(start, start + int(found.max())))

    def _speaking_of(self, index_set: str) -> set[str]:
        """The index set and the data that would have given it a size."""
        entries = (e for e in self.manifest.data if index_set in (*e.dims, e.index_set))
        return {index_set, *(e.name for e in entries)}
