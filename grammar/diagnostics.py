"""What pplc tells a user about a spec: the common form of every diagnostic.

The diagnostics themselves are the classes of `pplc.grammar.catalogue`, one a code. A class holds
its wording as templates over its own fields; its docstring is the text of `pplc explain CODE`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import Any, ClassVar, Generic, Self, TypeVar, dataclass_transform

from pplc.grammar.source import Span

T = TypeVar("T")
U = TypeVar("U")


@dataclass(frozen=True, slots=True)
class Note:
    """A second place that matters, for example the declaration a use conflicts with."""

    text: str
    span: Span | None = None


@dataclass(frozen=True, slots=True)
class Fix:
    """A change that mends the mistake: put `replacement` where `span` is."""

    text: str
    span: Span
    replacement: str


@dataclass(frozen=True, kw_only=True)
class Diagnostic:
    """One problem, at one place.

    A subclass sets `code`, `title`, `label` and, where one can be given, `help`. The three texts
    are `str.format` templates over the fields of the subclass; `help` may also be left out of a
    single diagnostic by setting its field `help_text` to an empty string.
    """

    code: ClassVar[str]
    title: ClassVar[str]
    label: ClassVar[str] = ""
    help: ClassVar[str] = ""

    span: Span | None = None
    notes: tuple[Note, ...] = ()
    fixes: tuple[Fix, ...] = ()
    help_text: str | None = None

    def __new__(cls, **_values: Any) -> Self:  # noqa: D102
        cls._complete()
        return super().__new__(cls)

    @classmethod
    def own_fields(cls) -> tuple[str, ...]:
        """The names of the fields that this kind has beyond those of every diagnostic."""
        cls._complete()
        common = {field.name for field in fields(Diagnostic)}
        return tuple(field.name for field in fields(cls) if field.name not in common)

    @property
    def severity(self) -> str:
        """`warning` for the W codes, `error` for all others."""
        return "warning" if self.code.startswith("W") else "error"

    @property
    def message(self) -> str:
        """The title with its fields filled in: one line."""
        return self._fill(self.title)

    @property
    def label_message(self) -> str:
        """What stands beside the underline; may be empty."""
        return self._fill(self.label)

    @property
    def help_message(self) -> str:
        """How to mend it; empty where nothing general can be said."""
        return self.help_text if self.help_text is not None else self._fill(self.help)

    def values(self) -> dict[str, Any]:
        """The fields of this kind of diagnostic alone (what `--json` gives as data)."""
        return {name: getattr(self, name) for name in self.own_fields()}

    def _fill(self, template: str) -> str:
        return template.format(**self.values())

    @classmethod
    def _complete(cls) -> None:
        # A kind becomes a dataclass when it is first used: to make all of them at import would be
        # a tenth of the start of `pplc check`.
        for kind in reversed(cls.__mro__):
            if issubclass(kind, Diagnostic) and "__dataclass_fields__" not in kind.__dict__:
                dataclass(frozen=True, kw_only=True)(kind)


D = TypeVar("D", bound=type[Diagnostic])


@dataclass_transform(frozen_default=True, kw_only_default=True)
def diagnostic(cls: D) -> D:
    """Mark a class of the catalogue: a frozen dataclass whose fields are given by keyword."""
    return cls


@dataclass(frozen=True, slots=True)
class Result(Generic[T]):
    """What a pass returns: a value, or none where errors leave it meaningless; what to say."""

    value: T | None
    diagnostics: tuple[Diagnostic, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether no diagnostic is an error."""
        return all(d.severity != "error" for d in self.diagnostics)

    def then(self, step: Callable[[T], Result[U]]) -> Result[U]:
        """Go on with `step` where there is a value; diagnostics add up either way."""
        if self.value is None:
            return Result(None, self.diagnostics)
        after = step(self.value)
        return Result(after.value, self.diagnostics + after.diagnostics)
