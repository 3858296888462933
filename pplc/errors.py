"""What the Python API raises for a user's mistake."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from pplc.grammar.diagnostics import Diagnostic, Result
from pplc.grammar.render import in_order, render_all
from pplc.grammar.source import Source, Span

if TYPE_CHECKING:
    from pplc.runtime.problems import Problem

T = TypeVar("T")


class SpecError(Exception):
    """A spec, its data or its fit has problems. `str` is what the command line shows for them."""

    def __init__(self, diagnostics: Iterable[Diagnostic], source: Source) -> None:
        self.diagnostics = tuple(in_order(diagnostics))
        self.source = source
        super().__init__("\n" + render_all(self.diagnostics, source))


def require(result: Result[T], source: Source) -> T:
    """The value of a pass that went well.

    Raises:
        SpecError: a diagnostic is an error.
    """
    if result.value is None or not result.ok:
        raise SpecError(result.diagnostics, source)
    return result.value


def from_problems(
    problems: Iterable[Problem], metadata: Mapping[str, Any], source: Source
) -> SpecError:
    """The problems of a run in the words of the catalogue, at the declarations they are about."""
    from pplc.grammar.catalogue import find

    places = _places(metadata)
    diagnostics = []
    for problem in problems:
        kind = find(problem.code)
        if kind is None:
            raise LookupError(f"no diagnostic has the code of {problem!r}")
        diagnostics.append(kind(span=places.get(problem.subject or ""), **problem.values()))
    return SpecError(diagnostics, source)


def _places(metadata: Mapping[str, Any]) -> dict[str, Span]:
    """The span of each name that a module's metadata gives; declarations come before sites."""
    groups = ("quantities", "sites", "params", "data", "index_sets")
    entries = (entry for group in groups for entry in metadata.get(group, ()))
    return {entry["name"]: Span(*entry["place"]) for entry in entries}
