"""The common form of what the compiler knows: immutable, checked when made."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Record(BaseModel):
    """A frozen pydantic model.

    Its validator is built when the first of its kind is made: building those of all kinds of
    statement and expression at import would be a fifth of the start of `pplc check`.
    """

    model_config = ConfigDict(
        frozen=True, extra="forbid", arbitrary_types_allowed=True, defer_build=True
    )
