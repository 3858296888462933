"""Records of the syntax tree and of the IR: what is given is what is there, for good."""

from functools import cached_property
from typing import Any

import pytest
from pydantic import ValidationError

from pplc.compiler import records as compiler
from pplc.grammar import records as grammar


class _Written(grammar.Record):
    """With a default, and a value that is worked out once."""

    x: int
    y: int = 2

    @cached_property
    def total(self) -> int:
        """Of its fields."""
        return self.x + self.y


class _NamedWritten(_Written):
    """With a further field, and another default."""

    name: str
    y: int = 3


class _Known(compiler.Record):
    """The same in the IR."""

    x: int
    y: int = 2

    @cached_property
    def total(self) -> int:
        """Of its fields."""
        return self.x + self.y


class _NamedKnown(_Known):
    """The same in the IR."""

    name: str
    y: int = 3


#: A record, one made from it, and what is raised for wrong fields and for changes.
KINDS: dict[str, tuple[Any, Any, type[Exception], type[Exception]]] = {
    "syntax tree": (_Written, _NamedWritten, TypeError, AttributeError),
    "IR": (_Known, _NamedKnown, ValidationError, ValidationError),
}
both = pytest.mark.parametrize("kind", KINDS)


@both
def test_fields_and_defaults_of_a_class_and_those_before_it(kind: str) -> None:
    named = KINDS[kind][1]
    point = named(x=1, name="a")
    assert (point.x, point.y, point.name) == (1, 3, "a")
    assert repr(point) == f"{named.__name__}(x=1, y=3, name='a')"


@both
@pytest.mark.parametrize("given", [{}, {"y": 1}, {"x": 1, "z": 1}])
def test_every_field_is_given_and_no_other(kind: str, given: dict[str, int]) -> None:
    record, _, wrong, _ = KINDS[kind]
    with pytest.raises(wrong):
        record(**given)


def test_what_is_worked_out_is_no_field() -> None:
    with pytest.raises(TypeError, match="missing or unknown"):
        _Written(x=1, total=3)


def test_fields_of_the_ir_are_checked() -> None:
    with pytest.raises(ValidationError):
        _Known(x="one")  # type: ignore[arg-type]


@both
def test_nothing_changes(kind: str) -> None:
    record, _, _, frozen = KINDS[kind]
    point = record(x=1)
    with pytest.raises(frozen, match="frozen"):
        point.x = 2
    with pytest.raises(frozen, match="frozen"):
        del point.x


@both
def test_equal_where_class_and_fields_are(kind: str) -> None:
    record, named, _, _ = KINDS[kind]
    first, second = record(x=1), record(x=1)
    assert first.total == 3  # what is worked out takes no part
    assert first == second
    assert hash(first) == hash(second)
    assert first != record(x=2)
    assert first != named(x=1, y=2, name="a")


@both
def test_a_changed_one_works_out_its_values_anew(kind: str) -> None:
    point = KINDS[kind][0](x=1)
    assert point.total == 3
    changed = point.replaced(x=5)
    assert (changed.total, point.total) == (7, 3)
    with pytest.raises(TypeError, match="z"):
        point.replaced(z=1)
