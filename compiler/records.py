"""The common form of what the compiler knows: immutable, checked when made."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Self, TypeVar, get_origin

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

    def replaced(self, **changes: Any) -> Self:
        """The same value with some fields changed; what is worked out of them is left behind.

        Raises TypeError where there is no such field. The changes come from passes of the compiler
        and are taken as they are.
        """
        fields = self.__pydantic_fields__
        if not changes.keys() <= fields.keys():
            wrong = ", ".join(sorted(changes.keys() - fields.keys()))
            raise TypeError(f"{type(self).__name__}: unknown fields: {wrong}")
        mine = self.__dict__
        return self.model_construct(**{**{name: mine[name] for name in fields}, **changes})

    def plain(self) -> dict[str, Any]:
        """Its fields as what JSON has: objects, lists, texts and numbers."""
        return self.model_dump(mode="json")


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
