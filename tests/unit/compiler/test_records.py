"""Records of the IR: checked when made, and nothing changes them."""

from functools import cached_property
from typing import Any

import pytest
from pydantic import ValidationError

from pplc.compiler.records import Record


class Point(Record):
    """With a default, and a value that is worked out once."""

    x: int
    y: int = 2

    @cached_property
    def total(self) -> int:
        """Of its fields."""
        return self.x + self.y


class Named(Point):
    """With a further field, and another default."""

    name: str
    y: int = 3


def test_fields_and_defaults_of_a_class_and_those_before_it() -> None:
    point = Named(x=1, name="a")
    assert (point.x, point.y, point.name) == (1, 3, "a")
    assert repr(point) == "Named(x=1, y=3, name='a')"


@pytest.mark.parametrize("given", [{}, {"y": 1}, {"x": 1, "z": 1}, {"x": "one"}])
def test_every_field_is_given_and_no_other(given: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Point(**given)


def test_nothing_changes() -> None:
    point = Point(x=1)
    with pytest.raises(ValidationError, match="frozen"):
        point.x = 2
    with pytest.raises(ValidationError, match="frozen"):
        del point.x


def test_equal_where_class_and_fields_are() -> None:
    first, second = Point(x=1), Point(x=1)
    assert first.total == 3  # what is worked out takes no part
    assert first == second
    assert hash(first) == hash(second)
    assert first != Point(x=2)
    assert first != Named(x=1, y=2, name="a")


def test_a_changed_one_works_out_its_values_anew() -> None:
    point = Point(x=1)
    assert point.total == 3
    changed = point.replaced(x=5)
    assert (changed.total, point.total) == (7, 3)
    with pytest.raises(TypeError, match="z"):
        point.replaced(z=1)
