"""The common form of what was written: immutable values with named fields."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, is_dataclass
from inspect import get_annotations
from types import MappingProxyType
from typing import Any, ClassVar, Self, dataclass_transform


@dataclass_transform(frozen_default=True, kw_only_default=True)
class Record:
    """A frozen value; its fields are the annotations of its class, and are given by keyword.

    As a frozen dataclass, except that no code is generated for each class: making all kinds of
    statement and expression so would be a good part of the start of `pplc check`.
    """

    _fields: ClassVar[tuple[str, ...]] = ()
    _names: ClassVar[frozenset[str]] = frozenset()
    #: Those of its fields that tell two of a class apart, and that are shown.
    _compared: ClassVar[tuple[str, ...]] = ()
    _defaults: ClassVar[Mapping[str, Any]] = MappingProxyType({})

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        own = [name for name, type_ in get_annotations(cls).items() if not _of_class(type_)]
        cls._fields = (*dict.fromkeys((*cls._fields, *own)),)
        cls._names = frozenset(cls._fields)
        cls._compared = cls._fields
        given = {name: cls.__dict__[name] for name in own if name in cls.__dict__}
        cls._defaults = {**cls._defaults, **given}

    def __init__(self, **values: Any) -> None:
        if values.keys() != self._names:
            values = {**self._defaults, **values}
            if values.keys() != self._names:
                wrong = ", ".join(sorted(values.keys() ^ self._names))
                raise TypeError(f"{type(self).__name__}: missing or unknown fields: {wrong}")
        object.__setattr__(self, "__dict__", values)

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"{type(self).__name__} is frozen: `{name}` cannot be set")

    def __delattr__(self, name: str) -> None:
        raise AttributeError(f"{type(self).__name__} is frozen: `{name}` cannot be deleted")

    def __eq__(self, other: object) -> bool:
        if type(self) is not type(other):
            return NotImplemented
        mine, theirs = self.__dict__, other.__dict__
        return all(mine[name] == theirs[name] for name in self._compared)

    def __hash__(self) -> int:
        return hash((type(self), *(self.__dict__[name] for name in self._compared)))

    def __repr__(self) -> str:
        fields = ", ".join(f"{name}={self.__dict__[name]!r}" for name in self._compared)
        return f"{type(self).__name__}({fields})"

    def replaced(self, **changes: Any) -> Self:
        """The same value with some fields changed."""
        fields = self.__dict__
        return type(self)(**{**{name: fields[name] for name in self._fields}, **changes})

    def plain(self) -> dict[str, Any]:
        """Its fields as what JSON has: objects, lists, texts and numbers."""
        return {name: _plain(self.__dict__[name]) for name in self._fields}


def _of_class(annotation: Any) -> bool:
    """Whether it is a `ClassVar`, as a text or not."""
    return str(annotation).removeprefix("typing.").startswith("ClassVar")


def _plain(value: Any) -> Any:
    match value:
        case Record():
            return value.plain()
        case Mapping():
            return {key: _plain(each) for key, each in value.items()}
        case tuple() | list():
            return [_plain(each) for each in value]
    return asdict(value) if is_dataclass(value) and not isinstance(value, type) else value
