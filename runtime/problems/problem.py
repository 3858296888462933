"""The form of a problem, and the exceptions that carry them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any, ClassVar, TypeVar, dataclass_transform


@dataclass(frozen=True, kw_only=True)
class Problem:
    """One thing that is wrong. A subclass sets `code` and adds the facts as fields."""

    code: ClassVar[str]

    @property
    def subject(self) -> str | None:
        """The declaration at fault, by name; none where the fault is not about one."""
        return None

    def values(self) -> dict[str, Any]:
        """The facts, by field name."""
        return {f.name: getattr(self, f.name) for f in fields(self)}

    def __str__(self) -> str:
        kind = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", type(self).__name__).lower()
        facts = ", ".join(f"{name}={value!r}" for name, value in self.values().items())
        return f"{self.code} {kind}: {facts}" if facts else f"{self.code} {kind}"


P = TypeVar("P", bound=Problem)


@dataclass_transform(frozen_default=True, kw_only_default=True)
def problem(cls: type[P]) -> type[P]:
    """Make a kind of problem: a frozen dataclass whose fields are given by keyword."""
    return dataclass(frozen=True, kw_only=True)(cls)


@problem
class Named(Problem):
    """A problem with one declaration: the data, index set or site called `name`."""

    name: str

    @property
    def subject(self) -> str | None:
        """Its name."""
        return self.name


@problem
class AtCells(Named):
    """Cells of the data `name` are wrong; `where` is the first of the `count` such cells.

    `where` is `row 18` in a CSV file, rows counted as in a spreadsheet with the header as row 1,
    and elsewhere `name[3, 1]` with positions from 0.
    """

    file: str
    where: str
    count: int


class RunError(Exception):
    """A run cannot start or go on; `problems` are all that were found."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("\n".join(str(p) for p in problems))
        self.problems = tuple(problems)


class DataError(RunError):
    """The data cannot be used."""


class FitError(RunError):
    """The fit cannot go on."""


class OutputError(RunError):
    """The results cannot be written."""
