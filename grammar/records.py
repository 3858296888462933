"""The common form of what the compiler knows: immutable, checked when made."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, TypeVar, get_origin

from pydantic import BaseModel, ConfigDict

T = TypeVar("T")


class Record(BaseModel):
    """A frozen pydantic model.

    Its validator is built when the first of its kind is made: building those of all kinds of
    statement and expression at import would be a fifth of the start of `pplc check`.
    """

    model_config = ConfigDict(
        frozen=True, extra="forbid", arbitrary_types_allowed=True, defer_build=True
    )


if TYPE_CHECKING:
    Is = Annotated[T, ...]
else:

    class Is:
        """`Is[C]`: a field that holds an instance of `C`, taken as it is.

        As pydantic's `InstanceOf`, which also works out the validator of `C` itself, to describe
        it in JSON; for every field of every record that is a tenth of the start of `pplc check`.
        """

        def __class_getitem__(cls, item: Any) -> Any:
            return Annotated[item, cls()]

        def __get_pydantic_core_schema__(self, source: Any, _handler: Any) -> Any:
            from pydantic_core import core_schema

            return core_schema.is_instance_schema(get_origin(source) or source)
